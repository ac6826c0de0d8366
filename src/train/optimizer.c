/* Optimisers: see optimizer.h. */
#include "train/optimizer.h"

#include <math.h>

static UpdateStep update_step(const OptimizerStep *step) {
    return (UpdateStep){.learning_rate = step->learning_rate,
                        .weight_decay = step->weight_decay,
                        .scale = step->scale,
                        .limit = step->limit};
}

static AdamTerms adam_terms(const OptimizerStep *step) {
    double beta1 = step->numbers[OPTIMIZER_BETA1];
    double beta2 = step->numbers[OPTIMIZER_BETA2];
    return (AdamTerms){.beta1 = beta1,
                       .beta2 = beta2,
                       .epsilon = step->numbers[OPTIMIZER_EPSILON],
                       .correction1 = 1.0 - pow(beta1, (double)step->step),
                       .correction2 = 1.0 - pow(beta2, (double)step->step)};
}

static void adamw_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                         const real *gradients, real *const *moments) {
    const UpdateStep update = update_step(step);
    const AdamTerms terms = adam_terms(step);
    kernels->adamw(&update, &terms, parameters + range.begin, gradients + range.begin,
                   moments[0] + range.begin, moments[1] + range.begin, range.end - range.begin);
}

static void adam_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                        const real *gradients, real *const *moments) {
    const UpdateStep update = update_step(step);
    const AdamTerms terms = adam_terms(step);
    kernels->adam(&update, &terms, parameters + range.begin, gradients + range.begin,
                  moments[0] + range.begin, moments[1] + range.begin, range.end - range.begin);
}

static void rmsprop_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                           const real *gradients, real *const *moments) {
    const UpdateStep update = update_step(step);
    kernels->rmsprop(&update, step->numbers[OPTIMIZER_RHO], step->numbers[OPTIMIZER_EPSILON],
                     parameters + range.begin, gradients + range.begin, moments[0] + range.begin,
                     range.end - range.begin);
}

static void adagrad_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                           const real *gradients, real *const *moments) {
    const UpdateStep update = update_step(step);
    kernels->adagrad(&update, step->numbers[OPTIMIZER_EPSILON], parameters + range.begin,
                     gradients + range.begin, moments[0] + range.begin, range.end - range.begin);
}

static void sgd_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                       const real *gradients, real *const *moments) {
    const UpdateStep update = update_step(step);
    kernels->sgd(&update, step->numbers[OPTIMIZER_MOMENTUM], step->numbers[OPTIMIZER_NESTEROV] > 0,
                 parameters + range.begin, gradients + range.begin, moments[0] + range.begin,
                 range.end - range.begin);
}

#define NONE NAN

/* The betas of AdamW and Adam: little momentum, as consecutive windows go on in the same texts, which may be why their
 * gradients need no more of it. With 0.9 the loss on Tiny Shakespeare was 0.04 nats worse after 0.5 and after 2 million
 * characters, on Don Quijote 0.1. The second moment may follow quickly, too.
 *
 * The rates were tried on one pass over Tiny Shakespeare (128 units) and five over corpora/english.txt (256 units):
 * AdamW 1.611 and 1.484 nats, RMSProp 1.613 and 1.491, Adagrad 1.629 and 1.498, SGD 1.617 and 1.525. Adding as much
 * decay to the gradient as AdamW takes from the weights would drown it. */
static const Optimizer optimizers[] = {
    /* of numbers: beta1, beta2, rho, epsilon, momentum, nesterov */
    {.name = "adamw",
     .block_count = 2,
     .update = adamw_update,
     .rate = 1.0,
     .regularized = true,
     .numbers = {0.5, 0.99, NONE, 1e-8, NONE, NONE},
     .title = "AdamW (Loshchilov & Hutter 2019)"},
    {.name = "adam",
     .block_count = 2,
     .update = adam_update,
     .rate = 1.0,
     .numbers = {0.5, 0.99, NONE, 1e-8, NONE, NONE},
     .title = "Adam (Kingma & Ba 2015)"},
    {.name = "rmsprop",
     .block_count = 1,
     .update = rmsprop_update,
     .rate = 1.0,
     .numbers = {NONE, NONE, 0.99, 1e-8, NONE, NONE},
     .title = "RMSProp (Tieleman & Hinton 2012)"},
    {.name = "adagrad",
     .block_count = 1,
     .update = adagrad_update,
     .rate = 18.0,
     .numbers = {NONE, NONE, NONE, 1e-10, NONE, NONE},
     .title = "Adagrad (Duchi et al. 2011)"},
    {.name = "sgd",
     .block_count = 1,
     .update = sgd_update,
     .rate = 300.0,
     .numbers = {NONE, NONE, NONE, NONE, 0.9, 0},
     .title = "stochastic gradient descent with momentum (Sutskever et al. 2013)"},
};

size_t optimizer_count(void) {
    return sizeof optimizers / sizeof *optimizers;
}

const Optimizer *optimizer_at(size_t index) {
    return &optimizers[index];
}

bool optimizer_uses(const Optimizer *optimizer, OptimizerNumber number) {
    return !isnan(optimizer->numbers[number]);
}
