/* The surprise of a unit: minus the logarithm of its probability, from the logits of what comes next. */
#ifndef LETRA_GENERATE_SURPRISE_H
#define LETRA_GENERATE_SURPRISE_H

#include <stddef.h>
#include <stdint.h>

#include "math/real.h"

/* The logarithm of the sum of the exponentials of `size` logits: what is taken from a logit to make it the logarithm of
 * a probability. NaN if one of them is. */
double surprise_log_sum(const real *logits, size_t size);

/* The surprise in nats of each of `size` units, from as many logits; INFINITY of one that cannot come. */
void surprise_all(const real *logits, size_t size, double *nats);

#endif
