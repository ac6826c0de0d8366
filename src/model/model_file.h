/* The model file: one safetensors file with everything that is needed to write text with it.
 *
 * Tensors are the rows of the network's layout by name (float32). `__metadata__` has strings only (the format's
 * rule): "format" = "letra", "format_version" = "1", and JSON texts "config" (cell, layers, hidden, embed, ...),
 * "vocab" (array: of strings of one character or of one grapheme, of integers for bytes; "" is the border between
 * records, null what rare symbols became), "vocab_counts", "pipeline", "training" (history), "version" (of the
 * program), and "checksum" of all that (safetensors.h). A checkpoint is the same file with `extra` tensors: "optim.*",
 * "ema.*", "state.*", "position.*", "good.*" (train/checkpoint.c).
 */
#ifndef LETRA_MODEL_MODEL_FILE_H
#define LETRA_MODEL_MODEL_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "math/real.h"
#include "model/network.h"
#include "model/training_history.h"
#include "text/pipeline.h"
#include "text/vocab.h"

typedef struct Model {
    Network *network;  /* owned */
    real *parameters;  /* owned block of network->layout */
    Vocab *vocab;      /* owned; vocab_size == network->config.vocab */
    Pipeline pipeline; /* owned */
    TrainingHistory history;
    bool checkpoint; /* was read from a checkpoint, from which a run goes on */
    bool checksum;   /* was read from a file whose checksum holds; older files have none */
} Model;
void model_free(Model *model); /* frees what it owns, not the struct */

/* A further tensor of a checkpoint, by name. */
typedef enum TensorType { TENSOR_F32, TENSOR_F64, TENSOR_U64, TENSOR_BF16 } TensorType;
typedef struct ExtraTensor {
    const char *name;
    TensorType type;
    size_t count; /* elements; the shape is [count] */
    const void *data;
} ExtraTensor;

/* Writes all of it beside the file that stands at `path`, which file_replacement_finish replaces with it: what was
 * given is not needed for that any more, and may change. It is written into `room` (a replacement of `path` to which
 * nothing is written yet, and which stays the caller's on failure) or, if that is NULL, one of its own. `extra` may be
 * NULL with count 0. NULL and a message on failure; a number that is not finite, with which the file could not be read
 * again, is one, and named. */
FileReplacement *model_save_start(const char *path, FileReplacement *room, const Model *model,
                                  const ExtraTensor *extra, size_t extra_count, Error *error);

/* The same, and replaces: writes atomically. */
bool model_save(const char *path, const Model *model, const ExtraTensor *extra, size_t extra_count,
                Error *error);

/* The average of a tensor NAME of a checkpoint is ema.NAME, of shape [count]. */
#define MODEL_AVERAGE "ema"

/* Where a run stands is in tensors position.NAME, which every checkpoint has. */
#define MODEL_POSITION "position"

/* Reads a model, or a checkpoint as one: with the average of the weights if it has one, as the model beside it was
 * saved. Everything is checked (header, JSON, types, shapes, offsets, vocabulary, checksum, finite numbers) and the
 * message says what is wrong. */
bool model_load(const char *path, Model *model, Error *error);

/* The extra tensors of a checkpoint. */
typedef struct ModelExtras ModelExtras;
/* The model as it is trained, not its average, and what else is in the file. */
bool model_load_with_extras(const char *path, Model *model, ModelExtras **extras, Error *error);
void model_extras_free(ModelExtras *extras);
/* Copies the tensor `name` into `data`, once: its memory in the file is given back, so that both together take no more
 * than the file has bytes. False and a message if it is missing, has another type or count, or holds a
 * number that is not finite. */
bool model_extras_copy(const ModelExtras *extras, const char *name, TensorType type, size_t count, void *data,
                       Error *error);
/* Whether the file has a tensor of that name, and how many elements it has (0 if not). */
size_t model_extras_count(const ModelExtras *extras, const char *name);
/* Whether it has one of this type. */
bool model_extras_has(const ModelExtras *extras, const char *name, TensorType type);

/* "NAME.safetensors" -> "NAME.checkpoint.safetensors" (or ".checkpoint.safetensors" appended), allocated. */
char *model_checkpoint_path(const char *path, Error *error);

/* The path of the checkpoint beside a model, or of the model beside a checkpoint, allocated; NULL if nothing is
 * there. */
char *model_path_beside(const char *path, Error *error);

#endif
