/* A copy of a model, as it is to be saved: taken while training stands still, and written while it goes on. */
#ifndef LETRA_TRAIN_MODEL_COPY_H
#define LETRA_TRAIN_MODEL_COPY_H

#include <stddef.h>

#include "base/error.h"
#include "model/model_file.h"

/* {0} is an empty one. */
typedef struct ModelCopy {
    Model model; /* network, vocabulary and pipeline are those of the model that was copied */
    ExtraTensor
        *extra; /* `extra_count` of them; in the block, like all that they and the parameters point to */
    size_t extra_count;
    char *block; /* owned */
    size_t size; /* of the block, which is kept for the next copy */
} ModelCopy;

/* Bytes that a copy of so many parameters takes, and of so many numbers of 4 bytes in further tensors. */
double model_copy_memory(double parameters, double numbers);

/* Makes `copy` a copy of a model and of further tensors, on so many threads. False and a message without memory: then
 * it is empty. */
bool model_copy_take(ModelCopy *copy, const Model *model, const ExtraTensor *extra, size_t extra_count,
                     size_t threads, Error *error);
void model_copy_free(ModelCopy *copy);

#endif
