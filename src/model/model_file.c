/* The model file: see model_file.h.
 *
 * Loading goes from what is small to what is large, so that a file that claims to be large is found out
 * before memory is taken: configuration, table of parameters, tensors of just these shapes (whose bytes are
 * in the file, as the reader of safetensors has checked), and only then vocabulary and parameters.
 */
#include "model/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/shown.h"
#include "model/model_metadata.h"
#include "model/safetensors.h"

void model_free(Model *model) {
    network_free(model->network);
    free(model->parameters);
    vocab_free(model->vocab);
    pipeline_free(&model->pipeline);
    *model = (Model){0};
}

static Dtype dtype_of(TensorType type) {
    switch (type) {
    case TENSOR_F32: return DTYPE_F32;
    case TENSOR_F64: return DTYPE_F64;
    case TENSOR_U64: return DTYPE_U64;
    case TENSOR_BF16: return DTYPE_BF16;
    }
    return DTYPE_COUNT;
}

/* --- saving --- */

/* What the row of a layout is in the file, without data. */
static Tensor row_tensor(const LayoutRow *row) {
    return (Tensor){.name = row->name,
                    .dtype = DTYPE_REAL,
                    .rank = row->columns == 0 ? 1 : 2,
                    .shape = {row->rows, row->columns},
                    .bytes = layout_row_elements(row) * sizeof(real)};
}

static Tensor parameter_tensor(const LayoutRow *row, const real *parameters) {
    Tensor tensor = row_tensor(row);
    tensor.data = parameters + row->offset;
    return tensor;
}

static Tensor extra_tensor(const ExtraTensor *extra) {
    Dtype dtype = dtype_of(extra->type);
    return (Tensor){.name = extra->name,
                    .dtype = dtype,
                    .rank = 1,
                    .shape = {extra->count},
                    .data = extra->data,
                    .bytes = extra->count * dtype_size(dtype)};
}

/* What could not be read again must not replace what can. */
static bool check_numbers(const Tensor *tensors, size_t count, Error *error) {
    for (size_t k = 0; k < count; k++) {
        if (tensors[k].dtype != DTYPE_U64 && !tensor_is_finite(&tensors[k], error)) {
            return false;
        }
    }
    return true;
}

/* Puts the checksum of what is to be written into the metadata. */
static bool note_checksum(const Tensor *tensors, size_t count, json_t *metadata, Error *error) {
    char text[CHECKSUM_TEXT_SIZE];
    safetensors_checksum_text(safetensors_checksum(tensors, count, metadata), text);
    return json_object_set_new(metadata, SAFETENSORS_CHECKSUM, json_string(text)) == 0 ||
           error_set_memory(error, "the model's metadata could not be made");
}

FileReplacement *model_save_start(const char *path, FileReplacement *room, const Model *model,
                                  const ExtraTensor *extra, size_t extra_count, Error *error) {
    const Layout *layout = &model->network->layout;
    size_t count = layout->count + extra_count;
    Tensor *tensors = memory_allocate(count, sizeof *tensors, "the table of tensors", error);
    if (tensors == NULL) {
        return NULL;
    }
    for (size_t k = 0; k < count; k++) {
        tensors[k] = k < layout->count ? parameter_tensor(&layout->rows[k], model->parameters)
                                       : extra_tensor(&extra[k - layout->count]);
    }
    bool good = check_numbers(tensors, count, error) || error_prefix(error, "cannot write %s: ", path);
    json_t *metadata = good ? model_metadata_make(model, error) : NULL;
    bool noted = metadata != NULL && note_checksum(tensors, count, metadata, error);
    FileReplacement *written = noted ? safetensors_start(path, room, tensors, count, metadata, error) : NULL;
    json_decref(metadata);
    free(tensors);
    return written;
}

bool model_save(const char *path, const Model *model, const ExtraTensor *extra, size_t extra_count,
                Error *error) {
    FileReplacement *written = model_save_start(path, NULL, model, extra, extra_count, error);
    return written != NULL && file_replacement_finish(written, error);
}

/* --- loading --- */

/* Whether the file has the row's tensor, of the right type and shape. */
static bool check_tensor(const Safetensors *file, const LayoutRow *row, Error *error) {
    const Tensor *tensor = safetensors_find(file, row->name);
    if (tensor == NULL) {
        return error_set(error, "tensor %s is missing", row->name);
    }
    if (tensor->dtype != DTYPE_REAL) {
        return error_set(error, "tensor %s has type %s; %s expected", row->name, dtype_name(tensor->dtype),
                         dtype_name(DTYPE_REAL));
    }
    if (!tensor_has_shape(tensor, row->rows, row->columns)) {
        Tensor wanted = row_tensor(row);
        char found_text[SHAPE_TEXT_SIZE];
        char wanted_text[SHAPE_TEXT_SIZE];
        return error_set(error, "tensor %s has shape %s; %s expected", row->name,
                         tensor_shape_text(tensor, found_text), tensor_shape_text(&wanted, wanted_text));
    }
    return true;
}

/* Whether the file has the tensors of the layout, and no parameters besides: with these it would be another
 * model. */
static bool check_tensors(const Safetensors *file, const Layout *layout, Error *error) {
    for (size_t k = 0; k < layout->count; k++) {
        if (!check_tensor(file, &layout->rows[k], error)) {
            return false;
        }
    }
    for (size_t k = 0; k < safetensors_count(file); k++) {
        const char *name = safetensors_at(file, k)->name;
        if (network_owns_name(name) && layout_find(layout, name) == NULL) {
            char shown[SHOWN_SIZE];
            return error_set(error, "tensor %s belongs to no parameter of a network of this configuration",
                             shown_text(name, shown));
        }
    }
    return true;
}

static bool read_parameters(Safetensors *file, Model *model, Error *error) {
    const Layout *layout = &model->network->layout;
    model->parameters = block_create(layout, error);
    if (model->parameters == NULL) {
        return false;
    }
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        const Tensor *tensor = safetensors_find(file, row->name);
        if (!tensor_read(tensor, model->parameters + row->offset, error)) {
            return false;
        }
        safetensors_forget(file, tensor);
    }
    return true;
}

/* Whether the file has a tensor whose name begins so. */
static bool has_prefix(const Safetensors *file, const char *prefix) {
    for (size_t k = 0; k < safetensors_count(file); k++) {
        if (strncmp(safetensors_at(file, k)->name, prefix, strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}

/* The average of a row in a checkpoint; NULL and a message if it is not there or no average of this row. */
static const Tensor *find_average(const Safetensors *file, const LayoutRow *row, Error *error) {
    char name[LAYOUT_NAME_SIZE + sizeof MODEL_AVERAGE];
    snprintf(name, sizeof name, MODEL_AVERAGE ".%s", row->name);
    const Tensor *tensor = safetensors_find(file, name);
    if (tensor == NULL) {
        error_set(error, "tensor %s is missing", name);
        return NULL;
    }
    if (tensor->dtype != DTYPE_REAL || !tensor_has_shape(tensor, layout_row_elements(row), 0)) {
        char text[SHAPE_TEXT_SIZE];
        error_set(error, "tensor %s is %s of shape %s; %s of shape [%zu] expected", name,
                  dtype_name(tensor->dtype), tensor_shape_text(tensor, text), dtype_name(DTYPE_REAL),
                  layout_row_elements(row));
        return NULL;
    }
    return tensor;
}

/* Puts the average in the place of the parameters, if the file has one. */
static bool read_average(Safetensors *file, Model *model, Error *error) {
    const Layout *layout = &model->network->layout;
    if (!has_prefix(file, MODEL_AVERAGE ".")) {
        return true;
    }
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        const Tensor *tensor = find_average(file, row, error);
        if (tensor == NULL || !tensor_read(tensor, model->parameters + row->offset, error)) {
            return false;
        }
        safetensors_forget(file, tensor);
    }
    return true;
}

/* Records have a border, and nothing else has. */
static bool check_border(const Model *model, Error *error) {
    bool border = vocab_border(model->vocab) != VOCAB_UNKNOWN;
    return border == (model->pipeline.separator != NULL) ||
           error_set(error,
                     border ? "the vocabulary has a border between records, but the pipeline makes none"
                            : "the pipeline makes records, but the vocabulary has no border between them");
}

/* A damaged model could write nonsense, and nobody would know why: so it is refused. */
static bool check_checksum(const char *path, const Safetensors *file, Model *model, Error *error) {
    ChecksumState state = safetensors_check(file);
    model->checksum = state == CHECKSUM_HOLDS;
    if (state != CHECKSUM_WRONG) {
        return true;
    }
    char *other = model_path_beside(path, NULL);
    error_set(error, "damaged: its checksum is wrong, so it does not hold what was written; use %s%s",
              other != NULL ? other : "a copy of it, if there is one",
              other != NULL ? (model->checkpoint ? ", the model beside it" : ", the checkpoint beside it")
                            : "");
    free(other);
    return false;
}

static bool read_model(const char *path, Safetensors *file, Model *model, Error *error) {
    NetworkConfig config = {0};
    Unit unit = UNIT_CHAR;
    if (!model_metadata_check_format(file, error) ||
        !model_metadata_read_config(file, &config, &unit, error)) {
        return false;
    }
    model->network = network_create(&config, error);
    if (model->network == NULL) {
        return error_prefix(error, "the metadata's \"config\": ");
    }
    if (!check_tensors(file, &model->network->layout, error)) {
        return false;
    }
    model->checkpoint = has_prefix(file, MODEL_POSITION ".");
    model->vocab = model_metadata_read_vocab(file, unit, config.vocab, error);
    return model->vocab != NULL && model_metadata_read_pipeline(file, unit, &model->pipeline, error) &&
           check_border(model, error) && model_metadata_read_history(file, &model->history, error) &&
           check_checksum(path, file, model, error) && read_parameters(file, model, error);
}

/* Loads a model, or with `average` its average if there is one, and hands out the file that it was read from; NULL and
 * a message on failure. */
static Safetensors *load(const char *path, bool average, Model *model, Error *error) {
    *model = (Model){0};
    Safetensors *file = safetensors_read(path, error);
    if (file != NULL &&
        (!read_model(path, file, model, error) || (average && !read_average(file, model, error)))) {
        model_free(model);
        safetensors_free(file);
        error_prefix(error, "%s: ", file_input_name(path));
        return NULL;
    }
    return file;
}

bool model_load(const char *path, Model *model, Error *error) {
    Safetensors *file = load(path, true, model, error);
    safetensors_free(file);
    return file != NULL;
}

/* --- extras --- */

struct ModelExtras {
    Safetensors *file;
    char *path; /* for messages */
};

bool model_load_with_extras(const char *path, Model *model, ModelExtras **extras, Error *error) {
    *model = (Model){0};
    *extras = memory_allocate(1, sizeof **extras, "a checkpoint", error);
    if (*extras == NULL) {
        return false;
    }
    (*extras)->path = memory_copy_text(path, strlen(path), error);
    (*extras)->file = (*extras)->path == NULL ? NULL : load(path, false, model, error);
    if ((*extras)->file == NULL) {
        model_extras_free(*extras);
        *extras = NULL;
        return false;
    }
    return true;
}

void model_extras_free(ModelExtras *extras) {
    if (extras != NULL) {
        safetensors_free(extras->file);
        free(extras->path);
        free(extras);
    }
}

bool model_extras_copy(const ModelExtras *extras, const char *name, TensorType type, size_t count, void *data,
                       Error *error) {
    const Tensor *tensor = safetensors_find(extras->file, name);
    Dtype dtype = dtype_of(type);
    if (tensor == NULL) {
        return error_set(error, "%s: tensor %s is missing", file_input_name(extras->path), name);
    }
    if (tensor->dtype != dtype || !tensor_has_shape(tensor, count, 0)) {
        char text[SHAPE_TEXT_SIZE];
        return error_set(error, "%s: tensor %s is %s of shape %s; %s of shape [%zu] expected",
                         file_input_name(extras->path), name, dtype_name(tensor->dtype),
                         tensor_shape_text(tensor, text), dtype_name(dtype), count);
    }
    if (type != TENSOR_U64 && !tensor_is_finite(tensor, error)) {
        return error_prefix(error, "%s: ", file_input_name(extras->path));
    }
    if (tensor->bytes > 0) {
        memcpy(data, tensor->data, tensor->bytes);
    }
    safetensors_forget(extras->file, tensor);
    return true;
}

size_t model_extras_count(const ModelExtras *extras, const char *name) {
    const Tensor *tensor = safetensors_find(extras->file, name);
    return tensor == NULL ? 0 : tensor->bytes / dtype_size(tensor->dtype);
}

bool model_extras_has(const ModelExtras *extras, const char *name, TensorType type) {
    const Tensor *tensor = safetensors_find(extras->file, name);
    return tensor != NULL && tensor->dtype == dtype_of(type);
}

/* --- paths --- */

#define MODEL_ENDING ".safetensors"
#define CHECKPOINT   ".checkpoint"

/* The length of `path` without `ending`, if it ends so. */
static size_t length_without(const char *path, const char *ending) {
    size_t length = strlen(path);
    size_t ending_length = strlen(ending);
    bool ends = length >= ending_length && strcmp(path + length - ending_length, ending) == 0;
    return ends ? length - ending_length : length;
}

/* The first `length` bytes of a path and an ending, allocated. */
static char *path_with(const char *path, size_t length, const char *ending, Error *error) {
    Bytes made = {0};
    if (!bytes_printf(&made, error, "%.*s%s", (int)length, path, ending)) {
        bytes_free(&made);
    }
    return made.data;
}

char *model_checkpoint_path(const char *path, Error *error) {
    return path_with(path, length_without(path, MODEL_ENDING), CHECKPOINT MODEL_ENDING, error);
}

char *model_path_beside(const char *path, Error *error) {
    size_t stem = length_without(path, CHECKPOINT MODEL_ENDING);
    bool checkpoint = stem < strlen(path);
    char *other =
        checkpoint ? path_with(path, stem, MODEL_ENDING, error) : model_checkpoint_path(path, error);
    if (checkpoint && other != NULL && !file_exists(other)) {
        free(other);
        other = path_with(path, stem, "", error); /* a model whose name has no ending */
    }
    if (other != NULL && !file_exists(other)) {
        free(other);
        other = NULL;
    }
    return other;
}
