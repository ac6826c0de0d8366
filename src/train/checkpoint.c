/* Saving and going on: the model that is kept, and the checkpoint from which a run resumes.
 *
 * A checkpoint is a model file with further tensors: the optimiser's moments, the average, the carried state
 * of the streams, and the position. Random numbers need no state: the dropout masks of a step follow from the
 * seed and the step's number.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/trainer_state.h"

enum { COUNTERS = 3, NUMBERS = 6 };

enum { EXTRAS_MAX = OPTIMIZER_BLOCKS_MAX + 4 };

static const char *const moment_names[OPTIMIZER_BLOCKS_MAX] = {"optim.moment1", "optim.moment2"};

static size_t moment_count(const Trainer *trainer) {
    size_t count = trainer->config.optimizer->block_count;
    return count < OPTIMIZER_BLOCKS_MAX ? count : OPTIMIZER_BLOCKS_MAX;
}

void trainer_update_history(Trainer *trainer, bool finished) {
    TrainingHistory *history = &trainer->model.history;
    const TrainerProgress *progress = &trainer->progress;
    history->chars_trained = progress->chars;
    history->steps = progress->step;
    history->epochs = (double)progress->chars / (double)batches_predictions(&trainer->batches);
    history->seconds = progress->seconds;
    history->best_val_loss = progress->best_val;
    history->train_loss = trainer_smoothed_loss(trainer);
    history->finished = finished;
}

bool trainer_save_model(Trainer *trainer, Error *error) {
    Model saved = trainer->model;
    if (trainer->average != NULL) {
        saved.parameters = trainer->average;
    }
    return model_save(trainer->output, &saved, NULL, 0, error);
}

/* The position as two arrays, either way. */
static void pack_position(const Trainer *trainer, uint64_t counters[COUNTERS], double numbers[NUMBERS]) {
    const TrainerProgress *progress = &trainer->progress;
    counters[0] = progress->step;
    counters[1] = progress->chars;
    counters[2] = trainer->batches.position;
    numbers[0] = progress->seconds;
    numbers[1] = progress->loss_sum;
    numbers[2] = progress->loss_weight;
    numbers[3] = isnan(progress->last_val) ? -1.0 : progress->last_val;
    numbers[4] = isnan(progress->best_val) ? -1.0 : progress->best_val;
    numbers[5] = progress->grad_norm;
}

static void unpack_position(Trainer *trainer, const uint64_t counters[COUNTERS],
                            const double numbers[NUMBERS]) {
    TrainerProgress *progress = &trainer->progress;
    progress->step = counters[0];
    progress->chars = counters[1];
    trainer->batches.position = (size_t)counters[2];
    progress->seconds = numbers[0];
    progress->loss_sum = numbers[1];
    progress->loss_weight = numbers[2];
    progress->last_val = numbers[3] < 0 ? NAN : numbers[3];
    progress->best_val = numbers[4] < 0 ? NAN : numbers[4];
    progress->grad_norm = numbers[5];
}

bool trainer_save_checkpoint(Trainer *trainer, bool finished, Error *error) {
    size_t total = trainer->model.network->layout.total;
    uint64_t counters[COUNTERS];
    double numbers[NUMBERS];
    ExtraTensor extras[EXTRAS_MAX];
    size_t count = 0;
    pack_position(trainer, counters, numbers);
    extras[count++] = (ExtraTensor){"position.counters", TENSOR_U64, COUNTERS, counters};
    extras[count++] = (ExtraTensor){"position.numbers", TENSOR_F64, NUMBERS, numbers};
    extras[count++] = (ExtraTensor){"state.carried", TENSOR_F32,
                                    network_state_size(trainer->model.network, trainer->shape.batch),
                                    pass_state(trainer->pass)};
    for (size_t k = 0; k < moment_count(trainer); k++) {
        extras[count++] = (ExtraTensor){moment_names[k], TENSOR_F32, total, trainer->moments[k]};
    }
    if (trainer->average != NULL) {
        extras[count++] = (ExtraTensor){"ema.parameters", TENSOR_F32, total, trainer->average};
    }
    trainer_update_history(trainer, finished);
    return model_save(trainer->checkpoint, &trainer->model, extras, count, error);
}

/* "the checkpoint X has hidden 128, but 256 is asked for ..." */
static bool same_number(const Trainer *trainer, const char *option, double there, double asked,
                        Error *error) {
    if (there == asked) {
        return true;
    }
    return error_set(error,
                     "%s was trained with %s %g, but %g is asked for; give %s %g to go on, or leave --resume "
                     "away to start afresh",
                     trainer->checkpoint, option, there, asked, option, there);
}

/* Whether the checkpoint belongs to a run like this one. */
static bool check_same_run(const Trainer *trainer, const Model *there, Error *error) {
    const NetworkConfig *mine = &trainer->model.network->config;
    const NetworkConfig *config = &there->network->config;
    const TrainingHistory *history = &there->history;
    if (history->corpus_digest != trainer->corpus->digest) {
        return error_set(error,
                         "%s was trained on another text (or the text was changed since); go on with that "
                         "text, or leave --resume away to start afresh",
                         trainer->checkpoint);
    }
    if (strcmp(config->cell->name, mine->cell->name) != 0) {
        return error_set(error,
                         "%s has the cell %s, but %s is asked for; leave --resume away to start afresh",
                         trainer->checkpoint, config->cell->name, mine->cell->name);
    }
    if (strcmp(history->optimizer, trainer->config.optimizer->name) != 0) {
        return error_set(error,
                         "%s was trained with the optimiser %s, but %s is asked for; leave --resume away to "
                         "start afresh",
                         trainer->checkpoint, history->optimizer, trainer->config.optimizer->name);
    }
    return same_number(trainer, "--layers", (double)config->layers, (double)mine->layers, error) &&
           same_number(trainer, "--hidden", (double)config->hidden, (double)mine->hidden, error) &&
           same_number(trainer, "--embed", (double)config->embed, (double)mine->embed, error) &&
           same_number(trainer, "--seq-length", (double)history->seq_length, (double)trainer->shape.steps,
                       error) &&
           same_number(trainer, "--batch-size", (double)history->batch_size, (double)trainer->shape.batch,
                       error) &&
           same_number(trainer, "--val", history->val_fraction, trainer->config.val_fraction, error) &&
           same_number(trainer, "--test", history->test_fraction, trainer->config.test_fraction, error) &&
           same_number(trainer, "--seed", (double)history->seed, (double)trainer->config.seed, error);
}

static bool take_extras(Trainer *trainer, const Extras *extras, Error *error) {
    size_t total = trainer->model.network->layout.total;
    size_t state_size = network_state_size(trainer->model.network, trainer->shape.batch);
    uint64_t counters[COUNTERS];
    double numbers[NUMBERS];
    if (!extras_copy(extras, "position.counters", TENSOR_U64, COUNTERS, counters, error) ||
        !extras_copy(extras, "position.numbers", TENSOR_F64, NUMBERS, numbers, error) ||
        !extras_copy(extras, "state.carried", TENSOR_F32, state_size, pass_state(trainer->pass), error)) {
        return false;
    }
    for (size_t k = 0; k < moment_count(trainer); k++) {
        if (!extras_copy(extras, moment_names[k], TENSOR_F32, total, trainer->moments[k], error)) {
            return false;
        }
    }
    if (trainer->average != NULL) {
        /* A run that was longer planned may average where the first one did not. */
        memcpy(trainer->average, trainer->model.parameters, total * sizeof(real));
        if (extras_count(extras, "ema.parameters") > 0 &&
            !extras_copy(extras, "ema.parameters", TENSOR_F32, total, trainer->average, error)) {
            return false;
        }
    }
    if (counters[2] > trainer->split.train.end) {
        return error_set(error, "position.counters is beyond the text");
    }
    unpack_position(trainer, counters, numbers);
    return true;
}

bool trainer_load_checkpoint(Trainer *trainer, Error *error) {
    Model there;
    Extras *extras = NULL;
    if (!model_load_with_extras(trainer->checkpoint, &there, &extras, error)) {
        return false;
    }
    bool good = check_same_run(trainer, &there, error);
    if (good) {
        memcpy(trainer->model.parameters, there.parameters,
               trainer->model.network->layout.total * sizeof(real));
        good = take_extras(trainer, extras, error) || error_prefix(error, "%s: ", trainer->checkpoint);
    }
    trainer->plan.finished = good && there.history.finished;
    extras_free(extras);
    model_free(&there);
    return good;
}
