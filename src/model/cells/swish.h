/* swish(x) = x σ(x) (Ramachandran, Zoph & Le 2017), alone and as a gate, in the instruction set that the cell is being
 * compiled for.
 */
#ifndef LETRA_MODEL_CELLS_SWISH_H
#define LETRA_MODEL_CELLS_SWISH_H

#include <stddef.h>

#include "math/vector_math.h"

static inline void swish_forward(size_t count, const real *restrict x, real *restrict y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] = x[k] * vector_sigmoid(x[k]);
    }
}

/* From dy to dx, in its place. */
static inline void swish_backward(size_t count, const real *restrict x, real *restrict gradient) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real sigmoid = vector_sigmoid(x[k]);
        gradient[k] *= sigmoid * (1 + x[k] * (1 - sigmoid));
    }
}

/* y = (h + skip ⊙ c) ⊙ swish(g) */
static inline void swish_gate_forward(size_t count, const real *restrict h, const real *restrict skip,
                                      const real *restrict c, const real *restrict g, real *restrict y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] = (h[k] + skip[k] * c[k]) * (g[k] * vector_sigmoid(g[k]));
    }
}

/* From dy, in whose place dh goes; dg takes g's, and the gradient of skip is added to. */
static inline void swish_gate_backward(size_t count, const real *restrict h, const real *restrict skip,
                                       const real *restrict c, real *restrict g, real *restrict gradient,
                                       real *restrict c_gradient, real *restrict skip_gradient) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real sigmoid = vector_sigmoid(g[k]);
        real dh = gradient[k] * (g[k] * sigmoid);
        g[k] = gradient[k] * (h[k] + skip[k] * c[k]) * (sigmoid * (1 + g[k] * (1 - sigmoid)));
        c_gradient[k] = dh * skip[k];
        skip_gradient[k] += dh * c[k];
        gradient[k] = dh;
    }
}

#endif
