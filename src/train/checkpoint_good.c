/* The last good state in a checkpoint: see checkpoint_good.h. */
#include "train/checkpoint_good.h"

#define DIVERGENCE    MODEL_POSITION ".divergence"
#define GOOD_COUNTERS "good.counters"
#define GOOD_NUMBERS  "good.numbers"
#define GOOD_STATE    "good.state"

static size_t state_elements(const Trainer *trainer) {
    return network_state_size(trainer->model.network, trainer->shape.batch);
}

size_t checkpoint_good_list(const Trainer *trainer, CheckpointGood *arrays, ExtraTensor *extras,
                            size_t count) {
    const Divergence *divergence = &trainer->divergence;
    const SnapshotPlace *place = &trainer->good.place;
    *arrays =
        (CheckpointGood){.counters = {place->step, place->chars, place->position},
                         .numbers = {place->loss_sum, place->loss_weight, place->grad_norm, place->recent},
                         .divergence = {(double)divergence->rollbacks, (double)divergence->halvings,
                                        divergence->recent, divergence->level}};
    extras[count++] =
        (ExtraTensor){DIVERGENCE, TENSOR_F64, CHECKPOINT_DIVERGENCE_NUMBERS, arrays->divergence};
    extras[count++] = (ExtraTensor){GOOD_COUNTERS, TENSOR_U64, CHECKPOINT_GOOD_COUNTERS, arrays->counters};
    extras[count++] = (ExtraTensor){GOOD_NUMBERS, TENSOR_F64, CHECKPOINT_GOOD_NUMBERS, arrays->numbers};
    extras[count++] = (ExtraTensor){GOOD_STATE, TENSOR_F32, state_elements(trainer), trainer->good.state};
    return count;
}

bool checkpoint_good_is_there(const ModelExtras *extras) {
    return model_extras_count(extras, GOOD_COUNTERS) > 0;
}

bool checkpoint_good_take(Trainer *trainer, const ModelExtras *extras, Error *error) {
    CheckpointGood arrays = {.counters = {0}};
    Divergence *divergence = &trainer->divergence;
    if (!model_extras_copy(extras, DIVERGENCE, TENSOR_F64, CHECKPOINT_DIVERGENCE_NUMBERS, arrays.divergence,
                           error) ||
        !model_extras_copy(extras, GOOD_COUNTERS, TENSOR_U64, CHECKPOINT_GOOD_COUNTERS, arrays.counters,
                           error) ||
        !model_extras_copy(extras, GOOD_NUMBERS, TENSOR_F64, CHECKPOINT_GOOD_NUMBERS, arrays.numbers,
                           error) ||
        !model_extras_copy(extras, GOOD_STATE, TENSOR_F32, state_elements(trainer), trainer->good.state,
                           error)) {
        return false;
    }
    if (arrays.counters[0] > trainer->progress.step || arrays.counters[1] > trainer->progress.chars) {
        return error_set(error, "%s: tensor " GOOD_COUNTERS " is beyond the run", trainer->checkpoint);
    }
    if (arrays.divergence[0] > 1e9 || arrays.divergence[0] < arrays.divergence[1] ||
        arrays.divergence[1] < 0 || arrays.divergence[1] > DIVERGENCE_HALVINGS_MAX) {
        return error_set(error, "%s: tensor " DIVERGENCE ": no run goes back so often", trainer->checkpoint);
    }
    divergence->rollbacks = (uint64_t)arrays.divergence[0];
    divergence->halvings = (uint64_t)arrays.divergence[1];
    divergence->recent = arrays.divergence[2];
    divergence->level = arrays.divergence[3];
    trainer->good.place = (SnapshotPlace){.step = arrays.counters[0],
                                          .chars = arrays.counters[1],
                                          .position = (size_t)arrays.counters[2],
                                          .loss_sum = arrays.numbers[0],
                                          .loss_weight = arrays.numbers[1],
                                          .grad_norm = arrays.numbers[2],
                                          .recent = arrays.numbers[3]};
    return true;
}
