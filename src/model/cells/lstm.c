/* The LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000, in
 * PyTorch's form (gates in the order i f g o, two biases):
 *
 *     i = σ(W_ii x + b_ii + W_hi h' + b_hi)        c = f ⊙ c' + i ⊙ g
 *     f = σ(W_if x + b_if + W_hf h' + b_hf)        h = o ⊙ tanh(c)
 *     g = tanh(W_ig x + b_ig + W_hg h' + b_hg)
 *     o = σ(W_io x + b_io + W_ho h' + b_ho)        (' is the step before)
 *
 * The input's part of the pre-activations comes from model/input.h. Inside the time loop only the recurrent
 * product and one fused gate pass are left. A member takes some slices of the units in all streams, and meets the
 * others once a step; or, in a small layer, all units in some of the streams, and meets nobody (model/tiling.h).
 * The backward loop turns the stored gates into the gradients of the pre-activations, in place; the weight
 * gradients are products over all T·B rows after it. What products read is rounded, if it is, right where it is
 * made; c, the gates and all sums stay reals.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/instruction_set.h"
#include "model/cell.h"
#include "model/cells/lstm_gates.h"
#include "model/input.h"
#include "model/projection.h"
#include "model/tiling.h"

enum { GATES = 4, STATE_H = 0, STATE_C = 1, STATES = 2 };

enum { WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, PARAMETERS };

static const CellParameter parameters[PARAMETERS] = {
    [WEIGHT_IH] = {"weight_ih", GATES, DIMENSION_HIDDEN, .cols = DIMENSION_INPUT},
    [WEIGHT_HH] = {"weight_hh", GATES, DIMENSION_HIDDEN, .cols = DIMENSION_HIDDEN},
    [BIAS_IH] = {"bias_ih", GATES, DIMENSION_HIDDEN},
    [BIAS_HH] = {"bias_hh", GATES, DIMENSION_HIDDEN},
};

static const CellState states[STATES] = {
    [STATE_H] = {"h", .rows = DIMENSION_HIDDEN},
    [STATE_C] = {"c", .rows = DIMENSION_HIDDEN},
};

struct CellLayer {
    CellShape shape;
    const Kernels *kernels;
    Precision precision; /* of the operands of products */
    Tiling tiling;       /* of the time loop */
    Input *input;
    Projection *recurrent;
    real *bias;          /* 4H, slice after slice: b_ih + b_hh */
    real *bias_gradient; /* the same for each part */
    real *gates;         /* T × B rows of 4H, slice after slice: pre-activations, then gates */
    real *
        gradients; /* of the pre-activations, as model/projection.h has them; mostly in the place of the gates */
    real *h;       /* (T + 1) × B × H; [0] is the state before the window */
    real *c;       /* the same */
    void *operands;        /* h as operands: `h` itself, or rounded */
    void *operands_before; /* T × B × H operands: h' with zeros where a text begins; only if shape.resets */
    void
        *step_gradients; /* 2 × B × 4H operands, columns in the order of W's rows: those of a step, in turn */
    real *
        exact_gradients; /* 4H for each part, slice after slice: those of one row, before they become operands */
    real
        *dh; /* B rows of H, slice after slice: d loss / d h' that comes back through the recurrent product */
    real *dc; /* B × H: d loss / d c' */
};

static size_t step_size(const CellLayer *layer) {
    return layer->shape.batch * layer->shape.hidden;
}

static bool rounds(const CellLayer *layer) {
    return layer->precision == PRECISION_BF16;
}

static void lstm_destroy(CellLayer *layer) {
    if (layer != NULL) {
        input_free(layer->input);
        projection_free(layer->recurrent);
        free(layer);
    }
}

static void take_arrays(CellLayer *layer, Arena *arena) {
    const CellShape *shape = &layer->shape;
    size_t step = step_size(layer);
    layer->bias = arena_take(arena, GATES * shape->hidden, sizeof(real));
    layer->gates = arena_take(arena, GATES * shape->steps * step, sizeof(real));
    layer->h = arena_take(arena, (shape->steps + 1) * step, sizeof(real));
    layer->c = arena_take(arena, (shape->steps + 1) * step, sizeof(real));
    layer->operands =
        rounds(layer) ? arena_take(arena, (shape->steps + 1) * step, sizeof(bfloat16)) : layer->h;
    if (shape->resets) {
        layer->operands_before = arena_take(arena, shape->steps * step, operand_size(layer->precision));
    }
    if (shape->training) {
        layer->bias_gradient = arena_take(arena, layer->tiling.parts * GATES * shape->hidden, sizeof(real));
        layer->exact_gradients = arena_take(arena, layer->tiling.parts * GATES * shape->hidden, sizeof(real));
        /* Rounded rows overwrite gates that only the same step or a later one needed: parts may be steps apart. */
        layer->gradients = rounds(layer) && layer->tiling.parts > 1
                               ? arena_take(arena, GATES * shape->steps * step, sizeof(real))
                               : layer->gates;
        layer->step_gradients = arena_take(arena, 2 * GATES * step, operand_size(layer->precision));
        layer->dh = arena_take(arena, step, sizeof(real));
        layer->dc = arena_take(arena, step, sizeof(real));
    }
}

static CellLayer *lstm_create(const CellShape *shape, Compute *compute, Arena *arena, Error *error) {
    CellLayer *layer = memory_allocate(1, sizeof *layer, "an LSTM layer", error);
    if (layer == NULL) {
        return NULL;
    }
    layer->shape = *shape;
    layer->kernels = compute->kernels;
    layer->precision = operand_precision(shape->streaming, shape->precision);
    Slices slices = slices_create(shape->hidden, GATES);
    layer->tiling = tiling_create(&slices, shape->batch, shape->streaming);
    take_arrays(layer, arena);
    ProjectionShape recurrent = {
        .slices = layer->tiling.slices,
        .input = shape->hidden,
        .rows = shape->batch,
        .row_parts = layer->tiling.parts,
        .add_to_y = true,
        .gradient_rows = shape->training ? shape->steps * shape->batch : 0,
        .input_gradient = shape->training ? INPUT_GRADIENT_STEP : INPUT_GRADIENT_NONE,
        .streaming = shape->streaming,
        .precision = shape->precision,
    };
    layer->input = input_create(shape, &layer->tiling.slices, compute, arena, error);
    if (layer->input != NULL) {
        layer->recurrent = projection_create(&recurrent, compute, arena, error);
    }
    if (layer->recurrent == NULL) {
        lstm_destroy(layer);
        return NULL;
    }
    return layer;
}

/* The slice's rows of the gates at step t, from stream b on. */
static real *gates_of(const CellLayer *layer, size_t slice, size_t t, size_t b) {
    Range units = slices_units(&layer->tiling.slices, slice);
    size_t rows = layer->shape.steps * layer->shape.batch;
    return layer->gates + slices_offset(&layer->tiling.slices, slice, rows) +
           (t * layer->shape.batch + b) * GATES * (units.end - units.begin);
}

/* Where element (gate, unit) of a slice is in PyTorch's order. */
static size_t torch_index(const CellLayer *layer, Range units, size_t gate, size_t unit) {
    return gate * layer->shape.hidden + units.begin + unit;
}

static void lstm_pack(CellLayer *layer, const real *const *values, const real *embedding, Member member) {
    Range share = member_share(member, layer->tiling.slices.count);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        Range units = slices_units(&layer->tiling.slices, slice);
        size_t count = units.end - units.begin;
        for (size_t gate = 0; gate < GATES; gate++) {
            for (size_t unit = 0; unit < count; unit++) {
                size_t k = torch_index(layer, units, gate, unit);
                layer->bias[GATES * units.begin + gate * count + unit] =
                    values[BIAS_IH][k] + values[BIAS_HH][k];
            }
        }
    }
    projection_pack(layer->recurrent, values[WEIGHT_HH], member);
    input_pack(layer->input, values[WEIGHT_IH], embedding, member);
}

/* Copies the columns of a slice from one B × H matrix to another. */
static void copy_units(const CellLayer *layer, Range units, const real *from, real *to) {
    for (size_t b = 0; b < layer->shape.batch; b++) {
        size_t at = b * layer->shape.hidden + units.begin;
        memcpy(to + at, from + at, (units.end - units.begin) * sizeof(real));
    }
}

/* Makes the operands of h[t], where `t` counts as in that array, for some units of some streams. */
static void round_h(const CellLayer *layer, size_t t, Range units, Range streams) {
    for (size_t b = streams.begin; rounds(layer) && b < streams.end; b++) {
        size_t at = t * step_size(layer) + b * layer->shape.hidden + units.begin;
        layer->kernels->round_to_bfloat16((bfloat16 *)layer->operands + at, layer->h + at,
                                          units.end - units.begin);
    }
}

/* 0 where a text begins at step t of stream b, 1 elsewhere. */
static real keep_state(const CellLayer *layer, const CellWindow *window, size_t t, size_t b) {
    return window->reset != NULL && window->reset[t * layer->shape.batch + b] != 0 ? (real)0 : (real)1;
}

/* Makes the tile's part of operands_before: h' with zeros where texts begin. */
static void copy_before(const CellLayer *layer, const CellWindow *window, const Tile *tile) {
    size_t size = operand_size(layer->precision);
    for (size_t b = tile->streams.begin; b < tile->streams.end; b++) {
        size_t at = (tile->t * step_size(layer) + b * layer->shape.hidden + tile->units.begin) * size;
        size_t bytes = (tile->units.end - tile->units.begin) * size;
        char *before = (char *)layer->operands_before + at;
        if (keep_state(layer, window, tile->t, b) == 0) {
            memset(before, 0, bytes);
        } else {
            memcpy(before, (const char *)layer->operands + at, bytes);
        }
    }
}

/* h' of step t, as operands, from stream b on: h of the step before, or its copy with zeros where texts begin. */
static const void *before_step(const CellLayer *layer, const CellWindow *window, size_t t, size_t b) {
    const void *before = window->reset == NULL ? layer->operands : layer->operands_before;
    return operand_at(before, layer->precision, t * step_size(layer) + b * layer->shape.hidden);
}

static void forward_tile(CellLayer *layer, const CellWindow *window, const Tile *tile, Member member) {
    size_t count = tile->units.end - tile->units.begin;
    Range streams = tile->streams;
    real *gates = gates_of(layer, tile->slice, tile->t, streams.begin);
    input_forward_step(layer->input, window, tile->t, tile->slice, streams, gates);
    projection_forward(layer->recurrent, tile->slice, before_step(layer, window, tile->t, streams.begin),
                       gates, streams.end - streams.begin, member);
    for (size_t b = streams.begin; b < streams.end; b++, gates += GATES * count) {
        size_t before = tile->t * step_size(layer) + b * layer->shape.hidden + tile->units.begin;
        size_t after = before + step_size(layer);
        gates_forward(count, keep_state(layer, window, tile->t, b), layer->bias + GATES * tile->units.begin,
                      gates, layer->c + before, layer->c + after, layer->h + after);
    }
    round_h(layer, tile->t + 1, tile->units, streams);
}

/* Steps through the window with one part of the streams. */
static void forward_part(CellLayer *layer, const CellWindow *window, const Turn *turn, size_t part,
                         Member member) {
    for (size_t t = 0; t < window->steps; t++) {
        for (size_t slice = turn->slices.begin; window->reset != NULL && slice < turn->slices.end; slice++) {
            Tile tile = tiling_tile(&layer->tiling, t, slice, part);
            copy_before(layer, window, &tile);
        }
        if (window->reset != NULL) {
            turn_meet(turn, member);
        }
        for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
            Tile tile = tiling_tile(&layer->tiling, t, slice, part);
            forward_tile(layer, window, &tile, member);
        }
        turn_meet(turn, member);
    }
}

/* Takes the state from before the window. */
static void load_state(CellLayer *layer, const CellWindow *window, size_t slice) {
    Range units = slices_units(&layer->tiling.slices, slice);
    copy_units(layer, units, window->state + STATE_H * step_size(layer), layer->h);
    copy_units(layer, units, window->state + STATE_C * step_size(layer), layer->c);
    round_h(layer, 0, units, (Range){0, layer->shape.batch});
}

static void lstm_forward(CellLayer *layer, const CellWindow *window, Member member) {
    size_t step = step_size(layer);
    Range share = member_share(member, layer->tiling.slices.count);
    Turn turn = tiling_turn(&layer->tiling, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        load_state(layer, window, slice);
    }
    input_forward(layer->input, window, layer->gates, member);
    team_barrier(member);
    for (size_t part = turn.parts.begin; part < turn.parts.end; part++) {
        forward_part(layer, window, &turn, part, member);
    }
    turn_change(&turn, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        Range units = slices_units(&layer->tiling.slices, slice);
        copy_units(layer, units, layer->h + window->steps * step, window->state + STATE_H * step);
        copy_units(layer, units, layer->c + window->steps * step, window->state + STATE_C * step);
    }
    team_barrier(member);
}

/* Where the gradients of all gates of stream b at step t begin, as the recurrent product reads them. Two steps take
 * turns, because a member may be one step ahead of another. */
static void *step_gradients(const CellLayer *layer, size_t t, size_t b) {
    size_t at = t % 2 * GATES * step_size(layer) + b * GATES * layer->shape.hidden;
    return (char *)layer->step_gradients + at * operand_size(layer->precision);
}

/* The slice's gradients of pre-activations, from row t·B + b of the window on, as the window's products read them. */
static void *window_gradients(const CellLayer *layer, size_t slice, size_t row) {
    Range units = slices_units(&layer->tiling.slices, slice);
    size_t rows = layer->shape.steps * layer->shape.batch;
    const void *first =
        slices_gradient(&layer->tiling.slices, slice, rows, layer->precision, layer->gradients);
    return (char *)(uintptr_t)operand_at(first, layer->precision, row * GATES * (units.end - units.begin));
}

/* Puts a row of gradients, as operands, where both kinds of products read it. */
static void keep_row(const CellLayer *layer, Range units, const real *gradients, void *kept, void *step) {
    size_t size = operand_size(layer->precision);
    size_t count = units.end - units.begin;
    if (rounds(layer)) {
        layer->kernels->round_to_bfloat16(kept, gradients, GATES * count);
    } else {
        memcpy(kept, gradients, GATES * count * sizeof(real));
    }
    for (size_t gate = 0; gate < GATES; gate++) {
        memcpy((char *)step + (gate * layer->shape.hidden + units.begin) * size,
               (const char *)kept + gate * count * size, count * size);
    }
}

/* The gradients of one tile: of the pre-activations, of c', and of the biases. Last row first: see
 * model/projection.h. */
static void backward_tile(CellLayer *layer, const CellWindow *window, const Tile *tile) {
    size_t hidden = layer->shape.hidden;
    size_t count = tile->units.end - tile->units.begin;
    size_t biases = GATES * (tile->part * hidden + tile->units.begin);
    const real *gates = gates_of(layer, tile->slice, tile->t, 0);
    const real *dh = layer->dh + tile->units.begin * layer->shape.batch;
    char *kept = window_gradients(layer, tile->slice, tile->t * layer->shape.batch);
    for (size_t b = tile->streams.end; b-- > tile->streams.begin;) {
        size_t before = tile->t * step_size(layer) + b * hidden + tile->units.begin;
        size_t after = before + step_size(layer);
        gates_backward(count, keep_state(layer, window, tile->t, b), layer->bias_gradient + biases,
                       gates + b * GATES * count, layer->exact_gradients + biases, layer->c + before,
                       layer->c + after, window->output_gradient + before, dh + b * count,
                       layer->dc + b * hidden + tile->units.begin);
        keep_row(layer, tile->units, layer->exact_gradients + biases,
                 kept + b * GATES * count * operand_size(layer->precision),
                 step_gradients(layer, tile->t, b));
    }
}

/* The gradient of h' of one tile, from the gates of all units. */
static void backward_state(CellLayer *layer, const CellWindow *window, const Tile *tile, Member member) {
    size_t count = tile->units.end - tile->units.begin;
    Range streams = tile->streams;
    real *dh = layer->dh + tile->units.begin * layer->shape.batch;
    projection_backward_step(layer->recurrent, tile->slice, step_gradients(layer, tile->t, streams.begin),
                             dh + streams.begin * count, streams.end - streams.begin, member);
    for (size_t b = streams.begin; b < streams.end; b++) {
        if (keep_state(layer, window, tile->t, b) == 0) {
            memset(dh + b * count, 0, count * sizeof(real));
        }
    }
}

/* Steps back through the window with one part of the streams. */
static void backward_part(CellLayer *layer, const CellWindow *window, const Turn *turn, size_t part,
                          Member member) {
    for (size_t t = window->steps; t-- > 0;) {
        for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
            Tile tile = tiling_tile(&layer->tiling, t, slice, part);
            backward_tile(layer, window, &tile);
        }
        turn_meet(turn, member); /* dh of a slice needs the gradients of all gates of all units */
        for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
            Tile tile = tiling_tile(&layer->tiling, t, slice, part);
            backward_state(layer, window, &tile, member);
        }
    }
}

/* Makes the slice ready for the way back: no gradient comes from beyond the window. */
static void backward_start(CellLayer *layer, const CellWindow *window, size_t slice) {
    size_t batch = layer->shape.batch;
    size_t hidden = layer->shape.hidden;
    Range units = slices_units(&layer->tiling.slices, slice);
    size_t count = units.end - units.begin;
    memset(layer->dh + units.begin * batch, 0, batch * count * sizeof(real));
    for (size_t b = 0; b < batch; b++) {
        memset(layer->dc + b * hidden + units.begin, 0, count * sizeof(real));
    }
    for (size_t part = 0; part < layer->tiling.parts; part++) {
        memset(layer->bias_gradient + GATES * (part * hidden + units.begin), 0, GATES * count * sizeof(real));
    }
    size_t rows_beyond = (layer->shape.steps - window->steps) * batch;
    memset(window_gradients(layer, slice, window->steps * batch), 0,
           rows_beyond * GATES * count * operand_size(layer->precision));
}

/* Adds the biases' gradients of one slice, part after part. */
static void add_bias_gradients(const CellLayer *layer, size_t slice, real *const *gradients) {
    Range units = slices_units(&layer->tiling.slices, slice);
    size_t count = units.end - units.begin;
    for (size_t part = 0; part < layer->tiling.parts; part++) {
        const real *sums = layer->bias_gradient + GATES * (part * layer->shape.hidden + units.begin);
        for (size_t gate = 0; gate < GATES; gate++) {
            for (size_t unit = 0; unit < count; unit++) {
                size_t k = torch_index(layer, units, gate, unit);
                gradients[BIAS_IH][k] += sums[gate * count + unit];
                gradients[BIAS_HH][k] += sums[gate * count + unit];
            }
        }
    }
}

/* What is left after the time loop, for one slice: weights, biases and the state before the window. */
static void backward_finish(CellLayer *layer, const CellWindow *window, size_t slice, real *const *gradients,
                            Member member) {
    size_t step = step_size(layer);
    Range units = slices_units(&layer->tiling.slices, slice);
    size_t count = units.end - units.begin;
    projection_backward_weights(layer->recurrent, slice, window_gradients(layer, slice, 0),
                                before_step(layer, window, 0, 0), gradients[WEIGHT_HH], member);
    add_bias_gradients(layer, slice, gradients);
    for (size_t b = 0; b < layer->shape.batch; b++) {
        memcpy(window->state_gradient + STATE_H * step + b * layer->shape.hidden + units.begin,
               layer->dh + units.begin * layer->shape.batch + b * count, count * sizeof(real));
    }
    copy_units(layer, units, layer->dc, window->state_gradient + STATE_C * step);
}

static void lstm_backward(CellLayer *layer, const CellWindow *window, real *const *gradients, Member member) {
    Range share = member_share(member, layer->tiling.slices.count);
    Turn turn = tiling_turn(&layer->tiling, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        backward_start(layer, window, slice);
    }
    turn_change(&turn, member);
    for (size_t part = turn.parts.begin; part < turn.parts.end; part++) {
        backward_part(layer, window, &turn, part, member);
    }
    turn_change(&turn, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        backward_finish(layer, window, slice, gradients, member);
    }
    input_backward(layer->input, window, layer->gradients, gradients[WEIGHT_IH], member);
}

static const real *lstm_output(const CellLayer *layer) {
    return layer->h + step_size(layer);
}

static const void *lstm_operands(const CellLayer *layer) {
    return operand_at(layer->operands, layer->precision, step_size(layer));
}

extern const Cell KERNELS_SYMBOL(lstm_cell);

const Cell KERNELS_SYMBOL(lstm_cell) = {
    .name = "lstm",
    .title = "long short-term memory with forget gates (Hochreiter & Schmidhuber 1997, Gers et al. 2000)",
    .torch = true,
    .parameters = parameters,
    .parameter_count = PARAMETERS,
    .states = states,
    .state_count = STATES,
    .has_forget_gate = true,
    .forget_bias = BIAS_IH,
    .forget_gate = 1,
    .create = lstm_create,
    .destroy = lstm_destroy,
    .pack = lstm_pack,
    .forward = lstm_forward,
    .backward = lstm_backward,
    .output = lstm_output,
    .operands = lstm_operands,
};
