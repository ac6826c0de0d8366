/* Zoneout in a recurrence: Krueger et al. 2017, "Zoneout: Regularizing RNNs by Randomly Preserving Hidden Activations".
 *
 * With a mask d of its own for each state, 1 where a unit stays as it was:
 *
 *     state = d ⊙ state' + (1 - d) ⊙ made        (' is the step before)
 *
 * `made` is what the gates make, all of it from the states before the step: an LSTM's h of its c as it was made. Where
 * nothing is drawn, d is its expectation. A mask's element is numbered by step, stream and unit.
 */
#include <string.h>

#include "base/random.h"
#include "model/recurrence_layer.h"

void recurrence_zoneout_take(Recurrence *recurrence, Arena *arena) {
    const CellShape *shape = &recurrence->shape;
    ZoneoutRows *rows = &recurrence->zoneout;
    size_t row = recurrence->tiling.parts * shape->hidden;
    rows->probability = shape->zoneout;
    for (size_t k = 0; shape->zoneout > 0 && k < recurrence->state_count; k++) {
        if (recurrence->cell->states[k].zoneout) {
            rows->made[k] = arena_take(arena, shape->steps * recurrence_step_size(recurrence), sizeof(real));
            rows->stayed[k] = shape->training ? arena_take(arena, row, sizeof(real)) : NULL;
        }
    }
    if (shape->zoneout > 0 && shape->training) {
        rows->dh = arena_take(arena, row, sizeof(real));
        rows->zeros = arena_take(arena, shape->hidden, sizeof(real));
    }
}

/* What is drawn, or expected, for a state. */
static Zoneout zoneout_of(const Recurrence *recurrence, const CellWindow *window, size_t state) {
    return (Zoneout){.mask = {random_at(window->zoneout_key, state), recurrence->zoneout.probability},
                     .expected = window->zoneout_key == 0};
}

/* The number in the masks of the first unit of a tile's row. */
static uint64_t first_unit(const Recurrence *recurrence, const Tile *tile, size_t b) {
    return tile->t * recurrence_step_size(recurrence) + b * recurrence->shape.hidden + tile->units.begin;
}

void recurrence_zoneout_forward(const Recurrence *recurrence, const CellWindow *window, const Tile *tile,
                                const GateRow *row, size_t b) {
    uint64_t first = first_unit(recurrence, tile, b);
    for (size_t k = 0; k < recurrence->state_count; k++) {
        if (recurrence->zoneout.made[k] != NULL) {
            Zoneout zoneout = zoneout_of(recurrence, window, k);
            real *after = recurrence->states[k] + recurrence_step_size(recurrence) + first;
            recurrence->kernels->zoneout(after, row->before[k], row->after[k], row->keep, row->count,
                                         &zoneout, first);
        }
    }
}

/* Where numbers of a row begin in an array of H for each part. */
static size_t row_offset(const Recurrence *recurrence, const Tile *tile) {
    return tile->part * recurrence->shape.hidden + tile->units.begin;
}

GateRow recurrence_zoneout_split(const Recurrence *recurrence, const CellWindow *window, const Tile *tile,
                                 const GateRow *row, size_t b) {
    const ZoneoutRows *rows = &recurrence->zoneout;
    const Kernels *kernels = recurrence->kernels;
    size_t at = row_offset(recurrence, tile);
    GateRow made = *row;
    if (rows->made[0] != NULL) { /* all that comes to h, in one place */
        real *dh = rows->dh + at;
        memcpy(dh, row->dh_above, row->count * sizeof(real));
        kernels->add(dh, row->dh, row->count);
        kernels->add(dh, row->dstate[0], row->count);
        memset(row->dstate[0], 0, row->count * sizeof(real));
        made.dh_above = dh;
        made.dh = rows->zeros;
    }
    for (size_t k = 0; k < recurrence->state_count; k++) {
        if (rows->made[k] != NULL) {
            Zoneout zoneout = zoneout_of(recurrence, window, k);
            real *dmade = k == 0 ? rows->dh + at : row->dstate[k];
            kernels->zoneout_back(dmade, rows->stayed[k] + at, dmade, row->keep, row->count, &zoneout,
                                  first_unit(recurrence, tile, b));
        }
    }
    return made;
}

void recurrence_zoneout_join(const Recurrence *recurrence, const Tile *tile, const GateRow *row) {
    for (size_t k = 0; k < recurrence->state_count; k++) {
        const real *stayed = recurrence->zoneout.stayed[k];
        if (stayed != NULL) {
            recurrence->kernels->add(row->dstate[k], stayed + row_offset(recurrence, tile), row->count);
        }
    }
}
