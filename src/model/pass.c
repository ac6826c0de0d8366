/* Running a network over windows: see pass.h. */
#include "model/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/cells.h"
#include "model/decoder.h"
#include "model/weight_drop.h"
#include "text/vocab.h"

enum { TEAM_LEAST = 1 << 19 }; /* multiplications of a step from which on a team is worth it */

/* A layer and what stands between it and the one above. */
typedef struct PassLayer {
    const Cell *kind; /* compiled for this processor */
    CellLayer *cell;
    WeightDrop weight_drop;
    const real **parameters; /* one for each row of the cell's table, in the packed block or masked */
    real **gradients;        /* the same, in the gradients' block or of what is masked */
    void *dropped;           /* T × B × H operands: the output through dropout; NULL without it */
    size_t gradient;         /* which of the pass's arrays has the gradient of the output */
} PassLayer;

struct Pass {
    const Network *network;
    Compute *compute;
    PassShape shape;
    Arena arena;
    Arena turns; /* of layers: in it lies what one needs only while it works */
    PassLayer *layers;
    real *gradients[2]; /* T × B × H: see take_gradient */
    size_t gradient_count;
    Decoder *decoder;
    real *state;
    real *state_gradient;
    const real *logits;
};

const uint8_t *pass_window_mark_resets(const uint32_t *ids, size_t count, uint32_t border, uint8_t *reset) {
    if (border == VOCAB_UNKNOWN) {
        return NULL;
    }
    for (size_t k = 0; k < count; k++) {
        reset[k] = ids[k] == border;
    }
    return reset;
}

static size_t row_count(const Pass *pass) {
    return pass->shape.steps * pass->shape.batch;
}

static CellShape layer_shape(const Pass *pass, size_t layer) {
    const NetworkConfig *config = &pass->network->config;
    CellSizes sizes = network_cell_sizes(config, layer);
    return (CellShape){
        .steps = pass->shape.steps,
        .batch = pass->shape.batch,
        .input = sizes.input,
        .hidden = sizes.hidden,
        .heads = sizes.heads,
        .vocab = layer == 0 ? config->vocab : 0,
        .embedded = layer == 0 && config->embed > 0,
        .training = pass->shape.training,
        .resets = pass->shape.resets,
        .input_dropout = layer == 0 && pass->shape.training && pass->shape.dropout_input > 0,
        .streaming = pass->shape.streaming,
        .precision = pass->shape.precision,
        .zoneout = config->zoneout,
    };
}

/* The probability of a zero in a layer's output. */
static double output_probability(const Pass *pass, size_t layer) {
    bool top = layer + 1 == pass->network->config.layers;
    return top ? pass->shape.dropout_output : pass->shape.dropout;
}

/* Finds an array for the gradient of a layer's output. A layer reads that and makes its input's, which is the gradient
 * of the output below: in the same array if it is a recurrence and nothing else, which reads all before it writes.
 * Others need two, and these take turns. */
static void take_gradient(Pass *pass, size_t layer, Arena *arena) {
    size_t below = layer == 0 ? 0 : pass->layers[layer - 1].gradient;
    bool in_place = layer == 0 || pass->layers[layer].kind->recurrence != NULL;
    size_t taken = in_place ? below : 1 - below;
    if (taken == pass->gradient_count) {
        pass->gradients[taken] =
            arena_take(arena, row_count(pass) * pass->network->config.hidden, sizeof(real));
        pass->gradient_count++;
    }
    pass->layers[layer].gradient = taken;
}

/* The gradient of the layer's output. */
static real *output_gradient(const Pass *pass, size_t layer) {
    return pass->gradients[pass->layers[layer].gradient];
}

static bool create_layer(Pass *pass, size_t layer, Arena *arena, Error *error) {
    PassLayer *made = &pass->layers[layer];
    made->kind = cell_compiled_for(network_cell(pass->network, layer), pass->compute->instruction_set);
    size_t count = made->kind->parameter_count;
    CellShape shape = layer_shape(pass, layer);
    made->parameters = memory_allocate(count, sizeof *made->parameters, "a layer", error);
    made->gradients = memory_allocate(count, sizeof *made->gradients, "a layer", error);
    if (made->parameters == NULL || made->gradients == NULL) {
        return false;
    }
    CellSizes sizes = network_cell_sizes(&pass->network->config, layer);
    if (pass->shape.training && pass->shape.weight_drop > 0 &&
        !weight_drop_create(&made->weight_drop, made->kind, &sizes, pass->shape.weight_drop, arena, error)) {
        return false;
    }
    if (pass->shape.training) {
        take_gradient(pass, layer, arena);
        if (output_probability(pass, layer) > 0) {
            size_t elements = row_count(pass) * pass->network->config.hidden;
            made->dropped = arena_take(arena, elements, operand_size(shape.precision));
        }
    }
    made->cell = made->kind->create(made->kind, &shape, pass->compute, arena, error);
    return made->cell != NULL;
}

/* Everything but the arena itself, which may be counting. */
static bool create_parts(Pass *pass, Arena *arena, Error *error) {
    const NetworkConfig *config = &pass->network->config;
    pass->layers = memory_allocate(config->layers, sizeof *pass->layers, "the layers", error);
    if (pass->layers == NULL) {
        return false;
    }
    for (size_t layer = 0; layer < config->layers; layer++) {
        arena_next_turn(arena);
        if (!create_layer(pass, layer, arena, error)) {
            return false;
        }
    }
    size_t state_size = network_state_size(pass->network, pass->shape.batch);
    pass->state = arena_take(arena, state_size, sizeof(real));
    pass->state_gradient = pass->shape.training ? arena_take(arena, state_size, sizeof(real)) : NULL;
    DecoderShape decoder = {.rows = row_count(pass),
                            .last_rows = pass->shape.batch,
                            .hidden = config->hidden,
                            .vocab = config->vocab,
                            .training = pass->shape.training,
                            .streaming = pass->shape.streaming,
                            .precision = pass->shape.precision};
    pass->decoder = decoder_create(&decoder, pass->compute, arena, error);
    return pass->decoder != NULL;
}

static void free_parts(Pass *pass) {
    for (size_t layer = 0; pass->layers != NULL && layer < pass->network->config.layers; layer++) {
        PassLayer *made = &pass->layers[layer];
        if (made->kind != NULL) {
            made->kind->destroy(made->cell);
        }
        weight_drop_free(&made->weight_drop);
        free(made->parameters);
        free(made->gradients);
    }
    free(pass->layers);
    decoder_free(pass->decoder);
    pass->layers = NULL;
    pass->decoder = NULL;
}

static Pass start(const Network *network, Compute *compute, const PassShape *shape) {
    return (Pass){.network = network, .compute = compute, .shape = *shape};
}

/* Counts the arena and its second one. */
static bool count_parts(const Network *network, Compute *compute, const PassShape *shape, Arena *arena,
                        Arena *turns, Error *error) {
    Pass counted = start(network, compute, shape);
    *turns = (Arena){0};
    *arena = (Arena){.second = turns};
    bool good = create_parts(&counted, arena, error);
    free_parts(&counted);
    return good;
}

size_t pass_memory(const Network *network, Compute *compute, const PassShape *shape, Error *error) {
    Arena arena;
    Arena turns;
    return count_parts(network, compute, shape, &arena, &turns, error) ? arena_counted(&arena) : 0;
}

Pass *pass_create(const Network *network, Compute *compute, const PassShape *shape, Error *error) {
    Arena arena;
    Arena turns;
    bool counted = count_parts(network, compute, shape, &arena, &turns, error);
    Pass *pass = counted ? memory_allocate(1, sizeof *pass, "a pass", error) : NULL;
    if (pass == NULL) {
        return NULL;
    }
    *pass = start(network, compute, shape);
    if (!arena_create_both(&pass->arena, &pass->turns, &arena, "the network's activations", error) ||
        !create_parts(pass, &pass->arena, error)) {
        pass_free(pass);
        return NULL;
    }
    return pass;
}

void pass_free(Pass *pass) {
    if (pass != NULL) {
        free_parts(pass);
        arena_free(&pass->arena);
        free(pass);
    }
}

/* A row of the table that says where each parameter is in a block. */
static const LayoutRow *layout_row(const Pass *pass, size_t row) {
    return &pass->network->layout.rows[row];
}

/* What the masks of an update are for: each has a key of its own. */
enum {
    MASK_OUTPUT /* of layer 0, 1 ... */,
    MASK_INPUT = MASK_OUTPUT + NETWORK_LAYERS_MAX,
    MASK_WEIGHTS /* of layer 0, 1 ... */,
    MASK_ZONEOUT = MASK_WEIGHTS + NETWORK_LAYERS_MAX /* of layer 0, 1 ... */
};

/* Finds a layer's parameters in the block. With a key, weight drop's copies of them. */
static void take_parameters(Pass *pass, size_t layer, const real *parameters, uint64_t key) {
    PassLayer *taking = &pass->layers[layer];
    for (size_t k = 0; k < taking->kind->parameter_count; k++) {
        taking->parameters[k] = parameters + layout_row(pass, pass->network->layer_rows[layer] + k)->offset;
    }
    taking->weight_drop.on = key != 0 && taking->weight_drop.rows != NULL;
    if (taking->weight_drop.on) {
        weight_drop_place(&taking->weight_drop, random_at(key, MASK_WEIGHTS + layer), taking->parameters);
    }
}

void pass_pack_update(Pass *pass, const real *parameters, uint64_t key, Member member) {
    const Network *network = pass->network;
    const real *embedding =
        network->config.embed > 0 ? parameters + layout_row(pass, network->encoder)->offset : NULL;
    for (size_t layer = 0; member.index == 0 && layer < network->config.layers; layer++) {
        take_parameters(pass, layer, parameters, key);
    }
    team_barrier(member);
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const WeightDrop *drop = &pass->layers[layer].weight_drop;
        if (drop->on) {
            weight_drop_mask(drop, pass->compute->kernels, member);
            team_barrier(member);
        }
    }
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const PassLayer *packed = &pass->layers[layer];
        packed->kind->pack(packed->cell, packed->parameters, layer == 0 ? embedding : NULL, member);
    }
    decoder_pack(pass->decoder, parameters + layout_row(pass, network->decoder_weight)->offset,
                 parameters + layout_row(pass, network->decoder_bias)->offset, member);
    team_barrier(member);
}

/* Off unless the pass is for training and the window has a key. */
static RowDropout window_dropout(const Pass *pass, const PassWindow *window, uint64_t mask,
                                 double probability) {
    bool on = pass->shape.training && window->dropout_key != 0;
    return (RowDropout){.mask = {random_at(window->dropout_key, mask), on ? probability : 0},
                        .batch = pass->shape.batch,
                        .variational = pass->shape.variational};
}

static RowDropout output_dropout(const Pass *pass, const PassWindow *window, size_t layer) {
    return window_dropout(pass, window, MASK_OUTPUT + layer, output_probability(pass, layer));
}

/* Takes the layer's output through its mask, if it has one and the cell does not do that itself. */
static void drop_output(const Pass *pass, const PassWindow *window, size_t layer, Member member) {
    const PassLayer *dropping = &pass->layers[layer];
    RowDropout dropout = output_dropout(pass, window, layer);
    if (dropout_is_on(&dropout) && dropping->kind->output != NULL) {
        dropout_rows(&dropout, pass->compute->kernels, pass->shape.precision, dropping->dropped,
                     dropping->kind->output(dropping->cell), member_share(member, row_count(pass)),
                     pass->network->config.hidden);
        team_barrier(member);
    }
}

/* The gradient of the layer's output, back through the same mask. */
static void drop_gradient(const Pass *pass, const PassWindow *window, size_t layer, Member member) {
    real *gradient = output_gradient(pass, layer);
    RowDropout dropout = output_dropout(pass, window, layer);
    if (dropout_is_on(&dropout)) {
        dropout_rows(&dropout, pass->compute->kernels, PRECISION_F32, gradient, gradient,
                     member_share(member, row_count(pass)), pass->network->config.hidden);
        team_barrier(member);
    }
}

/* The key of the layer's masks of zoneout, which is not 0; or 0 where none are drawn. */
static uint64_t zoneout_key(const Pass *pass, const PassWindow *window, size_t layer) {
    uint64_t key = random_at(window->dropout_key, MASK_ZONEOUT + layer);
    bool drawn = pass->shape.training && window->dropout_key != 0;
    return drawn ? key | 1 : 0;
}

/* What the layer above (or the decoder) reads. */
static const void *layer_result(const Pass *pass, const PassWindow *window, size_t layer) {
    const PassLayer *below = &pass->layers[layer];
    RowDropout dropout = output_dropout(pass, window, layer);
    return dropout_is_on(&dropout) ? below->dropped : below->kind->operands(below->cell);
}

static CellWindow cell_window(const Pass *pass, const PassWindow *window, size_t layer) {
    double dropout_input = layer == 0 ? pass->shape.dropout_input : 0;
    bool drops_itself = pass->layers[layer].kind->output == NULL;
    size_t state = pass->shape.batch * network_state_offset(pass->network, layer);
    return (CellWindow){
        .steps = window->steps,
        .ids = layer == 0 ? window->ids : NULL,
        .input = layer == 0 ? NULL : layer_result(pass, window, layer - 1),
        .reset = window->reset,
        .zoneout_key = zoneout_key(pass, window, layer),
        .input_dropout = window_dropout(pass, window, MASK_INPUT, dropout_input),
        .state = pass->state + state,
        .output_dropout = drops_itself ? output_dropout(pass, window, layer) : (RowDropout){.batch = 0},
        .dropped = drops_itself ? pass->layers[layer].dropped : NULL,
        .output_gradient = pass->shape.training ? output_gradient(pass, layer) : NULL,
        .input_gradient = layer == 0 || !pass->shape.training ? NULL : output_gradient(pass, layer - 1),
        .state_gradient = pass->state_gradient == NULL ? NULL : pass->state_gradient + state,
    };
}

static void forward_layers(Pass *pass, const PassWindow *window, Member member) {
    for (size_t layer = 0; layer < pass->network->config.layers; layer++) {
        CellWindow cell = cell_window(pass, window, layer);
        pass->layers[layer].kind->forward(pass->layers[layer].cell, &cell, member);
        drop_output(pass, window, layer, member);
    }
}

void pass_forward(Pass *pass, const PassWindow *window, Member member) {
    size_t top = pass->network->config.layers - 1;
    forward_layers(pass, window, member);
    const void *h = layer_result(pass, window, top);
    if (window->targets != NULL) {
        const DecoderRows wanted = {window->nats, window->guesses};
        decoder_loss(pass->decoder, h, window->targets, window->steps * pass->shape.batch, &wanted, NULL,
                     member);
        return;
    }
    size_t last = (window->steps - 1) * pass->shape.batch * pass->network->config.hidden;
    Precision precision = operand_precision(pass->shape.streaming, pass->shape.precision);
    const real *logits = decoder_logits(pass->decoder, operand_at(h, precision, last), member);
    if (member.index == 0) {
        pass->logits = logits;
    }
}

/* Where the gradient of row k of a layer's table is in the block. */
static real *gradient_of(const Pass *pass, size_t layer, size_t k, real *gradients) {
    return gradients + layout_row(pass, pass->network->layer_rows[layer] + k)->offset;
}

/* Before the way back through a layer: where it shall add its gradients. */
static void start_gradients(const Pass *pass, size_t layer, real *gradients, Member member) {
    const PassLayer *back = &pass->layers[layer];
    for (size_t k = 0; member.index == 0 && k < back->kind->parameter_count; k++) {
        back->gradients[k] = gradient_of(pass, layer, k, gradients);
    }
    if (member.index == 0 && back->weight_drop.on) {
        weight_drop_place_gradients(&back->weight_drop, back->gradients);
    }
    if (back->weight_drop.on) {
        weight_drop_start(&back->weight_drop, member);
    }
    team_barrier(member);
}

/* After it: what was added to weight drop's copies goes on to the weights. */
static void finish_gradients(const Pass *pass, size_t layer, real *gradients, Member member) {
    const WeightDrop *drop = &pass->layers[layer].weight_drop;
    if (!drop->on) {
        return;
    }
    for (size_t k = 0; k < drop->count; k++) {
        if (drop->rows[k].elements > 0) {
            weight_drop_add(&drop->rows[k], pass->compute->kernels, gradient_of(pass, layer, k, gradients),
                            member);
        }
    }
    team_barrier(member);
}

void pass_train(Pass *pass, const PassWindow *window, real *gradients, Member member) {
    const Network *network = pass->network;
    size_t top = network->config.layers - 1;
    forward_layers(pass, window, member);
    DecoderGradients decoder = {.h = output_gradient(pass, top),
                                .weight = gradients + layout_row(pass, network->decoder_weight)->offset,
                                .bias = gradients + layout_row(pass, network->decoder_bias)->offset};
    const DecoderRows wanted = {window->nats, window->guesses};
    decoder_loss(pass->decoder, layer_result(pass, window, top), window->targets,
                 window->steps * pass->shape.batch, &wanted, &decoder, member);
    for (size_t layer = top + 1; layer-- > 0;) {
        const PassLayer *back = &pass->layers[layer];
        CellWindow cell = cell_window(pass, window, layer);
        if (layer == 0 && network->config.embed > 0) {
            cell.embedding_gradient = gradients + layout_row(pass, network->encoder)->offset;
        }
        drop_gradient(pass, window, layer, member);
        start_gradients(pass, layer, gradients, member);
        back->kind->backward(back->cell, &cell, back->gradients, member);
        finish_gradients(pass, layer, gradients, member);
    }
}

double pass_loss(const Pass *pass) {
    return decoder_total(pass->decoder);
}

size_t pass_scored(const Pass *pass) {
    return decoder_scored(pass->decoder);
}

const real *pass_logits(const Pass *pass) {
    return pass->logits;
}

real *pass_state(Pass *pass) {
    return pass->state;
}

void pass_clear_state(Pass *pass) {
    memset(pass->state, 0, network_state_size(pass->network, pass->shape.batch) * sizeof(real));
}

const real *pass_state_gradient(const Pass *pass) {
    return pass->state_gradient;
}

/* What a team of its own needs to know. */
typedef struct PassWork {
    Pass *pass;
    const real *parameters;
    uint64_t key; /* of weight drop */
    const PassWindow *window;
    real *gradients;
} PassWork;

static void work_pack(void *context, Member member) {
    PassWork *work = context;
    pass_pack_update(work->pass, work->parameters, work->key, member);
}

static void work_forward(void *context, Member member) {
    PassWork *work = context;
    pass_forward(work->pass, work->window, member);
}

static void work_train(void *context, Member member) {
    PassWork *work = context;
    pass_train(work->pass, work->window, work->gradients, member);
}

void pass_pack_now(Pass *pass, const real *parameters) {
    pass_pack_update_now(pass, parameters, 0);
}

void pass_pack_update_now(Pass *pass, const real *parameters, uint64_t key) {
    PassWork work = {.pass = pass, .parameters = parameters, .key = key};
    team_run(pass->compute->threads, work_pack, &work);
}

void pass_forward_now(Pass *pass, const PassWindow *window) {
    /* In a small step, threads would wait for each other longer than they work, and far longer on a busy machine. */
    size_t step = layout_parameters(&pass->network->layout) * pass->shape.batch;
    pass_forward_by(pass, window, step >= TEAM_LEAST ? pass->compute->threads : 1);
}

void pass_forward_by(Pass *pass, const PassWindow *window, size_t threads) {
    PassWork work = {.pass = pass, .window = window};
    if (pass->shape.streaming) { /* math/matvec.h has all its products */
        team_run_interruptible(threads, work_forward, &work);
    } else {
        team_run(threads, work_forward, &work);
    }
}

void pass_train_now(Pass *pass, const PassWindow *window, real *gradients) {
    PassWork work = {.pass = pass, .window = window, .gradients = gradients};
    team_run(pass->compute->threads, work_train, &work);
}
