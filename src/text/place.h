/* Where a unit stands in a text as it is read, after the pipeline: of several files as one text, and without what the
 * vocabulary does not have. */
#ifndef LETRA_TEXT_PLACE_H
#define LETRA_TEXT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/unit_store.h"
#include "text/vocab.h"

typedef struct Place {
    const Vocab *vocab; /* of the units */
    size_t unit;        /* from 1 */
    size_t line;        /* from 1; of records their number, in the order in which they are read */
} Place;

/* The place of unit `begin` (from 0) of the text, for which all before it are read. False and a message only if they
 * cannot be. */
bool place_find(Place *place, const Vocab *vocab, const UnitStore *units, size_t begin, Error *error);

/* Goes on to the unit behind this one, which stands at the place. */
void place_pass(Place *place, uint32_t unit);

/* What `line` counts: "line" or "record". */
const char *place_noun(const Place *place);

#endif
