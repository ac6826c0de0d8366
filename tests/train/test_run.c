/* Runs in a world that does not stand still: a clock, gradients that explode, and previews that take their time.
 * (Folders that go and come back have test_run_saving.c.) */
#include "train/training.h"

/* --- bounds --- */

/* A run bounded in time whose clock goes `tick` seconds at each question. */
static void run_for(Training *training, double seconds, double tick) {
    training->config.epochs = 0;
    training->config.seconds = seconds;
    training->clock.tick = tick;
    training_finish(training);
}

/* It ends when the time is up, and so does the schedule. */
static void a_bound_in_time_ends_the_run(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.method.val_fraction = 0;
    run_for(&training, 10, 0.01);
    const Watch *watch = &training.watch;
    assert_in_range(watch->steps, 100, 1000);
    assert_near(training.history.seconds, 10, 0.1);
    assert_near(watch_last(watch)->learning_rate, 0.0001, 0.000005); /* a hundredth */
    assert_near(watch_last(watch)->progress, 1, 0);
    const TrainerReport *half = &watch->reports[watch->steps / 2];
    assert_near(half->progress, 0.5, 0.02);
    assert_near(half->learning_rate, 0.00505, 0.0002);
    assert_near(half->seconds_left, 5, 0.2);
    assert_true(training.history.finished);
    training_end(&training);
}

/* What the trainer thinks that a run of so many epochs takes, with a clock that goes 0.01 s at each question. */
static TrainerEstimate estimate_of(Training *training, double epochs, double seconds) {
    Compute compute;
    TrainerEstimate estimate = {0};
    Clock clock = {test_clock_seconds, &training->clock, test_clock_wait};
    training->clock.tick = 0.01;
    training->config.epochs = epochs;
    training->config.seconds = seconds;
    assert_true(compute_create(&compute, 1, NULL));
    Trainer *trainer =
        trainer_create(&training->config, &training->corpus, &training->pipeline, "1", &compute, NULL);
    assert_non_null(trainer);
    assert_true(trainer_estimate(trainer, clock, 1, &estimate, NULL));
    trainer_free(trainer);
    compute_free(&compute);
    return estimate;
}

/* The more epochs the longer, up to a bound in time; here a step takes as long as three questions to the clock. Nothing
 * is saved. */
static void a_run_is_estimated(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.method.val_fraction = 0;
    TrainerEstimate once = estimate_of(&training, 1, 0);
    assert_near(once.chars_per_second, 16 * 4 / 0.03, 0.001);
    assert_near(once.seconds, (3000 - (double)training.config.method.batch_size) / once.chars_per_second,
                1e-9);
    assert_near(estimate_of(&training, 7, 0).seconds, 7 * once.seconds, 1e-9);
    assert_near(estimate_of(&training, 7, 2 * once.seconds).seconds, 2 * once.seconds, 1e-9);
    assert_near(estimate_of(&training, 0, 5).seconds, 5, 0);
    training.config.method.val_fraction = 0.1;
    TrainerEstimate validated = estimate_of(&training, 7, 0);
    assert_true(validated.seconds > 0.9 * 7 * once.seconds);
    assert_int_equal(scratch_count(training.scratch), 1); /* the text */
    training_end(&training);
}

/* Room is left for the last validation, which a slow clock lets take as long as it takes. */
static void a_bound_in_time_leaves_room_for_validation(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    run_for(&training, 10, 0.01);
    assert_in_range(training.history.seconds * 1000, 7500, 10050);
    assert_near(watch_last(&training.watch)->learning_rate, 0.0001, 0.000005);
    assert_true(watch_last(&training.watch)->new_val);
    training_end(&training);
}

/* Of two bounds the first that is reached ends the run. */
static void the_nearer_bound_ends_the_run(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.epochs = 1;
    training.config.seconds = 1000;
    training.clock.tick = 0.01;
    training_finish(&training);
    assert_int_equal(training.history.chars_trained, 2696);
    assert_near(training.history.epochs, 1, 0);
    training.config.epochs = 1000;
    training.config.seconds = 1;
    training_finish(&training);
    assert_in_range(training.history.seconds * 100, 75, 106);
    assert_true(training.history.epochs < 2);
    training_end(&training);
}

/* A whole number of epochs ends with an epoch, a part of one after so many characters. */
static void epochs_end_the_run(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.epochs = 3;
    training_finish(&training);
    assert_int_equal(training.history.chars_trained, 3 * 2696);
    assert_near(watch_last(&training.watch)->learning_rate, 0.0001, 0.000005);
    training.config.epochs = 0.25;
    training_finish(&training);
    assert_in_range(training.history.chars_trained, 674, 674 + 63);
    training_end(&training);
}

/* --- previews and reports --- */

static void wait_in_preview(void *context, const Model *model) {
    Training *training = context;
    assert_non_null(model->vocab);
    assert_true(isfinite(one_pass(model, training->units, 50)));
    training->clock.now += 50; /* it is read aloud */
}

/* Previews come when they are due, with a model to write with; what they take is time of the run, but not of training:
 * characters a second do not fall. */
static void previews_take_their_time(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.clock.tick = 0.01;
    training.watch.preview = wait_in_preview;
    training.watch.context = &training;
    training_finish(&training);
    assert_int_equal(training.watch.preview_count, 0); /* not asked for */
    training.config.sample_seconds = 0.2;
    training_finish(&training);
    size_t previews = training.watch.preview_count;
    assert_in_range(previews, 3, 12);
    assert_true(training.history.seconds > 50 * (double)previews);
    uint64_t before = 0;
    for (size_t k = 0; k < training.watch.report_count; k++) { /* one step each, and some ticks */
        const TrainerReport *report = &training.watch.reports[k];
        double chars = (double)(report->chars - before);
        assert_true(chars == 0 || report->chars_per_second > chars / 0.05);
        before = report->chars;
    }
    training_end(&training);
}

/* The preview's model is the average, as the model file will be. */
static void look_at_preview(void *context, const Model *model) {
    real *last = context;
    memcpy(last, model->parameters, model->network->layout.total * sizeof(real));
}

static void previews_show_the_average(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    assert_true(training_plan(&training));
    real *last = calloc(training.plan.parameters + 10000, sizeof *last);
    training.config.method.average = 0.9;
    training.config.method.val_fraction = 0;
    training.config.sample_seconds = 1e-9;
    training.watch.preview = look_at_preview;
    training.watch.context = last;
    training_finish(&training);
    assert_int_equal(training.watch.preview_count, training.watch.steps);
    Model model = load_model(training.output);
    assert_same_bits(last, model.parameters, training.total);
    model_free(&model);
    free(last);
    training_end(&training);
}

/* Reports are as far apart as was asked, but for those of a validation and the last one. */
static void reports_keep_their_distance(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.clock.tick = 0.01;
    training.config.epochs = 8;
    training.config.report_seconds = 1;
    training_finish(&training);
    const Watch *watch = &training.watch;
    assert_in_range(watch->report_count, 8, 14);
    uint64_t chars = 0;
    for (size_t k = 0; k < watch->report_count; k++) {
        const TrainerReport *report = &watch->reports[k];
        double seconds = report->seconds - (k > 0 ? watch->reports[k - 1].seconds : 0);
        assert_true(report->new_val || k + 1 == watch->report_count || (seconds >= 1 && seconds < 1.1));
        assert_true(report->chars > chars);
        chars = report->chars;
    }
    training.config.report_seconds = 1e9;
    training.config.method.val_fraction = 0;
    training_finish(&training);
    assert_int_equal(training.watch.report_count, 1); /* at the end */
    assert_int_equal(watch_last(&training.watch)->chars, 8 * 2996);
    training_end(&training);
}

/* A validation is no gap, though none of its windows is a step. */
static void reports_go_on_within_a_validation(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.clock.tick = 0.01;
    training.config.epochs = 8;
    training.config.report_seconds = 0.06;
    training_finish(&training);
    const Watch *watch = &training.watch;
    size_t within = 0;
    for (size_t k = 1; k < watch->report_count; k++) {
        const TrainerReport *report = &watch->reports[k];
        const TrainerReport *before = report - 1;
        assert_true(report->seconds - before->seconds < 0.12);
        assert_true(report->step >= before->step && report->chars >= before->chars);
        if (report->step == before->step && !report->new_val) {
            assert_true(isnan(report->chars_per_second)); /* of training alone */
            within++;
        }
    }
    assert_in_range(within, 4, 20);
    training_end(&training);
}

/* --- divergence --- */

/* Fails unless the file is as it was. */
static void check_unchanged(const Training *training, const char *name, const Bytes *before) {
    Bytes now = scratch_read(training->scratch, name);
    assert_int_equal(now.length, before->length);
    assert_memory_equal(now.data, before->data, before->length);
    bytes_free(&now);
}

/* Trains with numbers that no network survives: the run fails and says why, no model that is worth nothing is called
 * the best, and what lies there can be read. */
static void diverge(Training *training, double learning_rate, double weight_decay) {
    training->config.method.learning_rate = learning_rate;
    training->config.method.weight_decay = weight_decay;
    training->config.epochs = 40;
    TrainerOutcome outcome = training_run(training);
    if (outcome != TRAINER_FAILED) {
        fail_msg("outcome %d at %g", (int)outcome, learning_rate);
    }
    assert_contains(training->error.message, "diverged");
    assert_contains(training->error.message, "--lr");
    for (size_t k = 0; k < training->watch.report_count; k++) {
        const TrainerReport *report = &training->watch.reports[k];
        assert_true(!report->new_val || isfinite(report->val_loss));
    }
    Model there = load_model(training->output);
    assert_true(isfinite(there.history.best_val_loss));
    model_free(&there);
}

/* Model and checkpoint are of the run with this number; 0: of whichever it is, but of one. */
static void check_one_run(const Training *training, uint64_t run) {
    Model model = load_model(training->output);
    Model checkpoint = load_model(training->checkpoint);
    assert_true(model.history.run == checkpoint.history.run);
    assert_true(run == 0 || model.history.run == run);
    model_free(&model);
    model_free(&checkpoint);
}

static void divergence_is_told_and_saves_nothing(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 300);
    training.config.method.val_fraction = 0.05;
    training_finish(&training);
    Bytes model = scratch_read(training.scratch, "model.safetensors");
    Bytes checkpoint = scratch_read(training.scratch, "model.checkpoint.safetensors");
    diverge(&training, 1e40, 0);
    check_unchanged(&training, "model.safetensors", &model);
    diverge(&training, 1e36, 10);
    check_unchanged(&training, "model.safetensors", &model);
    check_unchanged(&training, "model.checkpoint.safetensors", &checkpoint);
    diverge(&training, 1e6, 10); /* slowly: a validation falls into it */
    check_one_run(&training, 0);
    assert_int_equal(scratch_count(training.scratch), 3); /* with the text: no temporary files */
    bytes_free(&model);
    bytes_free(&checkpoint);
    training_end(&training);
}

typedef struct Divergence {
    const Training *training;
    size_t saved; /* the step after which the model was first of this run */
} Divergence;

/* Whatever happens to a run once its first model is saved, the checkpoint of an older one must be gone. */
static void look_at_files(void *context, size_t steps) {
    Divergence *divergence = context;
    const Training *training = divergence->training;
    Model model = load_model(training->output);
    bool saved = model.history.run == training->config.run;
    model_free(&model);
    check_one_run(training, saved ? training->config.run : 0);
    divergence->saved = saved && divergence->saved == 0 ? steps : divergence->saved;
}

static void a_new_run_leaves_no_checkpoint_of_an_older_one(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.method.average = 0.9;
    training_finish(&training);
    Divergence divergence = {.training = &training};
    training.watch.after_step = look_at_files;
    training.watch.context = &divergence;
    training.config.method.learning_rate = 0.02; /* and there are no checkpoints on the way */
    training.config.epochs = 3;
    training_finish(&training);
    assert_in_range(divergence.saved, 2, training.history.steps - 1);
    check_one_run(&training, training.config.run);
    training_end(&training);
}

/* Broken by the last step, so that no further one would notice: the run goes back to where it began. */
static void a_model_of_no_numbers_is_never_saved(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 300);
    training.config.method.val_fraction = 0;
    training_finish(&training);
    training.config.method.learning_rate = 1e38;
    training.config.method.weight_decay = 1e30;
    training.watch.interrupt_after = 1;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    assert_contains(training.watch.warning,
                    "training diverged at step 1: a parameter is not a finite number");
    check_one_run(&training, training.config.run);
    Model model = load_model(training.output);
    assert_true(all_finite(model.parameters, training.total));
    assert_int_equal(model.history.steps, 0);
    model_free(&model);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_in_time_ends_the_run),
        cmocka_unit_test(a_run_is_estimated),
        cmocka_unit_test(a_bound_in_time_leaves_room_for_validation),
        cmocka_unit_test(the_nearer_bound_ends_the_run),
        cmocka_unit_test(epochs_end_the_run),
        cmocka_unit_test(previews_take_their_time),
        cmocka_unit_test(previews_show_the_average),
        cmocka_unit_test(reports_keep_their_distance),
        cmocka_unit_test(reports_go_on_within_a_validation),
        cmocka_unit_test(divergence_is_told_and_saves_nothing),
        cmocka_unit_test(a_new_run_leaves_no_checkpoint_of_an_older_one),
        cmocka_unit_test(a_model_of_no_numbers_is_never_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
