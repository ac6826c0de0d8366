/* The sLSTM: Beck et al. 2024, "xLSTM: Extended Long Short-Term Memory" (arXiv 2405.04517), equations 8 to 17, with a
 * sigmoid as forget gate, which of the two that the paper allows trains more steadily. Per unit:
 *
 *     c = f c' + i z        z = tanh(W_z x + R_z h' + b_z)        m  = max(log f + m', log i)
 *     n = f n' + i          i = exp(W_i x + R_i h' + b_i)         i and f are carried out as exp(log i - m) and
 *     h = o c / n           f = σ(W_f x + R_f h' + b_f)           exp(log f + m' - m)
 *                           o = σ(W_o x + R_o h' + b_o)           (' is the step before)
 *
 * R is block-diagonal: a unit reads h' of its own head. Gates are in the order i f z o. All states of the start of a
 * text are 0, m too: c and n are 0 there, whatever they are scaled by.
 *
 * Around it stands the block of figure 10, without its optional convolution:
 *
 *     s = x + GroupNorm(h) with x read through LayerNorm        a, b = W_up LayerNorm(s)
 *                                                               y = s + W_down (gelu(a) ⊙ b)
 *
 * a and b are 4/3 H wide. The time loop is model/recurrence.h's; what is done row by row is cut into fixed parts of the
 * window's rows, whose sums for the gradients of the norms are added up in the order of the parts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/instruction_set.h"
#include "model/cells.h"
#include "model/cells/slstm_back.h"
#include "model/cells/slstm_gates.h"
#include "model/cells/slstm_layer.h"

static const CellParameter parameters[PARAMETERS] = {
    [WEIGHT_IH] = {"weight_ih", DIMENSION_HIDDEN, DIMENSION_HIDDEN, .row_factor = GATES},
    [WEIGHT_HH] = {"weight_hh", DIMENSION_HIDDEN, DIMENSION_HEAD, .row_factor = GATES, .recurrent = true},
    [BIAS] = {"bias", DIMENSION_HIDDEN, .row_factor = GATES},
    [UP_WEIGHT] = {"up_weight", DIMENSION_MLP, DIMENSION_HIDDEN, .row_factor = UP_GATES,
                   .start = START_FAN_IN, .value = 1},
    [DOWN_WEIGHT] = {"down_weight", DIMENSION_HIDDEN, DIMENSION_MLP, .start = START_FAN_IN, .value = 1},
    [NORM_WEIGHT] = {"norm_weight", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [NORM_BIAS] = {"norm_bias", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 0},
    [HEAD_NORM_WEIGHT] = {"head_norm_weight", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [MLP_NORM_WEIGHT] = {"mlp_norm_weight", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [MLP_NORM_BIAS] = {"mlp_norm_bias", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 0},
};

static const CellState states[STATES] = {
    [STATE_H] = {"h", DIMENSION_HIDDEN, .zoneout = true},
    [STATE_C] = {"c", DIMENSION_HIDDEN},
    [STATE_N] = {"n", DIMENSION_HIDDEN},
    [STATE_M] = {"m", DIMENSION_HIDDEN},
};

static const RecurrenceKind kind = {
    .gates = GATES,
    .stage_count = 1,
    .stages = {{GATES, gates_forward, gates_backward}},
};

/* --- making --- */

static void slstm_destroy(CellLayer *layer) {
    if (layer != NULL) {
        recurrence_free(layer->recurrence);
        residual_block_free(&layer->block);
        free(layer);
    }
}

static void take_arrays(CellLayer *layer, size_t threads, Arena *arena) {
    size_t rows = layer->shape.steps * layer->shape.batch;
    size_t hidden = layer->shape.hidden;
    size_t size = operand_size(layer->block.precision);
    layer->moments = arena_take(arena, rows, sizeof(NormMoments));
    layer->head_moments = arena_take(arena, rows * layer->shape.heads, sizeof(NormMoments));
    layer->mlp_moments = arena_take(arena, rows, sizeof(NormMoments));
    layer->normal = arena_take(arena, rows * hidden, sizeof(real));
    layer->middle = arena_take(arena, rows * hidden, sizeof(real));
    layer->mlp_normal = arena_take(arena, rows * hidden, size);
    layer->expanded = arena_take(arena, rows * UP_GATES * layer->inner, sizeof(real));
    layer->gated = arena_take(arena, rows * layer->inner, size);
    layer->reduced = arena_take(arena, rows * hidden, sizeof(real));
    layer->out = arena_take(arena, rows * hidden, sizeof(real));
    layer->operands =
        layer->block.precision == PRECISION_BF16 ? arena_take(arena, rows * hidden, size) : layer->out;
    layer->scratch = arena_take(arena, threads * scratch_size(layer), sizeof(real));
    if (layer->shape.training) {
        layer->expanded_gradient = layer->block.precision == PRECISION_BF16
                                       ? arena_take(arena, rows * UP_GATES * layer->inner, size)
                                       : layer->expanded;
        layer->gated_gradient = arena_take(arena, rows * layer->inner, sizeof(real));
        layer->mlp_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->middle_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->h_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->normal_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->sums = arena_take(arena, RESIDUAL_PARTS * (PARAMETERS - NORM_WEIGHT) * hidden, sizeof(real));
    }
}

/* The layer inside reads numbers. Its products are not rounded while training: what they make goes through an
 * exponential and is divided by what may be small. */
static Recurrence *create_recurrence(const Cell *cell, const CellLayer *layer, Compute *compute, Arena *arena,
                                     Error *error) {
    CellShape inside = layer->shape;
    inside.vocab = 0;
    inside.embedded = false;
    inside.precision = inside.streaming ? inside.precision : PRECISION_F32;
    return recurrence_create(&kind, cell, &inside, compute, arena, error);
}

static CellLayer *slstm_create(const Cell *cell, const CellShape *shape, Compute *compute, Arena *arena,
                               Error *error) {
    CellLayer *layer = memory_allocate(1, sizeof *layer, "an sLSTM layer", error);
    if (layer == NULL) {
        return NULL;
    }
    CellSizes sizes = {.input = shape->input, .hidden = shape->hidden, .heads = shape->heads};
    layer->shape = *shape;
    layer->kernels = compute->kernels;
    layer->inner = cell_parameter_columns(&cell->parameters[DOWN_WEIGHT], &sizes);
    layer->recurrence = create_recurrence(cell, layer, compute, arena, error);
    if (layer->recurrence == NULL ||
        !residual_block_create(&layer->block, shape, layer->inner, shape->steps * shape->batch, compute,
                               arena, error)) {
        slstm_destroy(layer);
        return NULL;
    }
    take_arrays(layer, compute->threads, arena);
    return layer;
}

static void slstm_pack(CellLayer *layer, const real *const *values, const real *embedding, Member member) {
    const real *recurrent[RECURRENCE_PARAMETERS] = {values[WEIGHT_IH], values[WEIGHT_HH], values[BIAS], NULL};
    if (member.index == 0) {
        memcpy(layer->values, values, sizeof layer->values);
    }
    residual_block_pack(&layer->block, values[UP_WEIGHT], values[DOWN_WEIGHT], embedding, member);
    recurrence_pack(layer->recurrence, recurrent, NULL, member);
}

/* --- forward --- */

static void normalize(const CellLayer *layer, const CellWindow *window, Range rows, real *scratch) {
    size_t hidden = layer->shape.hidden;
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *x = residual_block_input(&layer->block, window, row, scratch);
        layer->moments[row] = norm_layer(layer->kernels, hidden, x, layer->values[NORM_WEIGHT],
                                         layer->values[NORM_BIAS], layer->normal + row * hidden);
    }
}

/* s = x + GroupNorm(h), and LayerNorm(s). */
static void add_memory(const CellLayer *layer, const CellWindow *window, Range rows, real *scratch) {
    size_t hidden = layer->shape.hidden;
    size_t heads = layer->shape.heads;
    const real *h = recurrence_output(layer->recurrence);
    for (size_t row = rows.begin; row < rows.end; row++) {
        real *middle = layer->middle + row * hidden;
        norm_heads(heads, hidden / heads, h + row * hidden, layer->values[HEAD_NORM_WEIGHT], middle,
                   layer->head_moments + row * heads);
        layer->kernels->add(middle, residual_block_input(&layer->block, window, row, scratch), hidden);
        layer->mlp_moments[row] = norm_layer(layer->kernels, hidden, middle, layer->values[MLP_NORM_WEIGHT],
                                             layer->values[MLP_NORM_BIAS], scratch);
        residual_block_put(&layer->block, layer->mlp_normal, row * hidden, scratch, hidden);
    }
}

/* gelu(a) ⊙ b of a row of a slice. */
static void gate_row(size_t count, const real *restrict expanded, real *restrict gated) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real derivative = 0;
        gated[k] = expanded[k] * gelu_share(expanded[k], &derivative) * expanded[count + k];
    }
}

static void expand_slice(const CellLayer *layer, const CellWindow *window, size_t slice, Member member) {
    size_t rows = window->steps * layer->shape.batch;
    Range columns = slices_units(&layer->block.up_slices, slice);
    size_t count = columns.end - columns.begin;
    real *scratch = scratch_of(layer, member);
    real *expanded = layer->expanded +
                     slices_offset(&layer->block.up_slices, slice, layer->shape.steps * layer->shape.batch);
    projection_forward(layer->block.up, slice, layer->mlp_normal, expanded, rows, member);
    for (size_t row = 0; row < rows; row++) {
        gate_row(count, expanded + row * UP_GATES * count, scratch);
        residual_block_put(&layer->block, layer->gated, row * layer->inner + columns.begin, scratch, count);
    }
}

/* y = s + W_down ..., for a slice of the units. */
static void reduce_slice(const CellLayer *layer, const CellWindow *window, size_t slice, Member member) {
    size_t rows = window->steps * layer->shape.batch;
    size_t hidden = layer->shape.hidden;
    Range units = slices_units(&layer->block.down_slices, slice);
    size_t count = units.end - units.begin;
    real *reduced = layer->reduced +
                    slices_offset(&layer->block.down_slices, slice, layer->shape.steps * layer->shape.batch);
    projection_forward(layer->block.down, slice, layer->gated, reduced, rows, member);
    for (size_t row = 0; row < rows; row++) {
        size_t at = row * hidden + units.begin;
        memcpy(layer->out + at, layer->middle + at, count * sizeof(real));
        layer->kernels->add(layer->out + at, reduced + row * count, count);
        residual_block_put(&layer->block, layer->operands, at, layer->out + at, count);
    }
}

static void slstm_forward(CellLayer *layer, const CellWindow *window, Member member) {
    CellWindow inside = inside_window(layer, window);
    Range parts = member_share(member, RESIDUAL_PARTS);
    Range up = member_share(member, layer->block.up_slices.count);
    Range down = member_share(member, layer->block.down_slices.count);
    real *scratch = scratch_of(layer, member);
    residual_block_start(&layer->block, window, member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        normalize(layer, window, part_rows(layer, window, part), scratch);
    }
    team_barrier(member);
    recurrence_forward(layer->recurrence, &inside, member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        add_memory(layer, window, part_rows(layer, window, part), scratch);
    }
    team_barrier(member);
    for (size_t slice = up.begin; slice < up.end; slice++) {
        expand_slice(layer, window, slice, member);
    }
    team_barrier(member);
    for (size_t slice = down.begin; slice < down.end; slice++) {
        reduce_slice(layer, window, slice, member);
    }
    team_barrier(member);
}

static const real *slstm_output(const CellLayer *layer) {
    return layer->out;
}

static const void *slstm_operands(const CellLayer *layer) {
    return layer->operands;
}

extern const Cell KERNELS_SYMBOL(slstm_cell);

const Cell KERNELS_SYMBOL(slstm_cell) = {
    .name = "slstm",
    .title = "xLSTM's block with exponential gates and a normalised memory (Beck et al. 2024)",
    .learning_rate_factor = 0.6,
    .has_heads = true,
    .residual = true,
    .parameters = parameters,
    .parameter_count = PARAMETERS,
    .states = states,
    .state_count = STATES,
    .forget = {.there = true, .bias_row = BIAS, .gate = 1},
    .create = slstm_create,
    .destroy = slstm_destroy,
    .pack = slstm_pack,
    .forward = slstm_forward,
    .backward = slstm_backward,
    .output = slstm_output,
    .operands = slstm_operands,
};
