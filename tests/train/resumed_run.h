/* A run with everything on that has a state, for tests of what is resumed: as a whole, and cut. */
#ifndef LETRA_TESTS_TRAIN_RESUMED_RUN_H
#define LETRA_TESTS_TRAIN_RESUMED_RUN_H

#include "train/training.h"

/* Everything on that has a state: two layers, dropout, averaging, decay. 42 steps an epoch, and a last window that is
 * shorter. */
static inline void start(Training *training) {
    training_start_english(training, 3000);
    training->config.layers = 2;
    training->config.hidden = 20;
    training->config.method.dropout = 0.3;
    training->config.method.dropout_input = 0.2;
    training->config.method.dropout_output = 0.4;
    training->config.method.variational = true;
    training->config.method.weight_drop = 0.2;
    training->config.zoneout = 0.1;
    training->config.method.average = 0.9;
    training->config.method.weight_decay = 0.05;
    training->config.epochs = 6.5;
}

/* What the uninterrupted run came to. */
typedef struct Whole {
    real *parameters, *model; /* the last, and the best as saved */
    TrainingHistory history;
    TrainerReport reports[WATCH_REPORTS];
    size_t report_count;
} Whole;

/* The parameters in a model file, as a copy that is the caller's. */
static inline real *read_parameters(const char *path) {
    Model model = load_model(path);
    real *parameters = model.parameters;
    model.parameters = NULL;
    model_free(&model);
    return parameters;
}

static inline Whole run_whole(Training *training) {
    training_finish(training);
    Whole whole = {.parameters = training->parameters,
                   .model = read_parameters(training->output),
                   .history = training->history,
                   .report_count = training->watch.report_count};
    memcpy(whole.reports, training->watch.reports, sizeof whole.reports);
    training->parameters = NULL;
    assert_int_equal(remove(training->output), 0);
    assert_int_equal(remove(training->checkpoint), 0);
    return whole;
}

static inline void free_whole(Whole *whole) {
    free(whole->parameters);
    free(whole->model);
}

static inline bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* The reports of the run just made are the last ones of the whole run, but for the time. */
static inline void check_reports(const Training *training, const Whole *whole) {
    const Watch *watch = &training->watch;
    assert_true(watch->report_count <= whole->report_count);
    for (size_t k = 0; k < watch->report_count; k++) {
        const TrainerReport *report = &watch->reports[k];
        const TrainerReport *expected = &whole->reports[whole->report_count - watch->report_count + k];
        assert_int_equal(report->step, expected->step);
        assert_int_equal(report->chars, expected->chars);
        assert_int_equal(report->new_val, expected->new_val);
        assert_true(same(report->train_loss, expected->train_loss));
        assert_true(same(report->val_loss, expected->val_loss));
        assert_true(same(report->learning_rate, expected->learning_rate));
        assert_true(same(report->grad_norm, expected->grad_norm));
    }
}

static inline void check_same_end(const Training *training, const Whole *whole) {
    assert_same_bits(training->parameters, whole->parameters, training->total);
    real *model = read_parameters(training->output);
    assert_same_bits(model, whole->model, training->total);
    free(model);
    check_reports(training, whole);
    assert_int_equal(training->history.steps, whole->history.steps);
    assert_int_equal(training->history.chars_trained, whole->history.chars_trained);
    assert_near(training->history.best_val_loss, whole->history.best_val_loss, 0);
    assert_near(training->history.train_loss, whole->history.train_loss, 0);
    assert_true(training->history.finished);
}

static inline void interrupt_and_resume(Training *training, size_t steps) {
    training->watch.interrupt_after = steps;
    assert_int_equal(training_run(training), TRAINER_INTERRUPTED);
    assert_int_equal(training->watch.steps, steps);
    training->watch.interrupt_after = 0;
    training->config.resume = true;
}

#endif
