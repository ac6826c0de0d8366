/* What ends a text and what it is held to: the stops and patterns that a person gives, made ready for the writer. */
#ifndef LETRA_UI_WRITING_BOUNDS_H
#define LETRA_UI_WRITING_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"
#include "model/model_file.h"

/* What a person gave. */
typedef struct BoundsAsked {
    const char *const *stops;
    size_t stop_count;
    const char *stop_regex; /* NULL: none, as of the next two */
    const char *match;
    const char *forbid;
    const char *mark; /* stands before names in messages: "--" */
} BoundsAsked;

typedef struct WritingBounds {
    WriterStop *stops; /* stop_count, owned, in the form that the model's text has */
    Bytes *texts;      /* what they point to */
    size_t stop_count;
    size_t possible_stops;     /* of which so many can come: the model knows their characters */
    StopPattern *stop_pattern; /* owned; NULL: none */
    Constraint *constraint;    /* owned; NULL: none */
} WritingBounds;               /* {0}: none of them */

/* What was asked for, for a model, which must outlive it. False and a message that shows what is wrong. */
bool writing_bounds_make(const BoundsAsked *asked, const Model *model, WritingBounds *bounds, Error *error);
/* Frees what it owns and makes it {0}. */
void writing_bounds_free(WritingBounds *bounds);

/* Puts them into a writer's configuration. */
void writing_bounds_apply(const WritingBounds *bounds, WriterConfig *config);

#endif
