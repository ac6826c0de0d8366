/* A pattern at which a text ends that is still being written: finds its first match, and what may become one. */
#ifndef LETRA_TEXT_STOP_PATTERN_H
#define LETRA_TEXT_STOP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "text/normalize.h"
#include "text/unit.h"

typedef struct StopPattern StopPattern; /* for one thread at a time */

/* Of a pattern, normalised as the text is; $ is at its end or before a newline there, . is no newline. NULL and a
 * message that shows where something is wrong, or that it matches the empty text. */
StopPattern *stop_pattern_create(const char *pattern, Unit unit, Normalization normalization, Error *error);
/* Frees it; NULL does nothing. */
void stop_pattern_free(StopPattern *pattern);

typedef enum StopSight {
    STOP_NOWHERE,   /* nothing that begins in this text will match */
    STOP_MAY_BEGIN, /* what begins at `start` may become a match */
    STOP_FOUND,     /* `start` to `end` is one, whatever follows */
    STOP_FAILED     /* the matcher gave up: a message */
} StopSight;

typedef struct StopPlace {
    size_t start, end; /* bytes */
} StopPlace;

/* Where to look. */
typedef struct StopLook {
    size_t
        from; /* at matches that begin at this byte or later; before it stands what the pattern looks back at */
    bool empty; /* an empty match at `from` counts, as an empty one behind it does */
    bool over;  /* the text does not go on, so that nothing may become a match any more */
} StopLook;

StopSight stop_pattern_look(StopPattern *pattern, const char *text, size_t length, StopLook look,
                            StopPlace *place, Error *error);

/* How many bytes the pattern may look back at. */
size_t stop_pattern_looks_back(const StopPattern *pattern);

#endif
