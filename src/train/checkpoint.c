/* Saving and going on: the model that is kept, and the checkpoint from which a run resumes.
 *
 * A checkpoint is a model file with further tensors: the optimiser's moments, the average, the carried state
 * of the streams, the position, and the last good state (train/snapshot.h), to which an uninterrupted run would go
 * back, too. Random numbers need no state: the dropout masks of a step follow from the seed and the step's number.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/checkpoint_good.h"
#include "train/difference.h"
#include "train/trainer_state.h"

enum { COUNTERS = 3, NUMBERS = 6, POSITION_EXTRAS = 4 + CHECKPOINT_GOOD_EXTRAS };

#define POSITION_COUNTERS MODEL_POSITION ".counters"
#define POSITION_NUMBERS  MODEL_POSITION ".numbers"

/* A tensor that is there only when a validation was dropped; it holds the step. */
static const char validation_due[] = MODEL_POSITION ".validation_due";

/* A block of the network's layout that a checkpoint keeps, each row of it as a tensor PREFIX.ROW. */
typedef struct KeptBlock {
    const char *prefix;
    TensorType type; /* F32, or BF16 */
    void *block;
} KeptBlock;

enum { KEPT_MAX = 2 * OPTIMIZER_BLOCKS_MAX + 3, KEPT_NAME_SIZE = LAYOUT_NAME_SIZE + 24 };

static const char *const moment_prefixes[OPTIMIZER_BLOCKS_MAX] = {"optim.moment1", "optim.moment2"};
#define GOOD_WEIGHTS "good.weights"
/* The average less the weights. */
#define GOOD_AVERAGE "good.ema_less_weights"
static const char *const good_moment_prefixes[OPTIMIZER_BLOCKS_MAX] = {"good.optim.moment1",
                                                                       "good.optim.moment2"};

/* The blocks of the last good state, after `count` others; returns how many all are. */
static size_t list_good(const Trainer *trainer, KeptBlock kept[KEPT_MAX], size_t count) {
    const Snapshot *good = &trainer->good;
    kept[count++] = (KeptBlock){GOOD_WEIGHTS, TENSOR_F32, good->parameters};
    for (size_t k = 0; k < trainer->config.optimizer->block_count; k++) {
        kept[count++] = (KeptBlock){good_moment_prefixes[k], TENSOR_BF16, good->moments[k]};
    }
    if (trainer->average != NULL) {
        kept[count++] = (KeptBlock){GOOD_AVERAGE, TENSOR_BF16, good->average};
    }
    return count;
}

/* The blocks that this run keeps; returns how many. */
static size_t list_kept(const Trainer *trainer, KeptBlock kept[KEPT_MAX]) {
    size_t count = 0;
    for (size_t k = 0; k < trainer->config.optimizer->block_count; k++) {
        kept[count++] = (KeptBlock){moment_prefixes[k], TENSOR_F32, trainer->moments[k]};
    }
    if (trainer->average != NULL) {
        kept[count++] = (KeptBlock){MODEL_AVERAGE, TENSOR_F32, trainer->average};
    }
    return count;
}

/* Where a row of it begins. */
static void *kept_row(const KeptBlock *kept, const LayoutRow *row) {
    return (char *)kept->block + row->offset * (kept->type == TENSOR_BF16 ? sizeof(bfloat16) : sizeof(real));
}

static void name_kept(char name[KEPT_NAME_SIZE], const char *prefix, const LayoutRow *row) {
    snprintf(name, KEPT_NAME_SIZE, "%s.%s", prefix, row->name);
}

void trainer_update_history(Trainer *trainer, bool finished) {
    TrainingHistory *history = &trainer->model.history;
    const TrainerProgress *progress = &trainer->progress;
    history->chars_trained = progress->chars;
    history->steps = progress->step;
    history->epochs = trainer_epochs(trainer);
    history->seconds = progress->seconds;
    history->best_val_loss = progress->best_val;
    history->train_loss = trainer_smoothed_loss(trainer);
    history->rollbacks = trainer->divergence.rollbacks;
    history->finished = finished;
}

/* The model as it is to be saved: its average, if there is one. */
static Model averaged_model(const Trainer *trainer) {
    Model model = trainer->model;
    if (trainer->average != NULL) {
        model.parameters = trainer->average;
    }
    return model;
}

bool trainer_give_model(Trainer *trainer, Error *error) {
    Model model = averaged_model(trainer);
    return saver_give_model(trainer->saver, &model, trainer->compute->threads, error);
}

bool trainer_save_model(Trainer *trainer, Error *error) {
    saver_finish(trainer->saver); /* what it has is older, and must not come later */
    if (trainer->checkpoint_stale &&
        !trainer_save_checkpoint(trainer, trainer->model.history.finished, error)) {
        return false;
    }
    Model saved = averaged_model(trainer);
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

/* Lists the rows of the kept blocks after what is in `extras`; their names go to `names`. Returns how many all are. */
static size_t list_rows(const Trainer *trainer, ExtraTensor *extras, size_t count,
                        char (*names)[KEPT_NAME_SIZE]) {
    const Layout *layout = &trainer->model.network->layout;
    KeptBlock kept[KEPT_MAX];
    size_t blocks = list_good(trainer, kept, list_kept(trainer, kept));
    for (size_t k = 0; k < blocks; k++) {
        for (size_t r = 0; r < layout->count; r++, names++) {
            const LayoutRow *row = &layout->rows[r];
            name_kept(*names, kept[k].prefix, row);
            extras[count++] =
                (ExtraTensor){*names, kept[k].type, layout_row_elements(row), kept_row(&kept[k], row)};
        }
    }
    return count;
}

/* What a checkpoint has besides the model. */
typedef struct CheckpointParts {
    uint64_t counters[COUNTERS];
    double numbers[NUMBERS];
    CheckpointGood good;
    char (*names)[KEPT_NAME_SIZE]; /* of the rows of kept blocks */
    ExtraTensor *extras;
    size_t count;
} CheckpointParts;

static void free_parts(CheckpointParts *parts) {
    free(parts->extras);
    free(parts->names);
}

/* Lists what belongs to the trainer, which must not go on until it is saved or copied. Freed also on failure. */
static bool list_parts(const Trainer *trainer, CheckpointParts *parts, Error *error) {
    size_t rows = KEPT_MAX * trainer->model.network->layout.count;
    parts->extras = memory_allocate(POSITION_EXTRAS + rows, sizeof *parts->extras, "a checkpoint", error);
    parts->names = memory_allocate(rows, sizeof *parts->names, "a checkpoint", error);
    if (parts->extras == NULL || parts->names == NULL) {
        return false;
    }
    size_t state = network_state_size(trainer->model.network, trainer->shape.batch);
    size_t count = 0;
    pack_position(trainer, parts->counters, parts->numbers);
    parts->extras[count++] = (ExtraTensor){POSITION_COUNTERS, TENSOR_U64, COUNTERS, parts->counters};
    parts->extras[count++] = (ExtraTensor){POSITION_NUMBERS, TENSOR_F64, NUMBERS, parts->numbers};
    parts->extras[count++] = (ExtraTensor){"state.carried", TENSOR_F32, state, pass_state(trainer->pass)};
    if (trainer->progress.validation_due) {
        parts->extras[count++] = (ExtraTensor){validation_due, TENSOR_U64, 1, &trainer->progress.step};
    }
    count = checkpoint_good_list(trainer, &parts->good, parts->extras, count);
    parts->count = list_rows(trainer, parts->extras, count, parts->names);
    return true;
}

bool trainer_save_checkpoint(Trainer *trainer, bool finished, Error *error) {
    CheckpointParts parts = {0};
    saver_finish(trainer->saver); /* as above */
    saver_drop_room(trainer->saver);
    bool saved = list_parts(trainer, &parts, error);
    if (saved) {
        trainer_update_history(trainer, finished);
        saved = model_save(trainer->checkpoint, &trainer->model, parts.extras, parts.count, error);
        trainer->checkpoint_stale = trainer->checkpoint_stale && !saved;
        trainer->saved_step = saved ? trainer->progress.step : trainer->saved_step;
    }
    free_parts(&parts);
    return saved;
}

size_t trainer_checkpoint_size(const Trainer *trainer) {
    enum { OTHER = 1 << 16, SYMBOL = 64 }; /* bytes of the header, and of a symbol in it, about */
    const Network *network = trainer->model.network;
    size_t kept = 1 + trainer->config.optimizer->block_count + (trainer->average != NULL ? 1 : 0);
    size_t blocks = (kept + 1) * sizeof(real) + (kept - 1) * sizeof(bfloat16);
    return blocks * network->layout.total +
           2 * sizeof(real) * network_state_size(network, trainer->shape.batch) +
           SYMBOL * vocab_size(trainer->model.vocab) + OTHER;
}

bool trainer_give_checkpoint(Trainer *trainer, Error *error) {
    CheckpointParts parts = {0};
    bool given = list_parts(trainer, &parts, error);
    if (given) {
        trainer_update_history(trainer, false);
        given = saver_give_checkpoint(trainer->saver, &trainer->model, parts.extras, parts.count, error);
    }
    free_parts(&parts);
    return given;
}

/* Whether both know the same symbols. */
static bool check_same_symbols(const Trainer *trainer, const Model *there, Error *error) {
    const Vocab *vocab = trainer->model.vocab;
    size_t added = 0;
    for (uint32_t k = 0; k < vocab_size(vocab); k++) {
        added += vocab_find(there->vocab, vocab_symbol(vocab, k)) == VOCAB_UNKNOWN;
    }
    if (added > 0) {
        return error_set(error,
                         "the text has %zu symbols that %s does not know; take them out to go on, or leave "
                         "--resume away and begin with what it has learned: --init-from %s",
                         added, trainer->checkpoint, trainer->checkpoint);
    }
    return vocab_equal(there->vocab, vocab) ||
           error_set(error, "%s has another vocabulary than the text; leave --resume away to start afresh",
                     trainer->checkpoint);
}

/* What the checkpoint was trained with that this run is not. */
static Difference compare_runs(const Trainer *trainer, const Model *there) {
    const TrainingHistory *history = &there->history;
    const TrainerConfig *config = &trainer->config;
    Difference found = {0};
    difference_check_network(&found, there, &trainer->model);
    difference_check_number(&found, "--zoneout", there->network->config.zoneout,
                            trainer->model.network->config.zoneout);
    difference_check_word(&found, "--optimizer", history->optimizer, config->optimizer->name);
    difference_check_count(&found, "--seq-length", history->method.seq_length, trainer->shape.steps);
    difference_check_count(&found, "--batch-size", history->method.batch_size, trainer->shape.batch);
    difference_check_number(&found, "--val", history->method.val_fraction, config->method.val_fraction);
    difference_check_number(&found, "--test", history->method.test_fraction, config->method.test_fraction);
    difference_check_count(&found, "--seed", history->method.seed, config->method.seed);
    return found;
}

/* Whether the checkpoint belongs to a run like this one. */
static bool check_same_run(const Trainer *trainer, const Model *there, Error *error) {
    uint64_t before = there->history.corpus_digest;
    uint64_t now = trainer->corpus->report.digest;
    if (before != now && !trainer->config.force) {
        return error_set(
            error,
            "%s was trained on another text (or the text was changed since): its digest is "
            "%016" PRIx64 ", that of the text is %016" PRIx64
            "; go on with that text, give --force to go on with this one, or leave --resume away "
            "to start afresh",
            trainer->checkpoint, before, now);
    }
    Difference found = compare_runs(trainer, there);
    if (found.option != NULL) {
        return error_set(error,
                         "%s was trained with %s %s, but %s is asked for; give %s %s to go on, or leave "
                         "--resume away to start afresh",
                         trainer->checkpoint, found.option, found.there, found.asked, found.option,
                         found.there);
    }
    return check_same_symbols(trainer, there, error);
}

/* Takes the rows of a kept block. */
static bool take_rows(Trainer *trainer, const KeptBlock *kept, const ModelExtras *extras, Error *error) {
    const Layout *layout = &trainer->model.network->layout;
    for (size_t r = 0; r < layout->count; r++) {
        const LayoutRow *row = &layout->rows[r];
        char name[KEPT_NAME_SIZE];
        name_kept(name, kept->prefix, row);
        if (!model_extras_copy(extras, name, kept->type, layout_row_elements(row), kept_row(kept, row),
                               error)) {
            return false;
        }
    }
    return true;
}

/* Whether the checkpoint has such a block of averages; a run that was planned shorter may have had none. */
static bool has_average(const Trainer *trainer, const ModelExtras *extras, const char *prefix) {
    char name[KEPT_NAME_SIZE];
    name_kept(name, prefix, &trainer->model.network->layout.rows[0]);
    return model_extras_count(extras, name) > 0;
}

/* Whether the position is one that a run can have come to; its numbers are finite. */
static bool check_position(const Trainer *trainer, const double numbers[NUMBERS], Error *error) {
    const char *fault = NULL;
    if (numbers[0] < 0) {
        fault = POSITION_NUMBERS ": less than 0 seconds were spent";
    } else if (numbers[2] < 0) {
        fault = POSITION_NUMBERS ": the training loss has a weight below 0";
    }
    return fault == NULL || error_set(error, "%s: tensor %s", trainer->checkpoint, fault);
}

/* Whether moments of the last good state are reals, as they were once. */
static bool has_real_moments(const Trainer *trainer, const ModelExtras *extras) {
    char name[KEPT_NAME_SIZE];
    name_kept(name, good_moment_prefixes[0], &trainer->model.network->layout.rows[0]);
    return model_extras_has(extras, name, TENSOR_F32);
}

/* Takes the last good state. That of another text is none; a checkpoint without one, or without all that this run keeps
 * of it, or from when it was kept otherwise, is one itself. */
static bool take_good(Trainer *trainer, const ModelExtras *extras, Error *error) {
    KeptBlock kept[KEPT_MAX];
    size_t blocks = list_good(trainer, kept, 0);
    bool there = checkpoint_good_is_there(extras);
    bool whole = !has_real_moments(trainer, extras) &&
                 (trainer->average == NULL || has_average(trainer, extras, GOOD_AVERAGE));
    if (there && !checkpoint_good_take(trainer, extras, error)) {
        return false;
    }
    bool good = true;
    if (there && whole && !trainer->plan.text_changed) {
        for (size_t k = 0; good && k < blocks; k++) {
            good = take_rows(trainer, &kept[k], extras, error);
        }
        return good;
    }
    divergence_start(&trainer->divergence, vocab_size(trainer->model.vocab));
    if (trainer->progress.loss_weight > 0) {
        divergence_set_level(&trainer->divergence, trainer_smoothed_loss(trainer));
    }
    snapshot_take(trainer);
    return true;
}

/* What was true of the text before is not of another one: reading begins at its beginning, where the state is zero, and
 * no loss is the best so far. */
static void forget_text(Trainer *trainer) {
    TrainerProgress *progress = &trainer->progress;
    trainer->batches.position = 0;
    progress->last_val = progress->best_val = NAN;
    progress->loss_sum = progress->loss_weight = 0;
}

static bool take_extras(Trainer *trainer, const ModelExtras *extras, Error *error) {
    size_t state_size = network_state_size(trainer->model.network, trainer->shape.batch);
    uint64_t counters[COUNTERS];
    double numbers[NUMBERS];
    KeptBlock kept[KEPT_MAX];
    if (!model_extras_copy(extras, POSITION_COUNTERS, TENSOR_U64, COUNTERS, counters, error) ||
        !model_extras_copy(extras, POSITION_NUMBERS, TENSOR_F64, NUMBERS, numbers, error) ||
        !model_extras_copy(extras, "state.carried", TENSOR_F32, state_size, pass_state(trainer->pass),
                           error)) {
        return false;
    }
    size_t blocks = list_kept(trainer, kept);
    for (size_t k = 0; k < blocks; k++) {
        if (kept[k].block == trainer->average && !has_average(trainer, extras, MODEL_AVERAGE)) {
            memcpy(trainer->average, trainer->model.parameters,
                   trainer->model.network->layout.total * sizeof(real));
        } else if (!take_rows(trainer, &kept[k], extras, error)) {
            return false;
        }
    }
    if (!check_position(trainer, numbers, error)) {
        return false;
    }
    unpack_position(trainer, counters, numbers);
    if (trainer->plan.text_changed) {
        forget_text(trainer);
    }
    if (!batches_resume(&trainer->batches, trainer->progress.chars)) {
        return error_set(error, "%s: tensor position.counters is beyond the text", trainer->checkpoint);
    }
    trainer->progress.validation_due =
        trainer->val_interval > 0 && model_extras_count(extras, validation_due) > 0;
    return take_good(trainer, extras, error);
}

bool trainer_load_checkpoint(Trainer *trainer, Error *error) {
    Model there;
    ModelExtras *extras = NULL;
    if (!model_load_with_extras(trainer->checkpoint, &there, &extras, error)) {
        return false;
    }
    bool good = check_same_run(trainer, &there, error);
    trainer->plan.text_changed = there.history.corpus_digest != trainer->corpus->report.digest;
    if (good) {
        memcpy(trainer->model.parameters, there.parameters,
               trainer->model.network->layout.total * sizeof(real));
        good = take_extras(trainer, extras, error);
        trainer->plan.resumed_rollbacks = trainer->divergence.rollbacks;
        bool asked = trainer->config.method.learning_rate >= 0;
        if (asked && there.history.method.learning_rate != trainer->plan.method.learning_rate) {
            trainer->divergence.halvings = 0; /* they were of that rate */
        }
        trainer->model.history.run = there.history.run;
    }
    trainer->plan.finished = good && there.history.finished;
    model_extras_free(extras);
    model_free(&there);
    return good;
}
