/* Zoneout in networks of every cell that has states for it: the share of units that stays as it was, resets, that what
 * is expected is the same by the window and by the character, and the kernels themselves. PyTorch's numbers are in
 * test_torch_reference.c. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"
#include "support/instruction_sets.h"
#include "support/near.h"

enum { STEPS = 5, BATCH = 60, HIDDEN = 70, VOCAB = 7, ROWS = STEPS * BATCH, UNITS = BATCH * HIDDEN };

static const double probability = 0.3;

typedef struct Bench {
    Compute compute;
    Network *network;
    real *parameters;
    size_t state_size;
    real *state; /* to start from */
    uint32_t ids[ROWS];
    uint8_t reset[ROWS];
} Bench;

static void bench_create(Bench *bench, const Cell *cell) {
    Error error = {0};
    Random random = random_create(3, 0);
    *bench = (Bench){0};
    assert_true(compute_create(&bench->compute, 2, &error));
    NetworkConfig config = cell_config(cell, 1, HIDDEN, 8, VOCAB);
    config.zoneout = probability;
    bench->network = network_create(&config, &error);
    assert_non_null(bench->network);
    bench->parameters = block_create(&bench->network->layout, &error);
    network_initialize(bench->network, bench->parameters, &random);
    bench->state_size = network_state_size(bench->network, BATCH);
    bench->state = calloc(bench->state_size, sizeof(real));
    for (size_t k = 0; k < bench->state_size; k++) {
        bench->state[k] = random_state(cell, &random);
    }
    for (size_t row = 0; row < ROWS; row++) {
        bench->ids[row] = (uint32_t)(random_next(&random) % VOCAB);
    }
}

static void bench_free(Bench *bench) {
    network_free(bench->network);
    compute_free(&bench->compute);
    free(bench->parameters);
    free(bench->state);
}

/* Reads windows of `steps` steps and leaves the state in `after`, and the last logits. */
static void read_steps(Bench *bench, const PassShape *shape, size_t windows, size_t steps, uint64_t key,
                       real *after, real *logits) {
    Error error = {0};
    Pass *pass = pass_create(bench->network, &bench->compute, shape, &error);
    assert_non_null(pass);
    pass_pack_now(pass, bench->parameters);
    memcpy(pass_state(pass), bench->state, bench->state_size * sizeof(real));
    for (size_t w = 0; w < windows; w++) {
        PassWindow window = {.steps = steps, .ids = bench->ids + w * steps * BATCH, .dropout_key = key};
        window.reset = shape->resets ? bench->reset + w * steps * BATCH : NULL;
        pass_forward_now(pass, &window);
    }
    memcpy(after, pass_state(pass), bench->state_size * sizeof(real));
    memcpy(logits, pass_logits(pass), (size_t)BATCH * VOCAB * sizeof(real));
    pass_free(pass);
}

static void for_every_cell(void (*check)(Bench *bench, const Cell *cell)) {
    for (size_t k = 0; k < cell_count(); k++) {
        if (cell_has_zoneout(cell_at(k))) {
            Bench bench;
            bench_create(&bench, cell_at(k));
            check(&bench, cell_at(k));
            bench_free(&bench);
        }
    }
}

/* Fails unless so many of `count` lie within five deviations. */
static void check_share(const char *what, size_t hits, size_t count, double share) {
    double n = (double)count;
    check_near(what, count, (double)hits, n * share, 5 * sqrt(n * share * (1 - share)));
}

/* After one step. Each state has masks of its own. */
static void check_stays(Bench *bench, const Cell *cell) {
    static real after[4 * UNITS];
    static real logits[BATCH * VOCAB];
    const PassShape shape = {.steps = 1, .batch = BATCH, .training = true};
    assert_in_range(bench->state_size, 1, sizeof after / sizeof *after);
    read_steps(bench, &shape, 1, 1, 9, after, logits);
    size_t both = 0;
    for (size_t s = 0; s < cell->state_count; s++) {
        size_t stayed = 0;
        for (size_t k = 0; k < UNITS; k++) {
            bool stays = after[s * UNITS + k] == bench->state[s * UNITS + k];
            stayed += stays;
            both += s > 0 && stays && after[k] == bench->state[k];
        }
        check_share(cell->states[s].name, stayed, UNITS, cell->states[s].zoneout ? probability : 0);
    }
    if (cell->state_count == 2 && cell->states[1].zoneout) {
        check_share("both", both, UNITS, probability * probability);
    }
    /* Other keys, other masks; and none without one. */
    static real other[4 * UNITS];
    read_steps(bench, &shape, 1, 1, 10, other, logits);
    assert_memory_not_equal(after, other, bench->state_size * sizeof(real));
    read_steps(bench, &shape, 1, 1, 0, other, logits);
    for (size_t k = 0; k < UNITS; k++) {
        assert_true(other[k] != bench->state[k]);
    }
}

static void a_share_of_the_units_stays(void **state) {
    (void)state;
    for_every_cell(check_stays);
}

/* Where a text begins, what stays is zero. */
static void check_reset(Bench *bench, const Cell *cell) {
    static real after[4 * UNITS];
    static real anew[4 * UNITS];
    static real logits[BATCH * VOCAB];
    static const uint64_t keys[] = {0, 9};
    const PassShape shape = {.steps = STEPS, .batch = BATCH, .training = true, .resets = true};
    (void)cell;
    for (size_t k = 0; k < 2; k++) {
        memset(bench->reset, 1, BATCH);
        read_steps(bench, &shape, 1, STEPS, keys[k], after, logits);
        memset(bench->reset, 0, BATCH);
        memset(bench->state, 0, bench->state_size * sizeof(real));
        read_steps(bench, &shape, 1, STEPS, keys[k], anew, logits);
        assert_memory_equal(after, anew, bench->state_size * sizeof(real));
    }
}

static void nothing_stays_where_a_text_begins(void **state) {
    (void)state;
    for_every_cell(check_reset);
}

/* Evaluation reads windows, writing reads characters. */
static void check_expectation(Bench *bench, const Cell *cell) {
    static real whole[4 * UNITS], single[4 * UNITS];
    static real logits[BATCH * VOCAB], other_logits[BATCH * VOCAB];
    const PassShape training = {.steps = STEPS, .batch = BATCH, .training = true};
    const PassShape windows = {.steps = STEPS, .batch = BATCH};
    const PassShape characters = {.steps = 1, .batch = BATCH, .streaming = true};
    read_steps(bench, &training, 1, STEPS, 0, whole, logits);
    read_steps(bench, &windows, 1, STEPS, 9, single,
               other_logits); /* no key draws where nothing is trained */
    assert_memory_equal(single, whole, bench->state_size * sizeof(real));
    assert_memory_equal(other_logits, logits, sizeof logits);
    read_steps(bench, &characters, STEPS, 1, 0, single, other_logits);
    for (size_t k = 0; k < bench->state_size; k++) {
        check_near(cell->name, k, (double)single[k], (double)whole[k], 5e-6);
    }
    for (size_t k = 0; k < (size_t)BATCH * VOCAB; k++) {
        check_near("logits", k, (double)other_logits[k], (double)logits[k], 5e-6);
    }
}

static void what_is_expected_is_the_same_by_the_character(void **state) {
    (void)state;
    for_every_cell(check_expectation);
}

/* The mask is dropout's; what is expected, by hand: 0.25 × 8 + 0.75 × 4 = 5, and at a reset 3. */
static void check_kernels(const Kernels *kernels) {
    enum { COUNT = 1003, FIRST = 77 };
    const Zoneout drawn = {.mask = {17, 0.25}};
    const Zoneout expected = {.mask = {17, 0.25}, .expected = true};
    static real before[COUNT], made[COUNT], after[COUNT], mask[COUNT], dmade[COUNT], dbefore[COUNT];
    for (size_t k = 0; k < COUNT; k++) {
        before[k] = 8;
        made[k] = 4;
        mask[k] = 1;
    }
    kernels->dropout(mask, mask, COUNT, &drawn.mask, FIRST);
    for (int keep = 0; keep < 2; keep++) {
        kernels->zoneout(after, before, made, (real)keep, COUNT, &drawn, FIRST);
        kernels->zoneout_back(dmade, dbefore, before, (real)keep, COUNT, &drawn, FIRST);
        for (size_t k = 0; k < COUNT; k++) {
            assert_true(after[k] == (mask[k] == 0 ? (real)(8 * keep) : 4));
            assert_true(dmade[k] == (mask[k] == 0 ? 0 : 8));
            assert_true(dbefore[k] == (mask[k] == 0 ? (real)(8 * keep) : 0));
        }
        kernels->zoneout(after, before, made, (real)keep, COUNT, &expected, FIRST);
        kernels->zoneout_back(dmade, dbefore, before, (real)keep, COUNT, &expected, FIRST);
        for (size_t k = 0; k < COUNT; k++) {
            assert_true(after[k] == (keep == 0 ? 3 : 5));
            assert_true(dmade[k] == 6 && dbefore[k] == (real)(2 * keep));
        }
    }
}

static void kernels_of_every_set(void **state) {
    (void)state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (instruction_set_runs(set)) {
            check_kernels(kernels_for(set));
        }
    }
}

/* Sizes out of range, and cells that have no state for it. */
static void what_cannot_be_is_refused(void **state) {
    (void)state;
    static const double wrong[] = {-0.1, 1, NAN};
    static const CellState states[] = {{"m", DIMENSION_HIDDEN, .zoneout = false}};
    Error error = {0};
    Cell none = *cell_find("lstm");
    NetworkConfig config = {.cells = cell_list_of(&none), .layers = 1, .hidden = 4, .vocab = VOCAB};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        config.zoneout = wrong[k];
        assert_null(network_create(&config, &error));
        assert_non_null(strstr(error.message, "zoneout of a network must be from 0 to below 1, not "));
    }
    none.name = "none";
    none.states = states;
    none.state_count = 1;
    config.zoneout = 0.5;
    assert_null(network_create(&config, &error));
    assert_string_equal(error.message, "the cell none has no states for zoneout");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_of_every_set),
        cmocka_unit_test(a_share_of_the_units_stays),
        cmocka_unit_test(nothing_stays_where_a_text_begins),
        cmocka_unit_test(what_is_expected_is_the_same_by_the_character),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
