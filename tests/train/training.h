/* What the tests of src/train share: a text in a folder of the test's own, the configuration of a small run, a
 * watch that notes what the trainer tells, and a clock that the test turns.
 *
 *     Training training;
 *     training_start(&training, text, length);
 *     training.config.epochs = 3;                  whatever the test is about
 *     assert_int_equal(training_run(&training), TRAINER_FINISHED);
 *     ... training.watch, training.model ...
 *     training_end(&training);
 *
 * It lies here and not in tests/support, because the double variant links that and has no src/train.
 */
#ifndef LETRA_TESTS_TRAIN_TRAINING_H
#define LETRA_TESTS_TRAIN_TRAINING_H

#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "generate/score.h"
#include "model/cells.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "support/tables.h"
#include "train/trainer.h"

/* Time that passes only when it is asked for. */
typedef struct TestClock {
    double now;
    double tick;                   /* seconds that each question takes */
    size_t waits;                  /* of the trainer, in which `now` goes on, too */
    void (*waited)(void *context); /* called in each; may be NULL */
    void *context;
} TestClock;

enum { WATCH_REPORTS = 1024 };

/* What the trainer told, and what the test wants it to do. */
typedef struct Watch {
    TrainerReport reports[WATCH_REPORTS]; /* the first so many */
    size_t report_count;                  /* of all */
    size_t warning_count, note_count, preview_count;
    char warning[2048];     /* the last one */
    char note[2048];        /* the last one */
    size_t steps;           /* taken in this run: `interrupted` is asked after each */
    size_t windows;         /* of validations, but for the first of each: `interrupted` is asked before */
    size_t interrupt_after; /* steps of this run; 0: never */
    size_t interrupt_in_validation; /* so many windows into those of this run; 0: never */
    /* Called after each step with the number of steps so far; may be NULL. */
    void (*after_step)(void *context, size_t steps);
    void (*preview)(void *context, const Model *model);
    void *context;
} Watch;

typedef struct Training {
    Scratch *scratch;
    char output[1024], checkpoint[1024];
    Pipeline pipeline;
    Corpus corpus;
    uint32_t *units; /* of the corpus; owned */
    size_t
        threads; /* 1 unless a test asks for more: so small a run only waits with two, most of all on a busy machine */
    TrainerConfig config;
    TestClock clock;
    Watch watch; /* what it saw is of the last run, like all that follows */
    TrainerPlan plan;
    TrainingHistory history; /* at the end */
    real *parameters;        /* at the end; owned */
    size_t total;            /* elements of them */
    Error error;
} Training;

static inline double test_clock_seconds(void *context) {
    TestClock *clock = context;
    clock->now += clock->tick;
    return clock->now;
}

static inline void test_clock_wait(void *context, double seconds) {
    TestClock *clock = context;
    clock->now += seconds;
    clock->waits++;
    if (clock->waited != NULL) {
        clock->waited(clock->context);
    }
}

/* --- what the callbacks do --- */

static inline void watch_report(void *context, const TrainerReport *report) {
    Watch *watch = context;
    if (watch->report_count < WATCH_REPORTS) {
        watch->reports[watch->report_count] = *report;
    }
    watch->report_count++;
}

static inline void watch_warning(void *context, const char *message) {
    Watch *watch = context;
    snprintf(watch->warning, sizeof watch->warning, "%s", message);
    watch->warning_count++;
}

static inline void watch_note(void *context, const char *message) {
    Watch *watch = context;
    snprintf(watch->note, sizeof watch->note, "%s", message);
    watch->note_count++;
}

static inline void watch_preview(void *context, const Model *model) {
    Watch *watch = context;
    watch->preview_count++;
    if (watch->preview != NULL) {
        watch->preview(watch->context, model);
    }
}

static inline bool watch_interrupted(void *context, bool validating) {
    Watch *watch = context;
    if (validating) {
        watch->windows++;
        return watch->windows == watch->interrupt_in_validation;
    }
    watch->steps++;
    if (watch->after_step != NULL) {
        watch->after_step(watch->context, watch->steps);
    }
    return watch->steps == watch->interrupt_after;
}

static inline const TrainerReport *watch_last(const Watch *watch) {
    assert_in_range(watch->report_count, 1, WATCH_REPORTS);
    return &watch->reports[watch->report_count - 1];
}

/* --- texts --- */

/* Reads a text as the corpus of the run. */
static inline void training_set_text(Training *training, const char *text, size_t length) {
    Error error = {0};
    char *path = scratch_write(training->scratch, "text.txt", text, length);
    corpus_free(&training->corpus);
    free(training->units);
    if (!corpus_read(&training->pipeline, NULL, &(CorpusFiles){&path, 1, NULL}, &training->corpus, &error)) {
        fail_msg("%s", error.message);
    }
    training->units = stored_units(training->corpus.units);
}

/* The first `length` bytes of corpora/english.txt (0: all of it), which is ASCII. Tests run at the top. */
static inline Bytes english_text(size_t length) {
    Bytes text = {0};
    Error error = {0};
    if (!file_read("corpora/english.txt", &text, &error)) {
        fail_msg("%s (tests run at the top of the tree)", error.message);
    }
    if (length > 0) {
        assert_in_range(length, 1, text.length);
        text.length = length;
    }
    return text;
}

/* --- runs --- */

/* A small run that needs no luck: everything that the trainer could choose is given, but the optimizer's numbers. */
static inline TrainerConfig small_config(const char *output) {
    return (TrainerConfig){
        .cells = cell_list_of(cell_find("lstm")),
        .layers = 1,
        .hidden = 16,
        .embed = 8,
        .method.seq_length = 16,
        .method.batch_size = 4,
        .epochs = 1,
        .optimizer = optimizer_find("adamw"),
        .method.numbers = OPTIMIZER_AUTO,
        .schedule = schedule_find("cosine"),
        .method.schedule_numbers = SCHEDULE_AUTO,
        .method.learning_rate = 0.01,
        .method.dropout_output = METHOD_AUTO, /* as `dropout` */
        .method.clip = 1,
        .method.val_fraction = 0.1,
        .method.seed = 1,
        .output = output,
    };
}

static inline void training_start(Training *training, const char *text, size_t length) {
    *training = (Training){.scratch = scratch_create(), .threads = 1, .clock = {.now = 1000, .tick = 0.001}};
    snprintf(training->output, sizeof training->output, "%s",
             scratch_path(training->scratch, "model.safetensors"));
    snprintf(training->checkpoint, sizeof training->checkpoint, "%s",
             scratch_path(training->scratch, "model.checkpoint.safetensors"));
    training_set_text(training, text, length);
    training->config = small_config(training->output);
}

/* The same with the first `length` bytes of corpora/english.txt. */
static inline void training_start_english(Training *training, size_t length) {
    Bytes text = english_text(length);
    training_start(training, text.data, text.length);
    bytes_free(&text);
}

static inline void training_end(Training *training) {
    corpus_free(&training->corpus);
    free(training->units);
    scratch_remove(training->scratch);
    free(training->parameters);
}

/* Keeps what a trainer leaves behind. */
static inline void training_keep(Training *training, const Trainer *trainer) {
    const Model *model = trainer_model(trainer);
    training->total = model->network->layout.total;
    training->history = model->history;
    free(training->parameters);
    training->parameters = memory_allocate(training->total, sizeof(real), "a copy", NULL);
    assert_non_null(training->parameters);
    memcpy(training->parameters, model->parameters, training->total * sizeof(real));
}

/* Makes a trainer, runs it and frees it; what it did is in `training`. What a test wants of the watch
 * (interrupt_after, interrupt_in_validation, after_step, preview, context) stays from run to run, what the watch
 * saw does not. When the trainer cannot even be made, the outcome is TRAINER_FAILED and `plan` is zero. */
static inline TrainerOutcome training_run(Training *training) {
    Watch *watch = &training->watch;
    training->config.run++; /* as a command draws a number for each; it is kept where a run is resumed */
    *watch = (Watch){.interrupt_after = watch->interrupt_after,
                     .interrupt_in_validation = watch->interrupt_in_validation,
                     .after_step = watch->after_step,
                     .preview = watch->preview,
                     .context = watch->context};
    TrainerCallbacks callbacks = {watch,         watch_report,      watch_warning,
                                  watch_preview, watch_interrupted, watch_note};
    Clock clock = {test_clock_seconds, &training->clock, test_clock_wait};
    TrainerOutcome outcome = TRAINER_FAILED;
    Compute compute;
    training->error = (Error){0};
    training->plan = (TrainerPlan){0};
    assert_true(compute_create(&compute, training->threads, &training->error));
    Trainer *trainer = trainer_create(&training->config, &training->corpus, &training->pipeline, "9.8.7",
                                      &compute, &training->error);
    if (trainer != NULL) {
        training->plan = *trainer_plan(trainer);
        outcome = trainer_run(trainer, &callbacks, clock, &training->error);
        training_keep(training, trainer);
        trainer_free(trainer);
    }
    compute_free(&compute);
    return outcome;
}

/* The same for a run that must come to its end: shows the message if it does not. */
static inline void training_finish(Training *training) {
    TrainerOutcome outcome = training_run(training);
    if (outcome != TRAINER_FINISHED) {
        fail_msg("outcome %d: %s", (int)outcome, training->error.message);
    }
}

/* Only makes the trainer: its plan is in `training`. False and a message in `training->error`. */
static inline bool training_plan(Training *training) {
    Compute compute;
    training->error = (Error){0};
    training->plan = (TrainerPlan){0};
    assert_true(compute_create(&compute, training->threads, &training->error));
    Trainer *trainer = trainer_create(&training->config, &training->corpus, &training->pipeline, "9.8.7",
                                      &compute, &training->error);
    if (trainer != NULL) {
        training->plan = *trainer_plan(trainer);
        trainer_free(trainer);
    }
    compute_free(&compute);
    return trainer != NULL;
}

/* --- what came out --- */

/* A model file, which must be a good one; freed with model_free. */
static inline Model load_model(const char *path) {
    Model model;
    Error error = {0};
    if (!model_load(path, &model, &error)) {
        fail_msg("%s", error.message);
    }
    return model;
}

/* Nats per unit of the units in one pass (generate/score.h). */
static inline double one_pass(const Model *model, const uint32_t *units, size_t count) {
    Compute compute;
    Score score;
    Error error = {0};
    assert_true(compute_create(&compute, 1, &error));
    UnitStore *store = unit_store_of(units, count, &error);
    assert_non_null(store);
    if (!score_units(model, &compute, &(ScorerConfig){0}, store, (Range){0, count}, &(ScoreWatch){0}, &score,
                     &error)) {
        fail_msg("%s", error.message);
    }
    unit_store_free(store);
    compute_free(&compute);
    assert_int_equal(score.predicted, count - 1);
    return score.nats / (double)score.predicted;
}

static inline void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.12g instead of %.12g", value, expected);
    }
}

/* Fails unless both blocks are the same bit for bit. */
static inline void assert_same_bits(const real *a, const real *b, size_t count) {
    for (size_t k = 0; k < count; k++) {
        if (memcmp(&a[k], &b[k], sizeof(real)) != 0) {
            fail_msg("element %zu is %.9g instead of %.9g", k, (double)a[k], (double)b[k]);
        }
    }
}

static inline bool all_finite(const real *x, size_t count) {
    for (size_t k = 0; k < count; k++) {
        if (!isfinite(x[k])) {
            return false;
        }
    }
    return true;
}

#endif
