/* Passages of a text where two models differ most. A passage is a word with the white space behind it, cut after
 * PASSAGE_CELLS characters where there is none (Chinese); what both know of it is what it cost each, in nats. */
#ifndef LETRA_GENERATE_PASSAGES_H
#define LETRA_GENERATE_PASSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

enum {
    PASSAGES = 10, /* that are kept, each way */
    PASSAGE_CELLS = 24
};

/* A piece of text that two models have read, and what it cost each of them. */
typedef struct TextCell {
    Range units;    /* of the first model's text */
    size_t line;    /* where it begins (text/place.h) */
    uint64_t text;  /* a digest of it */
    double nats[2]; /* NAN: it was not predicted, or is left out */
    bool space;     /* it is white space ... */
    bool border;    /* ... or the border between records */
    bool inner;     /* a byte within a character: no passage begins with it */
} TextCell;

typedef struct Passage {
    Range units;
    size_t line;
    uint64_t text; /* a digest of its cells that are no white space */
    double nats[2];
    size_t cells;
} Passage;

/* {0} is the start of a text. */
typedef struct Passages {
    /* Where the first model, and where the second was the more surprised: the largest difference first, and of passages
     * with the same text only that one. */
    Passage most[2][PASSAGES];
    size_t count[2];
    Passage open; /* the word that is being read; of no cells: none */
    bool closing; /* white space came in it */
} Passages;

/* The next cell of the text. */
void passages_add(Passages *passages, const TextCell *cell);
/* The end of the text. */
void passages_end(Passages *passages);

#endif
