/* Steps: a whole run against one that is written out here, step by step: windows in order, the state carried and zero
 * at each epoch's start, whatever validation does in between; clipping; the schedule; and the average of the
 * weights. */
#include "model/pass.h"
#include "train/batches.h"
#include "train/random_streams.h"
#include "train/training.h"

/* --- a run written out --- */

typedef struct Plain {
    Compute compute;
    Network *network;
    Pass *pass;
    size_t total;
    real *parameters, *gradients, *average;
    real *saved; /* the average after the step of the best validation, which the model file holds */
    real *moments[OPTIMIZER_BLOCKS_MAX];
} Plain;

static real *make_block(const Plain *plain) {
    real *block = block_create(&plain->network->layout, NULL);
    assert_non_null(block);
    return block;
}

static void plain_start(Plain *plain, const Training *training) {
    const TrainerConfig *config = &training->config;
    Error error = {0};
    NetworkConfig network = {.cells = config->cells,
                             .layers = config->layers,
                             .hidden = config->hidden,
                             .embed = config->embed,
                             .vocab = vocab_size(training->corpus.vocab)};
    PassShape shape = {
        .steps = config->method.seq_length, .batch = config->method.batch_size, .training = true};
    assert_true(compute_create(&plain->compute, 1, &error));
    plain->network = network_create(&network, &error);
    assert_non_null(plain->network);
    plain->pass = pass_create(plain->network, &plain->compute, &shape, &error);
    assert_non_null(plain->pass);
    plain->total = plain->network->layout.total;
    plain->parameters = make_block(plain);
    plain->gradients = make_block(plain);
    plain->average = make_block(plain);
    plain->saved = make_block(plain);
    plain->moments[0] = make_block(plain);
    plain->moments[1] = make_block(plain);
    Random random = random_create(config->method.seed, RANDOM_STREAM_PARAMETERS);
    network_initialize(plain->network, plain->parameters, &random);
    memcpy(plain->average, plain->parameters, plain->total * sizeof(real));
}

static void plain_free(Plain *plain) {
    pass_free(plain->pass);
    network_free(plain->network);
    free(plain->parameters);
    free(plain->gradients);
    free(plain->average);
    free(plain->saved);
    free(plain->moments[0]);
    free(plain->moments[1]);
    compute_free(&plain->compute);
}

static double norm_of(const real *x, size_t count) {
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
        sum += (double)x[k] * (double)x[k];
    }
    return sqrt(sum);
}

/* One step on a window. */
static void plain_step(Plain *plain, const TrainerConfig *config, const PassWindow *window,
                       const ScheduleMoment *moment) {
    uint64_t step = moment->step;
    memset(plain->gradients, 0, plain->total * sizeof(real));
    pass_pack_now(plain->pass, plain->parameters);
    pass_train_now(plain->pass, window, plain->gradients);
    double norm = norm_of(plain->gradients, plain->total);
    OptimizerStep update = {.step = step,
                            .learning_rate =
                                config->method.learning_rate *
                                schedule_factor(config->schedule, &config->method.schedule_numbers, moment),
                            .weight_decay = config->method.weight_decay,
                            .scale = norm > config->method.clip ? config->method.clip / norm : 1,
                            .numbers = config->optimizer->numbers};
    config->optimizer->update(plain->compute.kernels, &update, (Range){0, plain->total}, plain->parameters,
                              plain->gradients, plain->moments);
    double decay = fmin(config->method.average, (1 + (double)step) / (10 + (double)step));
    for (size_t k = 0; k < plain->total; k++) {
        double average = decay * (double)plain->average[k] + (1 - decay) * (double)plain->parameters[k];
        plain->average[k] = (real)average;
    }
}

/* All epochs of the run; returns its steps. The average after step `saved_step` is kept. */
static uint64_t plain_run(Plain *plain, const Training *training, uint64_t saved_step) {
    const TrainerConfig *config = &training->config;
    Batches batches = {.units = training->corpus.units,
                       .part = {0, training->plan.train_units},
                       .steps = config->method.seq_length,
                       .batch = config->method.batch_size};
    uint32_t ids[64];
    uint32_t targets[64];
    double all = config->epochs * (double)batches_predictions(&batches);
    uint64_t step = 0;
    for (size_t chars = 0; (double)chars < all;) {
        size_t scored = 0;
        bool first = false;
        PassWindow window = {.ids = ids, .targets = targets};
        window.steps = batches_next(&batches, ids, targets, &scored, &first, NULL);
        if (first) {
            pass_clear_state(plain->pass);
        }
        step++;
        ScheduleMoment moment = {.step = step, .progress = (double)chars / all};
        plain_step(plain, config, &window, &moment);
        chars += scored;
        if (step == saved_step) {
            memcpy(plain->saved, plain->average, plain->total * sizeof(real));
        }
    }
    return step;
}

static void assert_close(const real *a, const real *b, size_t count) {
    for (size_t k = 0; k < count; k++) {
        if (!(fabs((double)a[k] - (double)b[k]) < 1e-5)) {
            fail_msg("element %zu is %.9g instead of %.9g", k, (double)a[k], (double)b[k]);
        }
    }
}

/* The trainer does what is written out above, though it also validates in the middle of an epoch. */
static void a_run_is_its_steps(void **state) {
    (void)state;
    Training training;
    Plain plain = {0};
    training_start_english(&training, 1500);
    training.config.layers = 2;
    training.config.method.weight_decay = 0.1;
    training.config.method.average = 0.8;
    training.config.method.clip = 0.3; /* some gradients are longer, some not */
    training.config.epochs = 5;
    training_finish(&training);
    size_t measured = 0;
    size_t clipped = 0;
    for (size_t k = 0; k < training.watch.report_count; k++) {
        const TrainerReport *report = &training.watch.reports[k];
        measured += report->new_val && report->step % 22 != 0;
        clipped += report->grad_norm > 0.3;
    }
    assert_true(measured > 0);
    assert_in_range(clipped, 5, training.watch.report_count - 5);
    Model model = load_model(training.output); /* of the step that validation found best */
    assert_in_range(model.history.steps, 10, training.history.steps);
    plain_start(&plain, &training);
    assert_int_equal(plain_run(&plain, &training, model.history.steps), training.history.steps);
    assert_close(training.parameters, plain.parameters, plain.total);
    assert_close(model.parameters, plain.saved, plain.total);
    model_free(&model);
    plain_free(&plain);
    training_end(&training);
}

/* --- the average --- */

/* Sets all parameters to a hundredth of the step's number. */
static void stairs_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                          const real *gradients, real *const *moments) {
    (void)kernels;
    (void)gradients;
    (void)moments;
    for (size_t k = range.begin; k < range.end; k++) {
        parameters[k] = (real)step->step / 100;
    }
}

static const Optimizer stairs = {.name = "stairs", .update = stairs_update};

/* The average of the weights by hand, young at first; it is what the model file holds. */
static void the_average_is_saved(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 1000);
    training.config.optimizer = &stairs;
    training.config.method.average = 0.5; /* reached at the eighth step: 9/18 */
    training.config.method.val_fraction = 0;
    training.watch.interrupt_after = 1;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    Model first = load_model(training.output);
    training.watch.interrupt_after = 12;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    assert_near(training.parameters[0], 0.12, 1e-7); /* the model itself, to go on with */
    Model model = load_model(training.output);
    const LayoutRow *bias = layout_find(&model.network->layout, "decoder.bias");
    for (size_t k = 0; k < bias->rows; k++) {
        double average = first.parameters[bias->offset + k];
        for (uint64_t s = 2; s <= 12; s++) {
            double decay = s < 8 ? (1.0 + (double)s) / (10.0 + (double)s) : 0.5;
            average = decay * average + (1 - decay) * (double)s / 100;
        }
        assert_near(model.parameters[bias->offset + k], average, 1e-6);
    }
    model_free(&first);
    model_free(&model);
    training_end(&training);
}

/* --- the learning rate --- */

static double rate_of(const Training *training, uint64_t step) {
    for (size_t k = 0; k < training->watch.report_count; k++) {
        if (training->watch.reports[k].step == step) {
            return training->watch.reports[k].learning_rate;
        }
    }
    fail_msg("no step %zu", (size_t)step);
    return NAN;
}

/* The rate of a step follows from the epochs before it, of 22 steps each. */
static void the_rate_falls_with_the_epochs(void **state) {
    (void)state;
    enum { EPOCH = 22, EPOCHS = 5 };
    Training training;
    training_start_english(&training, 1500);
    training.config.epochs = EPOCHS;
    training.config.method.learning_rate = 0.5;
    training.config.optimizer = &stairs;
    training.config.schedule = schedule_find("step");
    training.config.method.schedule_numbers = (ScheduleNumbers){.decay = 0.25, .every = 1, .after = 2};
    training_finish(&training);
    assert_int_equal(training.history.steps, EPOCHS * EPOCH);
    for (uint64_t step = 1; step <= training.history.steps; step++) {
        uint64_t over = (step - 1) / EPOCH;
        assert_near(rate_of(&training, step), over < 2 ? 0.5 : 0.5 * pow(0.25, (double)over - 1), 1e-15);
    }
    training.config.schedule = schedule_find("exponential");
    training_finish(&training);
    for (uint64_t step = 1; step <= training.history.steps; step++) {
        uint64_t over = (step - 1) / EPOCH;
        double falls = over < 2 ? 0 : (double)over - 2;
        if ((step - 1) % EPOCH == 0) {
            assert_near(rate_of(&training, step), 0.5 * pow(0.25, falls), 1e-15);
        } else if (over >= 2) {
            assert_true(rate_of(&training, step) < rate_of(&training, step - 1));
        }
    }
    assert_near(training.history.method.schedule_numbers.decay, 0.25, 0);
    assert_near(training.history.method.schedule_numbers.after, 2, 0);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_its_steps),
        cmocka_unit_test(the_average_is_saved),
        cmocka_unit_test(the_rate_falls_with_the_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
