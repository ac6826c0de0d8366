/* When training has diverged: see divergence.h. */
#include "train/divergence.h"

#include <math.h>

/* Units that are read between two good states, and the fewest steps. */
static const double interval_units = 131072;
static const double interval_least = 16;
/* A gradient whose square is no more than the largest float, and some way from it. */
static const double norm_most = 1e18;

DivergenceRule divergence_rule(size_t steps, size_t batch, size_t vocab) {
    double interval = fmax(ceil(interval_units / ((double)steps * (double)batch)), interval_least);
    return (DivergenceRule){.margin = 1.0 + log((double)vocab) / (double)batch,
                            .memory = fmax(interval / 8.0, 4.0),
                            .interval = (uint64_t)interval};
}

void divergence_set_level(Divergence *divergence, double loss) {
    divergence->recent = divergence->level = loss;
}

void divergence_start(Divergence *divergence, size_t vocab) {
    divergence_set_level(divergence, log((double)vocab));
}

bool divergence_take_loss(Divergence *divergence, const DivergenceRule *rule, double loss) {
    double counted = fmin(loss, divergence->level + 2.0 * rule->margin);
    divergence->recent += (counted - divergence->recent) / rule->memory;
    divergence->level = fmin(divergence->level, divergence->recent);
    return divergence->recent > divergence->level + rule->margin;
}

bool divergence_is_calm(const Divergence *divergence, const DivergenceRule *rule, double loss) {
    double most = divergence->level + 0.5 * rule->margin;
    return loss <= most && divergence->recent <= most; /* never true of NaN */
}

bool divergence_gradient_is_good(double norm) {
    return norm <= norm_most; /* never true of NaN */
}

double divergence_rate(const Divergence *divergence) {
    return ldexp(1.0, -(int)divergence->halvings);
}
