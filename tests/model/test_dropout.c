/* Dropout over the rows of windows: the share that is left out, what steps and streams have in common, and that no cut
 * of the work shows. The masks themselves are tested in tests/math/test_dropout.c. */
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "math/compute.h"
#include "model/embedding.h"
#include "support/near.h"

enum { STEPS = 50, BATCH = 7, WIDTH = 40, ROWS = STEPS * BATCH, STEP = BATCH * WIDTH, VOCAB = 9 };

static RowDropout dropout_of(double probability, bool variational) {
    return (RowDropout){.mask = {11, probability}, .batch = BATCH, .variational = variational};
}

/* Ones through the mask, the rows `step` at a time. */
static void drop_ones(real *out, const RowDropout *dropout, size_t step) {
    const Kernels *kernels = kernels_for(INSTRUCTION_SET_PORTABLE);
    for (size_t k = 0; k < (size_t)ROWS * WIDTH; k++) {
        out[k] = 1;
    }
    for (size_t row = 0; row < ROWS; row += step) {
        size_t end = row + step < ROWS ? row + step : ROWS;
        dropout_rows(dropout, kernels, PRECISION_F32, out, out, (Range){row, end}, WIDTH);
    }
}

static size_t zeros_in(const real *x, size_t count) {
    size_t zeros = 0;
    for (size_t k = 0; k < count; k++) {
        zeros += x[k] == 0;
    }
    return zeros;
}

/* Within five deviations. */
static void check_share(const real *x, size_t count, double probability) {
    double n = (double)count;
    check_near("dropped", count, (double)zeros_in(x, count), n * probability,
               5 * sqrt(n * probability * (1 - probability)));
}

static void each_step_has_a_mask_of_its_own(void **state) {
    (void)state;
    static real x[ROWS * WIDTH];
    RowDropout dropout = dropout_of(0.3, false);
    drop_ones(x, &dropout, ROWS);
    check_share(x, (size_t)ROWS * WIDTH, 0.3);
    for (size_t row = 1; row < ROWS; row++) {
        assert_memory_not_equal(x, x + row * WIDTH, WIDTH * sizeof *x);
    }
}

static void variational_masks_are_the_same_at_every_step(void **state) {
    (void)state;
    static real x[ROWS * WIDTH];
    RowDropout dropout = dropout_of(0.3, true);
    drop_ones(x, &dropout, ROWS);
    check_share(x, STEP, 0.3);
    for (size_t t = 1; t < STEPS; t++) {
        assert_memory_equal(x, x + t * STEP, STEP * sizeof *x);
    }
    for (size_t b = 1; b < BATCH; b++) {
        assert_memory_not_equal(x, x + b * WIDTH, WIDTH * sizeof *x);
    }
}

static void masks_do_not_depend_on_the_cut(void **state) {
    (void)state;
    static real whole[ROWS * WIDTH];
    static real cut[ROWS * WIDTH];
    for (size_t k = 0; k < 2; k++) {
        RowDropout dropout = dropout_of(0.5, k > 0);
        drop_ones(whole, &dropout, ROWS);
        for (size_t step = 1; step < 20; step++) {
            drop_ones(cut, &dropout, step);
            assert_memory_equal(cut, whole, sizeof whole);
        }
    }
}

/* The rows of an embedding of ones are the mask, and so are gradients of ones that come back. */
static void the_embedding_has_the_same_mask_both_ways(void **state) {
    (void)state;
    static uint32_t ids[ROWS];
    static real ones[VOCAB * WIDTH];
    static real sums[VOCAB * WIDTH] = {0};
    static real mask[ROWS * WIDTH];
    const Member alone = {.count = 1};
    const CellShape shape = {.steps = STEPS, .batch = BATCH, .input = WIDTH, .training = true};
    Error error = {0};
    Arena arena;
    assert_true(arena_create(&arena, 3 * sizeof mask, "a test", &error));
    Embedding embedding = embedding_create(&shape, kernels_for(INSTRUCTION_SET_PORTABLE), &arena);
    embedding.rows = ones;
    for (size_t k = 0; k < (size_t)VOCAB * WIDTH; k++) {
        ones[k] = 1;
    }
    for (size_t k = 0; k < (size_t)ROWS * WIDTH; k++) {
        embedding.gradient[k] = 1;
    }
    CellWindow window = {
        .steps = STEPS, .ids = ids, .input_dropout = dropout_of(0.25, true), .embedding_gradient = sums};
    for (size_t row = 0; row < ROWS; row++) {
        ids[row] = (uint32_t)(row % VOCAB);
    }
    drop_ones(mask, &window.input_dropout, ROWS);
    embedding_copy(&embedding, &window, alone);
    assert_memory_equal(embedding.copies, mask, sizeof mask);
    embedding_scatter(&embedding, &window, alone);
    for (size_t column = 0; column < WIDTH; column++) {
        double sum = 0;
        for (size_t row = 0; row < ROWS; row += VOCAB) {
            sum += (double)mask[row * WIDTH + column];
        }
        check_near("the gradient of a row", column, (double)sums[column], sum, 1e-4);
    }
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_a_mask_of_its_own),
        cmocka_unit_test(variational_masks_are_the_same_at_every_step),
        cmocka_unit_test(masks_do_not_depend_on_the_cut),
        cmocka_unit_test(the_embedding_has_the_same_mask_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
