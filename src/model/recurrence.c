/* Recurrences: see recurrence.h. The way back is in recurrence_back.c. */
#include "model/recurrence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/recurrence_layer.h"

/* --- making --- */

void recurrence_free(Recurrence *recurrence) {
    if (recurrence != NULL) {
        input_free(recurrence->input);
        for (size_t stage = 0; stage < RECURRENCE_STAGES_MAX; stage++) {
            projection_free(recurrence->stages[stage].product);
        }
        free(recurrence);
    }
}

static void take_rows(const Recurrence *recurrence, GateRows *rows, size_t gates, Arena *arena) {
    size_t parts = recurrence->tiling.parts;
    size_t columns = gates * recurrence->shape.hidden;
    size_t elements = recurrence_window_rows(recurrence) * columns;
    size_t step = recurrence->shape.batch * columns;
    rows->slices = recurrence->tiling.slices;
    rows->slices.gates = gates;
    rows->values = recurrence->narrow ? arena_take(arena_of_turn(arena), step, sizeof(real))
                                      : arena_take(arena, elements, sizeof(real));
    rows->bias = arena_take(arena, columns, sizeof(real));
    if (recurrence->shape.training) {
        rows->bias_gradient = arena_take(arena, parts * columns, sizeof(real));
        rows->exact = arena_take(arena, parts * columns, sizeof(real));
        rows->gradients = recurrence_rounds(recurrence) ? arena_take(arena, elements, sizeof(bfloat16))
                                                        : (void *)rows->values;
    }
    if (recurrence->shape.training && recurrence->narrow) {
        rows->kept = rows->gradients;
        rows->wide = arena_take(arena, parts * columns, sizeof(real));
    }
}

static void take_states(Recurrence *recurrence, Arena *arena) {
    const CellShape *shape = &recurrence->shape;
    size_t step = recurrence_step_size(recurrence);
    for (size_t k = 0; k < recurrence->state_count; k++) {
        size_t steps = k == 0 && recurrence->h_in_turn ? 2 : shape->steps + 1;
        recurrence->states[k] = arena_take(arena, steps * step, sizeof(real));
        if (shape->training) {
            recurrence->dstates[k] = arena_take(arena_of_turn(arena), step, sizeof(real));
        }
    }
    recurrence_zoneout_take(recurrence, arena);
    recurrence->operands = recurrence_rounds(recurrence)
                               ? arena_take(arena, (shape->steps + 1) * step, sizeof(bfloat16))
                               : recurrence->states[0];
    if (shape->resets) {
        recurrence->operands_before =
            arena_take(arena, shape->steps * step, operand_size(recurrence->precision));
    }
    if (recurrence->kind->stage_count > 1) {
        recurrence->between = arena_take(arena, shape->steps * step, operand_size(recurrence->precision));
        recurrence->between_row = arena_take(arena, recurrence->tiling.parts * shape->hidden, sizeof(real));
    }
}

static bool create_stage(Recurrence *recurrence, size_t index, Compute *compute, Arena *arena, Error *error) {
    const CellShape *shape = &recurrence->shape;
    const RecurrenceKind *kind = recurrence->kind;
    Stage *stage = &recurrence->stages[index];
    stage->kind = &kind->stages[index];
    stage->first_gate = index == 0 ? 0 : kind->stages[0].gates;
    if (kind->apart) {
        take_rows(recurrence, &stage->rows, stage->kind->gates, arena);
    }
    if (shape->training) {
        stage->dx = arena_take(arena_of_turn(arena), recurrence_step_size(recurrence), sizeof(real));
    }
    Slices slices = recurrence->tiling.slices;
    slices.gates = stage->kind->gates;
    ProjectionShape product = {
        .slices = slices,
        .input = recurrence_columns(recurrence),
        .blocks = recurrence->cell->has_heads,
        .rows = shape->batch,
        .row_parts = recurrence->tiling.parts,
        .add_to_y = !kind->apart,
        .gradient_rows = shape->training ? recurrence_window_rows(recurrence) : 0,
        .input_gradient = shape->training ? INPUT_GRADIENT_STEP : INPUT_GRADIENT_NONE,
        .streaming = shape->streaming,
        .precision = shape->precision,
    };
    stage->product = projection_create(&product, compute, arena, error);
    return stage->product != NULL;
}

Recurrence *recurrence_create(const RecurrenceKind *kind, const Cell *cell, const CellShape *shape,
                              Compute *compute, Arena *arena, Error *error) {
    assert(cell->state_count <= RECURRENCE_STATES_MAX && kind->stage_count <= RECURRENCE_STAGES_MAX);
    Recurrence *recurrence = memory_allocate(1, sizeof *recurrence, "a recurrent layer", error);
    if (recurrence == NULL) {
        return NULL;
    }
    recurrence->kind = kind;
    recurrence->cell = cell;
    recurrence->state_count = cell->state_count;
    recurrence->shape = *shape;
    recurrence->kernels = compute->kernels;
    recurrence->precision = operand_precision(shape->streaming, shape->precision);
    Slices slices = slices_create(shape->hidden, kind->gates, cell->has_heads ? shape->heads : 1);
    recurrence->tiling = tiling_create(&slices, shape->batch, shape->streaming);
    recurrence->narrow = recurrence_rounds(recurrence) && kind->stage_count == 1;
    recurrence->h_in_turn = recurrence->narrow && kind->h_unread && shape->zoneout == 0;
    take_rows(recurrence, &recurrence->gates, kind->gates, arena);
    take_states(recurrence, arena);
    size_t step_parts = recurrence->narrow ? recurrence->tiling.parts : 0;
    recurrence->input = input_create(shape, &slices, step_parts, compute, arena, error);
    bool good = recurrence->input != NULL;
    for (size_t stage = 0; good && stage < kind->stage_count; stage++) {
        good = create_stage(recurrence, stage, compute, arena, error);
    }
    if (!good) {
        recurrence_free(recurrence);
        return NULL;
    }
    return recurrence;
}

/* Takes the biases of one slice: gate `gate` of `rows` is gate first_gate + gate of the parameters; `other` is added,
 * or NULL. */
static void pack_bias(const GateRows *rows, size_t slice, size_t first_gate, const real *bias,
                      const real *other) {
    Range units = slices_units(&rows->slices, slice);
    size_t count = units.end - units.begin;
    real *packed = rows->bias + rows->slices.gates * units.begin;
    for (size_t gate = 0; gate < rows->slices.gates; gate++) {
        size_t first = (first_gate + gate) * rows->slices.hidden + units.begin;
        for (size_t unit = 0; unit < count; unit++) {
            packed[gate * count + unit] = bias[first + unit] + (other != NULL ? other[first + unit] : 0);
        }
    }
}

void recurrence_pack(Recurrence *recurrence, const real *const *parameters, const real *embedding,
                     Member member) {
    const RecurrenceKind *kind = recurrence->kind;
    size_t gate_weights = recurrence->shape.hidden * recurrence_columns(recurrence);
    Range share = member_share(member, recurrence->tiling.slices.count);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        pack_bias(&recurrence->gates, slice, 0, parameters[RECURRENCE_BIAS_IH],
                  kind->apart ? NULL : parameters[RECURRENCE_BIAS_HH]);
    }
    for (size_t k = 0; k < kind->stage_count; k++) {
        const Stage *stage = &recurrence->stages[k];
        for (size_t slice = share.begin; kind->apart && slice < share.end; slice++) {
            pack_bias(&stage->rows, slice, stage->first_gate, parameters[RECURRENCE_BIAS_HH], NULL);
        }
        projection_pack(stage->product, parameters[RECURRENCE_WEIGHT_HH] + stage->first_gate * gate_weights,
                        member);
    }
    input_pack(recurrence->input, parameters[RECURRENCE_WEIGHT_IH], embedding, member);
}

/* --- forward --- */

void recurrence_copy_units(const Recurrence *recurrence, Range units, const real *from, real *to) {
    for (size_t b = 0; b < recurrence->shape.batch; b++) {
        size_t at = b * recurrence->shape.hidden + units.begin;
        memcpy(to + at, from + at, (units.end - units.begin) * sizeof(real));
    }
}

/* Makes the operands of h[t], where `t` counts as in that array, for some units of some streams. */
static void round_h(const Recurrence *recurrence, size_t t, Range units, Range streams) {
    const real *h = recurrence_state(recurrence, 0, t);
    for (size_t b = streams.begin; recurrence_rounds(recurrence) && b < streams.end; b++) {
        size_t at = b * recurrence->shape.hidden + units.begin;
        recurrence->kernels->round_to_bfloat16((bfloat16 *)recurrence->operands +
                                                   t * recurrence_step_size(recurrence) + at,
                                               h + at, units.end - units.begin);
    }
}

/* Takes h after step t through the dropout of the output: all units of a turn at once, in one part of the streams. */
static void drop_h(const Recurrence *recurrence, const CellWindow *window, size_t t, Range slices,
                   size_t part) {
    const RowDropout *dropout = &window->output_dropout;
    if (!dropout_is_on(dropout) || slices.begin == slices.end) {
        return;
    }
    size_t hidden = recurrence->shape.hidden;
    const real *h = recurrence_state(recurrence, 0, t + 1);
    Tile first = tiling_tile(&recurrence->tiling, t, slices.begin, part);
    Tile last = tiling_tile(&recurrence->tiling, t, slices.end - 1, part);
    Range units = {first.units.begin, last.units.end};
    for (size_t b = first.streams.begin; b < first.streams.end; b++) {
        dropout_part(dropout, recurrence->kernels, recurrence->precision, window->dropped, h + b * hidden,
                     t * recurrence->shape.batch + b, units, hidden);
    }
}

/* Makes the tile's part of operands_before: h' with zeros where texts begin. */
static void copy_before(const Recurrence *recurrence, const CellWindow *window, const Tile *tile) {
    size_t size = operand_size(recurrence->precision);
    for (size_t b = tile->streams.begin; b < tile->streams.end; b++) {
        size_t at =
            (tile->t * recurrence_step_size(recurrence) + b * recurrence->shape.hidden + tile->units.begin) *
            size;
        size_t bytes = (tile->units.end - tile->units.begin) * size;
        char *before = (char *)recurrence->operands_before + at;
        if (recurrence_keep_state(recurrence, window, tile->t, b) == 0) {
            memset(before, 0, bytes);
        } else {
            memcpy(before, (const char *)recurrence->operands + at, bytes);
        }
    }
}

const void *recurrence_reads(const Recurrence *recurrence, const CellWindow *window, size_t stage, size_t t,
                             size_t b) {
    const void *before = window->reset == NULL ? recurrence->operands : recurrence->operands_before;
    return operand_at(stage > 0 ? recurrence->between : before, recurrence->precision,
                      t * recurrence_step_size(recurrence) + b * recurrence->shape.hidden);
}

/* Where the first pass writes the row of `between`. */
static real *between_row(const Recurrence *recurrence, const Tile *tile, size_t b) {
    if (recurrence_rounds(recurrence)) {
        return recurrence->between_row + tile->part * recurrence->shape.hidden + tile->units.begin;
    }
    return (real *)recurrence->between + tile->t * recurrence_step_size(recurrence) +
           b * recurrence->shape.hidden + tile->units.begin;
}

GateRow recurrence_row(const Recurrence *recurrence, const Tile *tile, size_t stage, size_t b) {
    const RecurrenceKind *kind = recurrence->kind;
    const GateRows *gates = &recurrence->gates;
    size_t at = b * recurrence->shape.hidden + tile->units.begin;
    GateRow row = {.count = tile->units.end - tile->units.begin,
                   .stage_gates = kind->stages[stage].gates,
                   .bias = gates->bias + gates->slices.gates * tile->units.begin,
                   .gates = recurrence_row_values(recurrence, gates, tile->units, tile->t, b)};
    for (size_t k = 0; k < recurrence->state_count; k++) {
        real *made = recurrence->zoneout.made[k];
        row.before[k] = recurrence_state(recurrence, k, tile->t) + at;
        row.after[k] = at + (made != NULL ? made + tile->t * recurrence_step_size(recurrence)
                                          : recurrence_state(recurrence, k, tile->t + 1));
    }
    if (kind->apart) {
        const GateRows *rows = &recurrence->stages[stage].rows;
        row.recurrent_bias = rows->bias + rows->slices.gates * tile->units.begin;
        row.recurrent = recurrence_row_values(recurrence, rows, tile->units, tile->t, b);
    }
    if (kind->stage_count > 1) {
        row.between = between_row(recurrence, tile, b);
    }
    return row;
}

/* Makes the row of `between` operands. */
static void round_between(const Recurrence *recurrence, const Tile *tile, const GateRow *row, size_t b) {
    if (recurrence_rounds(recurrence)) {
        size_t at =
            tile->t * recurrence_step_size(recurrence) + b * recurrence->shape.hidden + tile->units.begin;
        recurrence->kernels->round_to_bfloat16((bfloat16 *)recurrence->between + at, row->between,
                                               row->count);
    }
}

/* Narrow: rounds what the way back will need. */
static void keep_row(const Recurrence *recurrence, const Tile *tile, size_t b, const GateRow *row) {
    const GateRows *sides[] = {&recurrence->gates, &recurrence->stages[0].rows};
    const real *const values[] = {row->gates, row->recurrent};
    for (size_t side = 0; side < 2 && sides[side]->kept != NULL; side++) {
        size_t at = recurrence_row_kept(recurrence, sides[side], tile->units, tile->t, b);
        recurrence->kernels->round_to_bfloat16(sides[side]->kept + at, values[side],
                                               recurrence_row_width(sides[side], tile->units));
    }
}

static void forward_tile(Recurrence *recurrence, const CellWindow *window, const Tile *tile, size_t index,
                         Member member) {
    const Stage *stage = &recurrence->stages[index];
    const GateRows *rows = recurrence_stage_rows(recurrence, stage);
    bool last = index + 1 == recurrence->kind->stage_count;
    Range streams = tile->streams;
    if (index == 0) {
        input_forward_step(
            recurrence->input, window, tile->t, tile->slice, streams,
            recurrence_row_values(recurrence, &recurrence->gates, tile->units, tile->t, streams.begin),
            member);
    }
    projection_forward(stage->product, tile->slice,
                       recurrence_reads(recurrence, window, index, tile->t, streams.begin),
                       recurrence_row_values(recurrence, rows, tile->units, tile->t, streams.begin),
                       streams.end - streams.begin, member);
    GateRow row = recurrence_row(recurrence, tile, index, streams.begin);
    for (size_t b = streams.begin; b < streams.end; b++) {
        row.keep = recurrence_keep_state(recurrence, window, tile->t, b);
        stage->kind->forward(&row);
        keep_row(recurrence, tile, b, &row);
        if (!last) {
            round_between(recurrence, tile, &row, b);
        } else if (recurrence->zoneout.probability > 0) {
            recurrence_zoneout_forward(recurrence, window, tile, &row, b);
        }
        if (b + 1 < streams.end) {
            recurrence_row_move(recurrence, 1, &row);
        }
    }
    if (last) {
        round_h(recurrence, tile->t + 1, tile->units, streams);
    }
}

/* Steps through the window with one part of the streams. */
static void forward_part(Recurrence *recurrence, const CellWindow *window, const Turn *turn, size_t part,
                         Member member) {
    for (size_t t = 0; t < window->steps; t++) {
        for (size_t slice = turn->slices.begin; window->reset != NULL && slice < turn->slices.end; slice++) {
            Tile tile = tiling_tile(&recurrence->tiling, t, slice, part);
            copy_before(recurrence, window, &tile);
        }
        if (window->reset != NULL) {
            turn_meet(turn, member);
        }
        for (size_t stage = 0; stage < recurrence->kind->stage_count; stage++) {
            for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
                Tile tile = tiling_tile(&recurrence->tiling, t, slice, part);
                forward_tile(recurrence, window, &tile, stage, member);
            }
            turn_meet(turn, member);
        }
        drop_h(recurrence, window, t, turn->slices, part);
    }
}

/* Takes the states from before the window. */
static void load_states(Recurrence *recurrence, const CellWindow *window, size_t slice) {
    Range units = slices_units(&recurrence->tiling.slices, slice);
    for (size_t k = 0; k < recurrence->state_count; k++) {
        recurrence_copy_units(recurrence, units, window->state + k * recurrence_step_size(recurrence),
                              recurrence->states[k]);
    }
    round_h(recurrence, 0, units, (Range){0, recurrence->shape.batch});
}

/* Gives the states after it. */
static void store_states(const Recurrence *recurrence, const CellWindow *window, size_t slice) {
    size_t step = recurrence_step_size(recurrence);
    Range units = slices_units(&recurrence->tiling.slices, slice);
    for (size_t k = 0; k < recurrence->state_count; k++) {
        recurrence_copy_units(recurrence, units, recurrence_state(recurrence, k, window->steps),
                              window->state + k * step);
    }
}

void recurrence_forward(Recurrence *recurrence, const CellWindow *window, Member member) {
    Range share = member_share(member, recurrence->tiling.slices.count);
    Turn turn = tiling_turn(&recurrence->tiling, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        load_states(recurrence, window, slice);
    }
    input_forward(recurrence->input, window, recurrence->gates.values, member);
    team_barrier(member);
    for (size_t part = turn.parts.begin; part < turn.parts.end; part++) {
        forward_part(recurrence, window, &turn, part, member);
    }
    turn_change(&turn, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        store_states(recurrence, window, slice);
    }
    team_barrier(member);
}

const real *recurrence_output(const Recurrence *recurrence) {
    return recurrence->states[0] + recurrence_step_size(recurrence);
}

const void *recurrence_operands(const Recurrence *recurrence) {
    return operand_at(recurrence->operands, recurrence->precision, recurrence_step_size(recurrence));
}
