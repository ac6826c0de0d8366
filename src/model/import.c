/* Bringing models from PyTorch: see import.h.
 *
 * A state dict has names that its author chose. What can be told for sure is told first: the recurrent module
 * by the ends of its names, from its shapes the cell, L, H and the width of its input. What is left must then
 * be embedding and decoder.
 */
#include "model/import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/shown.h"
#include "model/cells.h"
#include "model/import_vocab.h"
#include "model/recurrence.h"
#include "model/safetensors.h"

/* The parameters of a layer of torch.nn, which has them under the same names. */
static const CellParameter kinds[RECURRENCE_PARAMETERS] = RECURRENCE_TABLE(1);

/* What the tensors of a state dict are. */
typedef struct StateDict {
    Safetensors *file;                                               /* owned */
    ImportVocab vocab;                                               /* owned */
    const Tensor *layers[NETWORK_LAYERS_MAX][RECURRENCE_PARAMETERS]; /* NULL: missing */
    const Tensor *first;                                             /* of the recurrent ones */
    size_t prefix_length;                                            /* of its name: "lstm." */
    size_t layer_count;                                              /* L */
    size_t hidden;                                                   /* H */
    size_t input;                                                    /* columns of weight_ih_l0 */
    bool relu;                                                       /* the module rectifies */
    const Cell *cell;
    const Tensor *matrices[2]; /* what is left: embedding and decoder in whatever order, or one of them */
    size_t matrix_count;
    const Tensor *encoder; /* NULL: one-hot vectors */
    const Tensor *decoder;
    const Tensor *decoder_bias; /* NULL: zeros */
} StateDict;

/* --- the recurrent layers --- */

/* Reads the end of a name, "weight_ih_l0". False if it is not of that kind. */
static bool parse_name(const char *name, int *kind, size_t *layer, size_t *prefix_length) {
    const char *dot = strrchr(name, '.');
    const char *leaf = dot == NULL ? name : dot + 1;
    *prefix_length = (size_t)(leaf - name);
    for (int k = 0; k < RECURRENCE_PARAMETERS; k++) {
        size_t length = strlen(kinds[k].name);
        const char *digits = leaf + length + 2;
        if (strncmp(leaf, kinds[k].name, length) == 0 && strncmp(leaf + length, "_l", 2) == 0 &&
            digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 4) {
            *kind = k;
            *layer = strtoul(digits, NULL, 10);
            return true;
        }
    }
    return false;
}

/* What a network of ours cannot have, though torch.nn can. */
static bool check_supported(const char *name, Error *error) {
    size_t length = strlen(name);
    char shown[SHOWN_SIZE];
    if (length >= 8 && strcmp(name + length - 8, "_reverse") == 0) {
        return error_set(error,
                         "tensor %s: the network is bidirectional, and text is written in one direction",
                         shown_text(name, shown));
    }
    if (strstr(name, "weight_hr_l") != NULL) {
        return error_set(error,
                         "tensor %s: the network has projections (proj_size), which letra's cells have not",
                         shown_text(name, shown));
    }
    return true;
}

/* Puts a tensor of the recurrent module into its place. */
static bool place_layer(StateDict *dict, const Tensor *tensor, int kind, size_t layer, size_t prefix_length,
                        Error *error) {
    char shown[SHOWN_SIZE];
    char other[SHOWN_SIZE];
    if (layer >= NETWORK_LAYERS_MAX) {
        return error_set(error, "tensor %s: more than %d layers", shown_text(tensor->name, shown),
                         (int)NETWORK_LAYERS_MAX);
    }
    const Tensor *first = dict->first;
    if (first != NULL &&
        (prefix_length != dict->prefix_length || strncmp(first->name, tensor->name, prefix_length) != 0)) {
        return error_set(error, "tensors %s and %s belong to two recurrent modules; letra takes one",
                         shown_text(first->name, other), shown_text(tensor->name, shown));
    }
    if (dict->layers[layer][kind] != NULL) {
        return error_set(error, "tensors %s and %s are the same parameter",
                         shown_text(dict->layers[layer][kind]->name, other), shown_text(tensor->name, shown));
    }
    if (first == NULL) {
        dict->first = tensor;
        dict->prefix_length = prefix_length;
    }
    dict->layers[layer][kind] = tensor;
    dict->layer_count = layer < dict->layer_count ? dict->layer_count : layer + 1;
    return true;
}

/* Whether each layer has what it must have: both weights, and both biases or none. */
static bool check_layers(const StateDict *dict, Error *error) {
    if (dict->layer_count == 0) {
        return error_set(error,
                         "no recurrent layers: no tensor's name ends in weight_ih_l0, weight_hh_l0, ...");
    }
    for (size_t layer = 0; layer < dict->layer_count; layer++) {
        const Tensor *const *tensors = dict->layers[layer];
        for (int k = 0; k < RECURRENCE_PARAMETERS; k++) {
            bool optional = k >= RECURRENCE_BIAS_IH && tensors[RECURRENCE_BIAS_IH] == NULL &&
                            tensors[RECURRENCE_BIAS_HH] == NULL;
            if (tensors[k] == NULL && !optional) {
                return error_set(error, "the recurrent layers lack %s_l%zu", kinds[k].name, layer);
            }
        }
    }
    return true;
}

/* Finds out H, the width of the input, and the cell: PyTorch's differ in how many gates are stacked. What rectifies
 * its sums looks like what takes their tanh. */
static bool measure_layers(StateDict *dict, Error *error) {
    static const char *const cell_of_gates[] = {NULL, "rnn", NULL, "gru", "lstm"};
    const Tensor *recurrent = dict->layers[0][RECURRENCE_WEIGHT_HH];
    const Tensor *input = dict->layers[0][RECURRENCE_WEIGHT_IH];
    char text[SHAPE_TEXT_SIZE];
    size_t hidden = recurrent->rank == 2 ? recurrent->shape[1] : 0;
    size_t gates = hidden > 0 && recurrent->shape[0] % hidden == 0 ? recurrent->shape[0] / hidden : 0;
    const char *name = gates < sizeof cell_of_gates / sizeof *cell_of_gates ? cell_of_gates[gates] : NULL;
    if (name == NULL) {
        return error_set(
            error,
            "weight_hh_l0 has shape %s; for H units an LSTM's is [4 H, H], a GRU's [3 H, H], a simple "
            "network's [H, H]",
            tensor_shape_text(recurrent, text));
    }
    if (dict->relu && strcmp(name, "rnn") != 0) {
        return error_set(error, "weight_hh_l0 has shape %s, that of the cell %s: it has no rectified units",
                         tensor_shape_text(recurrent, text), name);
    }
    name = dict->relu ? "rnn-relu" : name;
    dict->cell = cell_find(name);
    if (input->rank != 2) {
        return error_set(error, "weight_ih_l0 has shape %s; [%zu, E] expected",
                         tensor_shape_text(input, text), gates * hidden);
    }
    dict->hidden = hidden;
    dict->input = input->shape[1];
    return true;
}

/* --- embedding and decoder --- */

/* Appends "NAME [SHAPE], ..." of all tensors that are not recurrent, and what should be there. */
static bool refuse_rest(const StateDict *dict, const char *why, Error *error) {
    Bytes list = {0};
    size_t listed = 0;
    for (size_t k = 0; k < safetensors_count(dict->file) && listed < 8; k++) {
        const Tensor *tensor = safetensors_at(dict->file, k);
        int kind = 0;
        size_t ignored = 0;
        if (!parse_name(tensor->name, &kind, &ignored, &ignored)) {
            char shown[SHOWN_SIZE];
            char text[SHAPE_TEXT_SIZE];
            (void)bytes_printf(&list, NULL, "%s%s %s", listed++ == 0 ? "" : ", ",
                               shown_text(tensor->name, shown), tensor_shape_text(tensor, text));
        }
    }
    size_t size = vocab_size(dict->vocab.vocab);
    error_set(
        error,
        "%s. Besides the recurrent layers there should be a matrix [%zu, %zu] for the embedding "
        "(encoder.weight; none when weight_ih_l0 has a column for each symbol), a matrix [%zu, %zu] and "
        "perhaps a vector [%zu] for the decoder (decoder.weight, decoder.bias); there is: %s",
        why, size, dict->input, size, dict->hidden, size, listed == 0 ? "nothing" : list.data);
    bytes_free(&list);
    return false;
}

/* Takes a tensor that is not recurrent. */
static bool place_rest(StateDict *dict, const Tensor *tensor, Error *error) {
    size_t size = vocab_size(dict->vocab.vocab);
    char shown[SHOWN_SIZE];
    if ((tensor->rank == 1 || tensor->rank == 2) && tensor->shape[0] != size) {
        return error_set(error, "tensor %s has %zu rows, but the vocabulary has %zu symbols",
                         shown_text(tensor->name, shown), tensor->shape[0], size);
    }
    if (tensor->rank == 1 && dict->decoder_bias == NULL) {
        dict->decoder_bias = tensor;
        return true;
    }
    if (tensor->rank == 2 && dict->matrix_count < 2) {
        dict->matrices[dict->matrix_count++] = tensor;
        return true;
    }
    return refuse_rest(dict, "the file has tensors that letra's networks have not", error);
}

static bool contains(const char *name, const char *const *words) {
    for (size_t k = 0; words[k] != NULL; k++) {
        if (strstr(name, words[k]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the names speak for a matrix being the decoder: it shares its name with the bias, or is called so. */
static bool named_decoder(const StateDict *dict, const Tensor *matrix) {
    static const char *const words[] = {"decoder", "linear", "fc", "head", "out", "proj", NULL};
    const Tensor *bias = dict->decoder_bias;
    const char *dot = strrchr(matrix->name, '.');
    if (bias != NULL && dot != NULL) {
        size_t stem = (size_t)(dot + 1 - matrix->name);
        return strncmp(bias->name, matrix->name, stem) == 0 && strcmp(bias->name + stem, "bias") == 0;
    }
    return contains(matrix->name, words);
}

static bool named_encoder(const Tensor *matrix) {
    static const char *const words[] = {"encoder", "emb", NULL};
    return contains(matrix->name, words);
}

/* Whether the two can be embedding and decoder. */
static bool shapes_fit(const StateDict *dict, const Tensor *encoder, const Tensor *decoder) {
    return encoder->shape[1] == dict->input && decoder->shape[1] == dict->hidden;
}

static bool assign(StateDict *dict, const Tensor *encoder, const Tensor *decoder) {
    dict->encoder = encoder;
    dict->decoder = decoder;
    return true;
}

static bool assign_two(StateDict *dict, Error *error) {
    const Tensor *a = dict->matrices[0];
    const Tensor *b = dict->matrices[1];
    bool a_encodes = shapes_fit(dict, a, b);
    bool b_encodes = shapes_fit(dict, b, a);
    if (a_encodes && b_encodes) {
        bool a_named =
            (named_encoder(a) || named_decoder(dict, b)) && !named_encoder(b) && !named_decoder(dict, a);
        bool b_named =
            (named_encoder(b) || named_decoder(dict, a)) && !named_encoder(a) && !named_decoder(dict, b);
        a_encodes = a_named;
        b_encodes = b_named;
        if (!a_named && !b_named) {
            return refuse_rest(dict, "neither shapes nor names tell embedding and decoder apart", error);
        }
    }
    if (!a_encodes && !b_encodes) {
        return refuse_rest(dict, "the tensors do not fit the recurrent layers", error);
    }
    return a_encodes ? assign(dict, a, b) : assign(dict, b, a);
}

/* One matrix: the decoder behind one-hot vectors, or both in one (tied weights, which are saved once). */
static bool assign_one(StateDict *dict, Error *error) {
    const Tensor *matrix = dict->matrices[0];
    bool one_hot = dict->input == vocab_size(dict->vocab.vocab) && matrix->shape[1] == dict->hidden;
    bool tied = shapes_fit(dict, matrix, matrix);
    if (one_hot && tied) {
        return refuse_rest(
            dict, "it cannot be told whether there is no embedding or the same one as the decoder", error);
    }
    if (!one_hot && !tied) {
        return refuse_rest(dict, "the tensors do not fit the recurrent layers", error);
    }
    return assign(dict, tied ? matrix : NULL, matrix);
}

/* Finds the place of every tensor. */
static bool sort_tensors(StateDict *dict, Error *error) {
    for (size_t k = 0; k < safetensors_count(dict->file); k++) {
        const Tensor *tensor = safetensors_at(dict->file, k);
        int kind = 0;
        size_t layer = 0;
        size_t prefix_length = 0;
        if (!check_supported(tensor->name, error) ||
            (parse_name(tensor->name, &kind, &layer, &prefix_length) &&
             !place_layer(dict, tensor, kind, layer, prefix_length, error))) {
            return false;
        }
    }
    if (!check_layers(dict, error) || !measure_layers(dict, error)) {
        return false;
    }
    for (size_t k = 0; k < safetensors_count(dict->file); k++) {
        const Tensor *tensor = safetensors_at(dict->file, k);
        int kind = 0;
        size_t ignored = 0;
        if (!parse_name(tensor->name, &kind, &ignored, &ignored) && !place_rest(dict, tensor, error)) {
            return false;
        }
    }
    switch (dict->matrix_count) {
    case 1: return assign_one(dict, error);
    case 2: return assign_two(dict, error);
    default: return refuse_rest(dict, "there is no decoder", error);
    }
}

/* --- the model --- */

/* Does something with a tensor and the row of the layout that it fills. */
typedef bool (*RowVisitor)(const Tensor *tensor, const LayoutRow *row, real *parameters, Error *error);

static bool check_row(const Tensor *tensor, const LayoutRow *row, real *parameters, Error *error) {
    (void)parameters;
    if (tensor_has_shape(tensor, row->rows, row->columns)) {
        return true;
    }
    char shown[SHOWN_SIZE];
    char text[SHAPE_TEXT_SIZE];
    char columns[32] = "";
    if (row->columns > 0) {
        snprintf(columns, sizeof columns, ", %zu", row->columns);
    }
    return error_set(error, "tensor %s has shape %s; [%zu%s] expected", shown_text(tensor->name, shown),
                     tensor_shape_text(tensor, text), row->rows, columns);
}

static bool read_row(const Tensor *tensor, const LayoutRow *row, real *parameters, Error *error) {
    return tensor_read(tensor, parameters + row->offset, error);
}

/* Visits a tensor with a row of the layout; a tensor that is missing is skipped. */
static bool visit_row(const Tensor *tensor, const Model *model, size_t row, RowVisitor visit, Error *error) {
    return tensor == NULL || visit(tensor, &model->network->layout.rows[row], model->parameters, error);
}

static bool visit_rows(const StateDict *dict, const Model *model, RowVisitor visit, Error *error) {
    const Network *network = model->network;
    for (size_t layer = 0; layer < dict->layer_count; layer++) {
        for (size_t k = 0; k < RECURRENCE_PARAMETERS; k++) {
            if (!visit_row(dict->layers[layer][k], model, network->layer_rows[layer] + k, visit, error)) {
                return false;
            }
        }
    }
    return visit_row(dict->encoder, model, network->encoder, visit, error) &&
           visit_row(dict->decoder, model, network->decoder_weight, visit, error) &&
           visit_row(dict->decoder_bias, model, network->decoder_bias, visit, error);
}

/* Puts what belongs to symbols into the order of our vocabulary: symbol k was `indices[k]` there. The values
 * lie as blocks × symbols × width: rows of a matrix are one block, its columns are blocks of width 1. */
static bool reorder(real *values, size_t blocks, size_t symbols, size_t width, const uint32_t *indices,
                    Error *error) {
    real *copy = memory_allocate(symbols * width, sizeof *copy, "the order of the symbols", error);
    if (copy == NULL) {
        return false;
    }
    for (size_t block = 0; block < blocks; block++) {
        real *start = values + block * symbols * width;
        memcpy(copy, start, symbols * width * sizeof *copy);
        for (size_t k = 0; k < symbols; k++) {
            memcpy(start + k * width, copy + indices[k] * width, width * sizeof *copy);
        }
    }
    free(copy);
    return true;
}

static bool reorder_symbols(const Model *model, const uint32_t *indices, Error *error) {
    const Network *network = model->network;
    const Layout *layout = &network->layout;
    size_t symbols = network->config.vocab;
    const LayoutRow *encoder = &layout->rows[network->encoder];
    const LayoutRow *input = &layout->rows[network->layer_rows[0] + RECURRENCE_WEIGHT_IH];
    const LayoutRow *decoder = &layout->rows[network->decoder_weight];
    const LayoutRow *bias = &layout->rows[network->decoder_bias];
    real *parameters = model->parameters;
    bool done = network->config.embed > 0
                    ? reorder(parameters + encoder->offset, 1, symbols, encoder->columns, indices, error)
                    : reorder(parameters + input->offset, input->rows, symbols, 1, indices, error);
    return done && reorder(parameters + decoder->offset, 1, symbols, decoder->columns, indices, error) &&
           reorder(parameters + bias->offset, 1, symbols, 1, indices, error);
}

static bool make_model(StateDict *dict, const char *version, Model *model, Error *error) {
    NetworkConfig config = {.cells = cell_list_of(dict->cell),
                            .layers = dict->layer_count,
                            .hidden = dict->hidden,
                            .embed = dict->encoder == NULL ? 0 : dict->input,
                            .vocab = vocab_size(dict->vocab.vocab)};
    model->network = network_create(&config, error);
    /* Shapes first: only then is it sure that the parameters are not larger than the file. */
    if (model->network == NULL || !visit_rows(dict, model, check_row, error)) {
        return false;
    }
    model->parameters = block_create(&model->network->layout, error);
    if (model->parameters == NULL || !visit_rows(dict, model, read_row, error) ||
        !reorder_symbols(model, dict->vocab.indices, error)) {
        return false;
    }
    model->vocab = dict->vocab.vocab;
    dict->vocab.vocab = NULL;
    model->pipeline.unit = vocab_unit(model->vocab);
    model->history = training_history_unknown;
    snprintf(model->history.version, sizeof model->history.version, "%s", version);
    return true;
}

/* No tensor has more rows: there cannot be more symbols. */
static size_t most_rows(const Safetensors *file) {
    size_t most = 0;
    for (size_t k = 0; k < safetensors_count(file); k++) {
        const Tensor *tensor = safetensors_at(file, k);
        most = tensor->rank > 0 && tensor->bytes > 0 && tensor->shape[0] > most ? tensor->shape[0] : most;
    }
    return most;
}

bool import_state_dict(const char *path, const char *vocab_path, const char *version, bool relu, Model *model,
                       Error *error) {
    *model = (Model){0};
    StateDict dict = {.relu = relu};
    dict.file = safetensors_read(path, error);
    bool done = dict.file != NULL && import_vocab_read(vocab_path, most_rows(dict.file), &dict.vocab, error);
    if (done && !(sort_tensors(&dict, error) && make_model(&dict, version, model, error))) {
        done = error_prefix(error, "%s: ", file_input_name(path));
        model_free(model);
    }
    safetensors_free(dict.file);
    import_vocab_free(&dict.vocab);
    return done;
}
