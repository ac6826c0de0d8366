/* Rows of option tables that several commands have. */
#ifndef LETRA_COMMANDS_SHARED_OPTIONS_H
#define LETRA_COMMANDS_SHARED_OPTIONS_H

#include <stddef.h>

#include "commands/options.h"
#include "ui/setting.h"

/* --threads N, a uint64_t; 0: all processors. */
#define THREADS_OPTION(values, member)                                                                       \
    {                                                                                                        \
        .name = "threads", .kind = OPTION_INTEGER, .argument = "N", .offset = offsetof(values, member),      \
        .least = 1, .most = 1024, .fallback = "all", .word = "all", .word_value = 0,                         \
        .help = "how many processors work"                                                                   \
    }

/* --unknown ACTION, a size_t, which is one of `names`. */
#define UNKNOWN_OPTION(values, member, names, what)                                                          \
    {                                                                                                        \
        .name = "unknown", .kind = OPTION_CHOICE, .argument = "ACTION", .offset = offsetof(values, member),  \
        .choices = (names), .fallback = "error",                                                             \
        .help = "what to do about " what " that the model does not know"                                     \
    }

#endif
