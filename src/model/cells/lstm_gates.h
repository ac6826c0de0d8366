/* The gate pass of the LSTM, forward and back: the loops over units that the compiler turns into vectors, in the
 * instruction set that lstm.c is being compiled for. The equations are at the top of that file.
 */
#ifndef LETRA_MODEL_CELLS_LSTM_GATES_H
#define LETRA_MODEL_CELLS_LSTM_GATES_H

#include <stddef.h>

#include "math/vector_math.h"

/* The gates of `count` units of one stream: turns the pre-activations (without bias) into i f g o, and makes
 * c and h. `keep` is 0 where a text begins and 1 elsewhere. The four gates share one division. */
static inline void gates_forward(size_t count, real keep, const real *restrict bias, real *restrict gates,
                                 const real *restrict c_before, real *restrict c, real *restrict h) {
    const real half = (real)0.5;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        VectorRatio i_half = vector_tanh_ratio(half * (gates[unit] + bias[unit]));
        VectorRatio f_half = vector_tanh_ratio(half * (gates[count + unit] + bias[count + unit]));
        VectorRatio g_whole = vector_tanh_ratio(gates[2 * count + unit] + bias[2 * count + unit]);
        VectorRatio o_half = vector_tanh_ratio(half * (gates[3 * count + unit] + bias[3 * count + unit]));
        real if_product = i_half.denominator * f_half.denominator;
        real go_product = g_whole.denominator * o_half.denominator;
        real inverse = 1 / (if_product * go_product);
        real if_inverse = inverse * go_product;
        real go_inverse = inverse * if_product;
        real i = vector_sigmoid_of(i_half.numerator * f_half.denominator * if_inverse);
        real f = vector_sigmoid_of(f_half.numerator * i_half.denominator * if_inverse);
        real g = g_whole.numerator * o_half.denominator * go_inverse;
        real o = vector_sigmoid_of(o_half.numerator * g_whole.denominator * go_inverse);
        real cell = f * keep * c_before[unit] + i * g;
        gates[unit] = i;
        gates[count + unit] = f;
        gates[2 * count + unit] = g;
        gates[3 * count + unit] = o;
        c[unit] = cell;
        h[unit] = o * vector_tanh(cell);
    }
}

/* Back through gates_forward: `dh_above` and `dh` are the two ways that a gradient reaches h, `dc` that of c
 * comes in and that of c' goes out; `gradients` takes those of the pre-activations, which are summed for the biases. */
static inline void gates_backward(size_t count, real keep, real *restrict bias_gradient,
                                  const real *restrict gates, real *restrict gradients,
                                  const real *restrict c_before, const real *restrict c,
                                  const real *restrict dh_above, const real *restrict dh, real *restrict dc) {
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real i = gates[unit];
        real f = gates[count + unit];
        real g = gates[2 * count + unit];
        real o = gates[3 * count + unit];
        real tanh_c = vector_tanh(c[unit]);
        real dh_all = dh_above[unit] + dh[unit];
        real dc_all = dc[unit] + dh_all * o * (1 - tanh_c * tanh_c);
        real di = dc_all * g * i * (1 - i);
        real df = dc_all * keep * c_before[unit] * f * (1 - f);
        real dg = dc_all * i * (1 - g * g);
        real d_o = dh_all * tanh_c * o * (1 - o);
        dc[unit] = dc_all * f * keep;
        gradients[unit] = di;
        gradients[count + unit] = df;
        gradients[2 * count + unit] = dg;
        gradients[3 * count + unit] = d_o;
        bias_gradient[unit] += di;
        bias_gradient[count + unit] += df;
        bias_gradient[2 * count + unit] += dg;
        bias_gradient[3 * count + unit] += d_o;
    }
}

#endif
