/* Part of slstm.c, which alone includes it: the passes over the gates of sLSTM cells, forward and back. */
#ifndef LETRA_MODEL_CELLS_SLSTM_GATES_H
#define LETRA_MODEL_CELLS_SLSTM_GATES_H

#include "math/vector_math.h"
#include "model/recurrence.h"

enum { GATES = 4, STATE_H = 0, STATE_C = 1, STATE_N = 2, STATE_M = 3, STATES = 4 };

/* Turns the pre-activations into ĩ f̃ z o, and makes m, c, n and h. */
static void gates_forward(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict bias = row->bias;
    const real *restrict c_before = row->before[STATE_C];
    const real *restrict n_before = row->before[STATE_N];
    const real *restrict m_before = row->before[STATE_M];
    real *restrict gates = row->gates;
    real *restrict h_after = row->after[STATE_H];
    real *restrict c_after = row->after[STATE_C];
    real *restrict n_after = row->after[STATE_N];
    real *restrict m_after = row->after[STATE_M];
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real log_i = gates[unit] + bias[unit];
        real f_sum = gates[count + unit] + bias[count + unit];
        real z = vector_tanh(gates[2 * count + unit] + bias[2 * count + unit]);
        real o = vector_sigmoid(gates[3 * count + unit] + bias[3 * count + unit]);
        real log_f = vector_log_sigmoid(f_sum) + keep * m_before[unit];
        real m = log_f > log_i ? log_f : log_i;
        real i = vector_exp(log_i - m);
        real f = keep * vector_exp(log_f - m);
        real c = f * c_before[unit] + i * z;
        real n = f * n_before[unit] + i;
        gates[unit] = log_i;
        gates[count + unit] = f_sum;
        gates[2 * count + unit] = z;
        gates[3 * count + unit] = o;
        m_after[unit] = m;
        c_after[unit] = c;
        n_after[unit] = n;
        h_after[unit] = o * c / n;
    }
}

/* h does not depend on m, which cancels out of c / n, so m counts as a constant within the window. The state before it
 * is c exp(m) and n exp(m): what reaches m there is c dc + n dn. */
static void gates_backward(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict gates = row->gates;
    const real *restrict c_before = row->before[STATE_C];
    const real *restrict n_before = row->before[STATE_N];
    const real *restrict m_before = row->before[STATE_M];
    const real *restrict c_after = row->after[STATE_C];
    const real *restrict n_after = row->after[STATE_N];
    const real *restrict m_after = row->after[STATE_M];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh_through = row->dh;
    real *restrict c_gradient = row->dstate[STATE_C];
    real *restrict n_gradient = row->dstate[STATE_N];
    real *restrict m_gradient = row->dstate[STATE_M];
    real *restrict gradients = row->gradients;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real f_sum = gates[count + unit];
        real z = gates[2 * count + unit];
        real o = gates[3 * count + unit];
        real i = vector_exp(gates[unit] - m_after[unit]);
        real f = keep * vector_exp(vector_log_sigmoid(f_sum) + keep * m_before[unit] - m_after[unit]);
        real dh = dh_above[unit] + dh_through[unit];
        real inverse = 1 / n_after[unit];
        real ratio = c_after[unit] * inverse;
        real dc = c_gradient[unit] + dh * o * inverse;
        real dn = n_gradient[unit] - dh * o * ratio * inverse;
        real df = (dc * c_before[unit] + dn * n_before[unit]) * f;
        c_gradient[unit] = dc * f;
        n_gradient[unit] = dn * f;
        m_gradient[unit] = df;
        gradients[unit] = (dc * z + dn) * i;
        gradients[count + unit] = df * vector_sigmoid(-f_sum);
        gradients[2 * count + unit] = dc * i * (1 - z * z);
        gradients[3 * count + unit] = dh * ratio * o * (1 - o);
    }
}

#endif
