/* Optimisers: AdamW against its formula and by hand; and what the trainer hands to an optimiser, seen by optimisers
 * of the test's own: all of the block, the step's numbers, and a gradient that is clipped to the threshold. */
#include "train/optimizer.h"

#include "train/training.h"

enum { COUNT = 75, BEGIN = 5, END = 64 };

typedef struct Blocks {
    real parameters[COUNT], gradients[COUNT], moment1[COUNT], moment2[COUNT];
} Blocks;

static const Kernels *kernels_here(void) {
    Compute compute;
    assert_true(compute_create(&compute, 1, NULL));
    const Kernels *kernels = compute.kernels;
    compute_free(&compute);
    return kernels;
}

/* With the optimizer's own numbers. */
static void update(const Optimizer *optimizer, const OptimizerStep *given, Range range, Blocks *blocks) {
    real *moments[OPTIMIZER_BLOCKS_MAX] = {blocks->moment1, blocks->moment2};
    OptimizerStep step = *given;
    step.numbers = optimizer->numbers;
    optimizer->update(kernels_here(), &step, range, blocks->parameters, blocks->gradients, moments);
}

/* --- the table --- */

static void every_row_is_an_optimizer(void **state) {
    (void)state;
    assert_true(optimizer_count() >= 1);
    for (size_t k = 0; k < optimizer_count(); k++) {
        const Optimizer *optimizer = optimizer_at(k);
        assert_ptr_equal(optimizer_find(optimizer->name), optimizer);
        assert_true(optimizer->block_count <= OPTIMIZER_BLOCKS_MAX);
        /* Against the gradient, if only a little. */
        Blocks blocks = {.parameters = {1, 1}, .gradients = {1, -1}};
        update(optimizer, &(OptimizerStep){.step = 1, .learning_rate = 1e-3, .scale = 1}, (Range){0, 2},
               &blocks);
        assert_true(blocks.parameters[0] < 1 && blocks.parameters[0] > 0.9F);
        assert_true(blocks.parameters[1] > 1 && blocks.parameters[1] < 1.1F);
    }
}

/* --- AdamW --- */

/* One parameter that is 1, learning rate 0.1, decay 0.1, gradients 0.5 and then -0.125:
 *
 *     step 1: m = 0.25, v = 0.0025; corrected 0.5 and 0.25: 1 - 0.1·0.1·1 - 0.1·0.5/0.5 = 0.89
 *     step 2: m = 0.125 - 0.0625 = 0.0625, v = 0.002475 + 0.00015625 = 0.00263125; corrected 0.0625/0.75 and
 *             0.00263125/0.0199: 0.89 - 0.1·0.1·0.89 - 0.1·0.08333333/0.36362566 = 0.85818266 */
static void adamw_by_hand(void **state) {
    (void)state;
    const Optimizer *adamw = optimizer_find("adamw");
    assert_non_null(adamw);
    assert_int_equal(adamw->block_count, 2);
    Blocks blocks = {.parameters = {1}, .gradients = {0.5F}};
    OptimizerStep step = {.step = 1, .learning_rate = 0.1, .weight_decay = 0.1, .scale = 1};
    update(adamw, &step, (Range){0, 1}, &blocks);
    assert_near(blocks.parameters[0], 0.89, 2e-7);
    step.step = 2;
    blocks.gradients[0] = -0.125F;
    update(adamw, &step, (Range){0, 1}, &blocks);
    assert_near(blocks.parameters[0], 0.85818266, 2e-7);
}

/* AdamW as it is written down (Loshchilov & Hutter 2019, algorithm 2), in double. */
static void adamw_formula(const OptimizerStep *step, double g, double *x, double *m, double *v) {
    const double beta1 = 0.5;
    const double beta2 = 0.99;
    g *= step->scale;
    *m = beta1 * *m + (1 - beta1) * g;
    *v = beta2 * *v + (1 - beta2) * g * g;
    double corrected_m = *m / (1 - pow(beta1, (double)step->step));
    double corrected_v = *v / (1 - pow(beta2, (double)step->step));
    *x -= step->learning_rate * (corrected_m / (sqrt(corrected_v) + 1e-8) + step->weight_decay * *x);
}

/* Many steps with rates that change and gradients of all sizes, over a part of a block that no vector divides. */
static void adamw_follows_the_formula(void **state) {
    (void)state;
    Random random = random_create(11, 0);
    Blocks blocks = {0};
    double x[COUNT];
    double m[COUNT] = {0};
    double v[COUNT] = {0};
    for (size_t k = 0; k < COUNT; k++) {
        blocks.parameters[k] = (real)random_normal(&random);
        x[k] = blocks.parameters[k];
    }
    Blocks before = blocks;
    for (uint64_t s = 1; s <= 40; s++) {
        OptimizerStep step = {.step = s,
                              .learning_rate = 0.02 / (double)s,
                              .weight_decay = 0.3,
                              .scale = s % 3 == 0 ? 0.125 : 1.0};
        for (size_t k = 0; k < COUNT; k++) {
            blocks.gradients[k] = (real)(random_normal(&random) * pow(10, (double)(k % 7) - 5));
        }
        update(optimizer_find("adamw"), &step, (Range){BEGIN, END}, &blocks);
        for (size_t k = BEGIN; k < END; k++) {
            adamw_formula(&step, blocks.gradients[k], &x[k], &m[k], &v[k]);
            assert_near(blocks.parameters[k], x[k], 1e-5);
        }
    }
    for (size_t k = 0; k < COUNT; k++) { /* the others were left alone */
        if (k < BEGIN || k >= END) {
            assert_true(blocks.parameters[k] == before.parameters[k]);
            assert_true(blocks.moment1[k] == 0 && blocks.moment2[k] == 0);
        }
    }
}

/* A parameter without a gradient (the gaps of a block) stays what it is. */
static void adamw_leaves_zeros(void **state) {
    (void)state;
    Blocks blocks = {0};
    OptimizerStep step = {.step = 1, .learning_rate = 0.1, .weight_decay = 0.1, .scale = 1};
    update(optimizer_find("adamw"), &step, (Range){0, COUNT}, &blocks);
    for (size_t k = 0; k < COUNT; k++) {
        assert_true(blocks.parameters[k] == 0);
    }
}

/* --- what the trainer hands over --- */

/* Makes the parameters what the gradient is that would be applied. */
static void reveal_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                          const real *gradients, real *const *moments) {
    (void)kernels;
    (void)moments;
    for (size_t k = range.begin; k < range.end; k++) {
        parameters[k] = (real)step->scale * gradients[k];
    }
}

static const Optimizer reveal = {.name = "reveal", .update = reveal_update};

/* The norm of the gradient that is applied in the first step under a threshold; `*reported` is what the report says
 * it was before. The gradient itself is in training->parameters. */
static double applied_norm(Training *training, double clip, double *reported) {
    training->config.optimizer = &reveal;
    training->config.method.clip = clip;
    training->watch.interrupt_after = 1;
    assert_int_equal(training_run(training), TRAINER_INTERRUPTED);
    *reported = watch_last(&training->watch)->grad_norm;
    double sum = 0;
    for (size_t k = 0; k < training->total; k++) {
        sum += (double)training->parameters[k] * (double)training->parameters[k];
    }
    return sqrt(sum);
}

/* A gradient beyond the threshold keeps its direction and lands on it; whatever the threshold is, not on 1. */
static void clipping_lands_on_the_threshold(void **state) {
    (void)state;
    Training training;
    double reported = 0;
    training_start_english(&training, 3000);
    training.config.hidden = 70; /* more than one chunk of the sum */
    double norm = applied_norm(&training, 0, &reported);
    assert_near(norm, reported, 1e-5 * norm);
    assert_true(norm > 0.01);
    real *whole = training.parameters;
    training.parameters = NULL;
    const double thresholds[] = {1e-6, 0.005, 0.01, norm * 0.999};
    for (size_t k = 0; k < sizeof thresholds / sizeof *thresholds; k++) {
        double applied = applied_norm(&training, thresholds[k], &reported);
        assert_near(applied, thresholds[k], 1e-5 * thresholds[k]);
        assert_near(reported, norm, 1e-5 * norm); /* told as it was before */
        for (size_t j = 0; j < training.total; j++) {
            double expected = (double)whole[j] * thresholds[k] / norm;
            assert_true(fabs((double)training.parameters[j] - expected) <= 1e-5 * fabs(expected));
        }
    }
    free(whole);
    training_end(&training);
}

/* A gradient below the threshold is untouched, bit for bit; a threshold of 0 is none. */
static void below_the_threshold_nothing_happens(void **state) {
    (void)state;
    Training training;
    double reported = 0;
    training_start_english(&training, 3000);
    double norm = applied_norm(&training, 0, &reported);
    real *whole = training.parameters;
    training.parameters = NULL;
    const double thresholds[] = {norm * 1.001, 1000 * norm, 1e30, 0};
    for (size_t k = 0; k < sizeof thresholds / sizeof *thresholds; k++) {
        applied_norm(&training, thresholds[k], &reported);
        assert_same_bits(training.parameters, whole, training.total);
    }
    free(whole);
    training_end(&training);
}

/* Makes the parameters what elements are cut to. */
static void limit_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                         const real *gradients, real *const *moments) {
    (void)kernels;
    (void)gradients;
    (void)moments;
    for (size_t k = range.begin; k < range.end; k++) {
        parameters[k] = (real)(step->limit * (step->scale == 1 ? 1 : -1));
    }
}

static const Optimizer limits = {.name = "limits", .update = limit_update};

/* The limit of the elements comes through as it is, whether or not the norm is clipped as well. */
static void the_limit_of_elements_is_handed_over(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    training.config.optimizer = &limits;
    training.watch.interrupt_after = 1;
    const double clips[] = {0, 1e-6};
    for (size_t k = 0; k < 2; k++) {
        training.config.method.clip = clips[k];
        training.config.method.clip_value = 0.25;
        assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
        for (size_t j = 0; j < training.total; j++) {
            assert_near(training.parameters[j], k == 0 ? 0.25 : -0.25, 0);
        }
        assert_near(training.history.method.clip_value, 0.25, 0);
    }
    training_end(&training);
}

/* Counts in a moment, and leaves in the parameters what it was told: the even ones the learning rate, the odd ones
 * the decay. */
static void count_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                         const real *gradients, real *const *moments) {
    (void)kernels;
    (void)gradients;
    for (size_t k = range.begin; k < range.end; k++) {
        moments[0][k] += 1;
        bool every_step_once = moments[0][k] == (real)step->step;
        parameters[k] = every_step_once ? (real)(k % 2 == 0 ? step->learning_rate : step->weight_decay) : -1;
    }
}

static const Optimizer counting = {.name = "counting", .block_count = 1, .update = count_update};

/* However many threads there are, each element is moved once a step; steps count from 1; the rate is warmed up. */
static void every_element_is_moved_once_a_step(void **state) {
    (void)state;
    const size_t threads[] = {1, 2, 3, 7};
    Training training;
    training_start_english(&training, 3000);
    training.config.hidden = 70;
    training.config.optimizer = &counting;
    training.config.schedule = schedule_find("constant");
    training.config.method.learning_rate = 0.5;
    training.config.method.weight_decay = 0.25;
    training.watch.interrupt_after = 4;
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        training.threads = threads[k];
        assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
        for (size_t j = 0; j < training.total; j++) {
            assert_near(training.parameters[j], j % 2 == 0 ? 0.5 * 0.08 : 0.25, 1e-7);
        }
        assert_near(watch_last(&training.watch)->learning_rate, 0.5 * 0.08, 1e-12);
    }
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_an_optimizer),
        cmocka_unit_test(adamw_by_hand),
        cmocka_unit_test(adamw_follows_the_formula),
        cmocka_unit_test(adamw_leaves_zeros),
        cmocka_unit_test(clipping_lands_on_the_threshold),
        cmocka_unit_test(below_the_threshold_nothing_happens),
        cmocka_unit_test(the_limit_of_elements_is_handed_over),
        cmocka_unit_test(every_element_is_moved_once_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
