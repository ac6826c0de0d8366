/* Copies: what of a text stands word for word in a corpus.
 *
 * A copy is a piece of the text, from the border of a unit to that of another, which stands in the corpus, and which
 * would not if it began a unit earlier or ended one later. Copies may overlap, and none lies in another. White space
 * alone is no copy, however long: that two texts have the same number of spaces somewhere says nothing.
 *
 * Where a text has records, a byte that is in no UTF-8 stands around each, and no copy has it in it. (Of a text of
 * bytes, such a byte ends a copy, too.) With graphemes the borders are those of the text.
 */
#ifndef LETRA_TEXT_COPIES_H
#define LETRA_TEXT_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/unit.h"

/* What stands before each record and behind the last. */
#define COPIES_BORDER '\xFF'

/* A text, and how far it agrees with the corpus. */
typedef struct CopiedText {
    const char *bytes; /* valid, but for borders */
    size_t length;
    const int32_t *matching; /* for each byte of it (matching_statistics.h) */
    Unit unit;
    bool records; /* borders stand in it */
} CopiedText;

typedef struct Copy {
    size_t begin, end; /* bytes of the text */
    size_t unit;       /* the first one, from 0 on; borders of records are none */
    size_t units;
} Copy;

typedef struct Copies {
    Copy *
        items; /* owned: those that were asked for, in the order of the text, by their begins and by their ends */
    size_t count;
    size_t room;
    Copy longest; /* of all, the first of its length; {0}: there is none */
    size_t units; /* of the text */
} Copies;

/* Finds the copies of at least `least` units. False and a message without memory. */
bool copies_find(const CopiedText *text, size_t least, Copies *copies, Error *error);
/* Frees what it owns and makes it {0}. */
void copies_free(Copies *copies);

/* How many units of the text lie in copies of at least `least` units. */
size_t copies_covered(const Copies *copies, size_t least);

/* Chooses up to `most` of the longest copies into `chosen`, the longest first, of which each tells something new: none
 * has most of its text in one that is longer, or says what a longer one says, too. `*count` becomes how many these are.
 * False and a message without memory. */
bool copies_choose(const Copies *copies, const char *text, size_t most, Copy *chosen, size_t *count,
                   Error *error);

/* Records of the text, and how many of them are records of the corpus, which has borders around its own. */
typedef struct CopiedRecords {
    size_t count;
    size_t copied;
} CopiedRecords;
CopiedRecords copies_count_records(const CopiedText *text);

#endif
