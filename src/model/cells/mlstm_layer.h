/* Part of mlstm.c, which alone includes it: what a layer of mLSTM cells holds, and how its rows are reached. */
#ifndef LETRA_MODEL_CELLS_MLSTM_LAYER_H
#define LETRA_MODEL_CELLS_MLSTM_LAYER_H

#include <stdbool.h>
#include <string.h>

#include "base/size.h"
#include "model/cell.h"
#include "model/cells/blocks.h"
#include "model/cells/convolution.h"
#include "model/cells/mlstm_memory.h"
#include "model/cells/norm.h"
#include "model/residual_block.h"

enum { STATE_MEMORY, STATE_NORMALIZER, STATE_STABILIZER, STATE_INPUTS, STATES };

enum {
    NORM_WEIGHT,
    NORM_BIAS,
    UP_WEIGHT,
    CONV_WEIGHT,
    CONV_BIAS,
    Q_WEIGHT,
    K_WEIGHT,
    V_WEIGHT,
    GATE_WEIGHT,
    INPUT_BIAS,
    FORGET_BIAS,
    HEAD_NORM_WEIGHT,
    SKIP,
    DOWN_WEIGHT,
    PARAMETERS
};

enum { UP_U, UP_G }; /* of UP_GATES */

struct CellLayer {
    CellShape shape;
    const Kernels *kernels;
    size_t inner; /* I */
    size_t steps; /* of a stream's rows: T, filled up to whole chunks */
    size_t rows;  /* of all streams */
    size_t chunks;
    size_t parts; /* of the streams */
    size_t state_widths[STATES];
    const real *values[PARAMETERS]; /* as packed last */
    real *taps;                     /* CONV_WEIGHT for convolution.h */
    real *blocks[3];                /* q, k and v for blocks.h: BLOCK × I; of k with its scale ... */
    real *blocks_back[3];           /* ... and for the way back */
    ResidualBlock block;
    MemoryShape memory_shape;
    MemoryProducts products;
    /* Rows of streams, or slices of such rows: */
    NormMoments *moments;      /* of x */
    void *normal;              /* H operands: LayerNorm(x) */
    real *expanded;            /* 2I, sliced: u and g */
    real *convolved;           /* I: c before swish */
    real *qkv;                 /* 3I */
    real *gates;               /* 2N */
    real *h;                   /* I */
    NormMoments *head_moments; /* N: of h */
    void *gated;               /* I operands: what W_down reads */
    real *reduced;             /* H, sliced: what comes out of it */
    /* Of streams × heads: */
    MemoryStep *kept;      /* rows */
    real *decay, *weights; /* chunks × L × L */
    MemoryState before;    /* chunks: the states before them */
    real *inputs_before;   /* B × 3I: the last state, before the window */
    real *out;             /* T × B × H */
    void *operands;        /* the same as operands */
    /* Gradients: */
    real *gated_gradient;     /* I */
    real *convolved_gradient; /* I */
    real *qkv_gradient;       /* 3I */
    real *gates_gradient;     /* 2N */
    void *expanded_gradient;  /* 2I operands, slice after slice: see "where dy lives" in model/projection.h */
    real *normal_gradient;    /* H */
    real *sums; /* for each part, the gradients of all parameters but UP_WEIGHT and DOWN_WEIGHT */
    size_t sum_offsets[PARAMETERS + 1];
    real *scratch; /* for each member */
};

/* What a member works with: rows of a stream, and single rows. */
typedef struct MlstmScratch {
    real *inputs;          /* (3 + S) × I: u of a stream, after its last three before the window */
    real *input_gradients; /* the same; and g of a stream */
    real *spread;          /* BLOCK × I, twice */
    real *row[3];          /* I */
    real *sums;            /* of the part that the member works on */
    real *memory;          /* memory_scratch_size(), and 2 L × L where the way back does not need D and W */
} MlstmScratch;

static size_t scratch_size(const CellLayer *layer) {
    size_t inner = layer->inner;
    size_t l = layer->memory_shape.steps;
    size_t rows = (CONVOLUTION_REACH + layer->steps) * inner;
    size_t size = 2 * rows + (2 * BLOCK + 3) * inner + memory_scratch_size(&layer->memory_shape) + 2 * l * l;
    return size_round_up(size, 16);
}

static MlstmScratch scratch_of(const CellLayer *layer, Member member) {
    size_t inner = layer->inner;
    size_t rows = (CONVOLUTION_REACH + layer->steps) * inner;
    real *spread = layer->scratch + member.index * scratch_size(layer) + 2 * rows;
    real *row = spread + 2 * BLOCK * inner;
    return (MlstmScratch){.inputs = spread - 2 * rows,
                          .input_gradients = spread - rows,
                          .spread = spread,
                          .row = {row, row + inner, row + 2 * inner},
                          .memory = row + 3 * inner};
}

/* What the weights of q, k or v (0 to 2) are multiplied by. */
static real block_scale(const CellLayer *layer, size_t which) {
    return which == 1 ? (real)(1 / sqrt((double)layer->memory_shape.width)) : (real)1;
}

/* The streams of a part. */
static Range streams_of(const CellLayer *layer, size_t part) {
    return range_part(layer->shape.batch, 1, layer->parts, part);
}

/* The number of a stream's first row: its rows lie together. A streaming product takes the first rows there are. */
static size_t first_row(const CellLayer *layer, const CellWindow *window, size_t b) {
    return b * (layer->shape.streaming ? window->steps : layer->steps);
}

/* The number of the same row in the window's own arrays. */
static size_t window_row(const CellLayer *layer, size_t b, size_t t) {
    return t * layer->shape.batch + b;
}

/* The rows of a stream that the window has. */
static Range mlstm_stream_rows(const CellLayer *layer, const CellWindow *window, size_t b) {
    size_t first = first_row(layer, window, b);
    return (Range){first, first + window->steps};
}

/* Whether a text begins at step t of stream b. */
static bool begins(const CellLayer *layer, const CellWindow *window, size_t b, size_t t) {
    return window->reset != NULL && window->reset[window_row(layer, b, t)] != 0;
}

/* A state's numbers of one stream, in an array of all states of the layer. */
static real *state_of(const CellLayer *layer, real *state, size_t which, size_t b) {
    size_t offset = 0;
    for (size_t k = 0; k < which; k++) {
        offset += layer->state_widths[k];
    }
    return state + layer->shape.batch * offset + b * layer->state_widths[which];
}

/* The memory of head number `head` of all heads of all streams. */
static MemoryState memory_of(const CellLayer *layer, real *state, size_t head) {
    size_t d = layer->memory_shape.width;
    return (MemoryState){.memory = state_of(layer, state, STATE_MEMORY, 0) + head * d * d,
                         .normalizer = state_of(layer, state, STATE_NORMALIZER, 0) + head * d,
                         .stabilizer = state_of(layer, state, STATE_STABILIZER, 0) + head};
}

/* The same before a chunk, as it was kept for the way back. */
static MemoryState memory_before(const CellLayer *layer, size_t chunk, size_t head) {
    size_t d = layer->memory_shape.width;
    size_t number = chunk * layer->shape.batch * layer->shape.heads + head;
    return (MemoryState){.memory = layer->before.memory + number * d * d,
                         .normalizer = layer->before.normalizer + number * d,
                         .stabilizer = layer->before.stabilizer + number};
}

/* One head of one stream in one chunk. */
static MemoryChunk memory_chunk(const CellLayer *layer, const CellWindow *window, size_t chunk, size_t head,
                                const MlstmScratch *scratch) {
    size_t l = layer->memory_shape.steps;
    size_t b = head / layer->shape.heads;
    size_t own = head % layer->shape.heads;
    size_t first = chunk * l;
    size_t row = first_row(layer, window, b) + first;
    size_t left = window->steps - first;
    const real *q = layer->qkv + row * 3 * layer->inner + own * layer->memory_shape.width;
    size_t squares = (head * layer->chunks + chunk) * l * l;
    real *square = scratch->memory + memory_scratch_size(&layer->memory_shape);
    return (MemoryChunk){
        .steps = left < l ? left : l,
        .reset = window->reset == NULL ? NULL : window->reset + window_row(layer, b, first),
        .q = q,
        .k = q + layer->inner,
        .v = q + 2 * layer->inner,
        .gates = layer->gates + row * 2 * layer->shape.heads + own,
        .heads = layer->shape.heads,
        .h = layer->h + row * layer->inner + own * layer->memory_shape.width,
        .decay = layer->shape.training ? layer->decay + squares : square,
        .weights = layer->shape.training ? layer->weights + squares : square + l * l,
        .kept = layer->kept + head * layer->steps + first,
        .scratch = scratch->memory,
    };
}

/* Copies one gate's part of a range of rows out of slices; in `rows` they are `stride` apart. */
static void gather_rows(const CellLayer *layer, const Slices *slices, const real *array, size_t gate,
                        Range range, real *rows, size_t stride) {
    for (size_t slice = 0; slice < slices->count; slice++) {
        Range units = slices_units(slices, slice);
        size_t count = units.end - units.begin;
        const real *from = array + slices_offset(slices, slice, layer->rows) + gate * count;
        for (size_t row = range.begin; row < range.end; row++) {
            memcpy(rows + (row - range.begin) * stride + units.begin, from + row * slices->gates * count,
                   count * sizeof(real));
        }
    }
}

/* Puts them, as operands, into slices of gradients (model/projection.h). */
static void scatter_rows(const CellLayer *layer, const Slices *slices, void *array, size_t gate, Range range,
                         const real *rows, size_t stride) {
    for (size_t slice = 0; slice < slices->count; slice++) {
        Range units = slices_units(slices, slice);
        size_t count = units.end - units.begin;
        GradientRows gradients =
            slices_gradient_rows(slices, slice, layer->rows, layer->block.precision, array);
        for (size_t row = range.begin; row < range.end; row++) {
            gradient_rows_put(&gradients, layer->kernels, row, gate * count,
                              rows + (row - range.begin) * stride + units.begin, count);
        }
    }
}

/* The same with zeros. */
static void clear_rows(const CellLayer *layer, const Slices *slices, void *array, Range range) {
    for (size_t slice = 0; slice < slices->count; slice++) {
        GradientRows gradients =
            slices_gradient_rows(slices, slice, layer->rows, layer->block.precision, array);
        gradient_rows_clear(&gradients, range);
    }
}

/* Row (b, t) of x as reals: in its place, or made from operands in `row`. */
static const real *input_row(const CellLayer *layer, const CellWindow *window, size_t b, size_t t,
                             real *row) {
    return residual_block_input(&layer->block, window, window_row(layer, b, t), row);
}

#endif
