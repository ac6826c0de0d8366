/* Lines of a text as they come: how many, the longest, and which are there again and again.
 *
 * A line ends at \n; neither that nor a \r before it belongs to it. Lines are told apart by a digest of 64 bits, of
 * which a table keeps one for each different line: 16 to 32 bytes each, up to a bound.
 */
#ifndef LETRA_TEXT_LINE_STATISTICS_H
#define LETRA_TEXT_LINE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/piece.h"
#include "text/unit.h"

enum {
    LINES_DIFFERENT_MAX = 12000000, /* a table of 200 MB */
    LINES_FREQUENT = 5,             /* lines that are shown */
    LINE_SHOWN = 120                /* bytes of each */
};

typedef struct FrequentLine {
    Bytes text; /* owned: its first LINE_SHOWN bytes; a character may be cut in two */
    bool cut;   /* there is more of it */
    size_t count;
    uint64_t digest;
} FrequentLine;

typedef struct LineReport {
    size_t lines; /* what comes after the last newline is one, if there is something */
    size_t empty;
    size_t longest;           /* characters of the longest one (bytes, if that is the unit) ... */
    const char *longest_name; /* ... its file (of the pieces), and its line there; NULL: there is no line */
    size_t longest_line;
    /* Of lines that are not empty: */
    size_t repeated;            /* those that were there before ... */
    size_t repeated_characters; /* ... and what they hold together */
    size_t several;             /* different lines that are there more than once */
    bool complete;              /* all different lines found room; else what came later is not among these */
    FrequentLine frequent
        [LINES_FREQUENT]; /* those that are there most often, at least twice, the first of them first */
    size_t frequent_count;
} LineReport;

typedef struct LineStatistics LineStatistics;

/* For a text of this unit, with room for `most` different lines. NULL and a message without memory. */
LineStatistics *line_statistics_create(Unit unit, size_t most, Error *error);
/* Frees it; NULL does nothing. */
void line_statistics_free(LineStatistics *statistics);

/* Takes the next piece, whose name must stay. False and a message without memory. */
bool line_statistics_add(LineStatistics *statistics, const Piece *piece, Error *error);
/* The end of the text. The report lives as long as the statistics; NULL and a message without memory. */
const LineReport *line_statistics_finish(LineStatistics *statistics, Error *error);

#endif
