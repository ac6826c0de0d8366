/* Part of mlstm.c, which alone includes it: the way forward through a layer of mLSTM cells. */
#ifndef LETRA_MODEL_CELLS_MLSTM_FORWARD_H
#define LETRA_MODEL_CELLS_MLSTM_FORWARD_H

#include "model/cells/mlstm_layer.h"
#include "model/cells/swish.h"

/* LayerNorm(x) of a stream, as operands. */
static void normalize_stream(const CellLayer *layer, const CellWindow *window, size_t b,
                             const MlstmScratch *scratch) {
    size_t hidden = layer->shape.hidden;
    for (size_t t = 0; t < window->steps; t++) {
        size_t row = first_row(layer, window, b) + t;
        const real *x = input_row(layer, window, b, t, scratch->row[0]);
        real *normal = scratch->row[1];
        layer->moments[row] = norm_layer(layer->kernels, hidden, x, layer->values[NORM_WEIGHT],
                                         layer->values[NORM_BIAS], normal);
        residual_block_put(&layer->block, layer->normal, row * hidden, normal, hidden);
    }
}

/* y = W x over the window, the member's slices. */
static void project(const CellLayer *layer, const CellWindow *window, const Projection *projection,
                    const Slices *slices, const void *x, real *y, Member member) {
    Range share = member_share(member, slices->count);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        projection_forward(projection, slice, x, y + slices_offset(slices, slice, layer->rows),
                           layer->shape.streaming ? window->steps * layer->shape.batch : layer->rows, member);
    }
}

/* u of a stream from step 0 on, behind the last three before the window. */
static void gather_inputs(const CellLayer *layer, const CellWindow *window, size_t b, const real *before,
                          real *inputs) {
    size_t inner = layer->inner;
    memcpy(inputs, before, CONVOLUTION_REACH * inner * sizeof(real));
    gather_rows(layer, &layer->block.up_slices, layer->expanded, UP_U, mlstm_stream_rows(layer, window, b),
                inputs + CONVOLUTION_REACH * inner, inner);
}

/* The state that the convolution leaves behind: the last three of all inputs, zero where they are before a text. */
static void keep_inputs(const CellLayer *layer, const CellWindow *window, size_t b, const real *inputs,
                        real *after) {
    size_t inner = layer->inner;
    size_t own = CONVOLUTION_REACH; /* of these three, how many belong to the text at the window's end */
    for (size_t back = 0; back < CONVOLUTION_REACH && back < window->steps; back++) {
        if (begins(layer, window, b, window->steps - 1 - back)) {
            own = back + 1;
            break;
        }
    }
    memcpy(after, inputs + window->steps * inner, CONVOLUTION_REACH * inner * sizeof(real));
    memset(after, 0, (CONVOLUTION_REACH - own) * inner * sizeof(real));
}

/* ĩ and f̃ of all heads, from q, k and v of a row. */
static void make_gates(const CellLayer *layer, const real *qkv, real *gates) {
    size_t heads = layer->shape.heads;
    size_t width = 3 * layer->inner;
    for (size_t j = 0; j < 2 * heads; j++) {
        real bias = j < heads ? layer->values[INPUT_BIAS][j] : layer->values[FORGET_BIAS][j - heads];
        gates[j] = bias + memory_dot(width, layer->values[GATE_WEIGHT] + j * width, qkv);
    }
}

/* From u of a stream to q, k, v and the gates. */
static void convolve_stream(const CellLayer *layer, const CellWindow *window, size_t b,
                            const MlstmScratch *scratch) {
    size_t inner = layer->inner;
    size_t reach = CONVOLUTION_REACH;
    real *state = state_of(layer, window->state, STATE_INPUTS, b);
    if (layer->shape.training) {
        memcpy(layer->inputs_before + b * CONVOLUTION_REACH * inner, state,
               CONVOLUTION_REACH * inner * sizeof(real));
    }
    gather_inputs(layer, window, b, state, scratch->inputs);
    for (size_t t = 0; t < window->steps; t++) {
        size_t row = first_row(layer, window, b) + t;
        const real *u = scratch->inputs + (CONVOLUTION_REACH + t) * inner;
        real *convolved = layer->convolved + row * inner;
        real *qkv = layer->qkv + row * 3 * inner;
        reach = convolution_reach(reach, begins(layer, window, b, t));
        convolution_forward(inner, reach, layer->taps, layer->values[CONV_BIAS], u, convolved);
        swish_forward(inner, convolved, scratch->row[0]);
        blocks_spread(inner, scratch->row[0], scratch->spread);
        blocks_multiply(inner, layer->blocks[0], scratch->spread, qkv);
        blocks_multiply(inner, layer->blocks[1], scratch->spread, qkv + inner);
        blocks_spread(inner, u, scratch->spread);
        blocks_multiply(inner, layer->blocks[2], scratch->spread, qkv + 2 * inner);
        make_gates(layer, qkv, layer->gates + row * 2 * layer->shape.heads);
    }
    keep_inputs(layer, window, b, scratch->inputs, state);
}

/* One head of one stream through the window, step by step. */
static void remember_steps(const CellLayer *layer, const CellWindow *window, size_t head,
                           const MlstmScratch *scratch) {
    size_t heads = layer->shape.heads;
    size_t d = layer->memory_shape.width;
    MemoryState state = memory_of(layer, window->state, head);
    MemoryChunk chunk = memory_chunk(layer, window, 0, head, scratch);
    for (size_t t = 0; t < window->steps; t++) {
        const real *gates = chunk.gates + t * 2 * heads;
        size_t at = t * 3 * layer->inner;
        if (begins(layer, window, head / heads, t)) {
            memset(state.memory, 0, d * d * sizeof(real));
            memset(state.normalizer, 0, d * sizeof(real));
            *state.stabilizer = 0;
        }
        memory_step(d, &state, chunk.q + at, chunk.k + at, chunk.v + at, gates[0], gates[heads],
                    chunk.h + t * layer->inner);
    }
}

static void copy_memory(const CellLayer *layer, const MemoryState *from, const MemoryState *to) {
    size_t d = layer->memory_shape.width;
    memcpy(to->memory, from->memory, d * d * sizeof(real));
    memcpy(to->normalizer, from->normalizer, d * sizeof(real));
    *to->stabilizer = *from->stabilizer;
}

/* The same in chunks. While training, the state before each is kept. */
static void remember_chunks(const CellLayer *layer, const CellWindow *window, size_t head,
                            const MlstmScratch *scratch, Member member) {
    MemoryState state = memory_of(layer, window->state, head);
    MemoryState before = state;
    if (layer->shape.training) {
        before = memory_before(layer, 0, head);
        copy_memory(layer, &state, &before);
    }
    for (size_t k = 0; k * layer->memory_shape.steps < window->steps; k++) {
        MemoryChunk chunk = memory_chunk(layer, window, k, head, scratch);
        bool last = (k + 1) * layer->memory_shape.steps >= window->steps;
        MemoryState after = last || !layer->shape.training ? state : memory_before(layer, k + 1, head);
        memory_forward(&layer->memory_shape, &layer->products, &chunk, &before, &after, member);
        before = after;
    }
}

static void remember_head(const CellLayer *layer, const CellWindow *window, size_t head,
                          const MlstmScratch *scratch, Member member) {
    if (layer->shape.streaming) {
        remember_steps(layer, window, head, scratch);
    } else {
        remember_chunks(layer, window, head, scratch, member);
    }
}

/* GroupNorm(h) of a row. */
static void normalize_heads(const CellLayer *layer, size_t row, real *normal) {
    size_t heads = layer->shape.heads;
    norm_heads(heads, layer->memory_shape.width, layer->h + row * layer->inner,
               layer->values[HEAD_NORM_WEIGHT], normal, layer->head_moments + row * heads);
}

/* What W_down reads, of a stream. */
static void gate_stream(const CellLayer *layer, const CellWindow *window, size_t b,
                        const MlstmScratch *scratch) {
    size_t inner = layer->inner;
    real *g = scratch->input_gradients;
    gather_rows(layer, &layer->block.up_slices, layer->expanded, UP_G, mlstm_stream_rows(layer, window, b), g,
                inner);
    for (size_t t = 0; t < window->steps; t++, g += inner) {
        size_t row = first_row(layer, window, b) + t;
        real *normal = scratch->row[0];
        real *c = scratch->row[1];
        bool rounds = layer->block.precision == PRECISION_BF16;
        real *gated = rounds ? scratch->spread : (real *)layer->gated + row * inner;
        normalize_heads(layer, row, normal);
        swish_forward(inner, layer->convolved + row * inner, c);
        swish_gate_forward(inner, normal, layer->values[SKIP], c, g, gated);
        residual_block_put(&layer->block, layer->gated, row * inner, gated, inner);
    }
}

/* y of a stream: x and what came out of W_down. */
static void add_stream(const CellLayer *layer, const CellWindow *window, size_t b,
                       const MlstmScratch *scratch) {
    size_t hidden = layer->shape.hidden;
    gather_rows(layer, &layer->block.down_slices, layer->reduced, 0, mlstm_stream_rows(layer, window, b),
                layer->out + b * hidden, layer->shape.batch * hidden);
    for (size_t t = 0; t < window->steps; t++) {
        size_t at = window_row(layer, b, t) * hidden;
        real *out = layer->out + at;
        layer->kernels->add(out, input_row(layer, window, b, t, scratch->row[0]), hidden);
        residual_block_put(&layer->block, layer->operands, at, out, hidden);
    }
}

/* Does something with all streams of the member's parts. */
static void for_streams(const CellLayer *layer, const CellWindow *window, Member member,
                        void (*work)(const CellLayer *layer, const CellWindow *window, size_t b,
                                     const MlstmScratch *scratch)) {
    MlstmScratch scratch = scratch_of(layer, member);
    Range parts = member_share(member, layer->parts);
    for (size_t part = parts.begin; part < parts.end; part++) {
        Range streams = streams_of(layer, part);
        scratch.sums = layer->shape.training ? layer->sums + part * layer->sum_offsets[PARAMETERS] : NULL;
        for (size_t b = streams.begin; b < streams.end; b++) {
            work(layer, window, b, &scratch);
        }
    }
    team_barrier(member);
}

static void mlstm_forward(CellLayer *layer, const CellWindow *window, Member member) {
    MlstmScratch scratch = scratch_of(layer, member);
    Range heads = member_share(member, layer->shape.batch * layer->shape.heads);
    residual_block_start(&layer->block, window, member);
    for_streams(layer, window, member, normalize_stream);
    project(layer, window, layer->block.up, &layer->block.up_slices, layer->normal, layer->expanded, member);
    team_barrier(member);
    for_streams(layer, window, member, convolve_stream);
    for (size_t head = heads.begin; head < heads.end; head++) {
        remember_head(layer, window, head, &scratch, member);
    }
    team_barrier(member);
    for_streams(layer, window, member, gate_stream);
    project(layer, window, layer->block.down, &layer->block.down_slices, layer->gated, layer->reduced,
            member);
    team_barrier(member);
    for_streams(layer, window, member, add_stream);
}

#endif
