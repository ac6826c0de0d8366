/* What recurrence.c (making, packing, forward) and recurrence_back.c (the way back) share. */
#ifndef LETRA_MODEL_RECURRENCE_LAYER_H
#define LETRA_MODEL_RECURRENCE_LAYER_H

#include "model/input.h"
#include "model/projection.h"
#include "model/recurrence.h"
#include "model/tiling.h"

/* Pre-activations, what they become, and their gradients: rows of gates·H, slice after slice.
 *
 * As reals they are kept for the whole window, which costs more time than to make them: 30 MB of a layer of 512 units
 * go to memory and back. Where products round their operands to bfloat16, and a step has one stage, the gates are
 * narrow: reals for one step, in the cache, and rounded for the window. */
typedef struct GateRows {
    Slices slices;
    real *values;    /* pre-activations, then gates: of T × B rows, or, narrow, of the B rows of a step */
    bfloat16 *kept;  /* narrow: T × B rows of gates */
    real *wide;      /* narrow: for each part of the streams a row of them, on the way back */
    void *gradients; /* T × B rows of operands, in the place of `values` or `kept`, or in one of their own */
    real *bias;      /* gates·H, slice after slice */
    real *bias_gradient; /* the same for each part of the streams */
    real *exact;         /* the same: gradients of one row, before they become operands */
} GateRows;

/* A stage of the step. */
typedef struct Stage {
    const RecurrenceStage *kind;
    size_t first_gate; /* of W_hh */
    Projection *product;
    GateRows rows;     /* sides apart: the recurrent side; otherwise nothing */
    const void *reads; /* operands of the product: (T +) rows of B × H */
    /* B rows of H, slice after slice: d loss / d what the product read, for the step before or the pass. */
    real *dx;
} Stage;

/* Zoneout, where the layer has it: recurrence_zoneout.c. */
typedef struct ZoneoutRows {
    double probability;                /* 0: it has none */
    real *made[RECURRENCE_STATES_MAX]; /* T × B × H: the state as the gates make it; NULL: it takes no part */
    /* H for each part, of a row: d loss / d state by way of the units that stay, and d loss / d made h. */
    real *stayed[RECURRENCE_STATES_MAX];
    real *dh;
    real *zeros; /* H */
} ZoneoutRows;

struct Recurrence {
    const RecurrenceKind *kind;
    const Cell *cell;
    size_t state_count; /* the cell's: each row of a step asks for it */
    CellShape shape;
    const Kernels *kernels;
    Precision precision; /* of the operands of products */
    bool narrow;         /* gates: see GateRows */
    Tiling tiling;       /* of the time loop */
    Input *input;
    GateRows gates; /* the input's side; both sides, if they are not apart */
    Stage stages[RECURRENCE_STAGES_MAX];
    /* (T + 1) × B × H, the first being the state before the window; or of h 2 × B × H, for steps in turn, where nobody
     * reads it later as reals. */
    real *states[RECURRENCE_STATES_MAX];
    bool h_in_turn;
    ZoneoutRows zoneout;
    void *operands;        /* h as operands: states[0] itself, or rounded */
    void *operands_before; /* T × B × H operands: h' with zeros where a text begins; only if shape.resets */
    void *between;         /* two stages: T × B × H operands */
    real *between_row;     /* H for each part: a row of them before they are rounded */
    real *dstates[RECURRENCE_STATES_MAX]; /* B × H: d loss / d state, but for what comes through products */
};

static inline size_t recurrence_step_size(const Recurrence *recurrence) {
    return recurrence->shape.batch * recurrence->shape.hidden;
}

/* State `k` before step t, B × H; after the last step t is T. */
static inline real *recurrence_state(const Recurrence *recurrence, size_t k, size_t t) {
    bool in_turn = k == 0 && recurrence->h_in_turn;
    return recurrence->states[k] + (in_turn ? t % 2 : t) * recurrence_step_size(recurrence);
}

static inline size_t recurrence_window_rows(const Recurrence *recurrence) {
    return recurrence->shape.steps * recurrence->shape.batch;
}

static inline bool recurrence_rounds(const Recurrence *recurrence) {
    return recurrence->precision == PRECISION_BF16;
}

/* Of W_hh: units whose h' a gate reads. */
static inline size_t recurrence_columns(const Recurrence *recurrence) {
    return recurrence->shape.hidden / recurrence->tiling.slices.heads;
}

/* What the stage's product makes, and where its gradients are. */
static inline const GateRows *recurrence_stage_rows(const Recurrence *recurrence, const Stage *stage) {
    return recurrence->kind->apart ? &stage->rows : &recurrence->gates;
}

/* Numbers of a row of the slice that has these units. */
static inline size_t recurrence_row_width(const GateRows *rows, Range units) {
    return rows->slices.gates * (units.end - units.begin);
}

/* Its row of stream b at step t. */
static inline real *recurrence_row_values(const Recurrence *recurrence, const GateRows *rows, Range units,
                                          size_t t, size_t b) {
    size_t batch = recurrence->shape.batch;
    size_t count = recurrence->narrow ? batch : recurrence_window_rows(recurrence);
    size_t row = recurrence->narrow ? b : t * batch + b;
    return rows->values + rows->slices.gates * units.begin * count + row * recurrence_row_width(rows, units);
}

/* The same row, narrow: where it begins in `kept`. */
static inline size_t recurrence_row_kept(const Recurrence *recurrence, const GateRows *rows, Range units,
                                         size_t t, size_t b) {
    return rows->slices.gates * units.begin * recurrence_window_rows(recurrence) +
           (t * recurrence->shape.batch + b) * recurrence_row_width(rows, units);
}

/* Where numbers that each gate and unit has one of begin for a slice, in the copy of one part of the streams. */
static inline size_t recurrence_part_offset(const GateRows *rows, const Tile *tile) {
    return rows->slices.gates * (tile->part * rows->slices.hidden + tile->units.begin);
}

/* 0 where a text begins at step t of stream b, 1 elsewhere. */
static inline real recurrence_keep_state(const Recurrence *recurrence, const CellWindow *window, size_t t,
                                         size_t b) {
    return window->reset != NULL && window->reset[t * recurrence->shape.batch + b] != 0 ? (real)0 : (real)1;
}

/* What the stage's product reads at step t, from stream b on. The first one reads h': h of the step before, or its copy
 * with zeros where texts begin. */
const void *recurrence_reads(const Recurrence *recurrence, const CellWindow *window, size_t stage, size_t t,
                             size_t b);

/* The row of stream b of a tile, as a pass of the stage reads it on the way forward; `keep` is not set. */
GateRow recurrence_row(const Recurrence *recurrence, const Tile *tile, size_t stage, size_t b);

/* Goes on to the next stream's row (by 1), or to the one before (by -1). To make each row anew costs a layer of 16 to
 * 32 units 11 to 18 % of the speed of a whole run, and one of 128 some 3 %. */
static inline void recurrence_row_move(const Recurrence *recurrence, ptrdiff_t by, GateRow *row) {
    const RecurrenceKind *kind = recurrence->kind;
    ptrdiff_t count = by * (ptrdiff_t)row->count;
    ptrdiff_t hidden = by * (ptrdiff_t)recurrence->shape.hidden;
    row->gates += (ptrdiff_t)kind->gates * count;
    for (size_t k = 0; k < recurrence->state_count; k++) {
        row->before[k] += hidden;
        row->after[k] += hidden;
    }
    if (kind->apart) {
        row->recurrent += (ptrdiff_t)row->stage_gates * count;
    }
    if (kind->stage_count > 1 && !recurrence_rounds(recurrence)) {
        row->between += hidden;
    }
}

/* --- zoneout --- */

/* Takes its arrays for the states that take part. */
void recurrence_zoneout_take(Recurrence *recurrence, Arena *arena);

/* After the last pass over a row of stream b on the way forward: makes the states of what the gates made. */
void recurrence_zoneout_forward(const Recurrence *recurrence, const CellWindow *window, const Tile *tile,
                                const GateRow *row, size_t b);

/* Before the first pass on the way back: the row with the gradients of what the gates made. What goes past the gates is
 * put aside ... */
GateRow recurrence_zoneout_split(const Recurrence *recurrence, const CellWindow *window, const Tile *tile,
                                 const GateRow *row, size_t b);

/* ... and after it added to the gradients of the states before the step. */
void recurrence_zoneout_join(const Recurrence *recurrence, const Tile *tile, const GateRow *row);

/* Copies the columns of some units from one B × H matrix to another. */
void recurrence_copy_units(const Recurrence *recurrence, Range units, const real *from, real *to);

#endif
