/* The mLSTM: Beck et al. 2024, "xLSTM: Extended Long Short-Term Memory" (arXiv 2405.04517), equations 19 to 27, with
 * a sigmoid as forget gate, the one of the two in the paper with which memory cannot grow by itself. Per head of width
 * d, whose memory is a matrix:
 *
 *     C = f C' + i v kᵀ        i = exp(w_i (q, k, v) + b_i)        m  = max(log f + m', log i)
 *     n = f n' + i k           f = σ(w_f (q, k, v) + b_f)          i and f are carried out as exp(log i - m) and
 *     h̃ = C q / max(|nᵀ q|, 1)                                     exp(log f + m' - m), and 1 as exp(-m)
 *                                                                  (' is the step before)
 *
 * The stabiliser m of the start of a text is 0, like all else: C and n are zero there, whatever they are scaled by.
 * The authors start b_f at 3 to 6. From 2 on characters are learnt faster: one run each over 400 kB of Shakespeare,
 * 2×128, came to 1.69 nats from 4, 1.64 from 2, 1.67 from 1 and 1.68 from 0.
 *
 * Around it stands the block of figure 11, as in the authors' code:
 *
 *     u, g = W_up LayerNorm(x)                       q = Q c,  k = K c / √d,  v = V u    (block-diagonal)
 *     c = swish(convolution of u over time)          y = x + W_down ((GroupNorm(h̃) + skip ⊙ c) ⊙ swish(g))
 *
 * u, g and what follows are I = 2H wide; swish(g) is the paper's output gate. Inside the layer the rows of a stream
 * lie together, for everything but the two large products is about one stream: the members of a team divide parts of
 * the streams among them, and for the memory streams × heads. While training, the memory goes through the window in
 * chunks of steps (mlstm_memory.h); when streaming, step by step. Sums over rows, for the gradients of the small
 * parameters, are made for each part and then added up in the order of the parts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/instruction_set.h"
#include "model/cells.h"
#include "model/cells/mlstm_back.h"
#include "model/cells/mlstm_forward.h"
#include "model/cells/mlstm_layer.h"

static const CellParameter parameters[PARAMETERS] = {
    [NORM_WEIGHT] = {"norm_weight", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 1},
    [NORM_BIAS] = {"norm_bias", DIMENSION_HIDDEN, .start = START_CONSTANT, .value = 0},
    [UP_WEIGHT] = {"up_weight", DIMENSION_HIDDEN, DIMENSION_HIDDEN, .row_factor = 4, .start = START_FAN_IN,
                   .value = 1},
    [CONV_WEIGHT] = {"conv_weight", DIMENSION_HIDDEN, DIMENSION_ONE, .row_factor = 2,
                     .column_factor = CONVOLUTION_TAPS, .start = START_FAN_IN, .value = 1},
    [CONV_BIAS] = {"conv_bias", DIMENSION_HIDDEN, .row_factor = 2, .start = START_CONSTANT, .value = 0},
    [Q_WEIGHT] = {"q_weight", DIMENSION_HIDDEN, DIMENSION_ONE, .row_factor = 2, .column_factor = BLOCK,
                  .start = START_FAN_IN, .value = 1},
    [K_WEIGHT] = {"k_weight", DIMENSION_HIDDEN, DIMENSION_ONE, .row_factor = 2, .column_factor = BLOCK,
                  .start = START_FAN_IN, .value = 1},
    [V_WEIGHT] = {"v_weight", DIMENSION_HIDDEN, DIMENSION_ONE, .row_factor = 2, .column_factor = BLOCK,
                  .start = START_FAN_IN, .value = 1},
    [GATE_WEIGHT] = {"gate_weight", DIMENSION_HEADS, DIMENSION_HIDDEN, .row_factor = 2, .column_factor = 6,
                     .start = START_FAN_IN, .value = 0.1},
    [INPUT_BIAS] = {"input_bias", DIMENSION_HEADS, .start = START_CONSTANT, .value = 0},
    [FORGET_BIAS] = {"forget_bias", DIMENSION_HEADS, .start = START_CONSTANT, .value = 2},
    [HEAD_NORM_WEIGHT] = {"head_norm_weight", DIMENSION_HIDDEN, .row_factor = 2, .start = START_CONSTANT,
                          .value = 1},
    [SKIP] = {"skip", DIMENSION_HIDDEN, .row_factor = 2, .start = START_CONSTANT, .value = 1},
    [DOWN_WEIGHT] = {"down_weight", DIMENSION_HIDDEN, DIMENSION_HIDDEN, .column_factor = 2,
                     .start = START_FAN_IN, .value = 1},
};

static const CellState states[STATES] = {
    [STATE_MEMORY] = {"memory", DIMENSION_HIDDEN, DIMENSION_HEAD, .factor = 4}, /* N × d × d, d = 2H/N: Cᵀ */
    [STATE_NORMALIZER] = {"normalizer", DIMENSION_HIDDEN, .factor = 2},
    [STATE_STABILIZER] = {"stabilizer", DIMENSION_HEADS},
    [STATE_INPUTS] = {"inputs", DIMENSION_HIDDEN, .factor = 2 * CONVOLUTION_REACH}, /* the oldest first */
};

static void mlstm_destroy(CellLayer *layer) {
    if (layer != NULL) {
        residual_block_free(&layer->block);
        free(layer);
    }
}

/* Lays out the sums of the gradients: those of the two large products have none. */
static void place_sums(CellLayer *layer, const CellParameter *table, const CellSizes *sizes) {
    for (size_t k = 0; k < PARAMETERS; k++) {
        size_t columns = table[k].columns == DIMENSION_NONE ? 1 : cell_parameter_columns(&table[k], sizes);
        size_t elements = cell_parameter_rows(&table[k], sizes) * columns;
        bool product = k == UP_WEIGHT || k == DOWN_WEIGHT;
        layer->sum_offsets[k + 1] = layer->sum_offsets[k] + (product ? 0 : elements);
    }
}

static void resolve_sizes(CellLayer *layer, const Cell *cell, const CellShape *shape) {
    CellSizes sizes = {.input = shape->input, .hidden = shape->hidden, .heads = shape->heads};
    layer->shape = *shape;
    layer->inner = 2 * shape->hidden;
    layer->chunks = (shape->steps + CHUNK_MOST - 1) / CHUNK_MOST;
    size_t chunk = (shape->steps + layer->chunks - 1) / layer->chunks;
    layer->steps = layer->chunks * chunk;
    layer->rows = shape->batch * layer->steps;
    layer->parts = shape->batch < RESIDUAL_PARTS ? shape->batch : RESIDUAL_PARTS;
    layer->memory_shape = (MemoryShape){.steps = chunk,
                                        .width = layer->inner / shape->heads,
                                        .row = 3 * layer->inner,
                                        .inner = layer->inner,
                                        .gates = 2 * shape->heads,
                                        .reset_steps = shape->batch};
    for (size_t k = 0; k < STATES; k++) {
        layer->state_widths[k] = cell_state_width(&cell->states[k], &sizes);
    }
    place_sums(layer, cell->parameters, &sizes);
}

static void take_weights(CellLayer *layer, Arena *arena) {
    layer->taps = arena_take(arena, CONVOLUTION_TAPS * layer->inner, sizeof(real));
    for (size_t k = 0; k < 3; k++) {
        layer->blocks[k] = arena_take(arena, BLOCK * layer->inner, sizeof(real));
        layer->blocks_back[k] = arena_take(arena, BLOCK * layer->inner, sizeof(real));
    }
}

static void take_activations(CellLayer *layer, size_t threads, Arena *arena) {
    const CellShape *shape = &layer->shape;
    size_t rows = layer->rows;
    size_t out = shape->steps * shape->batch * shape->hidden;
    size_t size = operand_size(layer->block.precision);
    layer->moments = arena_take(arena, rows, sizeof(NormMoments));
    layer->normal = arena_take(arena, rows * shape->hidden, size);
    layer->expanded = arena_take(arena, rows * UP_GATES * layer->inner, sizeof(real));
    layer->convolved = arena_take(arena, rows * layer->inner, sizeof(real));
    layer->qkv = arena_take(arena, rows * 3 * layer->inner, sizeof(real));
    layer->gates = arena_take(arena, rows * 2 * shape->heads, sizeof(real));
    layer->h = arena_take(arena, rows * layer->inner, sizeof(real));
    layer->head_moments = arena_take(arena, rows * shape->heads, sizeof(NormMoments));
    layer->gated = arena_take(arena, rows * layer->inner, size);
    layer->reduced = arena_take(arena, rows * shape->hidden, sizeof(real));
    layer->kept = arena_take(arena, rows * shape->heads, sizeof(MemoryStep));
    layer->out = arena_take(arena, out, sizeof(real));
    layer->operands = layer->block.precision == PRECISION_BF16 ? arena_take(arena, out, size) : layer->out;
    layer->scratch = arena_take(arena, threads * scratch_size(layer), sizeof(real));
}

static void take_gradients(CellLayer *layer, Arena *arena) {
    const CellShape *shape = &layer->shape;
    size_t rows = layer->rows;
    size_t d = layer->memory_shape.width;
    size_t chunks = layer->chunks * shape->batch * shape->heads;
    size_t squares = chunks * layer->memory_shape.steps * layer->memory_shape.steps;
    layer->decay = arena_take(arena, squares, sizeof(real));
    layer->weights = arena_take(arena, squares, sizeof(real));
    layer->before.memory = arena_take(arena, chunks * d * d, sizeof(real));
    layer->before.normalizer = arena_take(arena, chunks * d, sizeof(real));
    layer->before.stabilizer = arena_take(arena, chunks, sizeof(real));
    layer->inputs_before = arena_take(arena, shape->batch * CONVOLUTION_REACH * layer->inner, sizeof(real));
    layer->gated_gradient = arena_take(arena, rows * layer->inner, sizeof(real));
    layer->convolved_gradient = arena_take(arena, rows * layer->inner, sizeof(real));
    layer->qkv_gradient = arena_take(arena, rows * 3 * layer->inner, sizeof(real));
    layer->gates_gradient = arena_take(arena, rows * 2 * shape->heads, sizeof(real));
    /* That of `reduced` takes its place: the values are not needed any more. */
    layer->expanded_gradient = layer->block.precision == PRECISION_BF16
                                   ? arena_take(arena, rows * UP_GATES * layer->inner, sizeof(bfloat16))
                                   : layer->expanded;
    layer->normal_gradient = arena_take(arena, rows * shape->hidden, sizeof(real));
    layer->sums = arena_take(arena, layer->parts * layer->sum_offsets[PARAMETERS], sizeof(real));
}

static bool create_products(CellLayer *layer, Compute *compute, Arena *arena, Error *error) {
    const CellShape *shape = &layer->shape;
    return residual_block_create(&layer->block, shape, layer->inner, layer->rows, compute, arena, error) &&
           (shape->streaming ||
            memory_products_create(&layer->products, &layer->memory_shape, shape->training, compute, error));
}

static CellLayer *mlstm_create(const Cell *cell, const CellShape *shape, Compute *compute, Arena *arena,
                               Error *error) {
    CellLayer *layer = memory_allocate(1, sizeof *layer, "an mLSTM layer", error);
    if (layer == NULL) {
        return NULL;
    }
    resolve_sizes(layer, cell, shape);
    layer->kernels = compute->kernels;
    if (!create_products(layer, compute, arena, error)) {
        mlstm_destroy(layer);
        return NULL;
    }
    take_weights(layer, arena);
    take_activations(layer, compute->threads, arena);
    if (shape->training) {
        take_gradients(layer, arena);
    }
    return layer;
}

static void mlstm_pack(CellLayer *layer, const real *const *values, const real *embedding, Member member) {
    if (member.index == 0) {
        memcpy(layer->values, values, sizeof layer->values);
        convolution_pack(layer->inner, values[CONV_WEIGHT], layer->taps);
        for (size_t k = 0; k < 3; k++) {
            blocks_pack(layer->inner, values[Q_WEIGHT + k], block_scale(layer, k), layer->blocks[k],
                        layer->blocks_back[k]);
        }
    }
    residual_block_pack(&layer->block, values[UP_WEIGHT], values[DOWN_WEIGHT], embedding, member);
    team_barrier(member);
}

static const real *mlstm_output(const CellLayer *layer) {
    return layer->out;
}

static const void *mlstm_operands(const CellLayer *layer) {
    return layer->operands;
}

extern const Cell KERNELS_SYMBOL(mlstm_cell);

const Cell KERNELS_SYMBOL(mlstm_cell) = {
    .name = "mlstm",
    .title = "xLSTM's block with a matrix as memory (Beck et al. 2024)",
    .learning_rate_factor = 0.5,
    .has_heads = true,
    .residual = true,
    .parameters = parameters,
    .parameter_count = PARAMETERS,
    .states = states,
    .state_count = STATES,
    .forget = {.there = true, .bias_row = FORGET_BIAS, .gate = 0},
    .create = mlstm_create,
    .destroy = mlstm_destroy,
    .pack = mlstm_pack,
    .forward = mlstm_forward,
    .backward = mlstm_backward,
    .output = mlstm_output,
    .operands = mlstm_operands,
};
