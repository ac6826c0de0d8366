/* The cross-entropy and exp of every instruction set that this machine runs, against the plain formulas in double. */
#include "math/kernel_arrays.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/team.h"
#include "support/near.h"

/* A row of logits before and after, and what it should have become. */
typedef struct Softmax {
    Array logits;
    double *before;
    double sum; /* of e^(logit - largest) */
    double largest;
    double spread; /* largest - smallest */
} Softmax;

static Softmax softmax_of(Array logits) {
    Softmax softmax = {.logits = logits, .before = calloc(logits.count, sizeof(double))};
    assert_non_null(softmax.before);
    double smallest = INFINITY;
    softmax.largest = -INFINITY;
    for (size_t k = 0; k < logits.count; k++) {
        softmax.before[k] = (double)logits.x[k];
        softmax.largest = fmax(softmax.largest, softmax.before[k]);
        smallest = fmin(smallest, softmax.before[k]);
    }
    for (size_t k = 0; k < logits.count; k++) {
        softmax.sum += exp(softmax.before[k] - softmax.largest);
    }
    softmax.spread = softmax.largest - smallest;
    return softmax;
}

static void softmax_free(Softmax *softmax) {
    free(softmax->before);
    array_free(&softmax->logits);
}

/* Relative error of a float e^(x - largest) and of the sum of all: the subtraction's rounding, two units in the last
 * place of exp, and one rounding for each term of the sum. Exponents below -87 count as -87. */
static double softmax_error(const Softmax *softmax) {
    double one = fmin(softmax->spread, 88) * FLOAT_ROUNDING + 4 * FLOAT_ROUNDING;
    return 2 * one + (double)softmax->logits.count * FLOAT_ROUNDING +
           (double)softmax->logits.count * exp(-87) / softmax->sum;
}

static void check_row(const Kernels *kernels, Softmax *softmax, uint32_t target, real scale) {
    size_t count = softmax->logits.count;
    double error = softmax_error(softmax);
    double nats = log(softmax->sum) + softmax->largest - softmax->before[target];
    double got = kernels->cross_entropy(softmax->logits.x, count, target, scale);
    check_near("nats", target, got, nats, error);
    double gradients = 0;
    for (size_t k = 0; k < count; k++) {
        double probability = exp(softmax->before[k] - softmax->largest) / softmax->sum;
        double gradient = (double)scale * (probability - (k == target ? 1 : 0));
        check_near("gradient", k, (double)softmax->logits.x[k], gradient,
                   (double)scale * (probability * (error + 3 * FLOAT_ROUNDING) + exp(-87) / softmax->sum +
                                    (k == target ? FLOAT_ROUNDING : 0)));
        gradients += (double)softmax->logits.x[k];
    }
    check_near("sum of gradients", target, gradients, 0, (double)scale * (error + 4 * FLOAT_ROUNDING));
}

static void check_random_logits(const Kernels *kernels) {
    static const size_t counts[] = {1, 2, 5, 16, 17, 65, 1000, 6001};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (uint32_t which = 0; which < 3; which++) {
            Softmax softmax = softmax_of(array_random(counts[c], 10 + which, which == 2 ? 40 : 4));
            uint32_t target = (uint32_t)(which * (counts[c] - 1) / 2); /* the first, the middle, the last */
            check_row(kernels, &softmax, target, which == 0 ? (real)1 : (real)(1.0 / 2048));
            softmax_free(&softmax);
        }
    }
}

static void cross_entropy_is_what_it_is_called(void **state) {
    (void)state;
    with_every_set(check_random_logits);
}

/* Logits of ±1e4: neither infinity nor NaN, and the loss that the difference says. */
static void check_extreme_logits(const Kernels *kernels) {
    for (uint32_t target = 0; target < 3; target++) {
        real logits[] = {-1e4F, 1e4F, -1e4F};
        double nats = kernels->cross_entropy(logits, 3, target, 1);
        check_near("nats", target, nats, target == 1 ? 0 : 2e4, 1e-6);
        for (uint32_t k = 0; k < 3; k++) {
            double gradient = (k == 1 ? 1 : 0) - (k == target ? 1 : 0);
            check_near("gradient", k, (double)logits[k], gradient, 1e-30);
        }
    }
    real logits[] = {0, -INFINITY, 0, 1e-40F};
    check_near("nats", 0, kernels->cross_entropy(logits, 4, 2, 1), log(3), 1e-6);
    assert_true(logits[1] >= 0 && logits[1] < 1e-30F);
}

static void cross_entropy_is_stable(void **state) {
    (void)state;
    with_every_set(check_extreme_logits);
}

static void check_equal_logits(const Kernels *kernels) {
    static const size_t counts[] = {1, 2, 5, 16, 17, 65, 1000, 100000};
    static const real values[] = {0, 3.25F, -1e4F, 1e4F};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            Array logits = array_random(counts[c], 0, 0);
            for (size_t k = 0; k < counts[c]; k++) {
                logits.x[k] = values[v];
            }
            double nats = kernels->cross_entropy(logits.x, counts[c], (uint32_t)(counts[c] / 2), 1);
            check_near("nats", counts[c], nats, log((double)counts[c]), 1e-14 * (double)counts[c]);
            array_free(&logits);
        }
    }
}

static void equal_logits_cost_the_logarithm_of_their_number(void **state) {
    (void)state;
    with_every_set(check_equal_logits);
}

static void check_one_symbol(const Kernels *kernels) {
    static const real values[] = {0, 1, -1e4F, 1e4F};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        real logit = values[v];
        assert_true(kernels->cross_entropy(&logit, 1, 0, (real)0.3) == 0);
        assert_true(logit == 0);
    }
}

static void one_symbol_costs_nothing(void **state) {
    (void)state;
    with_every_set(check_one_symbol);
}

/* A network that went wrong must show in the loss. */
static void check_spoilt_logits(const Kernels *kernels) {
    static const real spoilt[] = {NAN, INFINITY};
    for (size_t v = 0; v < 2; v++) {
        for (size_t place = 0; place < 40; place++) {
            Array logits = array_random(40, 8, 1);
            logits.x[place] = spoilt[v];
            assert_true(isfinite(kernels->cross_entropy(logits.x, 40, 20, 1)) == 0);
            array_free(&logits);
        }
    }
    real logits[] = {1, NAN, 2};
    assert_true(isnan(kernels->cross_entropy(logits, 3, 1, 1)));
}

static void nan_is_not_lost(void **state) {
    (void)state;
    with_every_set(check_spoilt_logits);
}

/* vector_exp of each instruction set, within the 2 units in the last place that its header promises: the row holds a 0,
 * the largest, whose result is the common factor itself. */
static void check_exp(const Kernels *kernels) {
    enum { POINTS = 4096, ROWS = 64 };
    for (size_t i = 0; i < ROWS; i++) {
        Array logits = array_random(POINTS, 100 + i, i % 2 == 0 ? 87 : 1);
        for (size_t k = 0; k < POINTS; k++) {
            logits.x[k] = -fabsf((float)logits.x[k]);
        }
        logits.x[1] = 0;
        Softmax softmax = softmax_of(logits);
        kernels->cross_entropy(logits.x, POINTS, 0, (real)softmax.sum); /* so that the factor is about 1 */
        double factor = (double)logits.x[1];
        check_near("factor", i, factor, 1, POINTS * FLOAT_ROUNDING);
        for (size_t k = 1; k < POINTS; k++) {
            double exact = exp(softmax.before[k]);
            check_near("exp", k, (double)logits.x[k] / factor, exact, exact * (4 + 1) * FLOAT_ROUNDING);
        }
        softmax_free(&softmax);
    }
}

static void exp_keeps_its_promise_in_every_set(void **state) {
    (void)state;
    with_every_set(check_exp);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_entropy_is_what_it_is_called),
        cmocka_unit_test(cross_entropy_is_stable),
        cmocka_unit_test(equal_logits_cost_the_logarithm_of_their_number),
        cmocka_unit_test(one_symbol_costs_nothing),
        cmocka_unit_test(nan_is_not_lost),
        cmocka_unit_test(exp_keeps_its_promise_in_every_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
