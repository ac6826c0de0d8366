/* A model made ready for work: what every command that takes a MODEL begins with. */
#ifndef LETRA_COMMANDS_LOADING_H
#define LETRA_COMMANDS_LOADING_H

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
