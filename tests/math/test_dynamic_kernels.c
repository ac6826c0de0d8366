/* The kernels of dynamic evaluation in every instruction set that this machine runs, against their formulas in double.
 */
#include "support/cmocka_all.h"

#include <math.h>

#include "base/random.h"
#include "math/kernels.h"
#include "support/instruction_sets.h"
#include "support/near.h"

enum { COUNT = 100, BEGIN = 3, STEPS = 6 };

typedef struct Arrays {
    real x[COUNT], trained[COUNT], gradients[COUNT], squares[COUNT];
    double expected[COUNT], expected_squares[COUNT];
} Arrays;

static const size_t counts[] = {0, 1, 7, 16, 64, 91};

static void fill(Arrays *arrays) {
    Random random = random_create(41, 0);
    for (size_t k = 0; k < COUNT; k++) {
        arrays->x[k] = arrays->trained[k] = (real)random_normal(&random);
        arrays->expected[k] = (double)arrays->x[k];
        arrays->squares[k] = 0;
        arrays->expected_squares[k] = 0;
    }
}

/* Gradients of several sizes, and some that are always 0. */
static void draw_gradients(Arrays *arrays, Random *random) {
    for (size_t k = 0; k < COUNT; k++) {
        double size = k % 5 == 0 ? 0 : pow(10, -(double)(k % 4));
        arrays->gradients[k] = (real)(random_normal(random) * size);
    }
}

static void check_step(const Kernels *kernels, Arrays *arrays, size_t count, int step) {
    DynamicTerms terms = {.rate = 0.05, .decay = 0.4, .count = step, .epsilon = 1e-3};
    double roots = 0;
    for (size_t k = BEGIN; k < BEGIN + count; k++) {
        double g = (double)arrays->gradients[k];
        arrays->expected_squares[k] += g * g;
        roots += sqrt(arrays->expected_squares[k]);
    }
    double got = kernels->add_squares(arrays->squares + BEGIN, arrays->gradients + BEGIN, count);
    check_near("the sum of the roots", count, got, roots, 1e-6 * roots);
    terms.mean_root = count > 0 ? roots / sqrt(step) / (double)count : 0;
    for (size_t k = BEGIN; k < BEGIN + count; k++) {
        double root = sqrt(arrays->expected_squares[k] / step);
        double back = terms.mean_root > 0 ? fmin(1, terms.decay * root / terms.mean_root) : 0;
        arrays->expected[k] += back * ((double)arrays->trained[k] - arrays->expected[k]) -
                               terms.rate * (double)arrays->gradients[k] / (root + terms.epsilon);
    }
    kernels->dynamic(&terms, arrays->x + BEGIN, arrays->trained + BEGIN, arrays->gradients + BEGIN,
                     arrays->squares + BEGIN, count);
}

static void check_steps(const Kernels *kernels, size_t count) {
    Arrays arrays;
    Random random = random_create(42, 0);
    fill(&arrays);
    for (int step = 1; step <= STEPS; step++) {
        draw_gradients(&arrays, &random);
        check_step(kernels, &arrays, count, step);
    }
    for (size_t k = 0; k < COUNT; k++) { /* those beside the ones that were to be moved are as they were */
        check_near("x", k, (double)arrays.x[k], arrays.expected[k], 1e-5);
        check_near("squares", k, (double)arrays.squares[k], arrays.expected_squares[k],
                   1e-6 * arrays.expected_squares[k]);
    }
}

static void steps_go_by_the_book(void **state) {
    (void)state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        for (size_t c = 0; instruction_set_runs(set) && c < sizeof counts / sizeof *counts; c++) {
            check_steps(kernels_for(set), counts[c]);
        }
    }
}

/* Before anything was learned all roots are 0. */
static void without_gradients_nothing_moves(void **state) {
    (void)state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        Arrays arrays;
        fill(&arrays);
        DynamicTerms terms = {.rate = 0.1, .decay = 0.1, .count = 1, .epsilon = 1e-8};
        for (size_t k = 0; k < COUNT; k++) {
            arrays.gradients[k] = 0;
        }
        if (instruction_set_runs(set)) {
            kernels_for(set)->dynamic(&terms, arrays.x, arrays.trained, arrays.gradients, arrays.squares,
                                      COUNT);
            assert_memory_equal(arrays.x, arrays.trained, sizeof arrays.x);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_go_by_the_book),
        cmocka_unit_test(without_gradients_nothing_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
