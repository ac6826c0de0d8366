/* A model made ready for work: what every command that takes a MODEL begins with. */
#ifndef LETRA_COMMANDS_LOADING_H
#define LETRA_COMMANDS_LOADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "commands/options.h"
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
bool model_open(const char *path, Model *model, Error *error);

/* Whether a file that is no model is something else altogether, such as a text. */
bool loaded_is_text(const char *path);

/* How many of these paths of input (NULL: not given) are "-", standard input. */
size_t standard_input_count(const char *const *paths, size_t count);

/* What is wrong with these paths of input as a fault of the command line; NULL: nothing is. */
const char *input_fault(const char *const *paths, size_t count);

/* The options that several commands have. */
const char *unknown_choice(size_t index); /* the order of text/corpus.h's Unknown */

#define THREADS_OPTION(values, member)                                                                       \
    {                                                                                                        \
        .name = "threads", .kind = OPTION_INTEGER, .argument = "N", .offset = offsetof(values, member),      \
        .least = 1, .most = 1024, .fallback = "all", .word = "all", .word_value = 0,                         \
        .help = "how many processors work"                                                                   \
    }

#define UNKNOWN_OPTION(values, member, what)                                                                 \
    {                                                                                                        \
        .name = "unknown", .kind = OPTION_CHOICE, .argument = "ACTION", .offset = offsetof(values, member),  \
        .choices = unknown_choice, .fallback = "error",                                                      \
        .help = "what to do about " what " that the model does not know"                                     \
    }

#endif
