/* Layouts and blocks: where matrices lie, what is between them, and what they start with. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/block.h"
#include "support/near.h"

static void add(Layout *layout, const char *name, size_t rows, size_t columns, Init init, double scale,
                size_t expected_number) {
    Error error = {0};
    size_t number = 99;
    assert_true(layout_add(layout, name, rows, columns, init, scale, &number, &error));
    assert_int_equal(number, expected_number);
}

/* Odd sizes on purpose: gaps of 15, 9, 0 and 11 elements. */
static Layout make_layout(void) {
    Layout layout = {0};
    add(&layout, "one", 1, 0, INIT_UNIFORM, 0.5, 0);
    add(&layout, "matrix", 5, 11, INIT_NORMAL, 2, 1);
    add(&layout, "even", 2, 8, INIT_ZERO, 1, 2);
    add(&layout, "vector", 21, 0, INIT_UNIFORM, 0.1, 3);
    return layout;
}

static void matrices_lie_one_after_the_other(void **state) {
    (void)state;
    Layout layout = make_layout();
    static const size_t offsets[] = {0, 16, 80, 96};
    static const size_t elements[] = {1, 55, 16, 21};
    static const char *const names[] = {"one", "matrix", "even", "vector"};
    assert_int_equal(layout.count, 4);
    for (size_t k = 0; k < 4; k++) {
        assert_string_equal(layout.rows[k].name, names[k]);
        assert_int_equal(layout.rows[k].offset, offsets[k]);
        assert_int_equal(layout_row_elements(&layout.rows[k]), elements[k]);
    }
    assert_int_equal(layout.total, 128);
    assert_int_equal(layout_parameters(&layout), 93);
    assert_int_equal(layout.rows[1].rows, 5);
    assert_int_equal(layout.rows[1].columns, 11);
    assert_int_equal(layout.rows[3].columns, 0);
    layout_free(&layout);
    assert_null(layout.rows);
    assert_int_equal(layout.count, 0);
    assert_int_equal(layout.total, 0);
}

static void rows_are_found_by_name(void **state) {
    (void)state;
    Layout layout = make_layout();
    assert_ptr_equal(layout_find(&layout, "one"), &layout.rows[0]);
    assert_ptr_equal(layout_find(&layout, "vector"), &layout.rows[3]);
    assert_null(layout_find(&layout, "vecto"));
    assert_null(layout_find(&layout, "vectors"));
    assert_null(layout_find(&layout, ""));
    layout_free(&layout);
    assert_null(layout_find(&layout, "one"));
}

static void number_may_be_null(void **state) {
    (void)state;
    Layout layout = {0};
    assert_true(layout_add(&layout, "x", 3, 3, INIT_ZERO, 0, NULL, NULL));
    assert_int_equal(layout.total, 16);
    layout_free(&layout);
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{SIZE_MAX, 2},
                                      {(size_t)1 << 33, (size_t)1 << 33},
                                      {((size_t)1 << 40) + 1, 0},
                                      {(size_t)1 << 21, (size_t)1 << 20}};
    Layout layout = make_layout();
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        Error error = {0};
        char numbers[64];
        size_t number = 7;
        assert_false(
            layout_add(&layout, "decoder.weight", sizes[k][0], sizes[k][1], INIT_ZERO, 0, &number, &error));
        snprintf(numbers, sizeof numbers, "of %zu × %zu", sizes[k][0], sizes[k][1]);
        assert_contains(error.message, "decoder.weight");
        assert_contains(error.message, numbers);
        assert_contains(error.message, "too large");
        assert_int_equal(number, 7);
        assert_int_equal(layout.count, 4);
        assert_int_equal(layout.total, 128);
        assert_null(layout_find(&layout, "decoder.weight"));
    }
    layout_free(&layout);
}

static void a_block_that_does_not_fit_is_an_error(void **state) {
    (void)state;
    Layout layout = {0};
    Error error = {0};
    for (size_t k = 0; k < 200; k++) { /* 200 × 4 TiB: more than addresses */
        assert_true(layout_add(&layout, "x", (size_t)1 << 20, (size_t)1 << 20, INIT_ZERO, 0, NULL, &error));
    }
    assert_null(block_create(&layout, &error));
    assert_contains(error.message, "out of memory");
    assert_contains(error.message, "parameters");
    layout_free(&layout);
}

static bool in_a_matrix(const Layout *layout, size_t element) {
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        if (element >= row->offset && element < row->offset + layout_row_elements(row)) {
            return true;
        }
    }
    return false;
}

static void gaps_are_zero(void **state) {
    (void)state;
    Error error = {0};
    Layout layout = make_layout();
    real *block = block_create(&layout, &error);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % MEMORY_ALIGNMENT, 0);
    for (size_t k = 0; k < layout.total; k++) {
        assert_true(block[k] == 0);
    }
    Random random = random_create(1, 0);
    block_initialize(&layout, block, &random);
    size_t gaps = 0;
    for (size_t k = 0; k < layout.total; k++) {
        if (!in_a_matrix(&layout, k)) {
            assert_true(block[k] == 0);
            gaps++;
        } else if (k < 80 || k >= 96) {
            assert_true(block[k] != 0);
        }
    }
    assert_int_equal(gaps, 128 - 93);
    free(block);
    layout_free(&layout);
}

static void an_initialised_block_is_started_anew(void **state) {
    (void)state;
    Layout layout = make_layout();
    real *block = block_create(&layout, NULL);
    real *again = block_create(&layout, NULL);
    assert_true(block != NULL && again != NULL);
    for (size_t k = 0; k < layout.rows[2].rows * layout.rows[2].columns; k++) {
        block[layout.rows[2].offset + k] = 3; /* the matrix of zeros */
    }
    Random random = random_create(1, 0);
    block_initialize(&layout, block, &random);
    random = random_create(1, 0);
    block_initialize(&layout, again, &random);
    assert_memory_equal(block, again, layout.total * sizeof(real));
    block_initialize(&layout, again, &random); /* the generator went on */
    assert_true(block[0] != again[0]);
    assert_true(block[16] != again[16]);
    free(block);
    free(again);
    layout_free(&layout);
}

enum { MANY = 1 << 20 };

/* The mean of x^power over a block of MANY elements that start like that. */
static real *many(Init init, double scale) {
    Layout layout = {0};
    Random random = random_create(3, 0);
    assert_true(layout_add(&layout, "many", 1024, MANY / 1024, init, scale, NULL, NULL));
    real *block = block_create(&layout, NULL);
    assert_non_null(block);
    block_initialize(&layout, block, &random);
    layout_free(&layout);
    return block;
}

static double moment(const real *x, int power) {
    double sum = 0;
    for (size_t k = 0; k < MANY; k++) {
        sum += pow((double)x[k], power);
    }
    return sum / MANY;
}

/* Moments of x that is uniform in ±s: x² has mean s²/3 and variance 4 s⁴/45; five deviations of the mean are
 * allowed. */
static void uniform_fills_its_bounds_evenly(void **state) {
    (void)state;
    const double s = 0.37;
    real *x = many(INIT_UNIFORM, s);
    double smallest = INFINITY;
    double largest = -INFINITY;
    size_t bins[10] = {0};
    for (size_t k = 0; k < MANY; k++) {
        assert_true(fabs((double)x[k]) <= s * (1 + FLOAT_ROUNDING));
        smallest = fmin(smallest, (double)x[k]);
        largest = fmax(largest, (double)x[k]);
        double bin = floor(((double)x[k] / s + 1) * 5);
        bins[(size_t)fmin(bin, 9)]++;
    }
    assert_true(smallest < -0.999 * s && largest > 0.999 * s);
    for (size_t bin = 0; bin < 10; bin++) {
        check_near("bin", bin, (double)bins[bin], MANY / 10.0, 5 * sqrt(MANY * 0.09));
    }
    check_near("moment", 1, moment(x, 1), 0, 5 * s / sqrt(3.0 * MANY));
    check_near("moment", 2, moment(x, 2), s * s / 3, 5 * s * s * sqrt(4.0 / 45 / MANY));
    free(x);
}

/* Moments of a normal x of deviation s: x² has variance 2 s⁴, x³ 15 s⁶, x⁴ mean 3 s⁴ and variance 96 s⁸. */
static void normal_has_the_moments_of_one(void **state) {
    (void)state;
    const double s = 1.7;
    real *x = many(INIT_NORMAL, s);
    size_t within[3] = {0};
    static const double expected[] = {0.682689492, 0.954499736, 0.997300204};
    for (size_t k = 0; k < MANY; k++) {
        for (size_t d = 0; d < 3; d++) {
            within[d] += fabs((double)x[k]) < s * (double)(d + 1);
        }
    }
    for (size_t d = 0; d < 3; d++) {
        check_near("within", d + 1, (double)within[d], MANY * expected[d],
                   5 * sqrt(MANY * expected[d] * (1 - expected[d])));
    }
    check_near("moment", 1, moment(x, 1), 0, 5 * s / sqrt(MANY));
    check_near("moment", 2, moment(x, 2), s * s, 5 * s * s * sqrt(2.0 / MANY));
    check_near("moment", 3, moment(x, 3), 0, 5 * pow(s, 3) * sqrt(15.0 / MANY));
    check_near("moment", 4, moment(x, 4), 3 * pow(s, 4), 5 * pow(s, 4) * sqrt(96.0 / MANY));
    free(x);
}

static void zero_is_zero(void **state) {
    (void)state;
    real *x = many(INIT_ZERO, 1);
    for (size_t k = 0; k < MANY; k++) {
        assert_true(x[k] == 0);
    }
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_lie_one_after_the_other),
        cmocka_unit_test(rows_are_found_by_name),
        cmocka_unit_test(number_may_be_null),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_block_that_does_not_fit_is_an_error),
        cmocka_unit_test(gaps_are_zero),
        cmocka_unit_test(an_initialised_block_is_started_anew),
        cmocka_unit_test(uniform_fills_its_bounds_evenly),
        cmocka_unit_test(normal_has_the_moments_of_one),
        cmocka_unit_test(zero_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
