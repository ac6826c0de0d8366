/* The LSTM: Hochreiter & Schmidhuber 1997, "Long Short-Term Memory", with the forget gate of Gers, Schmidhuber &
 * Cummins 2000, "Learning to Forget: Continual Prediction with LSTM", in PyTorch's form (gates in the order i f g o,
 * two biases):
 *
 *     i = σ(W_ii x + b_ii + W_hi h' + b_hi)        c = f ⊙ c' + i ⊙ g
 *     f = σ(W_if x + b_if + W_hf h' + b_hf)        h = o ⊙ tanh(c)
 *     g = tanh(W_ig x + b_ig + W_hg h' + b_hg)
 *     o = σ(W_io x + b_io + W_ho h' + b_ho)        (' is the step before)
 *
 * The time loop is model/recurrence.h's; the passes over the gates are here.
 */
#include "math/instruction_set.h"
#include "math/vector_math.h"
#include "model/recurrent_cell.h"

enum { GATES = 4, STATE_H = 0, STATE_C = 1 };

static const CellParameter parameters[] = RECURRENCE_TABLE(GATES);
static const CellState states[] = {
    [STATE_H] = {"h", DIMENSION_HIDDEN, .zoneout = true},
    [STATE_C] = {"c", DIMENSION_HIDDEN, .zoneout = true},
};

/* Turns the pre-activations into i f g o, and makes c and h:
 *
 *     i = σ(a_i)   f = σ(a_f)   g = tanh(a_g)   o = σ(a_o)        c = f c' + i g        h = o tanh(c)
 *
 * Divisions are slow, so the four gates share one. σ(a) is 1/2 + 1/2 tanh(a/2), and a tanh comes as numerator and
 * denominator; one over the product of the four denominators, times three of them, is one over the fourth. */
static void forward(const GateRow *row) {
    const real half = (real)0.5;
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict bias = row->bias;
    const real *restrict c_before = row->before[STATE_C];
    real *restrict gates = row->gates;
    real *restrict c = row->after[STATE_C];
    real *restrict h = row->after[STATE_H];
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

/* The chain rule through the lines above: dc = dh o (1 - tanh² c) + what comes from the next step, df = dc c',
 * di = dc g, dg = dc i, do = dh tanh c, and each of the four times the derivative of its σ or tanh, which is σ (1 - σ)
 * or 1 - tanh². */
static void backward(const GateRow *row) {
    size_t count = row->count;
    real keep = row->keep;
    const real *restrict gates = row->gates;
    const real *restrict c_before = row->before[STATE_C];
    const real *restrict c = row->after[STATE_C];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh = row->dh;
    real *restrict dc = row->dstate[STATE_C];
    real *restrict gradients = row->gradients;
#pragma omp simd
    for (size_t unit = 0; unit < count; unit++) {
        real i = gates[unit];
        real f = gates[count + unit];
        real g = gates[2 * count + unit];
        real o = gates[3 * count + unit];
        real tanh_c = vector_tanh(c[unit]);
        real dh_all = dh_above[unit] + dh[unit];
        real dc_all = dc[unit] + dh_all * o * (1 - tanh_c * tanh_c);
        dc[unit] = dc_all * f * keep;
        gradients[unit] = dc_all * g * i * (1 - i);
        gradients[count + unit] = dc_all * keep * c_before[unit] * f * (1 - f);
        gradients[2 * count + unit] = dc_all * i * (1 - g * g);
        gradients[3 * count + unit] = dh_all * tanh_c * o * (1 - o);
    }
}

static const RecurrenceKind kind = {
    .gates = GATES,
    .h_unread = true,
    .stage_count = 1,
    .stages = {{GATES, forward, backward}},
};

extern const Cell KERNELS_SYMBOL(lstm_cell);

const Cell KERNELS_SYMBOL(lstm_cell) = {
    .name = "lstm",
    .title = "long short-term memory with forget gates (Hochreiter & Schmidhuber 1997, Gers et al. 2000)",
    .torch = true,
    .forget = {.there = true, .bias_row = RECURRENCE_BIAS_IH, .gate = 1},
    .recurrence = &kind,
    RECURRENT_CELL_ROWS,
};
