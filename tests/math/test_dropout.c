/* The dropout kernel of every instruction set that this machine runs: its rate, its scale, and that the mask of an
 * element follows from the key and the element's number alone. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "math/kernels.h"
#include "support/instruction_sets.h"
#include "support/near.h"

enum { MANY = 1000000 };

static void with_every_set(void (*check)(const Kernels *kernels)) {
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (instruction_set_runs(set)) {
            check(kernels_for(set));
        }
    }
}

/* The mask itself: dropout of `count` ones. */
static real *ones_dropped(const Kernels *kernels, size_t count, DropoutMask mask, uint64_t first) {
    real *x = malloc((count + 1) * sizeof(real));
    assert_non_null(x);
    for (size_t k = 0; k < count; k++) {
        x[k] = 1;
    }
    kernels->dropout(x, x, count, &mask, first);
    return x;
}

/* Fails unless `hits` of `trials` independent events of this probability lie within five deviations. */
static void check_rate(const char *what, size_t hits, size_t trials, double probability) {
    double n = (double)trials;
    check_near(what, trials, (double)hits, n * probability,
               5 * sqrt(n * probability * (1 - probability)) + 1);
}

static size_t zeros_in(const real *x, size_t count) {
    size_t zeros = 0;
    for (size_t k = 0; k < count; k++) {
        zeros += x[k] == 0;
    }
    return zeros;
}

static const double probabilities[] = {1e-6, 0.001, 0.1, 0.3, 0.5, 0.9, 0.99};

enum { PROBABILITIES = sizeof probabilities / sizeof *probabilities };

static void check_rates(const Kernels *kernels) {
    for (size_t p = 0; p < PROBABILITIES; p++) {
        real *x = ones_dropped(kernels, MANY, (DropoutMask){17, probabilities[p]}, 0);
        check_rate("dropped", zeros_in(x, MANY), MANY, probabilities[p]);
        real scale = (real)(1 / (1 - probabilities[p]));
        for (size_t k = 0; k < MANY; k++) {
            assert_true(x[k] == 0 || x[k] == scale);
        }
        free(x);
    }
}

static void as_many_are_dropped_as_asked(void **state) {
    (void)state;
    with_every_set(check_rates);
}

/* Rounded, it is what dropout gives, rounded. */
static void check_dropout_to_bfloat16(const Kernels *kernels) {
    enum { COUNT = 1003, FIRST = 77 };
    const DropoutMask mask = {17, 0.3};
    real x[COUNT];
    real dropped[COUNT];
    bfloat16 rounded[COUNT];
    Random random = random_create(3, 0);
    for (size_t k = 0; k < COUNT; k++) {
        x[k] = (real)random_normal(&random);
    }
    kernels->dropout(dropped, x, COUNT, &mask, FIRST);
    kernels->dropout_to_bfloat16(rounded, x, COUNT, &mask, FIRST);
    for (size_t k = 0; k < COUNT; k++) {
        assert_int_equal(rounded[k], bfloat16_from(dropped[k]));
    }
}

static void rounded_dropout_has_the_same_mask(void **state) {
    (void)state;
    with_every_set(check_dropout_to_bfloat16);
}

static void check_no_dropout(const Kernels *kernels) {
    static const double tiny[] = {0, 1e-12, 1e-300};
    for (size_t p = 0; p < 3; p++) {
        real *x = ones_dropped(kernels, MANY, (DropoutMask){17, tiny[p]}, 0);
        for (size_t k = 0; k < MANY; k++) {
            assert_true(x[k] == 1);
        }
        free(x);
    }
}

static void tiny_probabilities_drop_nothing(void **state) {
    (void)state;
    with_every_set(check_no_dropout);
}

/* What is kept is the input times the scale; what is dropped is 0, also where the input is NaN; `in` stays. */
static void check_values(const Kernels *kernels) {
    enum { COUNT = 1000 };
    static const size_t sizes[] = {0, 1, 5, 16, 17, COUNT};
    DropoutMask mask = {5, 0.4};
    Random random = random_create(1, 0);
    real in[COUNT], out[COUNT + 1];
    for (size_t k = 0; k < COUNT; k++) {
        in[k] = (real)random_normal(&random);
    }
    real *ones = ones_dropped(kernels, COUNT, mask, 3);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        out[sizes[s]] = -777;
        kernels->dropout(out, in, sizes[s], &mask, 3);
        assert_true(out[sizes[s]] == -777);
        for (size_t k = 0; k < sizes[s]; k++) {
            assert_true(out[k] == in[k] * ones[k]);
        }
    }
    for (size_t k = 0; k < COUNT; k++) {
        in[k] = NAN;
    }
    kernels->dropout(out, in, COUNT, &mask, 3);
    for (size_t k = 0; k < COUNT; k++) {
        assert_true(ones[k] == 0 ? out[k] == 0 : isnan(out[k]));
    }
    free(ones);
}

static void what_is_kept_is_scaled(void **state) {
    (void)state;
    with_every_set(check_values);
}

/* Cut anywhere, on any instruction set, the mask is the same. */
static void check_splits(const Kernels *kernels) {
    enum { COUNT = 5000 };
    static const uint64_t firsts[] = {0, 77, 0xFFFFFFFF00000000u, 0x123456789u};
    DropoutMask mask = {99, 0.5};
    for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++) {
        real *whole = ones_dropped(kernels_for(INSTRUCTION_SET_PORTABLE), COUNT, mask, firsts[f]);
        for (size_t step = 1; step < 700; step = step * 3 + 1) {
            for (size_t begin = 0; begin < COUNT; begin += step) {
                size_t count = COUNT - begin < step ? COUNT - begin : step;
                real *part = ones_dropped(kernels, count, mask, firsts[f] + begin);
                assert_memory_equal(part, whole + begin, count * sizeof(real));
                free(part);
            }
        }
        free(whole);
    }
}

static void mask_does_not_depend_on_the_split(void **state) {
    (void)state;
    with_every_set(check_splits);
}

/* How many elements two masks drop both. */
static size_t both(const real *a, const real *b, size_t count) {
    size_t hits = 0;
    for (size_t k = 0; k < count; k++) {
        hits += a[k] == 0 && b[k] == 0;
    }
    return hits;
}

/* Masks of other keys, and of other thousands of millions of the same one, have nothing to do with each other. */
static void masks_differ_by_key(void **state) {
    (void)state;
    const Kernels *kernels = kernels_for(INSTRUCTION_SET_PORTABLE);
    static const uint64_t keys[] = {1, 2, 3, 1u << 31, (uint64_t)1 << 63, (uint64_t)1 << 32, 0};
    const double p = 0.3;
    real *one = ones_dropped(kernels, MANY, (DropoutMask){keys[0], p}, 0);
    for (size_t k = 1; k < sizeof keys / sizeof *keys; k++) {
        real *other = ones_dropped(kernels, MANY, (DropoutMask){keys[k], p}, 0);
        check_rate("dropped by both keys", both(one, other, MANY), MANY, p * p);
        free(other);
    }
    for (uint64_t high = 1; high < 4; high++) {
        real *other = ones_dropped(kernels, MANY, (DropoutMask){keys[0], p}, high << 32);
        check_rate("dropped by both halves", both(one, other, MANY), MANY, p * p);
        free(other);
    }
    free(one);
}

/* An element says nothing about the next one, the one below it in a matrix, or its own stream a step later. */
static void elements_are_independent(void **state) {
    (void)state;
    const Kernels *kernels = kernels_for(INSTRUCTION_SET_PORTABLE);
    static const size_t lags[] = {1, 2, 3, 16, 64, 100, 128, 256, 1000, 4096, 65536};
    const double p = 0.5;
    real *x = ones_dropped(kernels, MANY, (DropoutMask){4711, p}, 0);
    for (size_t l = 0; l < sizeof lags / sizeof *lags; l++) {
        check_rate("both of a pair", both(x, x + lags[l], MANY - lags[l]), MANY - lags[l], p * p);
    }
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_are_dropped_as_asked),
        cmocka_unit_test(tiny_probabilities_drop_nothing),
        cmocka_unit_test(what_is_kept_is_scaled),
        cmocka_unit_test(mask_does_not_depend_on_the_split),
        cmocka_unit_test(masks_differ_by_key),
        cmocka_unit_test(elements_are_independent),
        cmocka_unit_test(rounded_dropout_has_the_same_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
