/* What ends a text and what it is held to: the stops and patterns among the options of sampling.h, made ready for the
 * writer. */
#ifndef LETRA_COMMANDS_WRITING_BOUNDS_H
#define LETRA_COMMANDS_WRITING_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "commands/sampling.h"
#include "generate/writer.h"

typedef struct WritingBounds {
    WriterStop *stops; /* stop_count, owned, in the form that the model's text has */
    Bytes *texts;      /* what they point to */
    size_t stop_count;
    StopPattern *stop_pattern; /* owned; NULL: none */
    Constraint *constraint;    /* owned; NULL: none */
} WritingBounds;               /* {0}: none of them */

/* What was asked for, for a model, which must outlive it. False and a message that shows what is wrong. */
bool writing_bounds_make(const Sampling *sampling, const Model *model, WritingBounds *bounds, Error *error);
/* Frees what it owns and makes it {0}. */
void writing_bounds_free(WritingBounds *bounds);

/* Puts them into a writer's configuration. */
void writing_bounds_apply(const WritingBounds *bounds, WriterConfig *config);

#endif
