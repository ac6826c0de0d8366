/* A model made ready for work: what every command that takes a MODEL begins with. */
#ifndef LETRA_COMMANDS_LOADING_H
#define LETRA_COMMANDS_LOADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "math/compute.h"
#include "model/model_file.h"

typedef struct Loaded {
    Model model;
    Compute compute;
} Loaded;

/* Reads the model at `path`, for `threads` threads (0: all processors). */
bool loaded_open(const char *path, uint64_t threads, Loaded *loaded, Error *error);
void loaded_close(Loaded *loaded);

/* model_load, with a message of its own for a file that is no model at all. */
bool loaded_model_open(const char *path, Model *model, Error *error);

/* Whether a file that is no model is something else altogether, such as a text. */
bool loaded_is_text(const char *path);

/* Whether a file begins as a model does. One that is neither this nor a text is a damaged model, or a text of bytes. */
bool loaded_is_model(const char *path);

#endif
