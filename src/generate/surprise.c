/* Surprise: see surprise.h. -log softmax, with the highest logit taken away first, so that no exponential overflows. */
#include "generate/surprise.h"

#include <math.h>

double surprise_log_sum(const real *logits, size_t size) {
    double highest = -INFINITY;
    double sum = 0;
    for (size_t unit = 0; unit < size; unit++) {
        highest = fmax(highest, (double)logits[unit]);
    }
    for (size_t unit = 0; unit < size; unit++) {
        sum += exp((double)logits[unit] - highest);
    }
    return highest + log(sum);
}

void surprise_all(const real *logits, size_t size, double *nats) {
    double log_sum = surprise_log_sum(logits, size);
    for (size_t unit = 0; unit < size; unit++) {
        nats[unit] = log_sum - (double)logits[unit];
    }
}
