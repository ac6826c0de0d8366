/* A conversation with a model: a person types a beginning, the model goes on.
 *
 * At a terminal the state is carried on from turn to turn. Where standard input is no terminal it is a
 * filter: each line is a prompt that starts from the zero state. Texts go to standard output, everything else
 * to standard error.
 */
#ifndef LETRA_UI_REPL_H
#define LETRA_UI_REPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "generate/writer.h"
#include "math/compute.h"
#include "ui/input.h"
#include "ui/output.h"
#include "ui/prompts.h"

typedef struct ReplSettings {
    WriterConfig writing;
    uint64_t seed;
    Precision precision;
    Unknown unknown; /* what happens to characters of a prompt that the model does not know */
} ReplSettings;

typedef struct Repl {
    const Model *model;
    Writer *writer; /* owned */
    ReplSettings settings;
    Prompts prompts; /* owned */
    Input input;
    Output output;
} Repl;

/* Talks until the end of standard input, /quit or a signal. `*status` is the exit status; false and a message
 * when the work failed. */
bool repl_run(const Model *model, Compute *compute, const ReplSettings *settings, int *status, Error *error);

#endif
