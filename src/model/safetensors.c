/* Reading safetensors: see safetensors.h. */
#include "model/safetensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file_input.h"
#include "base/memory.h"
#include "base/shown.h"
#include "model/json_text.h"

enum {
    LENGTH_SIZE = 8,                /* of the header's length at the start */
    HEADER_SIZE_MAX = 100000000,    /* bytes: the limit that the format's own library has */
    HEADER_VALUES_MAX = 512 * 1024, /* JSON values: some 25,000 tensors */
};

struct Safetensors {
    Bytes data;      /* what follows the header */
    json_t *header;  /* owns the names */
    Tensor *tensors; /* by name */
    size_t count;
};

/* --- the header --- */

/* The length of the header, with which at least LENGTH_SIZE bytes begin. */
static uint64_t header_length_of(const char *bytes) {
    uint64_t length = 0;
    memcpy(&length, bytes, sizeof length); /* little-endian: see tensor.c */
    return length;
}

bool safetensors_is_start(const char *bytes, size_t length) {
    return length > LENGTH_SIZE && bytes[LENGTH_SIZE] == '{' && header_length_of(bytes) <= HEADER_SIZE_MAX;
}

/* Whether these bytes may begin a text: there are no control characters, and none that UTF-8 never has. */
static bool looks_like_text(const char *bytes, size_t length) {
    bool text = true;
    for (size_t k = 0; text && k < length; k++) {
        unsigned char byte = (unsigned char)bytes[k];
        text = (byte >= ' ' || (byte >= '\t' && byte <= '\r')) && byte < 0xF8;
    }
    return text;
}

/* Finds out how long the header is. */
static bool check_start(const Bytes *start, size_t *header_length, Error *error) {
    size_t size = start->length;
    if (size == 0) {
        return error_set(error, "the file is empty");
    }
    if (size >= 4 && memcmp(start->data, "PK\3\4", 4) == 0) {
        return error_set(
            error, "a zip archive, as torch.save writes it, and no safetensors file; in Python, save the "
                   "state dict with safetensors.torch.save_file");
    }
    if (size < LENGTH_SIZE) {
        return error_set(error,
                         "the file has %zu bytes, and a safetensors file has at least 8; it is truncated or "
                         "something else",
                         size);
    }
    uint64_t length = header_length_of(start->data);
    if (length > HEADER_SIZE_MAX && looks_like_text(start->data, LENGTH_SIZE)) {
        return error_set(error, "begins as a text does, and is no safetensors file");
    }
    if (length > HEADER_SIZE_MAX) {
        return error_set(
            error,
            "bytes 0 to 7 claim a header of %llu bytes, more than the %d of any safetensors file; it is "
            "damaged or something else",
            (unsigned long long)length, (int)HEADER_SIZE_MAX);
    }
    *header_length = (size_t)length;
    return true;
}

static bool parse_header(Safetensors *file, const Bytes *start, size_t length, Error *error) {
    const char *text = start->data + LENGTH_SIZE;
    size_t size = start->length - LENGTH_SIZE;
    if (size < length) {
        return error_set(
            error,
            "bytes 0 to 7 claim a header of %zu bytes, but the file ends %zu bytes after them; it is "
            "truncated or something else",
            length, size);
    }
    if (length == 0 || text[0] != '{') {
        return error_set(error,
                         "the header (byte 8) does not start with '{'; the file is damaged or no safetensors "
                         "file");
    }
    file->header = json_text_parse(text, length, HEADER_VALUES_MAX, LENGTH_SIZE, error);
    return file->header != NULL || error_prefix(error, "the header is damaged: ");
}

static bool check_metadata(const Safetensors *file, Error *error) {
    json_t *metadata = json_object_get(file->header, SAFETENSORS_METADATA);
    if (metadata == NULL) {
        return true;
    }
    if (!json_is_object(metadata)) {
        return error_set(error, SAFETENSORS_METADATA " is no JSON object");
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value)) {
            char shown[SHOWN_SIZE];
            return error_set(error, SAFETENSORS_METADATA ": \"%s\" is no string", shown_text(key, shown));
        }
    }
    return true;
}

/* --- one tensor; messages go on after its name --- */

static const char *dtype_at(size_t index) {
    return dtype_name((Dtype)index);
}

static bool read_dtype(const json_t *row, Tensor *tensor, Error *error) {
    const char *name = json_string_value(json_object_get(row, "dtype"));
    if (name == NULL) {
        return error_set(error, "has no \"dtype\" that is a string");
    }
    if (!dtype_from_name(name, &tensor->dtype)) {
        char shown[SHOWN_SIZE];
        error_set(error, "has the unknown dtype \"%s\"; there are", shown_text(name, shown));
        return error_add_names(error, dtype_at, DTYPE_COUNT);
    }
    return true;
}

/* A JSON integer that is not negative. */
static bool read_size(const json_t *value, size_t *size) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *size = (size_t)json_integer_value(value);
    return true;
}

/* Reads the shape, and from it how many bytes the tensor has. */
static bool read_shape(const json_t *row, Tensor *tensor, Error *error) {
    const json_t *shape = json_object_get(row, "shape");
    if (!json_is_array(shape)) {
        return error_set(error, "has no \"shape\" that is an array");
    }
    tensor->rank = json_array_size(shape);
    if (tensor->rank > TENSOR_RANK_MAX) {
        return error_set(error, "has %zu dimensions; at most %d can be read", tensor->rank,
                         (int)TENSOR_RANK_MAX);
    }
    tensor->bytes = dtype_size(tensor->dtype);
    bool overflow = false;
    for (size_t k = 0; k < tensor->rank; k++) {
        if (!read_size(json_array_get(shape, k), &tensor->shape[k])) {
            return error_set(error, "has a \"shape\" whose number %zu is no integer from 0 up", k + 1);
        }
        overflow |= __builtin_mul_overflow(tensor->bytes, tensor->shape[k], &tensor->bytes);
    }
    char text[SHAPE_TEXT_SIZE];
    return !overflow ||
           error_set(error, "has shape %s, which is more than there can be", tensor_shape_text(tensor, text));
}

/* Reads where the data are, and checks that they are as long as the shape says and in the file. */
static bool read_offsets(const json_t *row, const char *data, size_t data_size, Tensor *tensor,
                         Error *error) {
    const json_t *offsets = json_object_get(row, "data_offsets");
    size_t begin = 0;
    size_t end = 0;
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !read_size(json_array_get(offsets, 0), &begin) || !read_size(json_array_get(offsets, 1), &end)) {
        return error_set(error, "has no \"data_offsets\" of two integers from 0 up");
    }
    if (begin > end) {
        return error_set(error, "has data that end before they begin: offsets %zu to %zu", begin, end);
    }
    if (end > data_size) {
        return error_set(
            error,
            "has data that leave the file: offsets %zu to %zu, but only %zu bytes follow the header; the "
            "file is truncated or damaged",
            begin, end, data_size);
    }
    if (end - begin != tensor->bytes) {
        char text[SHAPE_TEXT_SIZE];
        return error_set(error, "has %zu bytes of data, but %s of shape %s takes %zu", end - begin,
                         dtype_name(tensor->dtype), tensor_shape_text(tensor, text), tensor->bytes);
    }
    tensor->data = data + begin;
    return true;
}

/* Reads all tensors in the order of the header. */
static bool read_tensors(Safetensors *file, const char *data, size_t data_size, Error *error) {
    size_t count = json_object_size(file->header);
    file->tensors = memory_allocate(count, sizeof *file->tensors, "the table of tensors", error);
    if (file->tensors == NULL) {
        return false;
    }
    const char *name = NULL;
    json_t *row = NULL;
    json_object_foreach(file->header, name, row) {
        if (strcmp(name, SAFETENSORS_METADATA) == 0) {
            continue;
        }
        Tensor *tensor = &file->tensors[file->count++];
        tensor->name = name;
        if (!read_dtype(row, tensor, error) || !read_shape(row, tensor, error) ||
            !read_offsets(row, data, data_size, tensor, error)) {
            char shown[SHOWN_SIZE];
            return error_prefix(error, "tensor %s ", shown_text(name, shown));
        }
    }
    return true;
}

/* --- all tensors together --- */

/* By where they begin; those without data before the one with data at the same place. */
static int compare_places(const void *left, const void *right) {
    const Tensor *a = left;
    const Tensor *b = right;
    if (a->data != b->data) {
        return (const char *)a->data < (const char *)b->data ? -1 : 1;
    }
    return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static int compare_names(const void *left, const void *right) {
    return strcmp(((const Tensor *)left)->name, ((const Tensor *)right)->name);
}

/* Checks that the tensors cover the data: each byte is in just one of them. Leaves them sorted by place. */
static bool check_coverage(Safetensors *file, const char *data, size_t data_size, Error *error) {
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_places);
    size_t covered = 0;
    for (size_t k = 0; k < file->count; k++) {
        const Tensor *tensor = &file->tensors[k];
        size_t begin = (size_t)((const char *)tensor->data - data);
        char shown[SHOWN_SIZE];
        char other[SHOWN_SIZE];
        if (begin < covered) {
            return error_set(error,
                             "tensors %s and %s overlap at offset %zu of the data; the file is damaged",
                             shown_text(tensor[-1].name, other), shown_text(tensor->name, shown), begin);
        }
        if (begin > covered) {
            return error_set(
                error,
                "there is a hole of %zu bytes in the data before tensor %s, at offset %zu; the file "
                "is damaged",
                begin - covered, shown_text(tensor->name, shown), covered);
        }
        covered += tensor->bytes;
    }
    if (covered < data_size) {
        return error_set(error,
                         "the file goes on beyond its tensors, which end at offset %zu of the data; it is "
                         "damaged",
                         covered);
    }
    return true;
}

/* Where the data of the tensors end, as the header says; whether they can is seen when the tensors are read. */
static size_t claimed_size(const json_t *header) {
    size_t claimed = 0;
    const char *name = NULL;
    json_t *row = NULL;
    json_object_foreach((json_t *)header, name, row) {
        size_t end = 0;
        if (read_size(json_array_get(json_object_get(row, "data_offsets"), 1), &end) && end > claimed) {
            claimed = end;
        }
    }
    return claimed;
}

/* Takes the tensors from the data. */
static bool take_data(Safetensors *file, Error *error) {
    const char *data = file->data.data;
    size_t size = file->data.length;
    if (!read_tensors(file, data, size, error) || !check_coverage(file, data, size, error)) {
        return false;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_names);
    return true;
}

/* Puts the name of the file before what is wrong in it. */
static bool named(bool right, const char *path, Error *error) {
    return right || error_prefix(error, "%s: ", file_input_name(path));
}

/* Reads no more than there should be, and one byte that should not: what the path means need not be a model, nor have
 * an end. */
static bool read_all(Safetensors *file, FileInput *input, Error *error) {
    const char *path = input->path;
    Bytes start = {0};
    size_t length = 0;
    bool done = file_input_append(input, LENGTH_SIZE, &start, error) &&
                named(check_start(&start, &length, error), path, error) &&
                file_input_append(input, length, &start, error) &&
                named(parse_header(file, &start, length, error) && check_metadata(file, error), path, error);
    bytes_free(&start);
    return done && file_input_append(input, claimed_size(file->header) + 1, &file->data, error) &&
           named(take_data(file, error), path, error);
}

Safetensors *safetensors_read(const char *path, Error *error) {
    FileInput input;
    Safetensors *file = memory_allocate(1, sizeof *file, "a safetensors file", error);
    if (file == NULL || !file_input_open(path, &input, error)) {
        safetensors_free(file);
        return NULL;
    }
    bool done = read_all(file, &input, error);
    file_input_close(&input);
    if (!done) {
        safetensors_free(file);
        return NULL;
    }
    return file;
}

void safetensors_free(Safetensors *file) {
    if (file == NULL) {
        return;
    }
    free(file->tensors);
    json_decref(file->header);
    bytes_free(&file->data);
    free(file);
}

void safetensors_forget(Safetensors *file, const Tensor *tensor) {
    size_t offset = (size_t)((const char *)tensor->data - file->data.data);
    memory_release(file->data.data + offset, tensor->bytes);
}

/* --- asking --- */

size_t safetensors_count(const Safetensors *file) {
    return file->count;
}

const Tensor *safetensors_at(const Safetensors *file, size_t index) {
    return &file->tensors[index];
}

const Tensor *safetensors_find(const Safetensors *file, const char *name) {
    Tensor wanted = {.name = name};
    return bsearch(&wanted, file->tensors, file->count, sizeof *file->tensors, compare_names);
}

const char *safetensors_metadata(const Safetensors *file, const char *key, size_t *length) {
    const json_t *text = json_object_get(json_object_get(file->header, SAFETENSORS_METADATA), key);
    *length = json_string_length(text);
    return json_string_value(text);
}

ChecksumState safetensors_check(const Safetensors *file) {
    const json_t *metadata = json_object_get(file->header, SAFETENSORS_METADATA);
    const char *noted = json_string_value(json_object_get(metadata, SAFETENSORS_CHECKSUM));
    if (noted == NULL) {
        return CHECKSUM_NONE;
    }
    char found[CHECKSUM_TEXT_SIZE];
    safetensors_checksum_text(safetensors_checksum(file->tensors, file->count, metadata), found);
    return strcmp(noted, found) == 0 ? CHECKSUM_HOLDS : CHECKSUM_WRONG;
}
