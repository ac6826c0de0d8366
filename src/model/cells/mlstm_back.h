/* Part of mlstm.c, which alone includes it: the way back through a layer of mLSTM cells, in the reverse order of
 * mlstm_forward.h. */
#ifndef LETRA_MODEL_CELLS_MLSTM_BACK_H
#define LETRA_MODEL_CELLS_MLSTM_BACK_H

#include "model/cells/mlstm_forward.h"
#include "model/cells/mlstm_memory_back.h"

enum { SUM_PIECES = 64 }; /* into which the sums are cut to be added up */

static size_t sums_size(const CellLayer *layer) {
    return layer->sum_offsets[PARAMETERS];
}

/* Where the part that a member works on sums up a parameter's gradient. */
static real *sum_of(const CellLayer *layer, const MlstmScratch *scratch, size_t parameter) {
    return scratch->sums + layer->sum_offsets[parameter];
}

/* dy of a stream where W_down finds it; nothing comes from beyond the window. */
static void add_stream_back(const CellLayer *layer, const CellWindow *window, size_t b,
                            const MlstmScratch *scratch) {
    size_t hidden = layer->shape.hidden;
    Range rows = mlstm_stream_rows(layer, window, b);
    Range beyond = {rows.end, rows.begin + layer->steps};
    (void)scratch;
    scatter_rows(layer, &layer->block.down_slices, layer->reduced, 0, rows,
                 window->output_gradient + b * hidden, layer->shape.batch * hidden);
    clear_rows(layer, &layer->block.down_slices, layer->reduced, beyond);
    clear_rows(layer, &layer->block.up_slices, layer->expanded_gradient, beyond);
}

/* From the gradient of a row after GroupNorm to that of h, in its place. */
static void normalize_heads_back(const CellLayer *layer, size_t row, real *gradient, real *weight_gradient) {
    size_t heads = layer->shape.heads;
    norm_heads_backward(heads, layer->memory_shape.width, layer->head_moments + row * heads,
                        layer->h + row * layer->inner, layer->values[HEAD_NORM_WEIGHT], gradient, gradient,
                        weight_gradient);
}

static void gate_stream_back(const CellLayer *layer, const CellWindow *window, size_t b,
                             const MlstmScratch *scratch) {
    size_t inner = layer->inner;
    Range rows = mlstm_stream_rows(layer, window, b);
    gather_rows(layer, &layer->block.up_slices, layer->expanded, UP_G, rows, scratch->input_gradients, inner);
    for (size_t t = 0; t < window->steps; t++) {
        size_t row = rows.begin + t;
        real *gradient = layer->gated_gradient + row * inner;
        real *normal = scratch->row[0];
        real *c = scratch->row[1];
        real *g = scratch->input_gradients + t * inner;
        normalize_heads(layer, row, normal);
        swish_forward(inner, layer->convolved + row * inner, c);
        swish_gate_backward(inner, normal, layer->values[SKIP], c, g, gradient,
                            layer->convolved_gradient + row * inner, sum_of(layer, scratch, SKIP));
        normalize_heads_back(layer, row, gradient, sum_of(layer, scratch, HEAD_NORM_WEIGHT));
    }
    scatter_rows(layer, &layer->block.up_slices, layer->expanded_gradient, UP_G, rows,
                 scratch->input_gradients, inner);
}

/* One head of one stream, the last chunk first. */
static void remember_head_back(const CellLayer *layer, const CellWindow *window, size_t head,
                               const MlstmScratch *scratch, Member member) {
    size_t l = layer->memory_shape.steps;
    size_t chunks = (window->steps + l - 1) / l;
    size_t own = head % layer->shape.heads;
    MemoryState state = memory_of(layer, window->state_gradient, head);
    MemoryState before = memory_before(layer, 0, head);
    for (size_t k = chunks; k-- > 0;) {
        size_t row = first_row(layer, window, head / layer->shape.heads) + k * l;
        real *qkv = layer->qkv_gradient + row * 3 * layer->inner + own * layer->memory_shape.width;
        MemoryChunk chunk = memory_chunk(layer, window, k, head, scratch);
        MemoryGradients gradients = {
            .h = layer->gated_gradient + row * layer->inner + own * layer->memory_shape.width,
            .q = qkv,
            .k = qkv + layer->inner,
            .v = qkv + 2 * layer->inner,
            .gates = layer->gates_gradient + row * 2 * layer->shape.heads + own,
            .state = state,
            .last = k + 1 == chunks,
        };
        before = memory_before(layer, k, head);
        memory_backward(&layer->memory_shape, &layer->products, &chunk, &before, &gradients, member);
    }
    *state.stabilizer = memory_back_stabilizer(layer->memory_shape.width, &before, &state);
}

/* From the gradients of a row's gates to those of its q, k and v. */
static void make_gates_back(const CellLayer *layer, size_t row, const MlstmScratch *scratch) {
    size_t heads = layer->shape.heads;
    size_t width = 3 * layer->inner;
    const real *gradients = layer->gates_gradient + row * 2 * heads;
    layer->kernels->add(sum_of(layer, scratch, INPUT_BIAS), gradients, heads);
    layer->kernels->add(sum_of(layer, scratch, FORGET_BIAS), gradients + heads, heads);
    for (size_t j = 0; j < 2 * heads; j++) {
        memory_add(width, gradients[j], layer->qkv + row * width,
                   sum_of(layer, scratch, GATE_WEIGHT) + j * width);
        memory_add(width, gradients[j], layer->values[GATE_WEIGHT] + j * width,
                   layer->qkv_gradient + row * width);
    }
}

/* From the gradients of a row's q, k and v to those of u and c. */
static void multiply_blocks_back(const CellLayer *layer, size_t row, const real *u, real *u_gradient,
                                 real *c_gradient, const MlstmScratch *scratch) {
    size_t inner = layer->inner;
    const real *gradient = layer->qkv_gradient + row * 3 * inner;
    real *spread = scratch->spread;
    real *spread_gradient = spread + BLOCK * inner;
    swish_forward(inner, layer->convolved + row * inner, scratch->row[0]);
    blocks_spread(inner, scratch->row[0], spread);
    for (size_t k = 0; k < 3; k++, gradient += inner) {
        if (k == 2) {
            blocks_spread(inner, u, spread);
        }
        blocks_add_weights(inner, spread, gradient, sum_of(layer, scratch, Q_WEIGHT + k));
        blocks_spread(inner, gradient, spread_gradient);
        blocks_add_back(inner, layer->blocks_back[k], spread_gradient, k == 2 ? u_gradient : c_gradient);
    }
}

static void convolve_stream_back(const CellLayer *layer, const CellWindow *window, size_t b,
                                 const MlstmScratch *scratch) {
    size_t inner = layer->inner;
    size_t before = CONVOLUTION_REACH * inner;
    size_t reach = CONVOLUTION_REACH;
    size_t first = first_row(layer, window, b);
    gather_inputs(layer, window, b, layer->inputs_before + b * before, scratch->inputs);
    memset(scratch->input_gradients, 0, (before + window->steps * inner) * sizeof(real));
    for (size_t t = 0; t < window->steps; t++) {
        const real *u = scratch->inputs + before + t * inner;
        real *u_gradient = scratch->input_gradients + before + t * inner;
        real *gradient = layer->convolved_gradient + (first + t) * inner;
        reach = convolution_reach(reach, begins(layer, window, b, t));
        make_gates_back(layer, first + t, scratch);
        multiply_blocks_back(layer, first + t, u, u_gradient, gradient, scratch);
        swish_backward(inner, layer->convolved + (first + t) * inner, gradient);
        layer->kernels->add(sum_of(layer, scratch, CONV_BIAS), gradient, inner);
        convolution_backward(inner, reach, layer->taps, u, gradient, u_gradient,
                             sum_of(layer, scratch, CONV_WEIGHT));
    }
    scatter_rows(layer, &layer->block.up_slices, layer->expanded_gradient, UP_U,
                 mlstm_stream_rows(layer, window, b), scratch->input_gradients + before, inner);
    memcpy(state_of(layer, window->state_gradient, STATE_INPUTS, b), scratch->input_gradients,
           before * sizeof(real));
}

static void normalize_stream_back(const CellLayer *layer, const CellWindow *window, size_t b,
                                  const MlstmScratch *scratch) {
    size_t hidden = layer->shape.hidden;
    real *dx = residual_block_input_gradient(&layer->block, window);
    for (size_t t = 0; t < window->steps; t++) {
        size_t row = first_row(layer, window, b) + t;
        size_t at = window_row(layer, b, t) * hidden;
        norm_layer_backward(layer->kernels, hidden, layer->moments[row],
                            input_row(layer, window, b, t, scratch->row[0]), layer->values[NORM_WEIGHT],
                            layer->normal_gradient + row * hidden, dx + at,
                            sum_of(layer, scratch, NORM_WEIGHT), sum_of(layer, scratch, NORM_BIAS));
        layer->kernels->add(dx + at, window->output_gradient + at, hidden);
    }
}

/* Adds the other parts' sums to those of the first. */
static void add_parts(const CellLayer *layer, Member member) {
    Range share = member_share(member, SUM_PIECES);
    for (size_t piece = share.begin; piece < share.end; piece++) {
        Range range = range_part(sums_size(layer), 16, SUM_PIECES, piece);
        for (size_t part = 1; part < layer->parts; part++) {
            layer->kernels->add(layer->sums + range.begin,
                                layer->sums + part * sums_size(layer) + range.begin, range.end - range.begin);
        }
    }
}

/* Adds what was summed up to the gradients of the member's parameters. */
static void add_sums(const CellLayer *layer, real *const *gradients, Member member) {
    Range share = member_share(member, PARAMETERS);
    for (size_t k = share.begin; k < share.end; k++) {
        const real *sums = layer->sums + layer->sum_offsets[k];
        if (k == CONV_WEIGHT) {
            convolution_add_packed(layer->inner, sums, gradients[k]);
        } else if (k >= Q_WEIGHT && k <= V_WEIGHT) {
            blocks_add_packed(layer->inner, sums, block_scale(layer, k - Q_WEIGHT), gradients[k]);
        } else {
            layer->kernels->add(gradients[k], sums, layer->sum_offsets[k + 1] - layer->sum_offsets[k]);
        }
    }
}

static void mlstm_backward(CellLayer *layer, const CellWindow *window, real *const *gradients,
                           Member member) {
    MlstmScratch scratch = scratch_of(layer, member);
    Range heads = member_share(member, layer->shape.batch * layer->shape.heads);
    Range parts = member_share(member, layer->parts);
    memset(layer->sums + parts.begin * sums_size(layer), 0,
           (parts.end - parts.begin) * sums_size(layer) * sizeof(real));
    for_streams(layer, window, member, add_stream_back);
    projection_backward_window(layer->block.down, layer->reduced, layer->gated, layer->gated_gradient,
                               gradients[DOWN_WEIGHT], member);
    team_barrier(member);
    for_streams(layer, window, member, gate_stream_back);
    for (size_t head = heads.begin; head < heads.end; head++) {
        remember_head_back(layer, window, head, &scratch, member);
    }
    team_barrier(member);
    for_streams(layer, window, member, convolve_stream_back);
    projection_backward_window(layer->block.up, layer->expanded_gradient, layer->normal,
                               layer->normal_gradient, gradients[UP_WEIGHT], member);
    team_barrier(member);
    for_streams(layer, window, member, normalize_stream_back);
    add_parts(layer, member);
    residual_block_finish(&layer->block, window, member);
    team_barrier(member);
    add_sums(layer, gradients, member);
    team_barrier(member);
}

#endif
