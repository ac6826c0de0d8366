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
#include "model/cells/norm.h"
#include "model/cells/slstm_gates.h"
#include "model/embedding.h"
#include "model/projection.h"

enum { PARTS = 16, UP_GATES = 2 };

enum {
    WEIGHT_IH = RECURRENCE_WEIGHT_IH,
    WEIGHT_HH = RECURRENCE_WEIGHT_HH,
    BIAS = RECURRENCE_BIAS_IH,
    UP_WEIGHT,
    DOWN_WEIGHT,
    NORM_WEIGHT, /* the norms' are the last ones, a vector of H each */
    NORM_BIAS,
    HEAD_NORM_WEIGHT,
    MLP_NORM_WEIGHT,
    MLP_NORM_BIAS,
    PARAMETERS
};

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
    .heads = true,
    .stage_count = 1,
    .stages = {{GATES, gates_forward, gates_backward}},
};

struct CellLayer {
    CellShape shape;
    const Kernels *kernels;
    Precision
        precision; /* of what the products of the block read; the recurrence's read reals while training */
    size_t inner;  /* columns of a and of b */
    Embedding embedding;            /* of a first layer */
    const real *values[PARAMETERS]; /* as packed last */
    Recurrence *recurrence;
    Slices up_slices, down_slices;
    Projection *up, *down;
    /* For each of T·B rows: */
    NormMoments *moments, *head_moments, *mlp_moments;
    real *normal;     /* H: LayerNorm(x) */
    real *middle;     /* H: s */
    void *mlp_normal; /* H operands: LayerNorm(s) */
    real *expanded;   /* a and b, slice after slice; on the way back their gradients */
    void *gated;      /* gelu(a) ⊙ b, operands */
    real *reduced;    /* H, slice after slice: what W_down makes; on the way back its gradient */
    real *out;        /* H */
    void *operands;   /* the same as operands */
    /* Back: */
    real *gated_gradient;
    real *mlp_gradient;    /* of LayerNorm(s) */
    real *middle_gradient; /* of s */
    real *h_gradient;
    real *normal_gradient; /* of LayerNorm(x) */
    real *sums;            /* for each part H for each norm's parameter */
    real *scratch;         /* for each member a row of H and a row of a and b */
};

static bool rounds(const CellLayer *layer) {
    return layer->precision == PRECISION_BF16;
}

/* --- making --- */

static void slstm_destroy(CellLayer *layer) {
    if (layer != NULL) {
        recurrence_free(layer->recurrence);
        projection_free(layer->up);
        projection_free(layer->down);
        free(layer);
    }
}

static size_t scratch_size(const CellLayer *layer) {
    return layer->shape.hidden + UP_GATES * layer->inner;
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

/* --- rows --- */

/* The rows of one of the fixed parts of a window. */
static Range part_rows(const CellLayer *layer, const CellWindow *window, size_t part) {
    return range_part(window->steps * layer->shape.batch, 1, PARTS, part);
}

/* x of a row; made in `scratch` where it must be. */
static const real *input_row(const CellLayer *layer, const CellWindow *window, size_t row, real *scratch) {
    size_t hidden = layer->shape.hidden;
    const void *inputs = layer->shape.vocab > 0 ? layer->embedding.copies : window->input;
    const void *x = operand_at(inputs, layer->precision, row * hidden);
    if (!rounds(layer)) {
        return x;
    }
    for (size_t k = 0; k < hidden; k++) {
        scratch[k] = bfloat16_value(((const bfloat16 *)x)[k]);
    }
    return scratch;
}

static void put_operands(const CellLayer *layer, void *into, size_t first, const real *from, size_t count) {
    if (rounds(layer)) {
        layer->kernels->round_to_bfloat16((bfloat16 *)into + first, from, count);
    } else if ((real *)into + first != from) {
        memcpy((real *)into + first, from, count * sizeof(real));
    }
}

static real *scratch_of(const CellLayer *layer, Member member) {
    return layer->scratch + member.index * scratch_size(layer);
}

/* The window of the layer inside. */
static CellWindow inside_window(const CellLayer *layer, const CellWindow *window) {
    CellWindow inside = *window;
    inside.ids = NULL;
    inside.input = layer->normal;
    inside.output_gradient = layer->h_gradient;
    inside.input_gradient = layer->normal_gradient;
    inside.embedding_gradient = NULL;
    return inside;
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

/* gelu(x) = x Φ(x), by the tanh of Hendrycks & Gimpel 2016, section 2. Returns Φ(x) and its derivative. */
static inline real gelu_share(real x, real *derivative) {
    const real scale = (real)0.7978845608028654; /* √(2/π) */
    const real cubic = (real)0.044715;
    real t = vector_tanh(scale * (x + cubic * x * x * x));
    *derivative = (real)0.5 * (1 - t * t) * scale * (1 + 3 * cubic * x * x);
    return (real)0.5 + (real)0.5 * t;
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

/* --- back --- */

/* Where the operands of a slice's row of gradients go, in the array that held its values: see model/projection.h. */
static void put_gradient(const CellLayer *layer, const Slices *slices, size_t slice, size_t row,
                         const real *gradient, real *array) {
    Range units = slices_units(slices, slice);
    size_t width = slices->gates * (units.end - units.begin);
    const void *first =
        slices_gradient(slices, slice, layer->shape.steps * layer->shape.batch, layer->precision, array);
    put_operands(layer, (void *)(uintptr_t)first, row * width, gradient, width);
}

/* Zeros beyond the window's steps. */
static void clear_beyond(const CellLayer *layer, const CellWindow *window, const Slices *slices, size_t slice,
                         real *array) {
    Range units = slices_units(slices, slice);
    size_t size = slices->gates * (units.end - units.begin) * operand_size(layer->precision);
    size_t rows = layer->shape.steps * layer->shape.batch;
    size_t first = window->steps * layer->shape.batch;
    const void *gradients = slices_gradient(slices, slice, rows, layer->precision, array);
    memset((char *)(uintptr_t)gradients + first * size, 0, (rows - first) * size);
}

/* The gradient of what W_down made of a slice is that of y. */
static void reduce_back(const CellLayer *layer, const CellWindow *window, size_t slice) {
    Range units = slices_units(&layer->down_slices, slice);
    clear_beyond(layer, window, &layer->down_slices, slice, layer->reduced);
    for (size_t row = window->steps * layer->shape.batch; row-- > 0;) {
        put_gradient(layer, &layer->down_slices, slice, row,
                     window->output_gradient + row * layer->shape.hidden + units.begin, layer->reduced);
    }
}

/* Back through gate_row: from the gradient of gelu(a) ⊙ b to those of a and b. */
static void gate_row_back(size_t count, const real *restrict expanded, const real *restrict dgated,
                          real *restrict gradients) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real a = expanded[k];
        real derivative = 0;
        real share = gelu_share(a, &derivative);
        gradients[k] = dgated[k] * expanded[count + k] * (share + a * derivative);
        gradients[count + k] = dgated[k] * a * share;
    }
}

static void expand_back(const CellLayer *layer, const CellWindow *window, size_t slice, real *scratch) {
    Range columns = slices_units(&layer->up_slices, slice);
    size_t count = columns.end - columns.begin;
    const real *expanded =
        layer->expanded + slices_offset(&layer->up_slices, slice, layer->shape.steps * layer->shape.batch);
    clear_beyond(layer, window, &layer->up_slices, slice, layer->expanded);
    for (size_t row = window->steps * layer->shape.batch; row-- > 0;) {
        gate_row_back(count, expanded + row * UP_GATES * count,
                      layer->gated_gradient + row * layer->inner + columns.begin, scratch);
        put_gradient(layer, &layer->up_slices, slice, row, scratch, layer->expanded);
    }
}

/* From the gradients of a projection's output to those of its weights and its input. Ends in a barrier. */
static void project_back(const CellLayer *layer, const Projection *projection, const Slices *slices,
                         const real *gradients, const void *x, real *dx, real *weight_gradient,
                         Member member) {
    Range share = member_share(member, slices->count);
    size_t rows = layer->shape.steps * layer->shape.batch;
    team_barrier(member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        projection_backward_weights(projection, slice,
                                    slices_gradient(slices, slice, rows, layer->precision, gradients), x,
                                    weight_gradient, member);
    }
    projection_backward_rows(projection, gradients, dx, member);
    team_barrier(member);
}

/* A part's sum for the gradient of a norm's parameter. */
static real *sum_of(const CellLayer *layer, size_t part, size_t parameter) {
    size_t norms = PARAMETERS - NORM_WEIGHT;
    return layer->sums + (part * norms + parameter - NORM_WEIGHT) * layer->shape.hidden;
}

/* Back through add_memory, but for x. */
static void add_memory_back(const CellLayer *layer, const CellWindow *window, size_t part) {
    size_t hidden = layer->shape.hidden;
    size_t heads = layer->shape.heads;
    size_t units = hidden / heads;
    Range rows = part_rows(layer, window, part);
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *h = recurrence_output(layer->recurrence) + row * hidden;
        const real *mlp_gradient = layer->mlp_gradient + row * hidden;
        real *gradient = layer->middle_gradient + row * hidden;
        layer->kernels->add(sum_of(layer, part, MLP_NORM_BIAS), mlp_gradient, hidden);
        norm_backward(hidden, layer->mlp_moments[row], layer->middle + row * hidden,
                      layer->values[MLP_NORM_WEIGHT], mlp_gradient, gradient,
                      sum_of(layer, part, MLP_NORM_WEIGHT));
        layer->kernels->add(gradient, window->output_gradient + row * hidden, hidden);
        for (size_t head = 0; head < heads; head++) {
            size_t at = head * units;
            norm_backward(units, layer->head_moments[row * heads + head], h + at,
                          layer->values[HEAD_NORM_WEIGHT] + at, gradient + at,
                          layer->h_gradient + row * hidden + at, sum_of(layer, part, HEAD_NORM_WEIGHT) + at);
        }
    }
}

/* Back to x: through LayerNorm, and straight. */
static void normalize_back(const CellLayer *layer, const CellWindow *window, size_t part, real *scratch) {
    size_t hidden = layer->shape.hidden;
    real *dx = layer->shape.vocab > 0 ? layer->embedding.gradient : window->input_gradient;
    Range rows = part_rows(layer, window, part);
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *gradient = layer->normal_gradient + row * hidden;
        const real *x = input_row(layer, window, row, scratch);
        layer->kernels->add(sum_of(layer, part, NORM_BIAS), gradient, hidden);
        norm_backward(hidden, layer->moments[row], x, layer->values[NORM_WEIGHT], gradient, dx + row * hidden,
                      sum_of(layer, part, NORM_WEIGHT));
        layer->kernels->add(dx + row * hidden, layer->middle_gradient + row * hidden, hidden);
    }
}

/* Adds the parts' sums, part after part, to the gradients of the member's parameters. */
static void add_sums(const CellLayer *layer, real *const *gradients, Member member) {
    Range share = member_share(member, PARAMETERS - NORM_WEIGHT);
    for (size_t k = NORM_WEIGHT + share.begin; k < NORM_WEIGHT + share.end; k++) {
        for (size_t part = 0; part < PARTS; part++) {
            layer->kernels->add(gradients[k], sum_of(layer, part, k), layer->shape.hidden);
        }
    }
}

static void slstm_backward(CellLayer *layer, const CellWindow *window, real *const *gradients,
                           Member member) {
    CellWindow inside = inside_window(layer, window);
    real *const recurrent[RECURRENCE_PARAMETERS] = {gradients[WEIGHT_IH], gradients[WEIGHT_HH],
                                                    gradients[BIAS], NULL};
    Range parts = member_share(member, PARTS);
    Range up = member_share(member, layer->up_slices.count);
    Range down = member_share(member, layer->down_slices.count);
    real *scratch = scratch_of(layer, member);
    for (size_t slice = down.begin; slice < down.end; slice++) {
        reduce_back(layer, window, slice);
    }
    project_back(layer, layer->down, &layer->down_slices, layer->reduced, layer->gated, layer->gated_gradient,
                 gradients[DOWN_WEIGHT], member);
    for (size_t slice = up.begin; slice < up.end; slice++) {
        expand_back(layer, window, slice, scratch);
    }
    project_back(layer, layer->up, &layer->up_slices, layer->expanded, layer->mlp_normal, layer->mlp_gradient,
                 gradients[UP_WEIGHT], member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        memset(sum_of(layer, part, NORM_WEIGHT), 0,
               (PARAMETERS - NORM_WEIGHT) * layer->shape.hidden * sizeof(real));
        add_memory_back(layer, window, part);
    }
    team_barrier(member);
    recurrence_backward(layer->recurrence, &inside, recurrent, member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        normalize_back(layer, window, part, scratch);
    }
    team_barrier(member);
    add_sums(layer, gradients, member);
    if (layer->shape.vocab > 0) {
        embedding_scatter(&layer->embedding, window, member);
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
    .heads = true,
    .residual = true,
    .parameters = parameters,
    .parameter_count = PARAMETERS,
    .states = states,
    .state_count = STATES,
    .has_forget_gate = true,
    .forget_bias = BIAS,
    .forget_gate = 1,
    .create = slstm_create,
    .destroy = slstm_destroy,
    .pack = slstm_pack,
    .forward = slstm_forward,
    .backward = slstm_backward,
    .output = slstm_output,
    .operands = slstm_operands,
};
