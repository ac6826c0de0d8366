/* Runs that came to their end, and what resuming them does: nothing, or more where the bound was raised. */
#include "train/resumed_run.h"

static void a_finished_run_says_so(void **state) {
    (void)state;
    Training training;
    start(&training);
    training_finish(&training);
    uint64_t steps = training.history.steps;
    training.config.resume = true;
    assert_true(training_plan(&training));
    assert_true(training.plan.resumed && training.plan.finished);
    assert_int_equal(training.plan.resumed_step, steps);
    training.config.epochs = 2; /* a lower bound is reached all the more */
    assert_true(training_plan(&training));
    assert_true(training.plan.finished);
    training.config.resume = false;
    assert_true(training_plan(&training));
    assert_false(training.plan.resumed || training.plan.finished);
    training_end(&training);
}

/* Both files say whether the run came to its end, whichever precision the model writes in. */
static void check_finished(const Training *training, bool finished) {
    Model model = load_model(training->output);
    Model checkpoint = load_model(training->checkpoint);
    assert_int_equal(model.history.finished, finished);
    assert_int_equal(checkpoint.history.finished, finished);
    assert_int_equal(model.history.sampling_precision, training->history.sampling_precision);
    model_free(&model);
    model_free(&checkpoint);
}

static void the_model_says_whether_the_run_is_finished(void **state) {
    (void)state;
    const double fractions[] = {0.1, 0}; /* for validation */
    for (size_t k = 0; k < 2; k++) {
        Training training;
        start(&training);
        training.config.method.val_fraction = fractions[k];
        training.config.epochs = 2;
        interrupt_and_resume(&training, 60); /* after a validation */
        check_finished(&training, false);
        training_finish(&training);
        check_finished(&training, true);
        training.config.epochs = 4;
        training.watch.interrupt_after = 1; /* gone on, and no better model was saved yet */
        assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
        check_finished(&training, false);
        training_end(&training);
    }
}

/* What is sealed is the model that was saved: its steps are those of its parameters. */
static void the_sealed_model_is_the_best_one(void **state) {
    (void)state;
    Training training;
    char text[3000];
    for (size_t k = 0; k < sizeof text; k++) {
        text[k] = "ab"[k < 2700 ? k % 2 : k % 3 == 0];
    }
    training_start(&training, text, sizeof text);
    training.config.epochs = 8; /* the surer it is of what it learns, the worse it does on the last tenth */
    training_finish(&training);
    Model model = load_model(training.output);
    assert_true(model.history.finished);
    assert_true(model.history.steps < training.history.steps);
    double loss = one_pass(&model, training.units + training.plan.train_units, training.plan.val_units);
    assert_near(loss, model.history.best_val_loss, 0.001);
    assert_near(model.history.best_val_loss, training.history.best_val_loss, 0);
    model_free(&model);
    training_end(&training);
}

/* A raised bound goes on where the run stopped. */
static void a_raised_bound_goes_on(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 2;
    training_finish(&training);
    uint64_t steps = training.history.steps;
    training.config.resume = true;
    training.config.epochs = 5;
    training_finish(&training);
    assert_true(training.plan.resumed);
    assert_false(training.plan.finished);
    assert_int_equal(training.plan.resumed_step, steps);
    assert_int_equal(training.history.chars_trained, 5 * 2696);
    assert_near(training.history.epochs, 5, 0);
    assert_int_equal(training.watch.reports[0].step, steps + 1);
    /* The schedule is that of the longer run: two fifths are behind it. */
    const ScheduleMoment moment = {.step = steps + 1, .progress = 2.0 / 5};
    const ScheduleNumbers none = {.warmup = 0};
    assert_near(training.watch.reports[0].learning_rate,
                0.01 * schedule_factor(schedule_find("cosine"), &none, &moment), 1e-6);
    training_end(&training);
}

/* A bound in time: what earlier runs took counts. */
static void a_bound_in_time_is_resumed(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 0;
    training.config.seconds = 0.5;
    training_finish(&training);
    size_t all = training.watch.steps;
    assert_in_range(all, 100, 500);
    training.config.resume = true;
    assert_true(training_plan(&training));
    assert_true(training.plan.finished);
    training.config.seconds = 1;
    training_finish(&training);
    assert_false(training.plan.finished);
    assert_in_range(training.watch.steps, all * 8 / 10, all * 12 / 10);
    assert_in_range(training.history.steps, all * 18 / 10, all * 22 / 10);
    assert_near(training.history.seconds, 1, 0.1);
    training_end(&training);
}

/* A clock that goes on by a power of two a step, so that sums of times are exact. */
static void turn_clock(void *context, size_t steps) {
    Training *training = context;
    (void)steps;
    training->clock.now += 1.0 / 128;
}

/* Bounded by time, a run that was cut counts what was used before and ends where the whole one does: the clock says the
 * same at each step. */
static void a_bound_in_time_is_resumed_exactly(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 0;
    training.config.seconds = 1.5;
    training.clock.tick = 0;
    training.watch.after_step = turn_clock;
    training.watch.context = &training;
    Whole whole = run_whole(&training);
    assert_in_range(whole.history.steps, 150, 192);
    const size_t cuts[] = {1, 43, 100, 140};
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        training.config.resume = false;
        training.clock.now = 1000;
        interrupt_and_resume(&training, cuts[k]);
        training.clock.now = 5; /* another day */
        training_finish(&training);
        check_same_end(&training, &whole);
        assert_near(training.history.seconds, whole.history.seconds, 0);
    }
    free_whole(&whole);
    training_end(&training);
}

/* Interrupted, and then asked for less than there is: it ends at once, and well. */
static void a_lowered_bound_ends_at_once(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 100);
    training.config.epochs = 1;
    training_finish(&training);
    assert_int_equal(training.watch.steps, 0);
    assert_int_equal(training.history.steps, 100);
    assert_true(training.history.finished);
    assert_true(watch_last(&training.watch)->new_val);
    training_end(&training);
}

/* Read as a model it is the average, which validation measured and the model file holds; a run goes on from the
 * parameters themselves. */
static void a_checkpoint_as_a_model_is_the_average(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 1;
    training_finish(&training);
    Model model = load_model(training.output);
    Model checkpoint = load_model(training.checkpoint);
    assert_true(checkpoint.checkpoint);
    assert_false(model.checkpoint);
    assert_same_bits(checkpoint.parameters, model.parameters, training.total);
    assert_memory_not_equal(checkpoint.parameters, training.parameters, training.total * sizeof(real));
    model_free(&model);
    model_free(&checkpoint);
    ModelExtras *extras = NULL;
    assert_true(model_load_with_extras(training.checkpoint, &checkpoint, &extras, NULL));
    assert_same_bits(checkpoint.parameters, training.parameters, training.total);
    model_extras_free(extras);
    model_free(&checkpoint);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_run_says_so),
        cmocka_unit_test(the_model_says_whether_the_run_is_finished),
        cmocka_unit_test(the_sealed_model_is_the_best_one),
        cmocka_unit_test(a_raised_bound_goes_on),
        cmocka_unit_test(a_bound_in_time_is_resumed),
        cmocka_unit_test(a_bound_in_time_is_resumed_exactly),
        cmocka_unit_test(a_lowered_bound_ends_at_once),
        cmocka_unit_test(a_checkpoint_as_a_model_is_the_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
