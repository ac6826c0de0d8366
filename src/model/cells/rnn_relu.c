/* The simple recurrent network of Elman 1990 with rectified units, in PyTorch's form (two biases):
 *
 *     h = max(0, W_ih x + b_ih + W_hh h' + b_hh)        (' is the step before)
 */
#include "math/instruction_set.h"
#include "model/recurrent_cell.h"

static const CellParameter parameters[] = RECURRENCE_TABLE(1);
static const CellState states[] = {{"h", DIMENSION_HIDDEN, .zoneout = true}};

static void forward(const GateRow *row) {
    const real *restrict bias = row->bias;
    const real *restrict sums = row->gates;
    real *restrict h = row->after[0];
#pragma omp simd
    for (size_t unit = 0; unit < row->count; unit++) {
        real sum = sums[unit] + bias[unit];
        h[unit] = sum > 0 ? sum : 0;
    }
}

static void backward(const GateRow *row) {
    const real *restrict h = row->after[0];
    const real *restrict dh_above = row->dh_above;
    const real *restrict dh = row->dh;
    real *restrict gradients = row->gradients;
#pragma omp simd
    for (size_t unit = 0; unit < row->count; unit++) {
        gradients[unit] = h[unit] > 0 ? dh_above[unit] + dh[unit] : 0;
    }
}

static const RecurrenceKind kind = {
    .gates = 1,
    .stage_count = 1,
    .stages = {{1, forward, backward}},
};

extern const Cell KERNELS_SYMBOL(rnn_relu_cell);

const Cell KERNELS_SYMBOL(rnn_relu_cell) = {
    .name = "rnn-relu",
    .title = "simple recurrent network with rectified units (Elman 1990, Le et al. 2015)",
    .learning_rate_factor = 0.6,
    .torch = true,
    .recurrence = &kind,
    RECURRENT_CELL_ROWS,
};
