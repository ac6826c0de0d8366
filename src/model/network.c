/* The tables of a network: see network.h. */
#include "model/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/cells.h"

/* What the names of its tensors begin with, and no others in a model file. */
#define ENCODER      "encoder."
#define TORCH_LAYERS "rnn."
#define OUR_LAYERS   "layers."
#define DECODER      "decoder."

bool network_owns_name(const char *name) {
    static const char *const beginnings[] = {ENCODER, TORCH_LAYERS, OUR_LAYERS, DECODER};
    bool owns = false;
    for (size_t k = 0; k < sizeof beginnings / sizeof *beginnings; k++) {
        owns = owns || strncmp(name, beginnings[k], strlen(beginnings[k])) == 0;
    }
    return owns;
}

static bool check_size(const char *name, size_t value, size_t smallest, size_t largest, Error *error) {
    if (value < smallest || value > largest) {
        return error_set(error, "%s of a network must be from %zu to %zu, not %zu", name, smallest, largest,
                         value);
    }
    return true;
}

const Cell *network_cell(const Network *network, size_t layer) {
    return cell_list_at(&network->config.cells, layer);
}

CellSizes network_cell_sizes(const NetworkConfig *config, size_t layer) {
    CellSizes sizes = {
        .input = config->hidden, .hidden = config->hidden, .heads = config->heads > 0 ? config->heads : 1};
    if (layer == 0) {
        sizes.input = config->embed > 0 ? config->embed : config->vocab;
    }
    return sizes;
}

/* torch.nn has stacks of one of its cells alone. */
static bool is_torch(const NetworkConfig *config) {
    bool torch = true;
    for (size_t k = 0; k < config->cells.count; k++) {
        torch = torch && config->cells.cells[k]->torch && config->cells.cells[k] == config->cells.cells[0];
    }
    return torch;
}

static bool add_parameter(Network *network, const CellParameter *parameter, const char *name,
                          const CellSizes *sizes, size_t *number, Error *error) {
    size_t rows = cell_parameter_rows(parameter, sizes);
    size_t columns = cell_parameter_columns(parameter, sizes);
    Init init = INIT_UNIFORM;
    double scale = 1.0 / sqrt((double)sizes->hidden);
    if (parameter->start == START_FAN_IN) {
        scale = parameter->value / sqrt((double)columns);
    } else if (parameter->start == START_CONSTANT) {
        init = INIT_CONSTANT;
        scale = parameter->value;
    }
    return layout_add(&network->layout, name, rows, columns, init, scale, number, error);
}

/* Adds the parameters of one layer under PyTorch's names, or ours for cells that PyTorch lacks. */
static bool add_layer(Network *network, size_t layer, Error *error) {
    const Cell *cell = network_cell(network, layer);
    CellSizes sizes = network_cell_sizes(&network->config, layer);
    for (size_t k = 0; k < cell->parameter_count; k++) {
        const CellParameter *parameter = &cell->parameters[k];
        char name[LAYOUT_NAME_SIZE];
        if (is_torch(&network->config)) {
            snprintf(name, sizeof name, TORCH_LAYERS "%s_l%zu", parameter->name, layer);
        } else {
            snprintf(name, sizeof name, OUR_LAYERS "%zu.%s.%s", layer, cell->name, parameter->name);
        }
        size_t *first = k == 0 ? &network->layer_rows[layer] : NULL;
        if (!add_parameter(network, parameter, name, &sizes, first, error)) {
            return false;
        }
    }
    return true;
}

static bool add_rows(Network *network, Error *error) {
    const NetworkConfig *config = &network->config;
    if (config->embed > 0 && !layout_add(&network->layout, ENCODER "weight", config->vocab, config->embed,
                                         INIT_NORMAL, 1.0, &network->encoder, error)) {
        return false;
    }
    for (size_t layer = 0; layer < config->layers; layer++) {
        if (!add_layer(network, layer, error)) {
            return false;
        }
    }
    double scale = 1.0 / sqrt((double)config->hidden);
    return layout_add(&network->layout, DECODER "weight", config->vocab, config->hidden, INIT_UNIFORM, scale,
                      &network->decoder_weight, error) &&
           layout_add(&network->layout, DECODER "bias", config->vocab, 0, INIT_UNIFORM, scale,
                      &network->decoder_bias, error);
}

static bool check_zoneout(const NetworkConfig *config, Error *error) {
    if (!(config->zoneout >= 0 && config->zoneout < 1)) {
        return error_set(error, "zoneout of a network must be from 0 to below 1, not %g", config->zoneout);
    }
    for (size_t k = 0; k < config->cells.count; k++) {
        if (config->zoneout > 0 && !cell_has_zoneout(config->cells.cells[k])) {
            return error_set(error, "the cell %s has no states for zoneout", config->cells.cells[k]->name);
        }
    }
    return true;
}

/* Whether the cells can be of these sizes. */
static bool check_cells(const NetworkConfig *config, Error *error) {
    CellSizes sizes = network_cell_sizes(config, 0);
    for (size_t k = 0; k < config->cells.count; k++) {
        const Cell *cell = config->cells.cells[k];
        if (cell->has_heads && config->hidden % sizes.heads != 0) {
            return error_set(error,
                             "%s divides its units among heads: %zu units are no multiple of %zu heads",
                             cell->name, config->hidden, sizes.heads);
        }
    }
    if (config->cells.cells[0]->residual && config->embed != config->hidden) {
        return error_set(
            error,
            "%s adds to its input: as the first layer it needs an embedding of %zu numbers, as many "
            "as it has units",
            config->cells.cells[0]->name, config->hidden);
    }
    return config->cells.count <= config->layers ||
           error_set(error, "a list of %zu cells is longer than the %zu %s", config->cells.count,
                     config->layers, config->layers == 1 ? "layer" : "layers");
}

Network *network_create(const NetworkConfig *config, Error *error) {
    if (!check_size("layers", config->layers, 1, NETWORK_LAYERS_MAX, error) ||
        !check_size("hidden", config->hidden, 1, NETWORK_HIDDEN_MAX, error) ||
        !check_size("embed", config->embed, 0, NETWORK_EMBED_MAX, error) ||
        !check_size("vocab", config->vocab, 1, NETWORK_VOCAB_MAX, error) || !check_zoneout(config, error) ||
        !check_cells(config, error)) {
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
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const Cell *cell = network_cell(network, layer);
        if (!cell->forget.there) {
            continue;
        }
        const LayoutRow *bias = &network->layout.rows[network->layer_rows[layer] + cell->forget.bias_row];
        size_t factor = cell->parameters[cell->forget.bias_row].row_factor;
        size_t count = factor > 0 ? bias->rows / factor : bias->rows;
        real *values = parameters + bias->offset + cell->forget.gate * count;
        for (size_t unit = 0; unit < count; unit++) {
            values[unit] += (real)network->config.forget_bias;
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

size_t network_state_offset(const Network *network, size_t layer) {
    size_t offset = 0;
    for (size_t l = 0; l < layer; l++) {
        const Cell *cell = network_cell(network, l);
        CellSizes sizes = network_cell_sizes(&network->config, l);
        for (size_t k = 0; k < cell->state_count; k++) {
            offset += cell_state_width(&cell->states[k], &sizes);
        }
    }
    return offset;
}

size_t network_state_size(const Network *network, size_t batch) {
    return batch * network_state_offset(network, network->config.layers);
}

void network_copy_state(const Network *network, StateOf from, StateOf to) {
    size_t offset = 0;
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const Cell *cell = network_cell(network, layer);
        CellSizes sizes = network_cell_sizes(&network->config, layer);
        for (size_t k = 0; k < cell->state_count; k++) {
            size_t width = cell_state_width(&cell->states[k], &sizes);
            memcpy(to.state + to.batch * offset + to.stream * width,
                   from.state + from.batch * offset + from.stream * width, width * sizeof(real));
            offset += width;
        }
    }
}
