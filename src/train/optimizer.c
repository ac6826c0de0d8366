/* Optimisers: see optimizer.h. */
#include "train/optimizer.h"

#include <math.h>

/* AdamW (Loshchilov & Hutter 2019) with beta 0.5 and 0.99. Little momentum: consecutive windows go on in the same
 * texts, which may be why their gradients need no more of it. With 0.9 the loss on Tiny Shakespeare was 0.04 nats
 * worse after 0.5 and after 2 million characters, on Don Quijote 0.1. The second moment may follow quickly, too. */
static void adamw_update(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                         const real *gradients, real *const *moments) {
    const double beta1 = 0.5;
    const double beta2 = 0.99;
    AdamwStep adamw = {
        .learning_rate = step->learning_rate,
        .beta1 = beta1,
        .beta2 = beta2,
        .epsilon = 1e-8,
        .weight_decay = step->weight_decay,
        .scale = step->scale,
        .correction1 = 1.0 - pow(beta1, (double)step->step),
        .correction2 = 1.0 - pow(beta2, (double)step->step),
    };
    kernels->adamw(&adamw, parameters + range.begin, gradients + range.begin, moments[0] + range.begin,
                   moments[1] + range.begin, range.end - range.begin);
}

static const Optimizer optimizers[] = {
    {"adamw", 2, adamw_update},
};

size_t optimizer_count(void) {
    return sizeof optimizers / sizeof *optimizers;
}

const Optimizer *optimizer_at(size_t index) {
    return &optimizers[index];
}
