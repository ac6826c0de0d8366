/* A block-diagonal matrix with blocks of 4 × 4 times one row, forward and back, in the instruction set that the cell is
 * being compiled for. Element i of the result sees the four of its block alone:
 *
 *     y_i = Σ_c w_ic x_{4⌊i/4⌋ + c}
 *
 * If the row's length is no multiple of 4, its last block is smaller, and what a table has beyond it is not used. For
 * vectors both w and x are laid out by c: four rows of w_ic, and four rows of x_{4⌊i/4⌋ + c}, x spread.
 */
#ifndef LETRA_MODEL_CELLS_BLOCKS_H
#define LETRA_MODEL_CELLS_BLOCKS_H

#include <stddef.h>

#include "math/real.h"

enum { BLOCK = 4 };

/* How many elements the block of element i has. */
static inline size_t block_size(size_t count, size_t i) {
    size_t left = count - i / BLOCK * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* From a layer's table (BLOCK weights for each element of y), times `scale`; `transposed` is for the way back. */
static inline void blocks_pack(size_t count, const real *table, real scale, real *weights, real *transposed) {
    for (size_t i = 0; i < count; i++) {
        size_t first = i / BLOCK * BLOCK;
        for (size_t c = 0; c < block_size(count, i); c++) {
            weights[c * count + i] = scale * table[i * BLOCK + c];
            transposed[(i - first) * count + first + c] = scale * table[i * BLOCK + c];
        }
    }
}

static inline void blocks_add_packed(size_t count, const real *weights, real scale, real *table) {
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < block_size(count, i); c++) {
            table[i * BLOCK + c] += scale * weights[c * count + i];
        }
    }
}

static inline void blocks_spread(size_t count, const real *restrict x, real *restrict spread) {
    size_t whole = count / BLOCK * BLOCK;
    for (size_t c = 0; c < BLOCK; c++) {
        real *row = spread + c * count;
        for (size_t i = 0; i < whole; i += BLOCK) {
            real value = x[i + c];
            for (size_t k = 0; k < BLOCK; k++) {
                row[i + k] = value;
            }
        }
        for (size_t i = whole; i < count; i++) {
            row[i] = whole + c < count ? x[whole + c] : 0;
        }
    }
}

static inline void blocks_multiply(size_t count, const real *restrict weights, const real *restrict spread,
                                   real *restrict y) {
    const real *w1 = weights + count, *w2 = w1 + count, *w3 = w2 + count;
    const real *x1 = spread + count, *x2 = x1 + count, *x3 = x2 + count;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        y[i] = weights[i] * spread[i] + w1[i] * x1[i] + w2[i] * x2[i] + w3[i] * x3[i];
    }
}

/* Adds to dx: `spread` is dy. */
static inline void blocks_add_back(size_t count, const real *restrict transposed, const real *restrict spread,
                                   real *restrict dx) {
    const real *w1 = transposed + count, *w2 = w1 + count, *w3 = w2 + count;
    const real *y1 = spread + count, *y2 = y1 + count, *y3 = y2 + count;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        dx[i] += transposed[i] * spread[i] + w1[i] * y1[i] + w2[i] * y2[i] + w3[i] * y3[i];
    }
}

/* Adds to the weights' gradient, of x spread and dy. */
static inline void blocks_add_weights(size_t count, const real *restrict spread, const real *restrict dy,
                                      real *restrict weight_gradient) {
    for (size_t c = 0; c < BLOCK; c++) {
        const real *x = spread + c * count;
        real *gradient = weight_gradient + c * count;
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            gradient[i] += x[i] * dy[i];
        }
    }
}

#endif
