/* A causal depthwise convolution over time, one step forward and back, in the instruction set that the cell is being
 * compiled for: channel k of a step is a sum over its inputs of the last four,
 *
 *     y_t = b + w_3 ⊙ x_t + w_2 ⊙ x_{t-1} + w_1 ⊙ x_{t-2} + w_0 ⊙ x_{t-3}
 *
 * with the taps in the order of torch.nn.Conv1d. Rows of x lie one after the other. `reach` says how many of the rows
 * before the last one belong to the same text: what is before them is zero.
 */
#ifndef LETRA_MODEL_CELLS_CONVOLUTION_H
#define LETRA_MODEL_CELLS_CONVOLUTION_H

#include <stddef.h>
#include <string.h>

#include "math/real.h"

enum { CONVOLUTION_TAPS = 4, CONVOLUTION_REACH = CONVOLUTION_TAPS - 1 };

/* The reach at a step, from that at the step before (CONVOLUTION_REACH before the window). */
static inline size_t convolution_reach(size_t before, int begins) {
    if (begins) {
        return 0;
    }
    return before < CONVOLUTION_REACH ? before + 1 : CONVOLUTION_REACH;
}

/* `taps` are CONVOLUTION_TAPS rows. */
static inline void convolution_forward(size_t count, size_t reach, const real *restrict taps,
                                       const real *restrict bias, const real *restrict x, real *restrict y) {
    const real *now = taps + CONVOLUTION_REACH * count;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] = bias[k] + now[k] * x[k];
    }
    for (size_t back = 1; back <= reach; back++) {
        const real *tap = now - back * count;
        const real *before = x - back * count;
#pragma omp simd
        for (size_t k = 0; k < count; k++) {
            y[k] += tap[k] * before[k];
        }
    }
}

/* Adds to dx of the step and those before it, and to the gradient of the taps. */
static inline void convolution_backward(size_t count, size_t reach, const real *restrict taps,
                                        const real *restrict x, const real *restrict dy, real *restrict dx,
                                        real *restrict tap_gradients) {
    for (size_t back = 0; back <= reach; back++) {
        size_t row = CONVOLUTION_REACH - back;
        const real *tap = taps + row * count;
        const real *input = x - back * count;
        real *input_gradient = dx - back * count;
        real *tap_gradient = tap_gradients + row * count;
#pragma omp simd
        for (size_t k = 0; k < count; k++) {
            input_gradient[k] += tap[k] * dy[k];
            tap_gradient[k] += input[k] * dy[k];
        }
    }
}

/* Between a layer's table (a row of taps for each channel) and rows of taps. */
static inline void convolution_pack(size_t count, const real *channels, real *taps) {
    for (size_t k = 0; k < count; k++) {
        for (size_t tap = 0; tap < CONVOLUTION_TAPS; tap++) {
            taps[tap * count + k] = channels[k * CONVOLUTION_TAPS + tap];
        }
    }
}

static inline void convolution_add_packed(size_t count, const real *taps, real *channels) {
    for (size_t k = 0; k < count; k++) {
        for (size_t tap = 0; tap < CONVOLUTION_TAPS; tap++) {
            channels[k * CONVOLUTION_TAPS + tap] += taps[tap * count + k];
        }
    }
}

#endif
