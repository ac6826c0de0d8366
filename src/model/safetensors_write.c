/* Writing safetensors: see safetensors.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/size.h"
#include "model/safetensors.h"

enum { DATA_ALIGNMENT = 64 };

/* Fills `order` with the numbers of the tensors: those of wider elements first, else as they were given. */
static void sort_by_width(const Tensor *tensors, size_t count, size_t *order) {
    size_t placed = 0;
    for (size_t width = 8; width > 0; width /= 2) {
        for (size_t k = 0; k < count; k++) {
            if (dtype_size(tensors[k].dtype) == width) {
                order[placed++] = k;
            }
        }
    }
}

/* {"dtype": ..., "shape": [...], "data_offsets": [...]}; NULL without memory. */
static json_t *describe(const Tensor *tensor, size_t begin) {
    json_t *shape = json_array();
    for (size_t k = 0; k < tensor->rank; k++) {
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[k])) != 0) {
            json_decref(shape);
            return NULL;
        }
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_name(tensor->dtype), "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + tensor->bytes));
}

/* The header as JSON, metadata first and tensors in the order of their data. */
static json_t *make_header(const Tensor *tensors, const size_t *order, size_t count, json_t *metadata,
                           Error *error) {
    json_t *header = json_object();
    bool done = json_object_set(header, SAFETENSORS_METADATA, metadata) == 0;
    size_t begin = 0;
    for (size_t k = 0; done && k < count; k++) {
        const Tensor *tensor = &tensors[order[k]];
        if (json_object_get(header, tensor->name) != NULL) {
            error_set(error, "two tensors are called %s", tensor->name);
            json_decref(header);
            return NULL;
        }
        done = json_object_set_new(header, tensor->name, describe(tensor, begin)) == 0;
        begin += tensor->bytes;
    }
    if (!done) {
        json_decref(header);
        error_set(error, "the header could not be made: no memory, or a name that is not valid UTF-8");
        return NULL;
    }
    return header;
}

/* The header as it stands in the file: its length, its JSON, and spaces up to where the data start. */
static bool format_header(const json_t *header, Bytes *out, Error *error) {
    char *text = json_dumps(header, JSON_COMPACT);
    if (text == NULL) {
        return error_set_memory(error, "the header could not be made");
    }
    size_t length = strlen(text);
    uint64_t padded = size_round_up(sizeof padded + length, DATA_ALIGNMENT) - sizeof padded;
    bool done = bytes_append(out, &padded, sizeof padded, error) && bytes_append(out, text, length, error);
    while (done && out->length < sizeof padded + padded) {
        done = bytes_append(out, " ", 1, error);
    }
    free(text);
    return done;
}

static FileReplacement *write_file(const char *path, FileReplacement *room, const Bytes *header,
                                   const Tensor *tensors, const size_t *order, size_t count, Error *error) {
    FileReplacement *replacement = room != NULL ? room : file_replacement_start(path, error);
    if (replacement == NULL) {
        return NULL;
    }
    bool done = file_replacement_write(replacement, header->data, header->length, error);
    for (size_t k = 0; done && k < count; k++) {
        const Tensor *tensor = &tensors[order[k]];
        done = file_replacement_write(replacement, tensor->data, tensor->bytes, error);
    }
    if (!done) {
        file_replacement_abandon(room == NULL ? replacement : NULL);
        return NULL;
    }
    return replacement;
}

FileReplacement *safetensors_start(const char *path, FileReplacement *room, const Tensor *tensors,
                                   size_t count, json_t *metadata, Error *error) {
    size_t *order = memory_allocate(count, sizeof *order, "the order of the tensors", error);
    if (order == NULL) {
        return NULL;
    }
    sort_by_width(tensors, count, order);
    json_t *header = make_header(tensors, order, count, metadata, error);
    Bytes text = {0};
    bool made = header != NULL && format_header(header, &text, error);
    if (!made) {
        error_prefix(error, "cannot write %s: ", path);
    }
    FileReplacement *written = made ? write_file(path, room, &text, tensors, order, count, error) : NULL;
    bytes_free(&text);
    json_decref(header);
    free(order);
    return written;
}

bool safetensors_write(const char *path, const Tensor *tensors, size_t count, json_t *metadata,
                       Error *error) {
    FileReplacement *written = safetensors_start(path, NULL, tensors, count, metadata, error);
    return written != NULL && file_replacement_finish(written, error);
}
