/* The model file: one safetensors file with everything that is needed to write text with it.
 *
 * Tensors are the rows of the network's layout by name (float32). `__metadata__` has strings only (the format's
 * rule): "format" = "letra", "format_version" = "1", and JSON texts "config" (cell, layers, hidden, embed, ...),
 * "vocab" (array of strings; of integers for bytes), "vocab_counts", "pipeline", "training" (history), "version"
 * (of the program). A checkpoint is the same file with `extra` tensors: "optim.*", "ema.*", "state.*", "position.*"
 * (train/checkpoint.c).
 */
#ifndef LETRA_MODEL_MODEL_FILE_H
#define LETRA_MODEL_MODEL_FILE_H

#include <stdint.h>

#include "base/error.h"
#include "math/precision.h"
#include "math/real.h"
#include "model/network.h"
#include "model/training_method.h"
#include "text/pipeline.h"
#include "text/vocab.h"

/* What is known about how a model came to be; all of it is shown by `letra show`. Values that do not apply
 * are NAN or 0 or "". */
typedef struct TrainingHistory {
    char version[32];       /* program version that wrote it */
    uint64_t run;           /* which run it is of: a random number; 0: not known */
    uint64_t corpus_digest; /* of the training text after its pipeline */
    uint64_t corpus_units;  /* units of the whole text */
    uint64_t chars_trained; /* units predicted in training so far */
    uint64_t steps;
    double epochs;        /* passes over the training part */
    double seconds;       /* spent training */
    double best_val_loss; /* nats per unit; NAN when there was no validation */
    double train_loss;    /* nats per unit, smoothed, at the end */
    char preset[32];      /* the recipe by name that was asked for; "": none */
    char optimizer[32];
    char schedule[32];
    TrainingMethod method; /* in force */
    bool finished;         /* the run reached its bound */
    /* Of the operands of the products in training; PRECISION_F32 when not known. */
    Precision training_precision;
    /* How weights are best stored for writing: found at the end of training; PRECISION_F32 when not known. */
    Precision sampling_precision;
} TrainingHistory;

/* Nothing is known. */
extern const TrainingHistory history_unknown;

typedef struct Model {
    Network *network;  /* owned */
    real *parameters;  /* owned block of network->layout */
    Vocab *vocab;      /* owned; vocab_size == network->config.vocab */
    Pipeline pipeline; /* owned */
    TrainingHistory history;
    bool checkpoint; /* was read from a checkpoint, from which a run goes on */
} Model;
void model_free(Model *model); /* frees what it owns, not the struct */

/* A further tensor of a checkpoint, by name. */
typedef enum TensorType { TENSOR_F32, TENSOR_F64, TENSOR_U64 } TensorType;
typedef struct ExtraTensor {
    const char *name;
    TensorType type;
    size_t count; /* elements; the shape is [count] */
    const void *data;
} ExtraTensor;

/* Writes atomically. `extra` may be NULL with count 0. */
bool model_save(const char *path, const Model *model, const ExtraTensor *extra, size_t extra_count,
                Error *error);

/* The average of a tensor NAME of a checkpoint is ema.NAME, of shape [count]. */
#define MODEL_AVERAGE "ema"

/* Where a run stands is in tensors position.NAME, which every checkpoint has. */
#define MODEL_POSITION "position"

/* Reads a model, or a checkpoint as one: with the average of the weights if it has one, as the model beside it was
 * saved. Everything is checked (header, JSON, types, shapes, offsets, vocabulary, finite numbers) and the message
 * says what is wrong. */
bool model_load(const char *path, Model *model, Error *error);

/* The extra tensors of a checkpoint. */
typedef struct Extras Extras;
/* The model as it is trained, not its average, and what else is in the file. */
bool model_load_with_extras(const char *path, Model *model, Extras **extras, Error *error);
void extras_free(Extras *extras);
/* Copies the tensor `name` into `data`; false and a message if it is missing, has another type or count, or holds a
 * number that is not finite. */
bool extras_copy(const Extras *extras, const char *name, TensorType type, size_t count, void *data,
                 Error *error);
/* Whether the file has a tensor of that name, and how many elements it has (0 if not). */
size_t extras_count(const Extras *extras, const char *name);

/* "NAME.safetensors" -> "NAME.checkpoint.safetensors" (or ".checkpoint.safetensors" appended), allocated. */
char *model_checkpoint_path(const char *path, Error *error);

#endif
