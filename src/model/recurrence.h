/* A recurrence: the time loop that gated layers have in common, forward and back (' is the step before):
 *
 *     before:  W_ih x, the input's side, for all rows at once          model/input.h: looked up, or one product,
 *                                                                      or step by step (recurrence_layer.h: narrow)
 *     for t from the first step:
 *         W_hh h'                                                      one product
 *         for each stream: the cell's forward pass over its units      the cell's own lines
 *     back, for t from the last step:
 *         dh = dh from above + W_hhᵀ (gradients of step t + 1)         one product
 *         for each stream: the cell's backward pass                    in place of the gates: d loss / d pre-activation
 *     after:   dW_hh += gradientsᵀ h', dW_ih += gradientsᵀ x           one product each, over all T·B rows
 *
 * The passes are `RecurrenceStage`, compiled with the cell for each instruction set. A member takes some slices of the
 * units in all streams, and meets the others once a step; or, in a small layer, all units in some of the streams, and
 * meets nobody (model/tiling.h). What products read is rounded, if it is, right where it is made; states and all sums
 * stay reals, and so do gates but for those that are kept for the way back (recurrence_layer.h).
 *
 * Mostly W_hh h' is added to the input's side, and both have one gradient. A cell whose gates use the two sides apart
 * (a GRU's reset gate stands between them) gets W_hh h' in a place of its own.
 *
 * A step may have two stages, each a product and a pass. The first one's product reads h' and makes the first gates;
 * the second's reads what the first pass made for it (r ⊙ h', in a GRU of 2014) and makes the others. Then the sides
 * are apart.
 *
 * Zoneout (Krueger et al. 2017) comes after the gates: in some of the states each unit stays as it was before the step
 * with some probability, while training; otherwise a state is what is expected of that. The passes know nothing of it.
 */
#ifndef LETRA_MODEL_RECURRENCE_H
#define LETRA_MODEL_RECURRENCE_H

#include "model/cell.h"

enum { RECURRENCE_STATES_MAX = 4, RECURRENCE_STAGES_MAX = 2 };

/* One step of `count` units of one stream, for a pass over them. An array of gates holds `count` numbers of the first
 * gate, then of the second ... In the passes a gate's d (`di`, `dr`) is d loss / d its pre-activation. */
typedef struct GateRow {
    /* Always: */
    size_t count;
    size_t stage_gates; /* of the stage */
    real keep;          /* 0 where a text begins (then h' and all states before count as zero), 1 elsewhere */
    const real *bias;   /* of all gates: b_ih + b_hh; b_ih if the sides are apart */
    real *gates; /* of all gates: pre-activations without bias; a pass leaves what the way back needs */
    const real *before[RECURRENCE_STATES_MAX]; /* states before the step; h' is the first */
    real *after[RECURRENCE_STATES_MAX];        /* states after it, which the last stage makes */
    /* Where the sides are apart: */
    const real *recurrent_bias; /* b_hh of the stage's gates */
    const real *recurrent;      /* W_hh h' of the stage's gates */
    /* Where there are two stages: */
    real *between; /* what the second one's product reads; the first pass makes it */
    /* On the way back: */
    const real *dh_above; /* d loss / d h from the layer above */
    const real *dh;       /* d loss / d h through the next step's product */
    /* On entry d loss / d state after the step, on exit before it, but for what comes through h's product (`dh`).
     * The first is for a cell where h' reaches h directly, as in a GRU; others leave it alone. */
    real *dstate[RECURRENCE_STATES_MAX];
    real *gradients;           /* out, of all gates: of the input's side; with two stages, this is `gates` */
    real *recurrent_gradients; /* out, apart: of the recurrent side of the stage's gates */
    const real *dbetween;      /* two stages: d loss / d between, for the first pass */
} GateRow;

typedef void (*GatePass)(const GateRow *row);

typedef struct RecurrenceStage {
    size_t gates; /* whose recurrent side its product makes */
    GatePass forward;
    GatePass backward;
} RecurrenceStage;

/* What a cell is to its time loop, besides its own states and heads. */
typedef struct RecurrenceKind {
    size_t gates; /* rows of W_ih and W_hh for each unit */
    bool apart;   /* the gates use both sides apart; always with two stages */
    /* No pass reads h', nor, on the way back, h: only products and the layer above do. */
    bool h_unread;
    size_t stage_count;
    RecurrenceStage stages[RECURRENCE_STAGES_MAX]; /* their gates in the order of W_hh */
} RecurrenceKind;

/* The parameters, in the order of a cell's table: PyTorch's form. */
enum {
    RECURRENCE_WEIGHT_IH,
    RECURRENCE_WEIGHT_HH,
    RECURRENCE_BIAS_IH,
    RECURRENCE_BIAS_HH,
    RECURRENCE_PARAMETERS
};

/* That table. */
#define RECURRENCE_TABLE(gates)                                                                              \
    {                                                                                                        \
        [RECURRENCE_WEIGHT_IH] = {"weight_ih", DIMENSION_HIDDEN, DIMENSION_INPUT, .row_factor = (gates)},    \
        [RECURRENCE_WEIGHT_HH] = {"weight_hh", DIMENSION_HIDDEN, DIMENSION_HIDDEN, .row_factor = (gates),    \
                                  .recurrent = true},                                                        \
        [RECURRENCE_BIAS_IH] = {"bias_ih", DIMENSION_HIDDEN, .row_factor = (gates)},                         \
        [RECURRENCE_BIAS_HH] = {"bias_hh", DIMENSION_HIDDEN, .row_factor = (gates)},                         \
    }

typedef struct Recurrence Recurrence;

/* With the cell's states, which must be H numbers each and the first one h; where it has heads, W_hh is one matrix for
 * each of them, gates·H × H/N. NULL and a message on failure. The kind and the cell must outlive it. */
Recurrence *recurrence_create(const RecurrenceKind *kind, const Cell *cell, const CellShape *shape,
                              Compute *compute, Arena *arena, Error *error);
void recurrence_free(Recurrence *recurrence);

/* As the functions of a Cell (model/cell.h), with the parameters of the enumeration; where the sides are not apart, the
 * second bias may be missing (NULL). */
void recurrence_pack(Recurrence *recurrence, const real *const *parameters, const real *embedding,
                     Member member);
void recurrence_forward(Recurrence *recurrence, const CellWindow *window, Member member);
void recurrence_backward(Recurrence *recurrence, const CellWindow *window, real *const *gradients,
                         Member member);
/* T × B × H: h of every step of the last window, as operands, and as reals, which a kind with h_unread may not have. */
const void *recurrence_operands(const Recurrence *recurrence);
const real *recurrence_output(const Recurrence *recurrence);

#endif
