/* A cell: one kind of recurrent layer.
 *
 * A cell is one file in cells/ (and headers that it alone includes, if it is a large one) and one row in cells.def.
 * Its tables say which parameters and which carried states a layer has; whatever walks the tables (memory, optimiser,
 * model file, sampler, `show`, the gradient test) needs no change when a cell is added. The file is compiled once for
 * each instruction set (math/instruction_set.h), because the gate pass is in it.
 *
 * All functions below are called by every member of a team at once; the members divide the units of the layer
 * (model/projection.h), the streams (model/tiling.h) or both among them and meet at barriers. Each function begins and
 * ends where all of them have met.
 */
#ifndef LETRA_MODEL_CELL_H
#define LETRA_MODEL_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/team.h"
#include "math/compute.h"
#include "math/precision.h"
#include "math/real.h"
#include "model/dropout.h"

/* A size in a table, resolved when the layer's sizes are known. */
typedef enum Dimension {
    DIMENSION_NONE,
    DIMENSION_ONE,
    DIMENSION_INPUT,  /* K */
    DIMENSION_HIDDEN, /* H */
    DIMENSION_HEADS,  /* N */
    DIMENSION_HEAD,   /* H / N, units of a head */
    DIMENSION_MLP     /* 4/3 H, rounded up to a multiple of 16 */
} Dimension;

/* What dimensions resolve to. */
typedef struct CellSizes {
    size_t input;  /* K, columns of weight_ih: E or H, or V for a first layer that reads one-hot vectors */
    size_t hidden; /* H */
    size_t heads;  /* N */
} CellSizes;

/* How a parameter starts. */
typedef enum CellStart {
    START_UNIFORM, /* uniform ±1/√H, as PyTorch's recurrent layers */
    START_FAN_IN,  /* uniform ±value/√columns */
    START_CONSTANT /* value */
} CellStart;

/* A parameter: a matrix (row_factor × rows) × (column_factor × columns); columns NONE is a vector. A factor 0 is 1.
 * Tables write name, rows and columns in this order, as for states, and all else by its name. */
typedef struct CellParameter {
    const char *name; /* "weight_ih": "rnn.weight_ih_l0" in the file for PyTorch's cells */
    Dimension rows;
    Dimension columns;
    size_t row_factor;
    size_t column_factor;
    bool recurrent; /* its weights lead from a step to the next one: weight drop leaves some of them out */
    CellStart start;
    double value;
} CellParameter;

/* A carried state: B × (factor × rows × columns) numbers; columns NONE is 1, a factor 0 is 1. */
typedef struct CellState {
    const char *name;
    Dimension rows;
    Dimension columns;
    size_t factor;
    bool zoneout; /* H numbers, which zoneout may leave as they were before a step */
} CellState;

typedef struct CellLayer CellLayer; /* each cell's own: buffers, products, packed weights */

/* The sizes of a layer for which buffers and products are made. */
typedef struct CellShape {
    size_t steps;        /* T, the longest window */
    size_t batch;        /* B */
    size_t input;        /* K */
    size_t hidden;       /* H */
    size_t heads;        /* N */
    size_t vocab;        /* V in the first layer, which reads symbols; 0 in the others, which read numbers */
    bool embedded;       /* the first layer reads rows of the embedding; otherwise one-hot vectors */
    bool training;       /* backward will be called */
    bool resets;         /* windows may carry a mask of resets */
    bool input_dropout;  /* windows may carry dropout of the first layer's input */
    bool streaming;      /* for reading and writing few symbols at a time: products stream their weights */
    Precision precision; /* of all operands; when streaming, of the weights alone */
    double zoneout;      /* probability that a unit's state stays as it was */
} CellShape;

/* One window of T × B symbols, and the state around it. Arrays are row-major: [t][b][unit]. (A symbol is of the
 * text, a unit is a hidden one.) */
typedef struct CellWindow {
    size_t steps;         /* T of this window, at most the shape's */
    const uint32_t *ids;  /* T × B symbols, for the first layer */
    const void *input;    /* T × B × K operands (math/precision.h), for the others */
    const uint8_t *reset; /* T × B: not 0 where a new text begins (the state before it is zero); or NULL */
    real *state; /* one state after the other, B × its numbers: read before the window, written after it */
    RowDropout input_dropout; /* of what the first layer reads, if it is on */
    uint64_t zoneout_key;     /* names the masks of zoneout; 0: what is expected of them */
    /* For a cell without `output`: T × B × H operands, its output through dropout, if that is on. */
    RowDropout output_dropout;
    void *dropped;
    /* For backward: */
    const real *output_gradient; /* T × B × H: d loss / d output */
    /* T × B × K, written; NULL in the first layer. It may be the array of output_gradient where the cell is a
     * recurrence and nothing else. */
    real *input_gradient;
    real *embedding_gradient; /* V × E, added to; NULL in the others and for one-hot vectors */
    real *state_gradient;     /* as `state`, written: d loss / d state before the window */
} CellWindow;

typedef struct Cell Cell;

struct Cell {
    const char *name;  /* "lstm" */
    const char *title; /* one line for --help and show */
    bool torch;        /* torch.nn has it: tensors are named "rnn.NAME_lK" */
    bool has_heads;    /* its units are in heads: H must be a multiple of N */
    bool residual; /* it adds to its input, so that K must be H, and the first layer reads the embedding */
    /* Its best learning rate beside an LSTM's, as measured. 0 is as 1: of the LSTM, which is the measure, and of a cell
     * that was not measured. */
    double learning_rate_factor;
    const CellParameter *parameters;
    size_t parameter_count;
    const CellState *states;
    size_t state_count;
    struct {
        bool there;      /* --forget-bias works */
        size_t bias_row; /* of the parameter table; its row_factor counts the gates */
        size_t gate;     /* which of them forgets */
    } forget;
    /* Makes the layer; NULL and a message on failure. Big arrays come from the arena, which may be counting:
     * then nothing is touched. */
    CellLayer *(*create)(const Cell *cell, const CellShape *shape, Compute *compute, Arena *arena,
                         Error *error);
    void (*destroy)(CellLayer *layer);
    /* Takes new parameters: one pointer for each row of the table, and the embedding (V × E) or NULL. They
     * must stay until the next call. */
    void (*pack)(CellLayer *layer, const real *const *parameters, const real *embedding, Member member);
    void (*forward)(CellLayer *layer, const CellWindow *window, Member member);
    /* After forward over the same window: adds to `gradients` (one pointer for each parameter). */
    void (*backward)(CellLayer *layer, const CellWindow *window, real *const *gradients, Member member);
    /* T × B × H operands: h of every step of the last window. They stay at their place. */
    const void *(*operands)(const CellLayer *layer);
    /* The same as reals, to be taken through dropout; NULL: the cell does that itself. */
    const real *(*output)(const CellLayer *layer);
    const struct RecurrenceKind *recurrence; /* of a layer that is a recurrence and nothing else */
};

enum { CELL_LIST_MAX = 16 };

/* The cells of a stack, which take turns: layer l is of cells[l % count]. */
typedef struct CellList {
    const Cell *cells[CELL_LIST_MAX];
    size_t count;
} CellList;

#endif
