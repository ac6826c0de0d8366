/* How text becomes units. Stored in the model, so that eval and prompts go the same way.
 *
 * A text goes through: strict UTF-8 (a byte-order mark at the start dropped); NFC; the replacements in order, each
 * followed by NFC. `--unit byte` reads bytes as they are: nothing normalised or dropped (replacements still apply,
 * byte-wise).
 */
#ifndef LETRA_TEXT_PIPELINE_H
#define LETRA_TEXT_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "text/unit.h"

/* {0} is characters without replacements. */
typedef struct Pipeline {
    Unit unit;
    char **replacements; /* owned array of owned NUL-terminated expressions, in order */
    size_t replacement_count;
} Pipeline;

/* Adds a copy of an expression (see text/replacement.h), which must be a valid one: else false and a message that
 * shows it, and the pipeline is as it was. Set the unit first. */
bool pipeline_add_replacement(Pipeline *pipeline, const char *expression, Error *error);
/* A deep copy into `*copy`, which is overwritten; {0} on failure. */
bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error);
/* Frees what it owns and makes it {0}. */
void pipeline_free(Pipeline *pipeline);

#endif
