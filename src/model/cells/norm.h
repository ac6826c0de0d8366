/* Layer normalisation of one row, forward and back (Ba, Kiros & Hinton 2016, equations 3 and 4), in the instruction set
 * that the cell is being compiled for:
 *
 *     y = w ⊙ (x - μ) / √(σ² + ε)
 *
 * The same for the units of one head is group normalisation (Wu & He 2018) with heads as groups.
 */
#ifndef LETRA_MODEL_CELLS_NORM_H
#define LETRA_MODEL_CELLS_NORM_H

#include <math.h>
#include <stddef.h>

#include "math/real.h"

/* What back needs of a row besides the row. */
typedef struct NormMoments {
    real mean;
    real inverse; /* 1 / √(σ² + ε) */
} NormMoments;

static inline NormMoments norm_moments(size_t count, const real *x) {
    const real epsilon = (real)1e-5;
    real sum = 0;
    real squares = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        sum += x[k];
    }
    real mean = sum / (real)count;
#pragma omp simd reduction(+ : squares)
    for (size_t k = 0; k < count; k++) {
        squares += (x[k] - mean) * (x[k] - mean);
    }
    return (NormMoments){mean, (real)(1 / sqrt((double)(squares / (real)count + epsilon)))};
}

static inline void norm_apply(size_t count, NormMoments moments, const real *restrict x,
                              const real *restrict weight, real *restrict y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] = weight[k] * ((x[k] - moments.mean) * moments.inverse);
    }
}

/* From dy to dx, which may be in its place; adds to the weights' gradient. */
static inline void norm_backward(size_t count, NormMoments moments, const real *restrict x,
                                 const real *restrict weight, const real *dy, real *dx,
                                 real *restrict weight_gradient) {
    real sum = 0;
    real product = 0;
#pragma omp simd reduction(+ : sum, product)
    for (size_t k = 0; k < count; k++) {
        real normal = (x[k] - moments.mean) * moments.inverse;
        real gradient = dy[k] * weight[k];
        weight_gradient[k] += dy[k] * normal;
        sum += gradient;
        product += gradient * normal;
    }
    sum /= (real)count;
    product /= (real)count;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real normal = (x[k] - moments.mean) * moments.inverse;
        dx[k] = moments.inverse * (dy[k] * weight[k] - sum - normal * product);
    }
}

#endif
