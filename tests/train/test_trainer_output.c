/* What a run leaves behind, and what it reports. */
#include "train/training.h"

/* --- what is left behind --- */

/* A run that learns too much by heart: the best model is kept, not the last one. */
static void the_best_model_is_kept(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1500);
    training.config.hidden = 48;
    training.config.schedule = schedule_find("constant");
    training.config.epochs = 25;
    training_finish(&training);
    const Watch *watch = &training.watch;
    const TrainerReport *best = &watch->reports[0];
    for (size_t k = 0; k < watch->report_count; k++) {
        best =
            isnan(best->val_loss) || watch->reports[k].val_loss < best->val_loss ? &watch->reports[k] : best;
    }
    assert_true(best->val_loss < watch_last(watch)->val_loss - 0.01); /* else this tests nothing */
    Model model = load_model(training.output);
    assert_near(model.history.best_val_loss, best->val_loss, 1e-9);
    assert_int_equal(model.history.steps, best->step);
    assert_near(training.history.best_val_loss, best->val_loss, 1e-9);
    const uint32_t *val = training.units + training.plan.train_units;
    assert_near(one_pass(&model, val, training.plan.val_units), best->val_loss, 0.001);
    model_free(&model);
    Model last = load_model(training.checkpoint);
    assert_near(one_pass(&last, val, training.plan.val_units), watch_last(watch)->val_loss, 0.001);
    model_free(&last);
    training_end(&training);
}

static void the_history_is_written(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    assert_true(pipeline_add_rule(&training.pipeline, RULE_REPLACE, "s/e/E/g", NULL));
    Bytes text = english_text(3000);
    training_set_text(&training, text.data, text.length);
    bytes_free(&text);
    training.config.method.test_fraction = 0.05;
    training.config.method.numbers[OPTIMIZER_BETA2] = 0.875;
    training.config.method.numbers[OPTIMIZER_MOMENTUM] = 0.75; /* AdamW has none */
    training.config.method.dropout = 0.125;
    training.config.method.dropout_input = 0.375;
    training.config.method.variational = true;
    training.config.method.weight_drop = 0.0625;
    training.config.zoneout = 0.1875;
    training.config.method.weight_decay = 0.25;
    training.config.method.average = 0.75;
    training.config.method.clip = 2;
    training.config.method.seed = 77;
    training.config.epochs = 2;
    training_finish(&training);
    Model model = load_model(training.output);
    const TrainingHistory *history = &model.history;
    assert_string_equal(history->version, "9.8.7");
    assert_string_equal(history->optimizer, "adamw");
    assert_near(history->method.numbers[OPTIMIZER_BETA1], 0.5, 0);
    assert_near(history->method.numbers[OPTIMIZER_BETA2], 0.875, 0);
    assert_near(history->method.numbers[OPTIMIZER_EPSILON], 1e-8, 0);
    assert_true(isnan(history->method.numbers[OPTIMIZER_RHO]) &&
                isnan(history->method.numbers[OPTIMIZER_MOMENTUM]));
    assert_string_equal(history->schedule, "cosine");
    assert_true(history->corpus_digest == training.corpus.report.digest);
    assert_int_equal(history->corpus_units, 3000);
    assert_near(history->method.val_fraction, 0.1, 0);
    assert_near(history->method.test_fraction, 0.05, 0);
    assert_near(history->method.dropout, 0.125, 0);
    assert_near(history->method.dropout_input, 0.375, 0);
    assert_near(history->method.dropout_output, 0.125, 0);
    assert_true(history->method.variational);
    assert_near(history->method.weight_drop, 0.0625, 0);
    assert_near(model.network->config.zoneout, 0.1875, 0);
    assert_near(history->method.weight_decay, 0.25, 0);
    assert_near(history->method.average, 0.75, 0);
    assert_near(history->method.clip, 2, 0);
    assert_near(history->method.learning_rate, 0.01, 0);
    assert_int_equal(history->method.seed, 77);
    assert_int_equal(history->method.seq_length, 16);
    assert_int_equal(history->method.batch_size, 4);
    assert_int_equal(model.pipeline.rule_count, 1);
    assert_string_equal(model.pipeline.rules[0].expression, "s/e/E/g");
    assert_int_equal(vocab_size(model.vocab), vocab_size(training.corpus.vocab));
    model_free(&model);
    /* At the end: two epochs of 2,550 units less one for each of the four streams. */
    assert_int_equal(training.history.chars_trained, 2 * 2546);
    assert_near(training.history.epochs, 2, 0);
    assert_true(training.history.finished);
    assert_true(training.history.seconds > 0);
    pipeline_free(&training.pipeline);
    training_end(&training);
}

/* Without validation the model at the end is the last one, and nothing is said of a loss that nobody measured. */
static void without_validation_the_last_model_is_kept(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    training.config.method.val_fraction = 0;
    training_finish(&training);
    assert_true(training.plan.no_validation);
    assert_int_equal(training.plan.validation_scored, 0);
    for (size_t k = 0; k < training.watch.report_count; k++) {
        assert_true(isnan(training.watch.reports[k].val_loss));
        assert_false(training.watch.reports[k].new_val);
    }
    Model model = load_model(training.output);
    assert_same_bits(model.parameters, training.parameters, training.total);
    assert_true(isnan(model.history.best_val_loss));
    assert_true(model.history.finished);
    model_free(&model);
    training_end(&training);
}

/* --- reports --- */

static void check_report(const TrainerReport *report, const TrainerReport *before) {
    assert_true(report->step == before->step + 1 || (report->new_val && report->step == before->step));
    assert_in_range(report->chars, before->chars, before->chars + 64);
    assert_near(report->epoch, (double)report->chars / 2696, 1e-9);
    assert_true(report->seconds > before->seconds);
    assert_true(report->train_loss > 1 && report->train_loss < 6);
    assert_true(report->learning_rate > 0 && report->learning_rate <= 0.01);
    assert_true(report->grad_norm > 0 && isfinite(report->grad_norm));
    assert_true(report->progress > 0 && report->progress <= 1 && report->progress >= before->progress);
    assert_near(report->seconds_left, report->seconds * (1 - report->progress) / report->progress, 1e-9);
    if (report->step > before->step) {
        assert_true(report->chars_per_second > 0 && isfinite(report->chars_per_second));
    }
    if (!report->new_val) {
        assert_true(report->val_loss == before->val_loss ||
                    (isnan(report->val_loss) && isnan(before->val_loss)));
    }
}

/* A report for every step: numbers that can be, and that fit those before. */
static void reports_make_sense(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.epochs = 8;
    training_finish(&training);
    const Watch *watch = &training.watch;
    TrainerReport before = {.val_loss = NAN};
    double best = NAN;
    size_t measured = 0;
    for (size_t k = 0; k < watch->report_count; k++) {
        const TrainerReport *report = &watch->reports[k];
        check_report(report, &before);
        measured += report->new_val;
        best = fmin(best, report->val_loss); /* of NAN and a number the number */
        before = *report;
    }
    assert_int_equal(before.chars, 8 * 2696);
    assert_int_equal(before.step, training.history.steps);
    assert_near(before.progress, 1, 0);
    assert_near(before.seconds_left, 0, 0);
    assert_true(before.new_val); /* always at the end */
    assert_in_range(measured, 3, 20);
    assert_near(best, training.history.best_val_loss, 0);
    assert_true(best < 3);
    assert_true(before.learning_rate < 0.0002);
    training_end(&training);
}

/* Validation falls at the same steps however fast the clock goes. */
static void validation_does_not_follow_the_clock(void **state) {
    (void)state;
    uint64_t steps[2][32] = {{0}};
    size_t count[2] = {0};
    Training training;
    training_start_english(&training, 3000);
    training.config.epochs = 8;
    for (size_t round = 0; round < 2; round++) {
        training.clock.tick = round == 0 ? 0.0001 : 10;
        training_finish(&training);
        for (size_t k = 0; k < training.watch.report_count; k++) {
            if (training.watch.reports[k].new_val) {
                assert_true(count[round] < 32);
                steps[round][count[round]++] = training.watch.reports[k].step;
            }
        }
    }
    assert_true(count[0] >= 2);
    assert_int_equal(count[0], count[1]);
    assert_memory_equal(steps[0], steps[1], sizeof steps[0]);
    training_end(&training);
}

/* None of the callbacks is needed. */
static void nobody_needs_to_watch(void **state) {
    (void)state;
    Training training;
    Compute compute;
    Error error = {0};
    training_start_english(&training, 1000);
    training.config.sample_seconds = 0.001;
    assert_true(compute_create(&compute, 1, &error));
    Trainer *trainer =
        trainer_create(&training.config, &training.corpus, &training.pipeline, "9.8.7", &compute, &error);
    assert_non_null(trainer);
    Clock clock = {test_clock_seconds, &training.clock, test_clock_wait};
    assert_int_equal(trainer_run(trainer, &(TrainerCallbacks){0}, clock, &error), TRAINER_FINISHED);
    trainer_free(trainer);
    trainer_free(NULL);
    compute_free(&compute);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_model_is_kept),
        cmocka_unit_test(the_history_is_written),
        cmocka_unit_test(without_validation_the_last_model_is_kept),
        cmocka_unit_test(reports_make_sense),
        cmocka_unit_test(validation_does_not_follow_the_clock),
        cmocka_unit_test(nobody_needs_to_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
