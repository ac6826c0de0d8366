/* Weight drop: a network under it is the network with some recurrent weights at zero and the others scaled up, in what
 * it computes and in every gradient, and it is whole again where none is asked for. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"

enum { STEPS = 6, BATCH = 3, ROWS = STEPS * BATCH, VOCAB = 9, LAYERS = 2, KEY = 5 };

static const double probability = 0.25;

typedef struct Bench {
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters;
    uint32_t ids[ROWS], targets[ROWS];
    PassWindow window;
} Bench;

static void bench_create(Bench *bench, const Cell *cell, size_t threads) {
    Error error = {0};
    Random random = random_create(3, 0);
    *bench = (Bench){0};
    assert_true(compute_create(&bench->compute, threads, &error));
    NetworkConfig config = cell_config(cell, LAYERS, 40, 8, VOCAB);
    bench->network = network_create(&config, &error);
    assert_non_null(bench->network);
    PassShape shape = {.steps = STEPS, .batch = BATCH, .training = true, .weight_drop = probability};
    bench->pass = pass_create(bench->network, &bench->compute, &shape, &error);
    assert_non_null(bench->pass);
    bench->parameters = block_create(&bench->network->layout, &error);
    network_initialize(bench->network, bench->parameters, &random);
    for (size_t row = 0; row < ROWS; row++) {
        bench->ids[row] = (uint32_t)(random_next(&random) % VOCAB);
        bench->targets[row] = (uint32_t)(random_next(&random) % VOCAB);
    }
    bench->window = (PassWindow){.steps = STEPS, .ids = bench->ids, .targets = bench->targets};
}

static void bench_free(Bench *bench) {
    pass_free(bench->pass);
    network_free(bench->network);
    compute_free(&bench->compute);
    free(bench->parameters);
}

/* The gradients of the window, and its loss; the caller frees them. */
static real *train(const Bench *bench, uint64_t key, double *loss) {
    Error error = {0};
    real *gradients = block_create(&bench->network->layout, &error);
    pass_clear_state(bench->pass);
    pass_pack_update_now(bench->pass, bench->parameters, key);
    pass_train_now(bench->pass, &bench->window, gradients);
    *loss = pass_loss(bench->pass);
    return gradients;
}

/* Whether a row of the layout is of recurrent weights. */
static bool is_recurrent(const Bench *bench, size_t row) {
    const Cell *cell = network_cell(bench->network, 0);
    bool recurrent = false;
    for (size_t layer = 0; layer < LAYERS; layer++) {
        size_t k = row - bench->network->layer_rows[layer]; /* huge if it is of an earlier layer */
        recurrent = recurrent || (k < cell->parameter_count && cell->parameters[k].recurrent);
    }
    return recurrent;
}

/* Does to the parameters what the gradients say was done to them; returns how many were left out, of `all`. */
static size_t leave_out(Bench *bench, const real *gradients, size_t *all) {
    const Layout *layout = &bench->network->layout;
    size_t zeros = 0;
    *all = 0;
    for (size_t r = 0; r < layout->count; r++) {
        const LayoutRow *row = &layout->rows[r];
        size_t end = is_recurrent(bench, r) ? row->offset + layout_row_elements(row) : row->offset;
        for (size_t k = row->offset; k < end; k++) {
            zeros += gradients[k] == 0;
            bench->parameters[k] *= gradients[k] == 0 ? 0 : (real)(1 / (1 - probability));
            *all += 1;
        }
    }
    return zeros;
}

static void check_cell(const Cell *cell) {
    Bench bench;
    double loss = 0;
    double other_loss = 0;
    bench_create(&bench, cell, 1);
    const Layout *layout = &bench.network->layout;
    real *dropped = train(&bench, KEY, &loss);
    size_t all = 0;
    size_t zeros = leave_out(&bench, dropped, &all);
    double deviation = sqrt((double)all * probability * (1 - probability));
    assert_true(fabs((double)zeros - (double)all * probability) < 5 * deviation);
    real *whole = train(&bench, 0, &other_loss);
    assert_true(loss == other_loss);
    for (size_t r = 0; r < layout->count; r++) {
        const LayoutRow *row = &layout->rows[r];
        real scale = is_recurrent(&bench, r) ? (real)(1 / (1 - probability)) : 1;
        for (size_t k = row->offset; k < row->offset + layout_row_elements(row); k++) {
            bool left_out = scale != 1 && dropped[k] == 0;
            assert_true(left_out || dropped[k] == scale * whole[k]);
        }
    }
    free(dropped);
    free(whole);
    bench_free(&bench);
}

/* A unit that a rectifier keeps at zero has no gradients anyway: they tell nothing of masks. */
static void it_is_the_network_without_some_weights(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        if (cell_has_recurrent_weights(cell_at(k)) && strcmp(cell_at(k)->name, "rnn-relu") != 0) {
            check_cell(cell_at(k));
        }
    }
}

static void keys_name_masks(void **state) {
    (void)state;
    Bench bench;
    double loss = 0;
    double again = 0;
    double other = 0;
    double whole = 0;
    bench_create(&bench, cell_find("lstm"), 1);
    free(train(&bench, KEY, &loss));
    free(train(&bench, KEY + 1, &other));
    free(train(&bench, 0, &whole));
    free(train(&bench, KEY, &again));
    assert_true(loss == again);
    assert_true(loss != other && loss != whole);
    pass_clear_state(bench.pass);
    pass_pack_now(bench.pass, bench.parameters);
    pass_forward_now(bench.pass, &bench.window);
    assert_true(pass_loss(bench.pass) == whole);
    bench_free(&bench);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    static const size_t threads[] = {2, 5};
    Bench one;
    double loss = 0;
    bench_create(&one, cell_find("lstm"), 1);
    real *gradients = train(&one, KEY, &loss);
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        Bench team;
        double team_loss = 0;
        bench_create(&team, cell_find("lstm"), threads[k]);
        real *team_gradients = train(&team, KEY, &team_loss);
        assert_true(team_loss == loss);
        assert_memory_equal(team_gradients, gradients, one.network->layout.total * sizeof(real));
        free(team_gradients);
        bench_free(&team);
    }
    free(gradients);
    bench_free(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_network_without_some_weights),
        cmocka_unit_test(keys_name_masks),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
