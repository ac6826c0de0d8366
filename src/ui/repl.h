/* A conversation with a model: a person types a beginning, the model goes on.
 *
 * At a terminal the state is carried on from turn to turn, and there are commands (repl_commands.h). Where standard
 * input is no terminal it is a filter: each line is a prompt that starts from the zero state. Texts go to standard
 * output, everything else to standard error.
 */
#ifndef LETRA_UI_REPL_H
#define LETRA_UI_REPL_H

#include <stdbool.h>

#include "base/error.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "ui/repl_settings.h"

/* Talks with the model that was read from `path` until the end of standard input, /quit or a signal. `*status` is the
 * exit status; false and a message when the work failed. */
bool repl_run(const char *path, const Model *model, Compute *compute, const ReplSettings *settings,
              int *status, Error *error);

#endif
