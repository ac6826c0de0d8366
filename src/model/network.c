/* The tables of a network: see network.h. */
#include "model/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool check_size(const char *name, size_t value, size_t smallest, size_t largest, Error *error) {
    if (value < smallest || value > largest) {
        return error_set(error, "%s of a network must be from %zu to %zu, not %zu", name, smallest, largest,
                         value);
    }
    return true;
}

static size_t resolve(Dimension dimension, size_t input, size_t hidden) {
    switch (dimension) {
    case DIMENSION_INPUT: return input;
    case DIMENSION_HIDDEN: return hidden;
    case DIMENSION_NONE: break;
    }
    return 0;
}

/* Adds the parameters of one layer under PyTorch's names, or ours for cells that PyTorch lacks. */
static bool add_layer(Network *network, size_t layer, Error *error) {
    const NetworkConfig *config = &network->config;
    const Cell *cell = config->cell;
    size_t input = config->hidden;
    if (layer == 0) {
        input = config->embed > 0 ? config->embed : config->vocab;
    }
    for (size_t k = 0; k < cell->parameter_count; k++) {
        const CellParameter *parameter = &cell->parameters[k];
        char name[LAYOUT_NAME_SIZE];
        if (cell->torch) {
            snprintf(name, sizeof name, "rnn.%s_l%zu", parameter->name, layer);
        } else {
            snprintf(name, sizeof name, "layers.%zu.%s.%s", layer, cell->name, parameter->name);
        }
        size_t rows = parameter->row_factor * resolve(parameter->rows, input, config->hidden);
        if (!layout_add(&network->layout, name, rows, resolve(parameter->cols, input, config->hidden),
                        INIT_UNIFORM, 1.0 / sqrt((double)config->hidden),
                        k == 0 ? &network->layer_rows[layer] : NULL, error)) {
            return false;
        }
    }
    return true;
}

static bool add_rows(Network *network, Error *error) {
    const NetworkConfig *config = &network->config;
    if (config->embed > 0 && !layout_add(&network->layout, "encoder.weight", config->vocab, config->embed,
                                         INIT_NORMAL, 1.0, &network->encoder, error)) {
        return false;
    }
    for (size_t layer = 0; layer < config->layers; layer++) {
        if (!add_layer(network, layer, error)) {
            return false;
        }
    }
    double scale = 1.0 / sqrt((double)config->hidden);
    return layout_add(&network->layout, "decoder.weight", config->vocab, config->hidden, INIT_UNIFORM, scale,
                      &network->decoder_weight, error) &&
           layout_add(&network->layout, "decoder.bias", config->vocab, 0, INIT_UNIFORM, scale,
                      &network->decoder_bias, error);
}

Network *network_create(const NetworkConfig *config, Error *error) {
    if (!check_size("layers", config->layers, 1, NETWORK_LAYERS_MAX, error) ||
        !check_size("hidden", config->hidden, 1, NETWORK_HIDDEN_MAX, error) ||
        !check_size("embed", config->embed, 0, NETWORK_EMBED_MAX, error) ||
        !check_size("vocab", config->vocab, 1, NETWORK_VOCAB_MAX, error)) {
        return NULL;
    }
    Network *network = memory_allocate(1, sizeof *network, "a network", error);
    if (network == NULL) {
        return NULL;
    }
    network->config = *config;
    network->layer_rows = memory_allocate(config->layers, sizeof *network->layer_rows, "a network", error);
    if (network->layer_rows == NULL || !add_rows(network, error)) {
        network_free(network);
        return NULL;
    }
    return network;
}

void network_free(Network *network) {
    if (network != NULL) {
        layout_free(&network->layout);
        free(network->layer_rows);
        free(network);
    }
}

/* Adds `forget_bias` to the biases of the gate that the cell names as its forget gate. */
static void add_forget_bias(const Network *network, real *parameters) {
    const NetworkConfig *config = &network->config;
    if (!config->cell->has_forget_gate) {
        return;
    }
    for (size_t layer = 0; layer < config->layers; layer++) {
        const LayoutRow *bias = &network->layout.rows[network->layer_rows[layer] + config->cell->forget_bias];
        real *values = parameters + bias->offset + config->cell->forget_gate * config->hidden;
        for (size_t unit = 0; unit < config->hidden; unit++) {
            values[unit] += (real)config->forget_bias;
        }
    }
}

void network_initialize(const Network *network, real *parameters, Random *random) {
    block_initialize(&network->layout, parameters, random);
    add_forget_bias(network, parameters);
}

void network_initialize_range(const Network *network, double range, real *parameters, Random *random) {
    block_initialize(&network->layout, parameters, random);
    for (size_t k = 0; k < network->layout.count; k++) {
        const LayoutRow *row = &network->layout.rows[k];
        bool drawn = row->init == INIT_UNIFORM || row->init == INIT_NORMAL;
        for (size_t i = 0; drawn && i < layout_row_elements(row); i++) {
            parameters[row->offset + i] = (real)((2.0 * random_uniform(random) - 1.0) * range);
        }
    }
    add_forget_bias(network, parameters);
}

size_t network_state_size(const Network *network, size_t batch) {
    const NetworkConfig *config = &network->config;
    return config->layers * config->cell->state_count * batch * config->hidden;
}
