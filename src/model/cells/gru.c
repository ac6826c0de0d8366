/* The gated recurrent unit of Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder" (arXiv
 * 1406.1078), as cuDNN and PyTorch have it: the reset gate comes after the recurrent product (gates in the order r z n,
 * two biases):
 *
 *     r = σ(W_ir x + b_ir + W_hr h' + b_hr)        n = tanh(W_in x + b_in + r ⊙ (W_hn h' + b_hn))
 *     z = σ(W_iz x + b_iz + W_hz h' + b_hz)        h = (1 - z) ⊙ n + z ⊙ h'        (' is the step before)
 *
 * The formula of the paper is in gru_before.c.
 */
#include "math/instruction_set.h"
#include "math/vector_math.h"
#include "model/recurrent_cell.h"

enum { GATES = 3 };

static const CellParameter parameters[] = RECURRENCE_TABLE(GATES);
static const CellState states[] = {{"h", DIMENSION_HIDDEN, .zoneout = true}};

/* Turns the input's pre-activations into r z n, and makes h. r and z share a division, as the gates in lstm.c do. */
static void forward(const GateRow *row) {
    const real half = (real)0.5;
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict bias = row->bias;
    const real *restrict recurrent_bias = row->recurrent_bias;
    const real *restrict recurrent = row->recurrent;
    const real *restrict h_before = row->before[0];
    real *restrict gates = row->gates;
    real *restrict h = row->after[0];
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        size_t z_at = count + unit;
        size_t n_at = 2 * count + unit;
        VectorRatio r_half =
            vector_tanh_ratio(half * (gates[unit] + bias[unit] + recurrent[unit] + recurrent_bias[unit]));
        VectorRatio z_half =
            vector_tanh_ratio(half * (gates[z_at] + bias[z_at] + recurrent[z_at] + recurrent_bias[z_at]));
        real inverse = 1 / (r_half.denominator * z_half.denominator);
        real r = vector_sigmoid_of(r_half.numerator * z_half.denominator * inverse);
        real z = vector_sigmoid_of(z_half.numerator * r_half.denominator * inverse);
        real n = vector_tanh(gates[n_at] + bias[n_at] + r * (recurrent[n_at] + recurrent_bias[n_at]));
        gates[unit] = r;
        gates[z_at] = z;
        gates[n_at] = n;
        h[unit] = n + z * (keep * h_before[unit] - n);
    }
}

static void backward(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict recurrent_bias = row->recurrent_bias;
    const real *restrict recurrent = row->recurrent;
    const real *restrict gates = row->gates;
    const real *restrict h_before = row->before[0];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh = row->dh;
    real *restrict dh_direct = row->dstate[0];
    real *restrict gradients = row->gradients;
    real *restrict recurrent_gradients = row->recurrent_gradients;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real r = gates[unit];
        real z = gates[count + unit];
        real n = gates[2 * count + unit];
        real dh_all = dh_above[unit] + dh[unit] + dh_direct[unit];
        real dn = dh_all * (1 - z) * (1 - n * n);
        real dz = dh_all * (keep * h_before[unit] - n) * z * (1 - z);
        real dr = dn * (recurrent[2 * count + unit] + recurrent_bias[2 * count + unit]) * r * (1 - r);
        dh_direct[unit] = dh_all * z * keep;
        gradients[unit] = dr;
        gradients[count + unit] = dz;
        gradients[2 * count + unit] = dn;
        recurrent_gradients[unit] = dr;
        recurrent_gradients[count + unit] = dz;
        recurrent_gradients[2 * count + unit] = dn * r;
    }
}

static const RecurrenceKind kind = {
    .gates = GATES,
    .apart = true,
    .stage_count = 1,
    .stages = {{GATES, forward, backward}},
};

extern const Cell KERNELS_SYMBOL(gru_cell);

const Cell KERNELS_SYMBOL(gru_cell) = {
    .name = "gru",
    .title = "gated recurrent unit, reset after the product (Cho et al. 2014, as in cuDNN and PyTorch)",
    .learning_rate_factor = 0.65,
    .torch = true,
    .recurrence = &kind,
    RECURRENT_CELL_ROWS,
};
