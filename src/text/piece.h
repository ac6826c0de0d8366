/* Pieces of a text on its way from files, and who takes them. */
#ifndef LETRA_TEXT_PIECE_H
#define LETRA_TEXT_PIECE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct FilterEffect; /* text/filter.h */

/* A piece of the text after the pipeline, at a border between units; where the pipeline makes records, each is one. */
typedef struct Piece {
    const char *text; /* length bytes; whole units */
    size_t length;
    const char *name;                  /* of the file, for messages */
    size_t lines;                      /* that end before it, in the text of this file after the pipeline */
    size_t offset;                     /* bytes of that text before it */
    const struct FilterEffect *effect; /* on the file up to its end */
} Piece;

/* Who takes the pieces; false and a message ends the reading. */
typedef struct Sink {
    bool (*take)(void *context, const Piece *piece, Error *error);
    void *context;
} Sink;

#endif
