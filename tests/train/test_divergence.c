/* Runs that diverge: what is taken for it, what the run goes back to, and that a resumed run does the same. */
#include "train/divergence.h"
#include "train/resumed_run.h"

#include "math/precision.h"
#include "model/safetensors.h"
#include "support/hidden_checksum.h"
#include "support/tensor_data.h"

/* --- the rule --- */

static DivergenceRule usual_rule(void) {
    return divergence_rule(64, 16, 65);
}

static void sizes_make_the_rule(void **state) {
    (void)state;
    assert_int_equal(usual_rule().interval, 128); /* of 1,024 units */
    assert_near(usual_rule().memory, 16, 0);
    assert_near(usual_rule().margin, 1.0 + log(65.0) / 16.0, 1e-12);
    assert_int_equal(divergence_rule(25, 1, 65).interval, 5243);
    assert_near(divergence_rule(25, 1, 65).margin, 1.0 + log(65.0), 1e-12);
    assert_int_equal(divergence_rule(100, 100, 100).interval, 16);
    assert_near(divergence_rule(100, 100, 100).memory, 4, 0);
}

/* How many windows of that loss it takes until the run has diverged; 0: more than there are. */
static size_t windows_until(double level, double loss, size_t most) {
    const DivergenceRule rule = usual_rule();
    Divergence divergence = {0};
    divergence_set_level(&divergence, level);
    for (size_t k = 1; k <= most; k++) {
        if (divergence_take_loss(&divergence, &rule, loss)) {
            return k;
        }
    }
    return 0;
}

/* Some windows of any loss are let pass, many of a loss that is a nat and a quarter higher are not. */
static void a_high_loss_must_stay(void **state) {
    (void)state;
    assert_int_equal(windows_until(1.5, 1e30, 100), 11);
    assert_int_equal(windows_until(1.5, 20, 100), 11);
    assert_int_equal(windows_until(1.5, 2.7, 10000), 0);
    assert_in_range(windows_until(1.5, 2.9, 10000), 20, 100);
    assert_int_equal(windows_until(1.5, 0.1, 10000), 0);
}

/* The level follows at once where the loss falls; a good state lets it rise. */
static void the_level_is_the_lowest(void **state) {
    (void)state;
    const DivergenceRule rule = usual_rule();
    Divergence divergence = {0};
    divergence_start(&divergence, 65);
    assert_near(divergence.level, log(65.0), 0);
    for (size_t k = 0; k < 500; k++) {
        assert_false(divergence_take_loss(&divergence, &rule, 1.5));
    }
    assert_near(divergence.level, 1.5, 1e-9);
    for (size_t k = 0; k < 500; k++) {
        assert_false(divergence_take_loss(&divergence, &rule, 2.0));
    }
    assert_near(divergence.level, 1.5, 1e-9);
    assert_near(divergence.recent, 2.0, 1e-9);
    assert_true(divergence_is_calm(&divergence, &rule, 2.0));
    assert_false(divergence_is_calm(&divergence, &rule, 2.2));
    assert_false(divergence_is_calm(&divergence, &rule, (double)NAN));
    divergence.recent = 2.2;
    assert_false(divergence_is_calm(&divergence, &rule, 1.5));
}

static void each_time_the_rate_is_halved(void **state) {
    (void)state;
    assert_near(divergence_rate(&(Divergence){.halvings = 0, .rollbacks = 9}), 1, 0);
    assert_near(divergence_rate(&(Divergence){.halvings = 5}), 1.0 / 32, 0);
    assert_true(divergence_gradient_is_good(1e18));
    assert_false(divergence_gradient_is_good(1e19));
    assert_false(divergence_gradient_is_good((double)NAN));
    assert_false(divergence_gradient_is_good((double)INFINITY));
}

/* --- runs --- */

enum { POISONED_STEP = 50 };

static void update_as_adamw(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                            const real *gradients, real *const *moments) {
    optimizer_find("adamw")->update(kernels, step, range, parameters, gradients, moments);
}

static bool is_poisoned(const OptimizerStep *step, Range range, double rate) {
    return step->step == POISONED_STEP && step->learning_rate > rate && range.begin == 0;
}

/* One batch that poisons a parameter; with half the rate it does not. */
static void update_to_nan(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                          const real *gradients, real *const *moments) {
    update_as_adamw(kernels, step, range, parameters, gradients, moments);
    if (is_poisoned(step, range, 0.006)) {
        parameters[3] = NAN;
    }
}

/* The same batch whatever the rate. */
static void update_to_nan_always(const Kernels *kernels, const OptimizerStep *step, Range range,
                                 real *parameters, const real *gradients, real *const *moments) {
    update_as_adamw(kernels, step, range, parameters, gradients, moments);
    if (is_poisoned(step, range, 0.0001)) {
        parameters[3] = NAN;
    }
}

/* A batch after which the network is sure of what is wrong. */
static void update_to_nonsense(const Kernels *kernels, const OptimizerStep *step, Range range,
                               real *parameters, const real *gradients, real *const *moments) {
    update_as_adamw(kernels, step, range, parameters, gradients, moments);
    for (size_t k = 0; is_poisoned(step, range, 0.006) && k < range.end; k++) {
        parameters[k] *= k % 2 == 0 ? -100 : 100;
    }
}

typedef void (*Update)(const Kernels *, const OptimizerStep *, Range, real *, const real *, real *const *);

/* A run of 84 steps with a good state every 16 of them, and everything on that has a state. */
static void start_poisoned(Training *training, Optimizer *optimizer, Update update) {
    training_start_english(training, 60000);
    *optimizer = *optimizer_find("adamw");
    optimizer->update = update;
    training->config.optimizer = optimizer;
    training->config.schedule = schedule_find("constant");
    training->config.method.schedule_numbers.warmup = 0;
    training->config.method.seq_length = 64;
    training->config.method.batch_size = 128;
    training->config.method.average = 0.9;
    training->config.method.dropout = 0.1;
    training->config.epochs = 12;
}

/* With NaN in its parameters the next step finds it, and the run goes back to step 48 at most: steps 49 and 50 are made
 * twice, with half the rate. */
static void a_poisoned_batch_is_gone_back_from(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nan);
    training_finish(&training);
    const Watch *watch = &training.watch;
    assert_int_equal(training.history.rollbacks, 1);
    assert_int_equal(watch->warning_count, 1);
    assert_contains(watch->warning,
                    "training diverged at step 51: the gradient is not a finite number; going "
                    "back to step 48 with half the learning rate, 0.005 (1 of 5 times)");
    for (size_t k = 0; k + 1 < watch->report_count; k++) { /* the last one is of the validation */
        const TrainerReport *report = &watch->reports[k];
        bool before = k < POISONED_STEP;
        assert_int_equal(report->rollbacks, before ? 0 : 1);
        assert_int_equal(report->step, before ? k + 1 : k - 2); /* the report of step 48 comes again */
        if (k != POISONED_STEP) {
            assert_near(report->learning_rate, before ? 0.01 : 0.005, 0);
        }
    }
    assert_true(all_finite(training.parameters, training.total));
    assert_true(training.history.train_loss < 3);
    Model model = load_model(training.output);
    assert_int_equal(model.history.rollbacks, 1);
    assert_near(model.history.method.learning_rate, 0.01, 0); /* as it was asked for */
    model_free(&model);
    training_end(&training);
}

/* Rounds a row of the checkpoint as the last good state keeps it: `name`, less that of `less` where it is not NULL. */
static void round_row(const Bytes *file, const char *prefix, const LayoutRow *row, bool less) {
    char name[LAYOUT_NAME_SIZE + 16];
    snprintf(name, sizeof name, "%s.%s", prefix, row->name);
    char *data = tensor_data(file, name);
    const char *weights = tensor_data(file, row->name);
    for (size_t k = 0; k < layout_row_elements(row); k++) {
        float value = 0, weight = 0;
        memcpy(&value, data + 4 * k, sizeof value);
        memcpy(&weight, weights + 4 * k, sizeof weight);
        weight = less ? weight : 0;
        value = bfloat16_value(bfloat16_from(value - weight)) + weight;
        memcpy(data + 4 * k, &value, sizeof value);
    }
}

static void round_checkpoint(const Training *training) {
    const char *name = "model.checkpoint.safetensors";
    Model model = load_model(training->checkpoint);
    Bytes file = scratch_read(training->scratch, name);
    hide_checksum(file.data, file.length);
    for (size_t k = 0; k < model.network->layout.count; k++) {
        const LayoutRow *row = &model.network->layout.rows[k];
        round_row(&file, "optim.moment1", row, false);
        round_row(&file, "optim.moment2", row, false);
        round_row(&file, "ema", row, true);
    }
    scratch_write(training->scratch, name, file.data, file.length);
    bytes_free(&file);
    model_free(&model);
}

/* The run goes on as one that was stopped at the good state, rounded as that is, and had half the rate from there on.
 */
static void the_good_state_is_all_of_the_state(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nan);
    Whole whole = run_whole(&training);
    interrupt_and_resume(&training, 48);
    round_checkpoint(&training);
    training.config.method.learning_rate = 0.005;
    training_finish(&training);
    assert_int_equal(training.history.rollbacks, 0);
    assert_same_bits(training.parameters, whole.parameters, training.total);
    assert_near(training.history.best_val_loss, whole.history.best_val_loss, 0);
    free_whole(&whole);
    training_end(&training);
}

/* Writes a tensor of the last good state as it was once: as reals, and of the average all. */
static Tensor as_before(const Tensor *tensor, char *name, size_t room) {
    static const char less[] = "_less_weights";
    size_t count = tensor->bytes / sizeof(bfloat16);
    float *values = memory_allocate(count, sizeof *values, "a tensor", NULL);
    for (size_t k = 0; k < count; k++) {
        bfloat16 value = 0;
        memcpy(&value, (const char *)tensor->data + k * sizeof value, sizeof value);
        values[k] = bfloat16_value(value);
    }
    const char *cut = strstr(tensor->name, less);
    int length = cut != NULL ? (int)(cut - tensor->name) : (int)strlen(tensor->name);
    snprintf(name, room, "%.*s%s", length, tensor->name, cut != NULL ? cut + strlen(less) : "");
    Tensor made = *tensor;
    made.name = name;
    made.dtype = DTYPE_F32;
    made.data = values;
    made.bytes = count * sizeof *values;
    return made;
}

static void make_checkpoint_older(const char *path) {
    static const char *const keys[] = {"format",       "format_version", "config",   "vocab",
                                       "vocab_counts", "pipeline",       "training", "version"};
    enum { NAME_ROOM = 96 };
    Safetensors *file = safetensors_read(path, NULL);
    assert_non_null(file);
    size_t count = safetensors_count(file);
    Tensor *tensors = memory_allocate(count, sizeof *tensors, "tensors", NULL);
    char(*names)[NAME_ROOM] = memory_allocate(count, sizeof *names, "names", NULL);
    size_t changed = 0;
    for (size_t k = 0; k < count; k++) {
        const Tensor *tensor = safetensors_at(file, k);
        bool rounded = tensor->dtype == DTYPE_BF16;
        tensors[k] = rounded ? as_before(tensor, names[k], NAME_ROOM) : *tensor;
        changed += rounded ? 1 : 0;
    }
    assert_true(changed > 2);
    json_t *metadata = json_object();
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        size_t length = 0;
        const char *text = safetensors_metadata(file, keys[k], &length);
        assert_int_equal(json_object_set_new(metadata, keys[k], json_string(text)), 0);
    }
    Error error = {0};
    if (!safetensors_write(path, tensors, count, metadata, &error)) {
        fail_msg("%s", error.message);
    }
    for (size_t k = 0; k < count; k++) {
        if (tensors[k].name == names[k]) {
            free((void *)tensors[k].data);
        }
    }
    json_decref(metadata);
    free(names);
    free(tensors);
    safetensors_free(file);
}

/* A checkpoint from when nothing of it was rounded is gone on from, and its own state is the good one. */
static void check_older(double average) {
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_as_adamw);
    training.config.method.average = average;
    Whole whole = run_whole(&training);
    interrupt_and_resume(&training, 49);
    make_checkpoint_older(training.checkpoint);
    training_finish(&training);
    assert_true(training.plan.resumed);
    check_same_end(&training, &whole);
    free_whole(&whole);
    optimizer.update = update_to_nan;
    training.config.resume = false;
    interrupt_and_resume(&training, 49);
    make_checkpoint_older(training.checkpoint);
    training_finish(&training);
    assert_contains(training.watch.warning, "going back to step 49 with half the learning rate");
    training_end(&training);
}

static void an_older_checkpoint_is_its_own_good_state(void **state) {
    (void)state;
    check_older(0.9);
    check_older(0);
}

/* Wherever it is cut: before the poison, before it is found out, after the run went back. */
static void check_cuts(Update update, const size_t *cuts, size_t count) {
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update);
    Whole whole = run_whole(&training);
    assert_int_equal(whole.history.rollbacks, 1);
    for (size_t k = 0; k < count; k++) {
        training.config.resume = false;
        interrupt_and_resume(&training, cuts[k]);
        training_finish(&training);
        assert_true(training.plan.resumed);
        check_same_end(&training, &whole);
        assert_int_equal(training.history.rollbacks, 1);
    }
    free_whole(&whole);
    training_end(&training);
}

static void a_resumed_run_goes_back_to_the_same_state(void **state) {
    (void)state;
    const size_t cuts[] = {10, 47, 48, 49, 50, 51, 52, 70};
    check_cuts(update_to_nan, cuts, sizeof cuts / sizeof *cuts);
}

static void a_loss_that_stays_high_is_gone_back_from(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nonsense);
    training_finish(&training);
    assert_int_equal(training.watch.warning_count, 1);
    assert_contains(training.watch.warning, "the loss has risen to ");
    assert_contains(training.watch.warning, "going back to step 48 with half the learning rate, 0.005");
    training_end(&training);
    const size_t cuts[] = {49, 50, 51, 52, 53, 54};
    check_cuts(update_to_nonsense, cuts, sizeof cuts / sizeof *cuts);
}

/* What was learned before is kept: the model, and a checkpoint from which a lower rate goes on. */
static void after_five_times_the_run_gives_up(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nan_always);
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_int_equal(training.watch.warning_count, 5);
    assert_contains(training.watch.warning, "0.0003125 (5 of 5 times)");
    assert_contains(training.error.message,
                    "training diverged at step 51: the gradient is not a finite number");
    assert_contains(training.error.message,
                    "gone back 5 times, to a learning rate of 0.0003125 (it was 0.01)");
    assert_contains(training.error.message, "of step 48: go on from it with --resume and a lower --lr");
    assert_contains(training.error.message, training.output);
    assert_contains(training.error.message, training.checkpoint);
    Model model = load_model(training.output);
    Model checkpoint = load_model(training.checkpoint);
    assert_true(all_finite(model.parameters, training.total));
    assert_int_equal(model.history.steps, 48);
    assert_int_equal(checkpoint.history.steps, 48);
    assert_false(checkpoint.history.finished);
    model_free(&model);
    model_free(&checkpoint);
    training.config.resume = true; /* with the same rate it gives up at once */
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_int_equal(training.watch.warning_count, 0);
    training.config.method.learning_rate = 0.00009;
    training_finish(&training);
    assert_int_equal(training.plan.resumed_step, 48);
    assert_int_equal(training.plan.resumed_rollbacks, 5);
    assert_int_equal(training.history.rollbacks, 5);
    training_end(&training);
}

/* Without validation there is no model until the end: that of the last good state is saved. */
static void the_last_good_state_is_saved_as_the_model(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nan_always);
    training.config.method.val_fraction = 0;
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    Model model = load_model(training.output);
    assert_int_equal(model.history.steps, 48);
    assert_true(all_finite(model.parameters, training.total));
    model_free(&model);
    training_end(&training);
}

/* A step after which nothing can be saved: what is saved when the run is interrupted there is the state that it would
 * have gone back to. */
static void interrupted_in_between_the_good_state_is_saved(void **state) {
    (void)state;
    Training training;
    Optimizer optimizer;
    start_poisoned(&training, &optimizer, update_to_nan);
    training.watch.interrupt_after = POISONED_STEP;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    assert_int_equal(training.history.steps, 48);
    assert_int_equal(training.history.rollbacks, 1);
    assert_contains(training.watch.warning, "at step 50: a parameter is not a finite number");
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_make_the_rule),
        cmocka_unit_test(a_high_loss_must_stay),
        cmocka_unit_test(the_level_is_the_lowest),
        cmocka_unit_test(each_time_the_rate_is_halved),
        cmocka_unit_test(a_poisoned_batch_is_gone_back_from),
        cmocka_unit_test(the_good_state_is_all_of_the_state),
        cmocka_unit_test(an_older_checkpoint_is_its_own_good_state),
        cmocka_unit_test(a_resumed_run_goes_back_to_the_same_state),
        cmocka_unit_test(a_loss_that_stays_high_is_gone_back_from),
        cmocka_unit_test(after_five_times_the_run_gives_up),
        cmocka_unit_test(the_last_good_state_is_saved_as_the_model),
        cmocka_unit_test(interrupted_in_between_the_good_state_is_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
