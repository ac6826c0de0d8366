/* The simple recurrent network of Elman 1990, in PyTorch's form (two biases):
 *
 *     h = tanh(W_ih x + b_ih + W_hh h' + b_hh)        (' is the step before)
 */
#include "math/instruction_set.h"
#include "math/vector_math.h"
#include "model/recurrent_cell.h"

static const CellParameter parameters[] = RECURRENCE_TABLE(1);
static const CellState states[] = {{"h", DIMENSION_HIDDEN, .zoneout = true}};

static void forward(const GateRow *row) {
    const real *restrict bias = row->bias;
    const real *restrict sums = row->gates;
    real *restrict h = row->after[0];
#pragma omp simd
    for (size_t unit = 0; unit < row->count; unit++) {
        h[unit] = vector_tanh(sums[unit] + bias[unit]);
    }
}

static void backward(const GateRow *row) {
    const real *restrict h = row->after[0];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh = row->dh;
    real *restrict gradients = row->gradients;
#pragma omp simd
    for (size_t unit = 0; unit < row->count; unit++) {
        gradients[unit] = (dh_above[unit] + dh[unit]) * (1 - h[unit] * h[unit]);
    }
}

static const RecurrenceKind kind = {
    .gates = 1,
    .stage_count = 1,
    .stages = {{1, forward, backward}},
};

extern const Cell KERNELS_SYMBOL(rnn_cell);

const Cell KERNELS_SYMBOL(rnn_cell) = {
    .name = "rnn",
    .title = "simple recurrent network with tanh (Elman 1990)",
    .learning_rate_factor = 0.6,
    .torch = true,
    .recurrence = &kind,
    RECURRENT_CELL_ROWS,
};
