/* Central differences: every parameter of every cell in the table, and the state before the window, in
 * double precision against the naive products.
 *
 * The loss of two windows in a row (the state carried over) is a function of the parameters and the initial
 * state. With truncated back-propagation only the second window's loss is differentiated here, the state
 * before it standing for all the past; the first window makes that state something other than zero.
 */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "math/compute.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"

/* What is left out. */
typedef struct Masks {
    double layers, input; /* dropout */
    bool variational;
    bool expected;  /* nothing is drawn */
    double weights; /* of the recurrent ones */
    double zoneout;
} Masks;

typedef struct Setting {
    const char *name;
    size_t layers, hidden, embed, vocab, steps, batch;
    size_t window_steps; /* of the window that is differentiated: <= steps */
    size_t stride;       /* every stride-th parameter is checked; 1: all */
    Masks masks;
    bool resets;
    bool unscored; /* some targets are not scored */
} Setting;

typedef struct Fixture {
    Setting setting;
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters;
    real *gradients;
    real *state; /* before the window */
    uint32_t *ids, *targets;
    uint8_t *reset;
    PassWindow window;
    size_t numbers; /* that the setting checks, so far ... */
    size_t sparse;  /* ... of which every so many is */
} Fixture;

static void make_window(Fixture *fixture, Random *random) {
    const Setting *setting = &fixture->setting;
    size_t rows = setting->steps * setting->batch;
    fixture->ids = calloc(rows, sizeof *fixture->ids);
    fixture->targets = calloc(rows, sizeof *fixture->targets);
    fixture->reset = calloc(rows, 1);
    for (size_t row = 0; row < rows; row++) {
        fixture->ids[row] = (uint32_t)(random_next(random) % setting->vocab);
        fixture->targets[row] = (uint32_t)(random_next(random) % setting->vocab);
        if (setting->unscored && random_next(random) % 3 == 0) {
            fixture->targets[row] = PASS_NO_TARGET;
        }
        fixture->reset[row] = random_next(random) % 4 == 0;
    }
    fixture->window = (PassWindow){.steps = setting->window_steps,
                                   .ids = fixture->ids,
                                   .targets = fixture->targets,
                                   .reset = setting->resets ? fixture->reset : NULL,
                                   .dropout_key = setting->masks.expected ? 0 : 99};
}

/* Of the numbers that a setting checks, every so many. All of them are checked by the release's build; with the
 * sanitizers, where it is memory that is tested, some are enough, and the test takes a seventh of the time. */
#ifdef __SANITIZE_ADDRESS__
enum { SPARSE = 7 };
#else
enum { SPARSE = 1 };
#endif

static void fixture_create(Fixture *fixture, const Cell *cell, const Setting *setting, size_t threads) {
    Error error = {0};
    Random random = random_create(7, 0);
    *fixture = (Fixture){.setting = *setting, .sparse = SPARSE};
    assert_true(compute_create(&fixture->compute, threads, &error));
    NetworkConfig config =
        cell_config(cell, setting->layers, setting->hidden, setting->embed, setting->vocab);
    config.zoneout = cell_has_zoneout(cell) ? setting->masks.zoneout : 0;
    fixture->network = network_create(&config, &error);
    assert_non_null(fixture->network);
    PassShape shape = {.steps = setting->steps,
                       .batch = setting->batch,
                       .training = true,
                       .resets = setting->resets,
                       .dropout_input = setting->masks.input,
                       .dropout = setting->masks.layers,
                       .dropout_output = setting->masks.layers,
                       .variational = setting->masks.variational,
                       .weight_drop = setting->masks.weights};
    fixture->pass = pass_create(fixture->network, &fixture->compute, &shape, &error);
    assert_non_null(fixture->pass);
    fixture->parameters = block_create(&fixture->network->layout, &error);
    fixture->gradients = block_create(&fixture->network->layout, &error);
    network_initialize(fixture->network, fixture->parameters, &random);
    random = random_create(4, 0); /* the same window for every cell */
    make_window(fixture, &random);
    /* A first window, without dropout, makes the state that the checked window starts from. */
    PassWindow first = fixture->window;
    first.dropout_key = 0;
    first.steps = setting->steps;
    pass_pack_now(fixture->pass, fixture->parameters);
    pass_forward_now(fixture->pass, &first);
    size_t state_size = network_state_size(fixture->network, setting->batch);
    fixture->state = calloc(state_size, sizeof(real));
    memcpy(fixture->state, pass_state(fixture->pass), state_size * sizeof(real));
}

static void fixture_free(Fixture *fixture) {
    pass_free(fixture->pass);
    network_free(fixture->network);
    compute_free(&fixture->compute);
    free(fixture->parameters);
    free(fixture->gradients);
    free(fixture->state);
    free(fixture->ids);
    free(fixture->targets);
    free(fixture->reset);
}

static void set_state(const Fixture *fixture) {
    memcpy(pass_state(fixture->pass), fixture->state,
           network_state_size(fixture->network, fixture->setting.batch) * sizeof(real));
}

/* The mean loss of the window, through the training pass (so that dropout is on), into `gradients`. */
static double loss(Fixture *fixture, real *gradients) {
    set_state(fixture);
    pass_pack_update_now(fixture->pass, fixture->parameters, 77);
    pass_train_now(fixture->pass, &fixture->window, gradients);
    return pass_loss(fixture->pass) / (double)pass_scored(fixture->pass);
}

/* (loss(x + h) - loss(x - h)) / 2h, with an error of h² times the third derivative */
static double central_difference(Fixture *fixture, real *x, double h, real *scratch) {
    real kept = *x;
    *x = kept + h;
    double above = loss(fixture, scratch);
    *x = kept - h;
    double below = loss(fixture, scratch);
    *x = kept;
    return (above - below) / (2 * h);
}

static bool is_close(double analytic, double numeric) {
    return fabs(analytic - numeric) <= 1e-8 + 1e-6 * fabs(numeric);
}

/* Holds a gradient to the central difference at *x. Where that is not exact enough, because something is divided by
 * what is small, the error in h² is taken out of it (Richardson 1911). */
static void check_close(Fixture *fixture, const char *what, size_t index, double analytic, real *x,
                        real *scratch) {
    const double h = 1e-5;
    double numeric = central_difference(fixture, x, h, scratch);
    if (!is_close(analytic, numeric)) {
        numeric = (4 * central_difference(fixture, x, h / 2, scratch) - numeric) / 3;
    }
    if (!is_close(analytic, numeric)) {
        fail_msg("%s[%zu]: back-propagation gives %.12g, central differences %.12g", what, index, analytic,
                 numeric);
    }
}

static void check_parameters(Fixture *fixture, real *scratch) {
    const Layout *layout = &fixture->network->layout;
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        double largest = 0;
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            double analytic = fixture->gradients[row->offset + i];
            largest = fmax(largest, fabs(analytic));
            if (i % fixture->setting.stride == 0 && fixture->numbers++ % fixture->sparse == 0) {
                check_close(fixture, row->name, i, analytic, &fixture->parameters[row->offset + i], scratch);
            }
        }
        if (!(largest > 1e-6)) {
            fail_msg("%s, %s: the gradient of %s is zero everywhere",
                     fixture->network->config.cells.cells[0]->name, fixture->setting.name, row->name);
        }
    }
}

/* Where not all is checked, a cell with more state than two numbers for each unit has no more of it checked. */
static size_t state_stride(const Fixture *fixture) {
    const Setting *setting = &fixture->setting;
    size_t most = 2 * setting->layers * setting->hidden;
    size_t size = network_state_size(fixture->network, 1);
    return setting->stride == 1 ? 1 : setting->stride * ((size + most - 1) / most);
}

static void check_state(Fixture *fixture, const real *state_gradient, real *scratch) {
    size_t size = network_state_size(fixture->network, fixture->setting.batch);
    size_t stride = state_stride(fixture);
    double largest = 0;
    for (size_t i = 0; i < size; i++) {
        largest = fmax(largest, fabs(state_gradient[i]));
        if (i % stride == 0 && fixture->numbers++ % fixture->sparse == 0) {
            check_close(fixture, "state", i, state_gradient[i], &fixture->state[i], scratch);
        }
    }
    if (!(largest > 1e-6)) {
        fail_msg("%s, %s: the gradient of the state is zero everywhere",
                 fixture->network->config.cells.cells[0]->name, fixture->setting.name);
    }
}

static void check_setting(const Cell *cell, const Setting *setting, size_t threads) {
    Fixture fixture;
    Error error = {0};
    fixture_create(&fixture, cell, setting, threads);
    size_t state_size = network_state_size(fixture.network, setting->batch);
    real *scratch = block_create(&fixture.network->layout, &error);
    real *state_gradient = calloc(state_size, sizeof(real));
    loss(&fixture, fixture.gradients);
    memcpy(state_gradient, pass_state_gradient(fixture.pass), state_size * sizeof(real));
    check_parameters(&fixture, scratch);
    check_state(&fixture, state_gradient, scratch);
    free(state_gradient);
    free(scratch);
    fixture_free(&fixture);
}

static void check_all_cells(const Setting *setting, size_t threads) {
    for (size_t k = 0; k < cell_count(); k++) {
        check_setting(cell_at(k), setting, threads);
    }
}

static void test_embedding(void **state) {
    (void)state;
    check_all_cells(&(Setting){"embedding", 2, 5, 3, 7, 4, 3, 4, 1, {.layers = 0}, false, false}, 1);
}

static void test_one_hot(void **state) {
    (void)state;
    check_all_cells(&(Setting){"one-hot", 1, 4, 0, 6, 3, 2, 3, 1, {.layers = 0}, false, false}, 1);
}

static void test_three_layers_dropout_resets(void **state) {
    (void)state;
    check_all_cells(&(Setting){"all at once", 3, 6, 3, 5, 6, 3, 6, 1, {.layers = 0.3}, true, true}, 1);
}

static void test_short_window(void **state) {
    (void)state;
    check_all_cells(&(Setting){"short window", 2, 5, 3, 7, 6, 2, 3, 1, {.layers = 0}, false, false}, 1);
}

static void test_slices_and_threads(void **state) {
    (void)state;
    check_all_cells(&(Setting){"slices", 2, 70, 20, 9, 3, 2, 3, 499, {.layers = 0}, false, false}, 3);
    check_all_cells(
        &(Setting){"parts of the streams", 2, 35, 4, 9, 4, 101, 3, 251, {.layers = 0.2}, true, true}, 3);
}

/* Vocabularies larger than a window and than a table: the embedding's rows are copied. */
static void test_large_vocabulary(void **state) {
    (void)state;
    check_all_cells(&(Setting){"large vocabulary", 1, 3, 2, 1100, 3, 2, 2, 7, {.layers = 0}, false, false},
                    2);
}

/* Masks of all kinds, which all steps share or not, with zoneout drawn and expected. */
static void test_masks(void **state) {
    (void)state;
    Setting setting = {"masks", 2, 4, 3, 5, 4, 2, 3, 1, {.layers = 0.3}, true, false};
    setting.masks.input = 0.4;
    setting.masks.zoneout = 0.3;
    check_all_cells(&setting, 1);
    setting.name = "variational masks";
    setting.masks.variational = true;
    setting.masks.weights = 0.3;
    setting.embed = 0;
    check_all_cells(&setting, 2);
    setting.name = "expected zoneout";
    setting.masks.expected = true;
    setting.layers = 1;
    check_all_cells(&setting, 1);
}

/* Windows longer than what some cells compute at once (CHUNK_MOST in model/cells/mlstm_memory.h). */
static void test_long_window(void **state) {
    (void)state;
    check_all_cells(&(Setting){"chunks", 1, 4, 3, 5, 130, 2, 130, 31, {.layers = 0}, false, false}, 2);
    check_all_cells(&(Setting){"chunks and resets", 2, 4, 3, 5, 70, 2, 67, 53, {.layers = 0.1}, true, true},
                    3);
}

/* Gradients add up: a second call doubles them. */
static void test_gradients_accumulate(void **state) {
    (void)state;
    Setting setting = {"accumulate", 2, 5, 3, 7, 4, 3, 4, 1, {.layers = 0}, false, false};
    Fixture fixture;
    Error error = {0};
    fixture_create(&fixture, cell_at(0), &setting, 1);
    real *twice = block_create(&fixture.network->layout, &error);
    loss(&fixture, fixture.gradients);
    loss(&fixture, twice);
    loss(&fixture, twice);
    for (size_t i = 0; i < fixture.network->layout.total; i++) {
        assert_true(fabs(twice[i] - 2 * fixture.gradients[i]) < 1e-12);
    }
    free(twice);
    fixture_free(&fixture);
}

/* T steps in one window equal two halves with the state carried over. */
static void test_two_halves_equal_one_window(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        Setting setting = {"halves", 2, 5, 3, 7, 6, 3, 6, 1, {.layers = 0}, true, false};
        Fixture fixture;
        fixture_create(&fixture, cell_at(k), &setting, 2);
        set_state(&fixture);
        pass_forward_now(fixture.pass, &fixture.window);
        double whole = pass_loss(fixture.pass);
        real last = pass_state(fixture.pass)[4];
        PassWindow half = fixture.window;
        half.steps = 2;
        set_state(&fixture);
        pass_forward_now(fixture.pass, &half);
        double sum = pass_loss(fixture.pass);
        half.steps = 4;
        half.ids += 2 * setting.batch;
        half.targets += 2 * setting.batch;
        half.reset += 2 * setting.batch;
        pass_forward_now(fixture.pass, &half);
        sum += pass_loss(fixture.pass);
        assert_true(fabs(whole - sum) < 1e-12);
        assert_true(fabs(last - pass_state(fixture.pass)[4]) < 1e-13);
        fixture_free(&fixture);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedding),
        cmocka_unit_test(test_one_hot),
        cmocka_unit_test(test_three_layers_dropout_resets),
        cmocka_unit_test(test_short_window),
        cmocka_unit_test(test_slices_and_threads),
        cmocka_unit_test(test_large_vocabulary),
        cmocka_unit_test(test_long_window),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_gradients_accumulate),
        cmocka_unit_test(test_two_halves_equal_one_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
