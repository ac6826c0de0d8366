/* Where the records of a corpus lie. In the row of units a border stands before each record and behind the last one:
 *
 *     border  a n n a  border  o t t o  border
 *     ^ begin of 0     ^ begin of 1     ^ begin of 2, which is the end
 *
 * A record is read from its border on, and predicted up to the border behind it.
 */
#ifndef LETRA_TEXT_RECORDS_H
#define LETRA_TEXT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/range.h"
#include "text/unit_store.h"

typedef struct Records {
    size_t *begins; /* owned: count + 1 once the end was added, of borders */
    size_t count;
    size_t room;
} Records; /* {0} has none */

/* Adds the next border. The last one is the end, and no record's begin. */
bool records_add(Records *records, size_t begin, bool end, Error *error);
void records_free(Records *records);

/* The first record that begins at a unit or behind it; `count` if there is none. */
size_t records_at(const Records *records, size_t unit);
/* How many records lie in a part, which begins and ends with a border, or is empty. */
size_t records_in(const Records *records, Range part);

/* Brings the records of a finished store into a random order, the same for every text of as many, so that a part is
 * like the whole though the text was sorted: `*units` becomes another store, in `folder` if that is not NULL. False and
 * a message on failure: all is as it was. */
bool records_shuffle(Records *records, UnitStore **units, const char *folder, Error *error);

#endif
