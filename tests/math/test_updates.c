/* The updates of the optimisers in every instruction set that this machine runs, against their formulas in double.
 * (AdamW is in test_kernels.c; that the formulas are PyTorch's, tests/model/test_torch_reference.c shows.) */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>

#include "base/random.h"
#include "math/kernels.h"
#include "support/instruction_sets.h"
#include "support/near.h"

enum { COUNT = 100, BEGIN = 3, STEPS = 8 };

static const double beta1 = 0.8, beta2 = 0.95, rho = 0.9, epsilon = 1e-3, momentum = 0.7;

/* One element and what is kept of it. */
typedef struct Element {
    double x, a, b;
} Element;

typedef struct Arrays {
    real x[COUNT], gradients[COUNT], a[COUNT], b[COUNT];
} Arrays;

/* An optimizer: the kernel over the elements from BEGIN on, and the formula for one of them, whose gradient is clipped
 * already. */
typedef struct Update {
    const char *name;
    void (*run)(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays, size_t count);
    void (*formula)(Element *element, double rate, double decay, double g, double t);
} Update;

static void run_adam(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays, size_t count) {
    AdamTerms terms = {.beta1 = beta1,
                       .beta2 = beta2,
                       .epsilon = epsilon,
                       .correction1 = 1 - pow(beta1, t),
                       .correction2 = 1 - pow(beta2, t)};
    kernels->adam(step, &terms, arrays->x + BEGIN, arrays->gradients + BEGIN, arrays->a + BEGIN,
                  arrays->b + BEGIN, count);
}

static void formula_adam(Element *element, double rate, double decay, double g, double t) {
    g += decay * element->x;
    element->a = beta1 * element->a + (1 - beta1) * g;
    element->b = beta2 * element->b + (1 - beta2) * g * g;
    double m = element->a / (1 - pow(beta1, t));
    double v = element->b / (1 - pow(beta2, t));
    element->x -= rate * m / (sqrt(v) + epsilon);
}

static void run_rmsprop(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays,
                        size_t count) {
    (void)t;
    kernels->rmsprop(step, rho, epsilon, arrays->x + BEGIN, arrays->gradients + BEGIN, arrays->a + BEGIN,
                     count);
}

static void formula_rmsprop(Element *element, double rate, double decay, double g, double t) {
    (void)t;
    g += decay * element->x;
    element->a = rho * element->a + (1 - rho) * g * g;
    element->x -= rate * g / (sqrt(element->a) + epsilon);
}

static void run_adagrad(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays,
                        size_t count) {
    (void)t;
    kernels->adagrad(step, epsilon, arrays->x + BEGIN, arrays->gradients + BEGIN, arrays->a + BEGIN, count);
}

static void formula_adagrad(Element *element, double rate, double decay, double g, double t) {
    (void)t;
    g += decay * element->x;
    element->a += g * g;
    element->x -= rate * g / (sqrt(element->a) + epsilon);
}

static void run_sgd(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays, size_t count) {
    (void)t;
    kernels->sgd(step, momentum, false, arrays->x + BEGIN, arrays->gradients + BEGIN, arrays->a + BEGIN,
                 count);
}

static void formula_sgd(Element *element, double rate, double decay, double g, double t) {
    (void)t;
    g += decay * element->x;
    element->a = momentum * element->a + g;
    element->x -= rate * element->a;
}

static void run_nesterov(const Kernels *kernels, const UpdateStep *step, double t, Arrays *arrays,
                         size_t count) {
    (void)t;
    kernels->sgd(step, momentum, true, arrays->x + BEGIN, arrays->gradients + BEGIN, arrays->a + BEGIN,
                 count);
}

static void formula_nesterov(Element *element, double rate, double decay, double g, double t) {
    (void)t;
    g += decay * element->x;
    element->a = momentum * element->a + g;
    element->x -= rate * (g + momentum * element->a);
}

static const Update updates[] = {
    {"adam", run_adam, formula_adam},
    {"rmsprop", run_rmsprop, formula_rmsprop},
    {"adagrad", run_adagrad, formula_adagrad},
    {"sgd", run_sgd, formula_sgd},
    {"nesterov", run_nesterov, formula_nesterov},
};

/* Elements are of the size of 1. A gradient that is nearly what decay takes from it is off by a rounding of the two,
 * and the step that is made of it by that over epsilon: 6e-8 / 1e-3 of a rate of 0.05, in each of the steps. Epsilon
 * at another place, or a decay that is not there, moves elements by more than 1e-4. */
static const double tolerance = 2e-5;

static void check_update(const Kernels *kernels, const Update *update, size_t count) {
    Arrays arrays = {.a = {0}};
    Element expected[COUNT] = {{0, 0, 0}};
    Random random = random_create(40, 0);
    for (size_t k = 0; k < COUNT; k++) {
        arrays.x[k] = (real)random_normal(&random);
        expected[k].x = (double)arrays.x[k];
    }
    for (int t = 1; t <= STEPS; t++) {
        UpdateStep step = {.learning_rate = 0.05 / t,
                           .weight_decay = 0.2,
                           .scale = t % 3 == 0 ? 0.25 : 1,
                           .limit = t % 2 == 0 ? 0.125 : 0};
        for (size_t k = 0; k < COUNT; k++) {
            arrays.gradients[k] = (real)(random_normal(&random) * pow(10, -(double)(k % 4)));
            if (k >= BEGIN && k < BEGIN + count) {
                double g = (double)arrays.gradients[k] * step.scale;
                g = step.limit > 0 ? fmax(fmin(g, step.limit), -step.limit) : g;
                update->formula(&expected[k], step.learning_rate, step.weight_decay, g, t);
            }
        }
        update->run(kernels, &step, t, &arrays, count);
    }
    for (size_t k = 0; k < COUNT; k++) { /* those beside the ones that were to be moved are as they were */
        check_near(update->name, k, (double)arrays.x[k], expected[k].x, tolerance);
        check_near("what is kept", k, (double)arrays.a[k], expected[k].a,
                   tolerance * fabs(expected[k].a) + 1e-6);
        check_near("the second moment", k, (double)arrays.b[k], expected[k].b, tolerance * expected[k].b);
    }
}

static void updates_go_by_the_book(void **state) {
    (void)state;
    static const size_t counts[] = {0, 1, 7, 16, 64, 91};
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        for (size_t u = 0; instruction_set_runs(set) && u < sizeof updates / sizeof *updates; u++) {
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                check_update(kernels_for(set), &updates[u], counts[c]);
            }
        }
    }
}

/* A gradient that is no number does not become one. */
static void nan_is_not_cut(void **state) {
    (void)state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        for (int limited = 0; instruction_set_runs(set) && limited < 2; limited++) {
            real x[COUNT] = {0}, gradients[COUNT] = {0}, velocity[COUNT] = {0};
            UpdateStep step = {.learning_rate = 1, .scale = 1, .limit = limited};
            gradients[17] = (real)NAN;
            gradients[18] = (real)INFINITY;
            kernels_for(set)->sgd(&step, 0, false, x, gradients, velocity, COUNT);
            assert_true(isnan(x[17]));
            assert_true(limited ? x[18] == -1 : !isfinite(x[18]));
            assert_true(x[16] == 0 && x[19] == 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_go_by_the_book),
        cmocka_unit_test(nan_is_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
