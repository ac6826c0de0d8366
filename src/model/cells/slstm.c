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
    [WEIGHT_IH] = {"weight_ih", GATES, DIMENSION_HIDDEN, .cols = DIMENSION_HIDDEN},
    [WEIGHT_HH] = {"weight_hh", GATES, DIMENSION_HIDDEN, .cols = DIMENSION_HEAD, .recurrent = true},
    [BIAS] = {"bias", GATES, DIMENSION_HIDDEN},
    [UP_WEIGHT] = {"up_weight", UP_GATES, DIMENSION_MLP, .cols = DIMENSION_HIDDEN, .start = START_FAN_IN,
                   .value = 1},
    [DOWN_WEIGHT] = {"down_weight", 1, DIMENSION_HIDDEN, .cols = DIMENSION_MLP, .start = START_FAN_IN,
                     .value = 1},
    [NORM_WEIGHT] = {"norm_weight", 1, DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [NORM_BIAS] = {"norm_bias", 1, DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 0},
    [HEAD_NORM_WEIGHT] = {"head_norm_weight", 1, DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [MLP_NORM_WEIGHT] = {"mlp_norm_weight", 1, DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [MLP_NORM_BIAS] = {"mlp_norm_bias", 1, DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 0},
};

static const CellState states[STATES] = {
    [STATE_H] = {"h", DIMENSION_HIDDEN, .zoneout = true},
    [STATE_C] = {"c", DIMENSION_HIDDEN},
    [STATE_N] = {"n", DIMENSION_HIDDEN},
    [STATE_M] = {"m", DIMENSION_HIDDEN},
};

static const RecurrenceKind kind = {
    .gates = GATES,
    .states = STATES,
    .has_heads = true,
    .stage_count = 1,
    .stages = {{GATES, gates_forward, gates_backward}},
};

/* --- making --- */

static void slstm_destroy(CellLayer *layer) {
    if (layer != NULL) {
        recurrence_free(layer->recurrence);
        projection_free(layer->up);
        projection_free(layer->down);
        free(layer);
    }
}

static void take_arrays(CellLayer *layer, size_t threads, Arena *arena) {
    size_t rows = layer->shape.steps * layer->shape.batch;
    size_t hidden = layer->shape.hidden;
    layer->moments = arena_take(arena, rows, sizeof(NormMoments));
    layer->head_moments = arena_take(arena, rows * layer->shape.heads, sizeof(NormMoments));
    layer->mlp_moments = arena_take(arena, rows, sizeof(NormMoments));
    layer->normal = arena_take(arena, rows * hidden, sizeof(real));
    layer->middle = arena_take(arena, rows * hidden, sizeof(real));
    layer->mlp_normal = arena_take(arena, rows * hidden, operand_size(layer->precision));
    layer->expanded = arena_take(arena, rows * UP_GATES * layer->inner, sizeof(real));
    layer->gated = arena_take(arena, rows * layer->inner, operand_size(layer->precision));
    layer->reduced = arena_take(arena, rows * hidden, sizeof(real));
    layer->out = arena_take(arena, rows * hidden, sizeof(real));
    layer->operands = rounds(layer) ? arena_take(arena, rows * hidden, sizeof(bfloat16)) : layer->out;
    layer->scratch = arena_take(arena, threads * scratch_size(layer), sizeof(real));
    if (layer->shape.training) {
        layer->gated_gradient = arena_take(arena, rows * layer->inner, sizeof(real));
        layer->mlp_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->middle_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->h_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->normal_gradient = arena_take(arena, rows * hidden, sizeof(real));
        layer->sums = arena_take(arena, PARTS * (PARAMETERS - NORM_WEIGHT) * hidden, sizeof(real));
    }
}

/* A product over the whole window. */
static Projection *create_product(const CellLayer *layer, const Slices *slices, size_t input,
                                  Compute *compute, Arena *arena, Error *error) {
    const CellShape *shape = &layer->shape;
    size_t rows = shape->steps * shape->batch;
    ProjectionShape product = {
        .slices = *slices,
        .input = input,
        .rows = rows,
        .gradient_rows = shape->training ? rows : 0,
        .input_gradient = shape->training ? INPUT_GRADIENT_WINDOW : INPUT_GRADIENT_NONE,
        .streaming = shape->streaming,
        .precision = shape->precision,
    };
    return projection_create(&product, compute, arena, error);
}

/* The layer inside reads numbers. Its products are not rounded while training: what they make goes through an
 * exponential and is divided by what may be small. */
static Recurrence *create_recurrence(const CellLayer *layer, Compute *compute, Arena *arena, Error *error) {
    CellShape inside = layer->shape;
    inside.vocab = 0;
    inside.embedded = false;
    inside.precision = inside.streaming ? inside.precision : PRECISION_F32;
    return recurrence_create(&kind, &inside, compute, arena, error);
}

static bool create_products(CellLayer *layer, Compute *compute, Arena *arena, Error *error) {
    layer->recurrence = create_recurrence(layer, compute, arena, error);
    if (layer->recurrence != NULL) {
        layer->up = create_product(layer, &layer->up_slices, layer->shape.hidden, compute, arena, error);
    }
    if (layer->up != NULL) {
        layer->down = create_product(layer, &layer->down_slices, layer->inner, compute, arena, error);
    }
    return layer->down != NULL;
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
    layer->precision = operand_precision(shape->streaming, shape->precision);
    layer->inner = cell_parameter_cols(&cell->parameters[DOWN_WEIGHT], &sizes);
    layer->up_slices = slices_create(layer->inner, UP_GATES, 1);
    layer->down_slices = slices_create(shape->hidden, 1, 1);
    take_arrays(layer, compute->threads, arena);
    if (shape->vocab > 0) {
        layer->embedding = embedding_create(shape, layer->kernels, arena);
    }
    if (!create_products(layer, compute, arena, error)) {
        slstm_destroy(layer);
        return NULL;
    }
    return layer;
}

static void slstm_pack(CellLayer *layer, const real *const *values, const real *embedding, Member member) {
    const real *recurrent[RECURRENCE_PARAMETERS] = {values[WEIGHT_IH], values[WEIGHT_HH], values[BIAS], NULL};
    if (member.index == 0) {
        memcpy(layer->values, values, sizeof layer->values);
        layer->embedding.rows = embedding;
    }
    projection_pack(layer->up, values[UP_WEIGHT], member);
    projection_pack(layer->down, values[DOWN_WEIGHT], member);
    recurrence_pack(layer->recurrence, recurrent, NULL, member);
}

/* --- forward --- */

static void normalize(const CellLayer *layer, const CellWindow *window, Range rows, real *scratch) {
    size_t hidden = layer->shape.hidden;
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *x = input_row(layer, window, row, scratch);
        real *normal = layer->normal + row * hidden;
        layer->moments[row] = norm_moments(hidden, x);
        norm_apply(hidden, layer->moments[row], x, layer->values[NORM_WEIGHT], normal);
        layer->kernels->add(normal, layer->values[NORM_BIAS], hidden);
    }
}

/* s = x + GroupNorm(h), and LayerNorm(s). */
static void add_memory(const CellLayer *layer, const CellWindow *window, Range rows, real *scratch) {
    size_t hidden = layer->shape.hidden;
    size_t heads = layer->shape.heads;
    size_t units = hidden / heads;
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *h = recurrence_output(layer->recurrence) + row * hidden;
        real *middle = layer->middle + row * hidden;
        for (size_t head = 0; head < heads; head++) {
            NormMoments moments = norm_moments(units, h + head * units);
            norm_apply(units, moments, h + head * units, layer->values[HEAD_NORM_WEIGHT] + head * units,
                       middle + head * units);
            layer->head_moments[row * heads + head] = moments;
        }
        layer->kernels->add(middle, input_row(layer, window, row, scratch), hidden);
        layer->mlp_moments[row] = norm_moments(hidden, middle);
        norm_apply(hidden, layer->mlp_moments[row], middle, layer->values[MLP_NORM_WEIGHT], scratch);
        layer->kernels->add(scratch, layer->values[MLP_NORM_BIAS], hidden);
        put_operands(layer, layer->mlp_normal, row * hidden, scratch, hidden);
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
    Range columns = slices_units(&layer->up_slices, slice);
    size_t count = columns.end - columns.begin;
    real *scratch = scratch_of(layer, member);
    real *expanded =
        layer->expanded + slices_offset(&layer->up_slices, slice, layer->shape.steps * layer->shape.batch);
    projection_forward(layer->up, slice, layer->mlp_normal, expanded, rows, member);
    for (size_t row = 0; row < rows; row++) {
        gate_row(count, expanded + row * UP_GATES * count, scratch);
        put_operands(layer, layer->gated, row * layer->inner + columns.begin, scratch, count);
    }
}

/* y = s + W_down ..., for a slice of the units. */
static void reduce_slice(const CellLayer *layer, const CellWindow *window, size_t slice, Member member) {
    size_t rows = window->steps * layer->shape.batch;
    size_t hidden = layer->shape.hidden;
    Range units = slices_units(&layer->down_slices, slice);
    size_t count = units.end - units.begin;
    real *reduced =
        layer->reduced + slices_offset(&layer->down_slices, slice, layer->shape.steps * layer->shape.batch);
    projection_forward(layer->down, slice, layer->gated, reduced, rows, member);
    for (size_t row = 0; row < rows; row++) {
        size_t at = row * hidden + units.begin;
        memcpy(layer->out + at, layer->middle + at, count * sizeof(real));
        layer->kernels->add(layer->out + at, reduced + row * count, count);
        put_operands(layer, layer->operands, at, layer->out + at, count);
    }
}

static void slstm_forward(CellLayer *layer, const CellWindow *window, Member member) {
    CellWindow inside = inside_window(layer, window);
    Range parts = member_share(member, PARTS);
    Range up = member_share(member, layer->up_slices.count);
    Range down = member_share(member, layer->down_slices.count);
    real *scratch = scratch_of(layer, member);
    if (layer->shape.vocab > 0) {
        embedding_copy(&layer->embedding, window, member);
        team_barrier(member);
    }
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
