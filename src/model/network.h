/* The network: embedding, a stack of recurrent layers, a linear decoder.
 *
 *     symbol -> embedding (V×E) -> dropout -> layer 0 -> dropout -> ... -> dropout -> decoder (V×H) -> logits
 *
 * `Network` is what a model is (its configuration and the table of its parameters); it holds no numbers.
 * The numbers are blocks (math/block.h) of `network->layout`. What runs a network over a window of T × B
 * symbols, forward and backward, is a `Pass` (model/pass.h).
 */
#ifndef LETRA_MODEL_NETWORK_H
#define LETRA_MODEL_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/random.h"
#include "math/block.h"
#include "model/cell.h"

typedef struct NetworkConfig {
    CellList cells;     /* of the layers, in turn */
    size_t layers;      /* L >= 1 */
    size_t hidden;      /* H >= 1, units of each layer */
    size_t heads;       /* N >= 1, of the cells that have some; 0: 1 */
    size_t embed;       /* E; 0: the first layer reads one-hot vectors */
    size_t vocab;       /* V >= 1, symbols */
    double zoneout;     /* probability that a unit's state stays as it was at a step, from 0 to below 1 */
    double forget_bias; /* added to the forget gates' bias_ih before training (0: PyTorch's start) */
} NetworkConfig;

/* The largest sizes that are accepted anywhere (options, model files). */
enum {
    NETWORK_LAYERS_MAX = 64,
    NETWORK_HIDDEN_MAX = 16384,
    NETWORK_EMBED_MAX = 16384,
    NETWORK_VOCAB_MAX = 0x110000
};

typedef struct Network {
    NetworkConfig config;
    /* "encoder.weight", the layers, "decoder.weight", "decoder.bias". Layers of one of PyTorch's cells have its names
     * and shapes ("rnn.weight_ih_l0"), others ours ("layers.0.slstm.weight_ih"). */
    Layout layout;
    size_t encoder;        /* layout row of the embedding, if config.embed > 0 */
    size_t *layer_rows;    /* owned; the layout row of each layer's first parameter */
    size_t decoder_weight; /* layout rows */
    size_t decoder_bias;
} Network;

/* Makes the tables for a configuration. NULL and a message when a size is out of range. */
Network *network_create(const NetworkConfig *config, Error *error);
void network_free(Network *network);

/* Whether a name of a tensor is one that only the parameters of networks have. */
bool network_owns_name(const char *name);

/* PyTorch's start: uniform ±1/√H for the decoder and PyTorch's cells, normal (0, 1) for the embedding. What the other
 * cells start at is in their tables (CellStart). */
void network_initialize(const Network *network, real *parameters, Random *random);

/* Another: whatever starts at random uniform in ±range, the embedding too. */
void network_initialize_range(const Network *network, double range, real *parameters, Random *random);

const Cell *network_cell(const Network *network, size_t layer);
CellSizes network_cell_sizes(const NetworkConfig *config, size_t layer);

/* Elements of the carried state of `batch` streams: layer after layer, state after state, each a matrix of `batch`
 * rows. All zeros is the start of a text. */
size_t network_state_size(const Network *network, size_t batch);

/* Where the states of a layer begin, for each stream: `batch` times as many elements behind the first. */
size_t network_state_offset(const Network *network, size_t layer);

/* A stream's part of the carried state of `batch` streams. */
typedef struct StateOf {
    real *state;
    size_t batch;
    size_t stream;
} StateOf;

/* Copies one stream's state to another's. */
void network_copy_state(const Network *network, StateOf from, StateOf to);

#endif
