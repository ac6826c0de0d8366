/* Texts on their way from files to a sink: read, taken through a pipeline, joined as it says. A text is held in pieces
 * of a megabyte or so, or, where the pipeline must see all of it, file by file.
 */
#ifndef LETRA_TEXT_SOURCE_H
#define LETRA_TEXT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/filter.h"
#include "text/text_report.h"

/* A piece of the text after the pipeline, at a border between units; where the pipeline makes records, each is one. */
typedef struct Piece {
    const char *text; /* length bytes; whole units */
    size_t length;
    const char *name;           /* of the file, for messages */
    size_t lines;               /* that end before it, in the text of this file after the pipeline */
    size_t offset;              /* bytes of that text before it */
    const FilterEffect *effect; /* on the file up to its end */
} Piece;

/* Who takes the pieces; false and a message ends the reading. */
typedef struct Sink {
    bool (*take)(void *context, const Piece *piece, Error *error);
    void *context;
} Sink;

typedef struct Source {
    const Pipeline *pipeline;
    char *const *paths; /* "-": standard input */
    size_t path_count;
    const char *purpose; /* "learn from": what the text is wanted for, if there is none */
    size_t piece_size;   /* bytes read at a time; 0: a megabyte. What comes out does not depend on it */
    TextReport report;   /* what became of it, so far */
} Source;

/* Reads everything into the sink. Errors name file, line and byte. That there is no text at all (all files empty, or
 * emptied by the rules) is an error; an empty file among others is not. */
bool source_read(Source *source, Sink sink, Error *error);

#endif
