/* Surprise: see surprise.h. -log softmax, with the highest logit taken away first, so that no exponential overflows. */
#include "generate/surprise.h"

#include <math.h>

void surprise_all(const real *logits, size_t size, double *nats) {
    double highest = -INFINITY;
    double sum = 0;
    for (size_t unit = 0; unit < size; unit++) {
        highest = fmax(highest, (double)logits[unit]); /* NaN counts for nothing */
    }
    for (size_t unit = 0; unit < size; unit++) {
        double share = exp((double)logits[unit] - highest);
        sum += share > 0 ? share : 0;
    }
    for (size_t unit = 0; unit < size; unit++) {
        double logit = (double)logits[unit];
        nats[unit] = logit > -INFINITY ? highest + log(sum) - logit : INFINITY;
    }
}
