/* Layer normalisation of one row, forward and back (Ba, Kiros & Hinton 2016, equations 3 and 4), in the instruction set
 * that the cell is being compiled for:
 *
 *     y = w ⊙ (x - μ) / √(σ² + ε)
 *
 * The same for the units of each head is group normalisation (Wu & He 2018) with heads as groups.
 */
#ifndef LETRA_MODEL_CELLS_NORM_H
#define LETRA_MODEL_CELLS_NORM_H

#include <math.h>
#include <stddef.h>

#include "math/kernels.h"
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

/* The whole of LayerNorm, which adds a bias. */
static inline NormMoments norm_layer(const Kernels *kernels, size_t count, const real *x, const real *weight,
                                     const real *bias, real *y) {
    NormMoments moments = norm_moments(count, x);
    norm_apply(count, moments, x, weight, y);
    kernels->add(y, bias, count);
    return moments;
}

static inline void norm_layer_backward(const Kernels *kernels, size_t count, NormMoments moments,
                                       const real *x, const real *weight, const real *dy, real *dx,
                                       real *weight_gradient, real *bias_gradient) {
    kernels->add(bias_gradient, dy, count);
    norm_backward(count, moments, x, weight, dy, dx, weight_gradient);
}

/* The whole of GroupNorm, over heads of `units` each. */
static inline void norm_heads(size_t heads, size_t units, const real *x, const real *weight, real *y,
                              NormMoments *moments) {
    for (size_t head = 0; head < heads; head++) {
        size_t at = head * units;
        moments[head] = norm_moments(units, x + at);
        norm_apply(units, moments[head], x + at, weight + at, y + at);
    }
}

static inline void norm_heads_backward(size_t heads, size_t units, const NormMoments *moments, const real *x,
                                       const real *weight, const real *dy, real *dx, real *weight_gradient) {
    for (size_t head = 0; head < heads; head++) {
        size_t at = head * units;
        norm_backward(units, moments[head], x + at, weight + at, dy + at, dx + at, weight_gradient + at);
    }
}

#endif
