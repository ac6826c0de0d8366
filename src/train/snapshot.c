/* The last good state: see snapshot.h. */
#include "train/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/trainer_state.h"

static size_t state_elements(const Trainer *trainer) {
    return network_state_size(trainer->model.network, trainer->shape.batch);
}

static bfloat16 *make_rounded(const Trainer *trainer, bool *good, Error *error) {
    size_t total = trainer->model.network->layout.total;
    bfloat16 *block = *good ? memory_allocate(total, sizeof *block, "the last good state", error) : NULL;
    *good = block != NULL;
    return block;
}

static real *make_state(const Trainer *trainer, bool *good, Error *error) {
    real *state =
        *good ? memory_allocate(state_elements(trainer), sizeof *state, "the last good state", error) : NULL;
    *good = state != NULL;
    return state;
}

bool snapshot_create(Trainer *trainer, Error *error) {
    Snapshot *snapshot = &trainer->good;
    snapshot->parameters = block_create(&trainer->model.network->layout, error);
    bool good = snapshot->parameters != NULL;
    for (size_t k = 0; k < trainer->config.optimizer->block_count; k++) {
        snapshot->moments[k] = make_rounded(trainer, &good, error);
    }
    if (trainer->average != NULL) {
        snapshot->average = make_rounded(trainer, &good, error);
    }
    snapshot->state = make_state(trainer, &good, error);
    snapshot->noted_state = make_state(trainer, &good, error);
    return good;
}

void snapshot_free(Snapshot *snapshot) {
    free(snapshot->parameters);
    free(snapshot->average);
    for (size_t k = 0; k < OPTIMIZER_BLOCKS_MAX; k++) {
        free(snapshot->moments[k]);
    }
    free(snapshot->state);
    free(snapshot->noted_state);
    *snapshot = (Snapshot){0};
}

double snapshot_memory(size_t rounded, size_t block_elements, size_t state_elements) {
    return (double)block_elements * (double)(sizeof(real) + rounded * sizeof(bfloat16)) +
           2.0 * (double)state_elements * sizeof(real);
}

bool snapshot_is_due(const Trainer *trainer) {
    return trainer->progress.step >= trainer->good.place.step + trainer->divergence_rule.interval;
}

void snapshot_note(Trainer *trainer) {
    const TrainerProgress *progress = &trainer->progress;
    trainer->good.noted = (SnapshotPlace){.step = progress->step,
                                          .chars = progress->chars,
                                          .position = trainer->batches.position,
                                          .loss_sum = progress->loss_sum,
                                          .loss_weight = progress->loss_weight,
                                          .grad_norm = progress->grad_norm,
                                          .recent = trainer->divergence.recent};
    memcpy(trainer->good.noted_state, pass_state(trainer->pass), state_elements(trainer) * sizeof(real));
}

static void copy_part(real *to, const real *from, Range elements) {
    memcpy(to + elements.begin, from + elements.begin, (elements.end - elements.begin) * sizeof(real));
}

/* Rounds what the average is more than the parameters. */
static void round_average(const Trainer *trainer, Range elements) {
    enum { AT_ONCE = 1024 };
    real more[AT_ONCE];
    const real *parameters = trainer->model.parameters;
    for (size_t begin = elements.begin; begin < elements.end; begin += AT_ONCE) {
        size_t end = begin + AT_ONCE < elements.end ? begin + AT_ONCE : elements.end;
        for (size_t k = begin; k < end; k++) {
            more[k - begin] = trainer->average[k] - parameters[k];
        }
        trainer->compute->kernels->round_to_bfloat16(trainer->good.average + begin, more, end - begin);
    }
}

void snapshot_copy(Trainer *trainer, Range elements) {
    const Snapshot *snapshot = &trainer->good;
    copy_part(snapshot->parameters, trainer->model.parameters, elements);
    for (size_t k = 0; k < trainer->config.optimizer->block_count; k++) {
        trainer->compute->kernels->round_to_bfloat16(snapshot->moments[k] + elements.begin,
                                                     trainer->moments[k] + elements.begin,
                                                     elements.end - elements.begin);
    }
    if (trainer->average != NULL) {
        round_average(trainer, elements);
    }
}

void snapshot_keep(Trainer *trainer) {
    Snapshot *snapshot = &trainer->good;
    real *state = snapshot->state;
    snapshot->state = snapshot->noted_state;
    snapshot->noted_state = state;
    snapshot->place = snapshot->noted;
    trainer->divergence.level = snapshot->place.recent;
}

void snapshot_take(Trainer *trainer) {
    snapshot_note(trainer);
    snapshot_copy(trainer, (Range){0, trainer->model.network->layout.total});
    snapshot_keep(trainer);
}

/* The way back. */
static void widen(real *to, const bfloat16 *from, const real *more, size_t count) {
    for (size_t k = 0; k < count; k++) {
        to[k] = bfloat16_value(from[k]) + (more != NULL ? more[k] : 0);
    }
}

/* Puts the blocks and the carried state back. */
static void restore_blocks(Trainer *trainer) {
    const Snapshot *snapshot = &trainer->good;
    const Range all = {0, trainer->model.network->layout.total};
    copy_part(trainer->model.parameters, snapshot->parameters, all);
    for (size_t k = 0; k < trainer->config.optimizer->block_count; k++) {
        widen(trainer->moments[k], snapshot->moments[k], NULL, all.end);
    }
    if (trainer->average != NULL) {
        widen(trainer->average, snapshot->average, snapshot->parameters, all.end);
    }
    memcpy(pass_state(trainer->pass), snapshot->state, state_elements(trainer) * sizeof(real));
}

/* A pass as it was made: what is no number would stay in its arrays, where a shorter window multiplies by zeros what it
 * does not use of them. */
static bool renew_pass(Trainer *trainer, Error *error) {
    pass_free(trainer->pass);
    trainer->pass = pass_create(trainer->model.network, trainer->compute, &trainer->shape, error);
    return trainer->pass != NULL;
}

bool snapshot_restore(Trainer *trainer, Error *error) {
    const SnapshotPlace *place = &trainer->good.place;
    TrainerProgress *progress = &trainer->progress;
    if (!renew_pass(trainer, error)) {
        return false;
    }
    restore_blocks(trainer);
    progress->step = place->step;
    progress->chars = place->chars;
    progress->loss_sum = place->loss_sum;
    progress->loss_weight = place->loss_weight;
    progress->grad_norm = place->grad_norm;
    progress->validation_due = false;
    divergence_set_level(&trainer->divergence, place->recent);
    trainer->batches.position = place->position;
    return batches_resume(&trainer->batches, progress->chars) ||
           error_set(error, "the last good state is beyond the text");
}
