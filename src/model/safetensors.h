/* safetensors: named tensors and a few texts in one file, readable anywhere, with nothing executable in it.
 *
 *     8 bytes   length N of the header, little-endian
 *     N bytes   JSON: {"__metadata__": {"KEY": "TEXT", ...},
 *                      "NAME": {"dtype": "F32", "shape": [4, 2], "data_offsets": [BEGIN, END]}, ...}
 *     the rest  the tensors' bytes; offsets count from here, and leave no holes
 *
 * Files come from anyone: the reader checks everything before it hands out a tensor, takes memory of the
 * file's size and little more, and no more than n log n time.
 */
#ifndef LETRA_MODEL_SAFETENSORS_H
#define LETRA_MODEL_SAFETENSORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "model/tensor.h"

/* The key of the metadata, which no tensor may have as its name. */
#define SAFETENSORS_METADATA "__metadata__"

/* Whether a file that begins with these `length` bytes may be one: a header comes, of a length that there can be. 9 of
 * them are enough. */
bool safetensors_is_start(const char *bytes, size_t length);

typedef struct Safetensors Safetensors; /* a file that was read; its tensors point into it */

/* Reads and checks a file, or what comes out of a pipe; no further than its header says, so that what has no end is
 * refused. NULL and a message, "PATH: what is wrong where". */
Safetensors *safetensors_read(const char *path, Error *error);
void safetensors_free(Safetensors *file);

size_t safetensors_count(const Safetensors *file);
/* The tensors in the order of their names. */
const Tensor *safetensors_at(const Safetensors *file, size_t index);
/* NULL if there is none of that name. */
const Tensor *safetensors_find(const Safetensors *file, const char *name);

/* Gives the memory of a tensor's data back: they must not be read again. So a model takes no more memory while it is
 * read than its file has bytes. */
void safetensors_forget(Safetensors *file, const Tensor *tensor);

/* The text under `key` in the metadata and its length in bytes (it may hold NULs); NULL if there is none. */
const char *safetensors_metadata(const Safetensors *file, const char *key, size_t *length);

/* The key in the metadata under which a file may carry the checksum of all else that it holds, as 16 digits. */
#define SAFETENSORS_CHECKSUM "checksum"

/* The checksum of tensors (their names, types, shapes and bytes) and of the texts of the metadata but for the checksum
 * itself. It does not depend on where they lie in a file, nor in which order: another program may write them anew. */
uint64_t safetensors_checksum(const Tensor *tensors, size_t count, const json_t *metadata);

enum { CHECKSUM_TEXT_SIZE = 17 };
/* A checksum as it stands in the metadata. Returns `out`. */
const char *safetensors_checksum_text(uint64_t checksum, char out[CHECKSUM_TEXT_SIZE]);

/* What the checksum in a file says of it. */
typedef enum ChecksumState {
    CHECKSUM_NONE, /* the file has none */
    CHECKSUM_HOLDS,
    CHECKSUM_WRONG
} ChecksumState;
ChecksumState safetensors_check(const Safetensors *file);

/* Writes a file beside the one that stands at `path`, which file_replacement_finish replaces with it: into `room` (a
 * replacement of `path` to which nothing is written yet, and which stays the caller's on failure) or, if that is NULL,
 * one of its own. NULL and a message on failure. `metadata` is an object of strings.
 * The tensors lie in the given order, but those of wider elements first, so that each starts at a multiple of its
 * element's size; the data start at a multiple of 64. The same arguments make the same bytes. */
FileReplacement *safetensors_start(const char *path, FileReplacement *room, const Tensor *tensors,
                                   size_t count, json_t *metadata, Error *error);

/* The same, and replaces: writes a file atomically. */
bool safetensors_write(const char *path, const Tensor *tensors, size_t count, json_t *metadata, Error *error);

#endif
