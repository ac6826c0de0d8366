/* The gated recurrent unit as Cho et al. 2014 (eqs. 5-8) have it: the reset gate comes before the recurrent product.
 * With the names, the order of the gates (r z n) and the two biases of gru.c:
 *
 *     r = σ(W_ir x + b_ir + W_hr h' + b_hr)        n = tanh(W_in x + b_in + W_hn (r ⊙ h') + b_hn)
 *     z = σ(W_iz x + b_iz + W_hz h' + b_hz)        h = (1 - z) ⊙ n + z ⊙ h'        (' is the step before)
 *
 * A step has two stages: the first makes r, z and r ⊙ h', the second n and h.
 */
#include "math/instruction_set.h"
#include "math/vector_math.h"
#include "model/recurrent_cell.h"

enum { GATES = 3 };

static const CellParameter parameters[] = RECURRENCE_TABLE(GATES);
static const CellState states[] = {{"h", DIMENSION_HIDDEN, .zoneout = true}};

static void forward_reset(const GateRow *row) {
    const real half = (real)0.5;
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict bias = row->bias;
    const real *restrict recurrent_bias = row->recurrent_bias;
    const real *restrict recurrent = row->recurrent;
    const real *restrict h_before = row->before[0];
    real *restrict gates = row->gates;
    real *restrict reset = row->between;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        size_t z_at = count + unit;
        VectorRatio r_half =
            vector_tanh_ratio(half * (gates[unit] + bias[unit] + recurrent[unit] + recurrent_bias[unit]));
        VectorRatio z_half =
            vector_tanh_ratio(half * (gates[z_at] + bias[z_at] + recurrent[z_at] + recurrent_bias[z_at]));
        real inverse = 1 / (r_half.denominator * z_half.denominator);
        real r = vector_sigmoid_of(r_half.numerator * z_half.denominator * inverse);
        gates[unit] = r;
        gates[z_at] = vector_sigmoid_of(z_half.numerator * r_half.denominator * inverse);
        reset[unit] = r * keep * h_before[unit];
    }
}

static void forward_new(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict bias = row->bias + 2 * count;
    const real *restrict recurrent_bias = row->recurrent_bias;
    const real *restrict recurrent = row->recurrent;
    const real *restrict h_before = row->before[0];
    real *restrict gates = row->gates;
    real *restrict h = row->after[0];
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real z = gates[count + unit];
        real n = vector_tanh(gates[2 * count + unit] + bias[unit] + recurrent[unit] + recurrent_bias[unit]);
        gates[2 * count + unit] = n;
        h[unit] = n + z * (keep * h_before[unit] - n);
    }
}

/* Back through forward_new: the gradients of n and z take their places. */
static void backward_new(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict h_before = row->before[0];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh = row->dh;
    real *restrict dh_direct = row->dstate[0];
    real *restrict gates = row->gradients;
    real *restrict recurrent_gradients = row->recurrent_gradients;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real z = gates[count + unit];
        real n = gates[2 * count + unit];
        real dh_all = dh_above[unit] + dh[unit] + dh_direct[unit];
        real dn = dh_all * (1 - z) * (1 - n * n);
        dh_direct[unit] = dh_all * z * keep;
        gates[count + unit] = dh_all * (keep * h_before[unit] - n) * z * (1 - z);
        gates[2 * count + unit] = dn;
        recurrent_gradients[unit] = dn;
    }
}

/* Back through forward_reset: the gradient of r takes its place. */
static void backward_reset(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict h_before = row->before[0];
    const real *restrict dreset = row->dbetween;
    real *restrict dh_direct = row->dstate[0];
    real *restrict gates = row->gradients;
    real *restrict recurrent_gradients = row->recurrent_gradients;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real r = gates[unit];
        real dr = dreset[unit] * keep * h_before[unit] * r * (1 - r);
        dh_direct[unit] += dreset[unit] * r * keep;
        gates[unit] = dr;
        recurrent_gradients[unit] = dr;
        recurrent_gradients[count + unit] = gates[count + unit];
    }
}

static const RecurrenceKind kind = {
    .gates = GATES,
    .apart = true,
    .stage_count = 2,
    .stages = {{2, forward_reset, backward_reset}, {1, forward_new, backward_new}},
};

extern const Cell KERNELS_SYMBOL(gru_before_cell);

const Cell KERNELS_SYMBOL(gru_before_cell) = {
    .name = "gru-before",
    .title = "gated recurrent unit, reset before the product (Cho et al. 2014)",
    .learning_rate_factor = 0.65,
    .recurrence = &kind,
    RECURRENT_CELL_ROWS,
};
