/* The kernels of every instruction set that this machine runs, against the plain formulas in double. Dropout, whose
 * formula is a hash, has test_dropout.c, the cross-entropy test_cross_entropy.c. */
#include "math/kernel_arrays.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/team.h"
#include "math/compute.h"
#include "support/near.h"

/* --- choice --- */

static void sets_are_found(void **state) {
    (void)state;
    static const char *const names[INSTRUCTION_SET_COUNT] = {"portable", "avx2", "avx512", "avx512",
                                                             "avx512bf16"};
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (instruction_set_runs(set)) {
            assert_string_equal(kernels_for(set)->name, names[set]);
            print_message("# %s\n", names[set]);
        }
    }
}

static void context_follows_the_products(void **state) {
    (void)state;
    Error error = {0};
    Compute compute;
    assert_true(compute_create(&compute, 0, &error));
    assert_int_equal(compute.threads, team_default_size());
    assert_true(instruction_set_runs(compute.instruction_set));
    assert_int_equal(compute.instruction_set, gemm_instruction_set());
    assert_ptr_equal(compute.kernels, kernels_for(gemm_instruction_set()));
    compute_free(&compute);
    assert_null(compute.gemms);
    assert_true(compute_create(&compute, 3, &error));
    assert_int_equal(compute.threads, 3);
    compute_free(&compute);
}

/* --- add, bfloat16, sum_of_squares, add_columns, fill_rows --- */

static void check_add(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        Array into = array_random(sizes[s], 1, 100);
        Array before = array_random(sizes[s], 1, 100);
        Array from = array_random(sizes[s], 2, 1);
        kernels->add(into.x, from.x, sizes[s]);
        for (size_t k = 0; k < sizes[s]; k++) {
            assert_true(into.x[k] == before.x[k] + from.x[k]);
        }
        array_free(&into);
        array_free(&before);
        array_free(&from);
    }
}

static void add_adds(void **state) {
    (void)state;
    with_every_set(check_add);
}

/* Numbers, and the bfloat16 that is nearest to each: bits of floats in a half and the other half. */
typedef struct Rounding {
    uint32_t bits;
    bfloat16 nearest;
} Rounding;

static const Rounding roundings[] = {
    {0x00000000, 0x0000}, {0x80000000, 0x8000}, {0x3F800000, 0x3F80},
    {0x3F807FFF, 0x3F80}, /* under the middle */
    {0x3F808000, 0x3F80}, {0x3F818000, 0x3F82}, {0x3F808001, 0x3F81},
    {0xBF818000, 0xBF82}, /* the middle: even */
    {0x3FFFFFFF, 0x4000}, {0x00000001, 0x0000}, {0x007FFFFF, 0x0080},
    {0x7F7F7FFF, 0x7F7F}, /* over an exponent */
    {0x7F7FFFFF, 0x7F80}, {0x7F800000, 0x7F80}, {0xFF800000, 0xFF80},
};

enum { ROUNDINGS = sizeof roundings / sizeof *roundings };

static void check_round_to_bfloat16(const Kernels *kernels) {
    static const uint32_t nans[] = {0x7FC00000, 0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF};
    enum { ROOM = 40 };
    real from[ROOM] = {0};
    bfloat16 into[ROOM + 1];
    for (size_t place = 0; place + ROUNDINGS <= ROOM;
         place++) { /* in whole vectors and in what is left over */
        for (size_t k = 0; k < ROUNDINGS; k++) {
            memcpy(&from[place + k], &roundings[k].bits, sizeof(real));
        }
        into[place + ROUNDINGS] = 0xABCD;
        kernels->round_to_bfloat16(into, from, place + ROUNDINGS);
        for (size_t k = 0; k < ROUNDINGS; k++) {
            bool subnormal = (roundings[k].bits & 0x7F800000u) == 0;
            bool flushes = subnormal && strcmp(kernels->name, "avx512bf16") == 0;
            assert_int_equal(into[place + k], flushes ? roundings[k].bits >> 31 << 15 : roundings[k].nearest);
        }
        assert_int_equal(into[place + ROUNDINGS], 0xABCD);
    }
    for (size_t k = 0; k < sizeof nans / sizeof *nans; k++) {
        memcpy(from, &nans[k], sizeof(real));
        kernels->round_to_bfloat16(into, from, 1);
        assert_true(isnan(bfloat16_value(into[0])));
    }
}

static void bfloat16_is_the_nearest(void **state) {
    (void)state;
    with_every_set(check_round_to_bfloat16);
}

static void check_add_bfloat16(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        Array into = array_random(sizes[s], 1, 100);
        Array before = array_random(sizes[s], 1, 100);
        Array from = array_random(sizes[s], 2, 1);
        bfloat16 *rounded = calloc(sizes[s] + 1, sizeof *rounded);
        assert_non_null(rounded);
        kernels->round_to_bfloat16(rounded, from.x, sizes[s]);
        kernels->add_bfloat16(into.x, rounded, sizes[s]);
        for (size_t k = 0; k < sizes[s]; k++) {
            assert_true(into.x[k] == before.x[k] + bfloat16_value(rounded[k]));
            assert_true(fabsf(bfloat16_value(rounded[k]) - from.x[k]) <= fabsf(from.x[k]) * 0x1p-8F);
        }
        free(rounded);
        array_free(&into);
        array_free(&before);
        array_free(&from);
    }
}

static void bfloat16_is_added(void **state) {
    (void)state;
    with_every_set(check_add_bfloat16);
}

static void check_sum_of_squares(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        Array x = array_random(sizes[s], 3, 10);
        double sum = 0;
        for (size_t k = 0; k < sizes[s]; k++) {
            sum += (double)x.x[k] * (double)x.x[k];
        }
        /* Squares of floats are exact in double; only the sums are rounded. */
        check_near("sum", sizes[s], kernels->sum_of_squares(x.x, sizes[s]), sum,
                   sum * (double)sizes[s] * 0x1p-53);
        array_free(&x);
    }
    const real large[] = {1e30F, 1e30F, -1e30F}; /* whose squares no float holds */
    double square = (double)large[0] * (double)large[0];
    check_near("sum", 3, kernels->sum_of_squares(large, 3), 3 * square, 3 * square * 0x1p-52);
}

static void squares_are_summed_in_double(void **state) {
    (void)state;
    with_every_set(check_sum_of_squares);
}

static void check_add_columns(const Kernels *kernels, size_t rows, size_t columns, size_t gap) {
    size_t stride = columns + gap;
    Array into = array_random(columns, 4, 1);
    Array before = array_random(columns, 4, 1);
    Array x = array_random(rows * stride, 5, 1);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = columns; j < stride; j++) {
            x.x[i * stride + j] = NAN; /* must not count */
        }
    }
    kernels->add_columns(into.x, x.x, rows, columns, stride);
    for (size_t j = 0; j < columns; j++) {
        double sum = (double)before.x[j];
        double size = fabs(sum);
        for (size_t i = 0; i < rows; i++) {
            sum += (double)x.x[i * stride + j];
            size += fabs((double)x.x[i * stride + j]);
        }
        check_near("column", j, (double)into.x[j], sum, (double)rows * FLOAT_ROUNDING * size);
    }
    array_free(&into);
    array_free(&before);
    array_free(&x);
}

static void check_columns(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        for (size_t rows = 0; rows < 40; rows += 13) {
            check_add_columns(kernels, rows, sizes[s], 0);
            check_add_columns(kernels, rows, sizes[s], 3);
        }
    }
}

static void columns_are_added(void **state) {
    (void)state;
    with_every_set(check_columns);
}

static void check_fill_rows(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        for (size_t rows = 0; rows < 4; rows++) {
            size_t columns = sizes[s];
            Array row = array_random(columns, 6, 1);
            Array into = array_random(rows * columns, 7, 1);
            kernels->fill_rows(into.x, row.x, rows, columns);
            for (size_t k = 0; k < rows * columns; k++) {
                assert_true(into.x[k] == row.x[k % columns]);
            }
            array_free(&row);
            array_free(&into);
        }
    }
}

static void rows_are_filled(void **state) {
    (void)state;
    with_every_set(check_fill_rows);
}

/* --- adamw, average --- */

/* What one element goes through, in double, and the size of the terms that its first moment is the sum of. */
typedef struct AdamwElement {
    double parameter, moment1, moment2, size;
} AdamwElement;

/* Loshchilov & Hutter 2019, algorithm 2, without the schedule. */
static void adamw_by_the_book(AdamwElement *element, const UpdateStep *step, const AdamTerms *terms,
                              double gradient) {
    gradient *= step->scale;
    element->moment1 = terms->beta1 * element->moment1 + (1 - terms->beta1) * gradient;
    element->size = terms->beta1 * element->size + (1 - terms->beta1) * fabs(gradient);
    element->moment2 = terms->beta2 * element->moment2 + (1 - terms->beta2) * gradient * gradient;
    double m = element->moment1 / terms->correction1;
    double v = element->moment2 / terms->correction2;
    element->parameter -=
        step->learning_rate * (m / (sqrt(v) + terms->epsilon) + step->weight_decay * element->parameter);
}

enum { ADAMW_STEPS = 12 };

static const double adamw_rate = 0.01;

/* Gradients of all sizes, from nothing beside epsilon to huge. */
static double gradient_size(size_t k) {
    return k % 7 == 3 ? 0 : pow(10, -10 + (double)(k % 14));
}

/* In each step a moment is rounded a few times, and beta as a float moves 1 - beta by 2^-25: in 1e-3, for the second
 * moment. A step is a few learning rates long, and the parameter is about 1. */
static void check_adamw_element(const AdamwElement *expected, const Array arrays[4], size_t k) {
    double moment1 = ADAMW_STEPS * 4 * FLOAT_ROUNDING + 0x1p-25 / 0.1;
    double moment2 = ADAMW_STEPS * 4 * FLOAT_ROUNDING + 0x1p-25 / 1e-3;
    check_near("moment1", k, (double)arrays[2].x[k], expected->moment1, moment1 * expected->size);
    check_near("moment2", k, (double)arrays[3].x[k], expected->moment2,
               moment2 * expected->moment2 + ADAMW_STEPS * 0x1p-149);
    check_near("parameter", k, (double)arrays[0].x[k], expected->parameter,
               ADAMW_STEPS * (4 * FLOAT_ROUNDING + 3 * adamw_rate * (moment1 + moment2)));
}

static void check_adamw_size(const Kernels *kernels, size_t count) {
    Array arrays[4] = {array_random(count, 20, 1), array_random(count, 21, 1), array_random(count, 0, 0),
                       array_random(count, 0, 0)};
    AdamwElement *expected = calloc(count + 1, sizeof *expected);
    assert_non_null(expected);
    for (size_t k = 0; k < count; k++) {
        expected[k].parameter = (double)arrays[0].x[k];
    }
    Random random = random_create(22, 0);
    for (size_t t = 1; t <= ADAMW_STEPS; t++) {
        UpdateStep step = {
            .learning_rate = adamw_rate / (double)t, .weight_decay = 0.1, .scale = t == 3 ? 0.25 : 0.5};
        AdamTerms terms = {.beta1 = 0.9,
                           .beta2 = 0.999,
                           .epsilon = 1e-8,
                           .correction1 = 1 - pow(0.9, (double)t),
                           .correction2 = 1 - pow(0.999, (double)t)};
        for (size_t k = 0; k < count; k++) {
            arrays[1].x[k] = (real)(random_normal(&random) * gradient_size(k));
            adamw_by_the_book(&expected[k], &step, &terms, (double)arrays[1].x[k]);
        }
        kernels->adamw(&step, &terms, arrays[0].x, arrays[1].x, arrays[2].x, arrays[3].x, count);
    }
    for (size_t k = 0; k < count; k++) {
        check_adamw_element(&expected[k], arrays, k);
    }
    for (size_t a = 0; a < 4; a++) {
        array_free(&arrays[a]);
    }
    free(expected);
}

static void check_adamw(const Kernels *kernels) {
    for (size_t s = 0; s < SIZES; s++) {
        check_adamw_size(kernels, sizes[s]);
    }
}

static void adamw_goes_by_the_book(void **state) {
    (void)state;
    with_every_set(check_adamw);
}

static void check_average(const Kernels *kernels) {
    static const double decays[] = {0, 0.5, 0.999, 1};
    for (size_t s = 0; s < SIZES; s++) {
        for (size_t d = 0; d < sizeof decays / sizeof *decays; d++) {
            Array average = array_random(sizes[s], 30, 1);
            Array before = array_random(sizes[s], 30, 1);
            Array x = array_random(sizes[s], 31, 1);
            kernels->average(average.x, x.x, decays[d], sizes[s]);
            for (size_t k = 0; k < sizes[s]; k++) {
                double kept = decays[d] * (double)before.x[k];
                double taken = (1 - decays[d]) * (double)x.x[k];
                double error = 2 * fabs(kept) + 2 * fabs(taken) + fabs(kept + taken) + 2 * (1 - decays[d]);
                check_near("average", k, (double)average.x[k], kept + taken, error * FLOAT_ROUNDING);
            }
            array_free(&average);
            array_free(&before);
            array_free(&x);
        }
    }
}

static void average_averages(void **state) {
    (void)state;
    with_every_set(check_average);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_found),
        cmocka_unit_test(context_follows_the_products),
        cmocka_unit_test(add_adds),
        cmocka_unit_test(bfloat16_is_the_nearest),
        cmocka_unit_test(bfloat16_is_added),
        cmocka_unit_test(squares_are_summed_in_double),
        cmocka_unit_test(columns_are_added),
        cmocka_unit_test(rows_are_filled),
        cmocka_unit_test(adamw_goes_by_the_book),
        cmocka_unit_test(average_averages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
