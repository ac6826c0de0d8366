/* The way back through a recurrence: see recurrence.h. */
#include <string.h>

#include "model/recurrence_layer.h"

/* The gradients of a slice's units, row t·B + b of the window, as the window's products read them. */
static GradientRows window_gradients(const Recurrence *recurrence, const GateRows *rows, size_t slice) {
    return slices_gradient_rows(&rows->slices, slice, recurrence_window_rows(recurrence),
                                recurrence->precision, rows->gradients);
}

/* The row as the pass of a stage reads it on the way back. */
static GateRow backward_row(const Recurrence *recurrence, const CellWindow *window, const Tile *tile,
                            size_t stage, size_t b) {
    size_t at = b * recurrence->shape.hidden + tile->units.begin;
    size_t at_slice = tile->units.begin * recurrence->shape.batch + b * (tile->units.end - tile->units.begin);
    GateRow row = recurrence_row(recurrence, tile, stage, b);
    row.dh_above = window->output_gradient + tile->t * recurrence_step_size(recurrence) + at;
    row.dh = recurrence->stages[0].dx + at_slice;
    for (size_t k = 0; k < recurrence->state_count; k++) {
        row.dstate[k] = recurrence->dstates[k] + at;
    }
    row.gradients = recurrence->gates.exact + recurrence_part_offset(&recurrence->gates, tile);
    if (recurrence->kind->stage_count > 1) {
        row.gradients = row.gates;
        row.dbetween = recurrence->stages[1].dx + at_slice;
    }
    if (recurrence->kind->apart) {
        const GateRows *rows = &recurrence->stages[stage].rows;
        row.recurrent_gradients = rows->exact + recurrence_part_offset(rows, tile);
    }
    return row;
}

/* Narrow: makes reals of the gates that were kept, where the pass reads them. */
static void widen_row(const Recurrence *recurrence, const Tile *tile, size_t b, GateRow *row) {
    const GateRows *sides[] = {&recurrence->gates, &recurrence->stages[0].rows};
    const real *values[2] = {0};
    for (size_t side = 0; side < 2 && sides[side]->kept != NULL; side++) {
        size_t at = recurrence_row_kept(recurrence, sides[side], tile->units, tile->t, b);
        real *wide = sides[side]->wide + recurrence_part_offset(sides[side], tile);
        row->gates = side == 0 ? wide : row->gates;
        values[side] = kernels_read_operands(recurrence->kernels, PRECISION_BF16, sides[side]->kept, at, wide,
                                             recurrence_row_width(sides[side], tile->units));
    }
    row->recurrent = values[1] != NULL ? values[1] : row->recurrent;
}

/* Goes on to the row of the stream before. */
static void move_back(const Recurrence *recurrence, GateRow *row) {
    size_t hidden = recurrence->shape.hidden;
    recurrence_row_move(recurrence, -1, row);
    row->dh_above -= hidden;
    row->dh -= row->count;
    for (size_t k = 0; k < recurrence->state_count; k++) {
        row->dstate[k] -= hidden;
    }
    if (recurrence->kind->stage_count > 1) {
        row->gradients = row->gates;
        row->dbetween -= row->count;
    }
}

/* Takes the gradients of one side of row t·B + b: adds them to the biases' and makes operands of them. */
static void take_row(const Recurrence *recurrence, const GateRows *rows, const Tile *tile, size_t at,
                     const real *gradients, const GradientRows *kept) {
    recurrence->kernels->add(rows->bias_gradient + recurrence_part_offset(rows, tile), gradients,
                             kept->width);
    gradient_rows_put(kept, recurrence->kernels, at, 0, gradients, kept->width);
}

/* The gradients of one tile: of the pre-activations, of the states before, and of the biases. */
static void backward_tile(Recurrence *recurrence, const CellWindow *window, const Tile *tile, size_t index) {
    const Stage *stage = &recurrence->stages[index];
    GradientRows input_kept = window_gradients(recurrence, &recurrence->gates, tile->slice);
    const GateRows *rows = recurrence_stage_rows(recurrence, stage);
    GradientRows kept = window_gradients(recurrence, rows, tile->slice);
    bool zoneout = recurrence->zoneout.probability > 0 && index + 1 == recurrence->kind->stage_count;
    GateRow row = backward_row(recurrence, window, tile, index, tile->streams.end - 1);
    for (size_t b = tile->streams.end; b-- > tile->streams.begin;) {
        size_t at = tile->t * recurrence->shape.batch + b;
        row.keep = recurrence_keep_state(recurrence, window, tile->t, b);
        widen_row(recurrence, tile, b, &row);
        if (zoneout) {
            GateRow made = recurrence_zoneout_split(recurrence, window, tile, &row, b);
            stage->kind->backward(&made);
            recurrence_zoneout_join(recurrence, tile, &row);
        } else {
            stage->kind->backward(&row);
        }
        if (index == 0) {
            take_row(recurrence, &recurrence->gates, tile, at, row.gradients, &input_kept);
        }
        if (recurrence->kind->apart) {
            take_row(recurrence, rows, tile, at, row.recurrent_gradients, &kept);
        }
        if (b > tile->streams.begin) {
            move_back(recurrence, &row);
        }
    }
}

/* The gradient of what the stage's product read, for one tile, from the gates of all units. */
static void backward_product(Recurrence *recurrence, const CellWindow *window, const Tile *tile, size_t index,
                             Member member) {
    const Stage *stage = &recurrence->stages[index];
    size_t count = tile->units.end - tile->units.begin;
    Range streams = tile->streams;
    real *dx = stage->dx + tile->units.begin * recurrence->shape.batch;
    projection_backward_step(stage->product, tile->slice, recurrence_stage_rows(recurrence, stage)->gradients,
                             tile->t * recurrence->shape.batch + streams.begin, dx + streams.begin * count,
                             streams.end - streams.begin, member);
    for (size_t b = streams.begin; index == 0 && b < streams.end; b++) {
        if (recurrence_keep_state(recurrence, window, tile->t, b) == 0) {
            memset(dx + b * count, 0, count * sizeof(real));
        }
    }
}

/* Steps back through the window with one part of the streams. */
static void backward_part(Recurrence *recurrence, const CellWindow *window, const Turn *turn, size_t part,
                          Member member) {
    for (size_t t = window->steps; t-- > 0;) {
        for (size_t stage = recurrence->kind->stage_count; stage-- > 0;) {
            for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
                Tile tile = tiling_tile(&recurrence->tiling, t, slice, part);
                backward_tile(recurrence, window, &tile, stage);
            }
            turn_meet(turn, member); /* what a slice's units were read by are the gates of all units */
            for (size_t slice = turn->slices.begin; slice < turn->slices.end; slice++) {
                Tile tile = tiling_tile(&recurrence->tiling, t, slice, part);
                backward_product(recurrence, window, &tile, stage, member);
            }
        }
    }
}

/* Makes a slice of gate rows ready: no sums yet, and no gradients beyond the window's steps. */
static void start_rows(const Recurrence *recurrence, const CellWindow *window, const GateRows *rows,
                       size_t slice) {
    GradientRows gradients = window_gradients(recurrence, rows, slice);
    Tile tile = {.units = slices_units(&rows->slices, slice)};
    for (tile.part = 0; tile.part < recurrence->tiling.parts; tile.part++) {
        memset(rows->bias_gradient + recurrence_part_offset(rows, &tile), 0, gradients.width * sizeof(real));
    }
    gradient_rows_clear(&gradients,
                        (Range){window->steps * recurrence->shape.batch, recurrence_window_rows(recurrence)});
}

/* Makes the slice ready for the way back: no gradient comes from beyond the window. */
static void backward_start(Recurrence *recurrence, const CellWindow *window, size_t slice) {
    size_t batch = recurrence->shape.batch;
    Range units = slices_units(&recurrence->tiling.slices, slice);
    size_t count = units.end - units.begin;
    memset(recurrence->stages[0].dx + units.begin * batch, 0, batch * count * sizeof(real));
    for (size_t k = 0; k < recurrence->state_count; k++) {
        for (size_t b = 0; b < batch; b++) {
            memset(recurrence->dstates[k] + b * recurrence->shape.hidden + units.begin, 0,
                   count * sizeof(real));
        }
    }
    start_rows(recurrence, window, &recurrence->gates, slice);
    for (size_t stage = 0; recurrence->kind->apart && stage < recurrence->kind->stage_count; stage++) {
        start_rows(recurrence, window, &recurrence->stages[stage].rows, slice);
    }
}

/* Adds the biases' gradients of one slice, part after part, from gate `first_gate` of the parameters on. */
static void add_bias_gradients(const Recurrence *recurrence, const GateRows *rows, size_t slice,
                               size_t first_gate, real *gradient) {
    Tile tile = {.units = slices_units(&rows->slices, slice)};
    size_t count = tile.units.end - tile.units.begin;
    for (tile.part = 0; tile.part < recurrence->tiling.parts; tile.part++) {
        const real *sums = rows->bias_gradient + recurrence_part_offset(rows, &tile);
        for (size_t gate = 0; gate < rows->slices.gates; gate++) {
            recurrence->kernels->add(gradient + (first_gate + gate) * rows->slices.hidden + tile.units.begin,
                                     sums + gate * count, count);
        }
    }
}

/* The gradients of the states before the window. */
static void store_state_gradients(const Recurrence *recurrence, const CellWindow *window, Range units) {
    size_t count = units.end - units.begin;
    for (size_t k = 0; k < recurrence->state_count; k++) {
        recurrence_copy_units(recurrence, units, recurrence->dstates[k],
                              window->state_gradient + k * recurrence_step_size(recurrence));
    }
    for (size_t b = 0; b < recurrence->shape.batch; b++) {
        recurrence->kernels->add(window->state_gradient + b * recurrence->shape.hidden + units.begin,
                                 recurrence->stages[0].dx + units.begin * recurrence->shape.batch + b * count,
                                 count);
    }
}

/* What is left after the time loop, for one slice: weights, biases and the states before the window. */
static void backward_finish(Recurrence *recurrence, const CellWindow *window, size_t slice,
                            real *const *gradients, Member member) {
    const RecurrenceKind *kind = recurrence->kind;
    size_t gate_weights = recurrence->shape.hidden * recurrence_columns(recurrence);
    Range units = slices_units(&recurrence->tiling.slices, slice);
    for (size_t k = 0; k < kind->stage_count; k++) {
        const Stage *stage = &recurrence->stages[k];
        const GateRows *rows = recurrence_stage_rows(recurrence, stage);
        projection_backward_weights(stage->product, slice, window_gradients(recurrence, rows, slice).operands,
                                    recurrence_reads(recurrence, window, k, 0, 0),
                                    gradients[RECURRENCE_WEIGHT_HH] + stage->first_gate * gate_weights,
                                    member);
        if (gradients[RECURRENCE_BIAS_HH] != NULL) {
            add_bias_gradients(recurrence, rows, slice, stage->first_gate, gradients[RECURRENCE_BIAS_HH]);
        }
    }
    add_bias_gradients(recurrence, &recurrence->gates, slice, 0, gradients[RECURRENCE_BIAS_IH]);
    store_state_gradients(recurrence, window, units);
}

void recurrence_backward(Recurrence *recurrence, const CellWindow *window, real *const *gradients,
                         Member member) {
    Range share = member_share(member, recurrence->tiling.slices.count);
    Turn turn = tiling_turn(&recurrence->tiling, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        backward_start(recurrence, window, slice);
    }
    for (size_t k = 0; k < recurrence->kind->stage_count; k++) {
        projection_take_window(recurrence->stages[k].product, recurrence_reads(recurrence, window, k, 0, 0),
                               member);
    }
    turn_change(&turn, member);
    for (size_t part = turn.parts.begin; part < turn.parts.end; part++) {
        backward_part(recurrence, window, &turn, part, member);
    }
    turn_change(&turn, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        backward_finish(recurrence, window, slice, gradients, member);
    }
    input_backward(recurrence->input, window, recurrence->gates.gradients, gradients[RECURRENCE_WEIGHT_IH],
                   member);
}
