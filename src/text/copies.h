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

/* Finds the copies, of any length, and tells `see` of each, in the order of the text, by their begins and by their
 * ends. Returns the units of the text. No memory is taken, however many there are. */
size_t copies_find(const CopiedText *text, void (*see)(void *context, const Copy *copy), void *context);

/* How many units of a text lie in copies of at least `least` units; begins as {.least}. */
typedef struct CopiesCover {
    size_t least;
    size_t units;
    size_t reached; /* the unit behind the last copy */
} CopiesCover;
/* Counts what the next copy of the text adds. */
void copies_cover(CopiesCover *cover, const Copy *copy);

/* Records of the text, and how many of them are records of the corpus, which has borders around its own. */
typedef struct CopiedRecords {
    size_t count;
    size_t copied;
} CopiedRecords;
CopiedRecords copies_count_records(const CopiedText *text);

#endif
