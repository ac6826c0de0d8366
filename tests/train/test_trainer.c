/* The trainer: what it plans, what it refuses, and that it learns. What it leaves behind and reports is in
 * test_trainer_output.c; its steps one by one are in test_steps.c; how a run is cut short and goes on in test_resume.c;
 * clocks, failing disks and divergence in test_run.c. */
#include "train/training.h"

/* --- the plan --- */

static void the_plan_tells_what_will_be(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 10000);
    training.config.method.test_fraction = 0.05;
    training.config.method.weight_decay = 0.02;
    training.config.method.dropout = 0.1;
    training.config.method.average = 0.9;
    training.config.epochs = 1.5;
    assert_true(training_plan(&training));
    const TrainerPlan *plan = &training.plan;
    assert_int_equal(plan->train_units, 8500);
    assert_int_equal(plan->val_units, 1000);
    assert_int_equal(plan->test_units, 500);
    assert_int_equal(plan->method.seq_length, 16);
    assert_int_equal(plan->method.batch_size, 4);
    assert_false(plan->batch_reduced || plan->no_validation || plan->validation_partial ||
                 plan->bound_chosen);
    assert_false(plan->resumed || plan->finished);
    assert_int_equal(plan->validation_scored, 999);
    assert_near(plan->epochs, 1.5, 0);
    assert_near(plan->seconds, 0, 0);
    assert_near(plan->method.learning_rate, 0.01, 0);
    assert_near(plan->method.weight_decay, 0.02, 0);
    assert_near(plan->method.dropout, 0.1, 0);
    assert_near(plan->method.average, 0.9, 0);
    size_t vocab = vocab_size(training.corpus.vocab);
    size_t parameters = vocab * 8 + 64 * (8 + 16 + 2) + vocab * 16 + vocab;
    assert_int_equal(plan->parameters, parameters);
    /* Parameters, two moments and the average, all of them again in the last good state, gradients, the text, and the
     * program itself. What it is compared with is in test_memory.c. */
    assert_in_range(plan->memory_bytes, 36 * parameters + 40000, 100000000);
    training_end(&training);
}

/* What is left to the trainer follows from sizes, and is told; 0 is a choice of the user's. */
static void what_is_left_open_is_chosen(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 10000);
    TrainerConfig *config = &training.config;
    config->epochs = 0;
    config->method.learning_rate = config->method.weight_decay = config->method.dropout =
        config->method.average = config->method.clip = METHOD_AUTO;
    assert_true(training_plan(&training));
    TrainerPlan plan = training.plan;
    assert_true(plan.bound_chosen);
    assert_true(plan.epochs >= 1 && plan.seconds == 0);
    assert_true(plan.method.learning_rate > 1e-5 && plan.method.learning_rate < 0.1);
    assert_true(plan.method.weight_decay >= 0 && plan.method.weight_decay < 1);
    assert_true(plan.method.dropout >= 0 && plan.method.dropout < 0.9);
    assert_true(plan.method.average >= 0 && plan.method.average < 1);
    assert_near(plan.method.clip, 1, 0);
    config->seconds = 60; /* a bound in time is enough of a bound */
    assert_true(training_plan(&training));
    assert_false(training.plan.bound_chosen);
    assert_true(training.plan.epochs == 0 && training.plan.seconds == 60);
    assert_near(training.plan.method.dropout_output, training.plan.method.dropout, 0);
    config->method.weight_decay = config->method.dropout = config->method.average = 0;
    config->method.clip_value = 0.1; /* it stands for the other way to clip */
    assert_true(training_plan(&training));
    assert_true(training.plan.method.weight_decay == 0 && training.plan.method.dropout == 0 &&
                training.plan.method.average == 0 && training.plan.method.clip == 0);
    training_end(&training);
}

static void a_short_text_reduces_the_batch(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 222);
    training.config.method.seq_length = 64;
    training.config.method.batch_size = 32;
    training_finish(&training);
    assert_true(training.plan.batch_reduced);
    assert_int_equal(training.plan.train_units, 200);
    assert_int_equal(training.plan.method.seq_length, 64);
    assert_int_equal(training.plan.method.batch_size, 2);
    assert_int_equal(training.history.method.seq_length, 64);
    assert_int_equal(training.history.method.batch_size, 2);
    assert_int_equal(training.history.chars_trained, 198);
    training_end(&training);
}

/* --- texts that are too short --- */

static void refuse_text(const char *text, double val, double test, const char *message) {
    Training training;
    training_start(&training, text, strlen(text));
    training.config.method.val_fraction = val;
    training.config.method.test_fraction = test;
    assert_false(training_plan(&training));
    assert_contains(training.error.message, message);
    assert_int_equal(scratch_count(training.scratch), 1); /* nothing but the text */
    training_end(&training);
}

static void texts_without_anything_to_learn(void **state) {
    (void)state;
    refuse_text("a", 0.1, 0, "only one character");
    refuse_text("\xC3\xA9", 0.1, 0, "only one character");
    refuse_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0.1, 0, "only one distinct character");
    refuse_text("ab", 0.5, 0, "--val");
    refuse_text("abcdefghij", 0.5, 0.5, "training part has 0");
    Training training;
    training_start(&training, "a", 1);
    training.pipeline.unit = UNIT_BYTE;
    training_set_text(&training, "bbbb", 4);
    assert_false(training_plan(&training));
    assert_contains(training.error.message, "only one distinct byte");
    training_end(&training);
}

/* The shortest texts that there are to be learnt. */
static void two_characters_are_learnt(void **state) {
    (void)state;
    Training training;
    training_start(&training, "ab", 2);
    training.config.epochs = 60;
    training_finish(&training);
    assert_true(training.plan.no_validation);
    assert_int_equal(training.history.steps, 60);
    Model model = load_model(training.output);
    assert_true(one_pass(&model, training.units, 2) < 0.3); /* ln 2 before */
    model_free(&model);
    training_set_text(&training, "abab", 4);
    training.config.method.val_fraction = 0.5;
    training_finish(&training);
    assert_int_equal(training.plan.validation_scored, 1);
    assert_true(isfinite(training.history.best_val_loss));
    training_end(&training);
}

static void one_unit_is_no_validation(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    training.config.method.val_fraction = 0.001;
    training_finish(&training);
    assert_int_equal(training.plan.val_units, 1);
    assert_true(training.plan.no_validation);
    training_end(&training);
}

static void too_much_memory_is_refused(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.hidden = NETWORK_HIDDEN_MAX;
    training.config.layers = NETWORK_LAYERS_MAX;
    assert_false(training_plan(&training));
    assert_contains(training.error.message, "memory");
    assert_contains(training.error.message, "free");
    assert_contains(training.error.message, "--hidden");
    assert_int_equal(scratch_count(training.scratch), 1);
    training_end(&training);
}

/* --- learning --- */

/* What any implementation must be able to do: learn 200 characters by heart. */
static void two_hundred_characters_by_heart(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 200);
    training.config.hidden = 64;
    training.config.embed = 16;
    training.config.method.seq_length = 50;
    training.config.method.val_fraction = 0;
    training.config.epochs = 300;
    training_finish(&training);
    assert_true(training.plan.no_validation);
    assert_in_range(training.history.steps, 300, 1200);
    assert_true(watch_last(&training.watch)->train_loss < 0.05);
    assert_near(training.history.train_loss, watch_last(&training.watch)->train_loss, 1e-9);
    /* The model that was saved knows it too, in one pass; its first units come without what stood before. */
    Model model = load_model(training.output);
    assert_true(one_pass(&model, training.units, 200) < 0.25);
    assert_same_bits(model.parameters, training.parameters, training.total);
    model_free(&model);
    training_end(&training);
}

/* The same bits for every number of threads, with everything on. */
static void threads_do_not_matter(void **state) {
    (void)state;
    const size_t threads[] = {1, 2, 5};
    Training training;
    training_start_english(&training, 2000);
    training.config.layers = 2;
    training.config.hidden = 70;
    training.config.method.dropout = 0.2;
    training.config.method.average = 0.9;
    training.config.method.weight_decay = 0.01;
    real *expected = NULL;
    TrainingHistory history = {0};
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        training.threads = threads[k];
        training_finish(&training);
        if (k == 0) {
            expected = training.parameters;
            history = training.history;
            training.parameters = NULL;
            continue;
        }
        assert_same_bits(training.parameters, expected, training.total);
        assert_near(training.history.best_val_loss, history.best_val_loss, 0);
        assert_near(training.history.train_loss, history.train_loss, 0);
    }
    free(expected);
    training_end(&training);
}

/* The seed decides: the same one gives the same bits, another one others. */
static void the_seed_decides(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    training.config.method.dropout = 0.2;
    training_finish(&training);
    real *first = training.parameters;
    training.parameters = NULL;
    training_finish(&training);
    assert_same_bits(training.parameters, first, training.total);
    training.config.method.seed = 2;
    training_finish(&training);
    assert_memory_not_equal(training.parameters, first, training.total * sizeof(real));
    free(first);
    training_end(&training);
}

/* Dropout acts wherever it is asked for, and only on what is learnt from. */
static void dropout_changes_what_is_learnt(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    training.config.layers = 2;
    training.config.epochs = 15;
    double *const shares[] = {&training.config.method.dropout, &training.config.method.dropout_input,
                              &training.config.method.dropout_output, &training.config.method.weight_drop,
                              &training.config.zoneout};
    training_finish(&training);
    double without = training.history.train_loss;
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
        training.config.method.dropout = training.config.method.dropout_input = 0;
        training.config.method.dropout_output = training.config.method.weight_drop = training.config.zoneout =
            0;
        *shares[k] = 0.5;
        training_finish(&training);
        assert_true(training.history.train_loss > without + 0.05);
    }
    training.config.zoneout = 0;
    training.config.method.dropout = 0.5;
    training_finish(&training);
    double own = training.history.train_loss;
    training.config.method.variational = true;
    training_finish(&training);
    assert_true(training.history.train_loss != own);
    training_end(&training);
}

/* --- the start --- */

static void stay_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                        const real *gradients, real *const *moments) {
    (void)kernels;
    (void)step;
    (void)range;
    (void)parameters;
    (void)gradients;
    (void)moments;
}

static const Optimizer stay = {.name = "stay", .update = stay_update};

/* With a range all parameters start in it, in every row from one end to the other; only the forget gates' bias is moved
 * on. */
static void all_parameters_start_in_the_range(void **state) {
    (void)state;
    const double range = 0.125, bias = 2;
    Training training;
    training_start_english(&training, 1000);
    training.config.layers = 2;
    training.config.hidden = 64;
    training.config.optimizer = &stay;
    training.config.method.init_range = range;
    training.config.forget_bias = bias;
    training.watch.interrupt_after = 1;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    Model model = load_model(training.checkpoint);
    for (size_t k = 0; k < model.network->layout.count; k++) {
        const LayoutRow *row = &model.network->layout.rows[k];
        size_t count = layout_row_elements(row);
        bool biased = strncmp(row->name, "rnn.bias_ih_l", 13) == 0;
        double least = range, most = -range;
        for (size_t i = 0; i < count; i++) {
            bool forget = biased && i >= 64 && i < 128;
            double value = (double)model.parameters[row->offset + i] - (forget ? bias : 0);
            assert_true(fabs(value) <= range * 1.00001);
            least = fmin(least, value);
            most = fmax(most, value);
        }
        assert_true(least < -0.8 * range && most > 0.8 * range);
    }
    assert_near(model.history.method.init_range, range, 0);
    model_free(&model);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_tells_what_will_be),    cmocka_unit_test(what_is_left_open_is_chosen),
        cmocka_unit_test(a_short_text_reduces_the_batch), cmocka_unit_test(texts_without_anything_to_learn),
        cmocka_unit_test(two_characters_are_learnt),      cmocka_unit_test(one_unit_is_no_validation),
        cmocka_unit_test(too_much_memory_is_refused),     cmocka_unit_test(two_hundred_characters_by_heart),
        cmocka_unit_test(threads_do_not_matter),          cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(dropout_changes_what_is_learnt), cmocka_unit_test(all_parameters_start_in_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
