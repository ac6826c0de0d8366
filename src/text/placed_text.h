/* A text in memory as it is after its pipeline, which knows where in which file each byte of it stood.
 */
#ifndef LETRA_TEXT_PLACED_TEXT_H
#define LETRA_TEXT_PLACED_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/pipeline.h"
#include "text/text_report.h"

/* From a byte on the text is of this file, ... */
typedef struct TextMark {
    size_t begin;
    size_t offset;    /* ... from this byte of it on, before which ... */
    size_t lines;     /* ... so many lines end */
    const char *name; /* borrowed, as messages call the file */
} TextMark;

typedef struct PlacedText {
    Bytes bytes;     /* owned */
    bool records;    /* borders stand around each (COPIES_BORDER, text/copies.h) */
    TextMark *marks; /* owned */
    size_t mark_count, mark_room;
    TextReport report; /* owned */
} PlacedText;

/* What a text is read from. */
typedef struct PlacedTextFiles {
    char *const *paths; /* "-": standard input; their names are borrowed */
    size_t count;
    const char *purpose; /* "compare": what the text is wanted for, if there is none */
    size_t most;         /* bytes that it may have */
} PlacedTextFiles;

/* Reads files through the pipeline into `*text`, which is overwritten. Errors name file, line and byte, and so is a
 * text that is empty, too long, or does not fit into memory; then `*text` is {0}. */
bool placed_text_read(const Pipeline *pipeline, const PlacedTextFiles *files, PlacedText *text, Error *error);
/* Frees what it owns and makes it {0}. */
void placed_text_free(PlacedText *text);

/* How many units it has, without borders. */
size_t placed_text_units(const PlacedText *text, Unit unit);
/* Where the byte behind so many units is, of a text without records. */
size_t placed_text_offset(const PlacedText *text, Unit unit, size_t units);

/* A place as a person finds it. */
typedef struct TextPlace {
    const char *name;  /* of the file; NULL of a text that came from none */
    size_t line, unit; /* from 1 on, of the file after the pipeline */
} TextPlace;

/* A walk from place to place: {.text, .unit}. What lies between two of them is gone over once. */
typedef struct TextWalk {
    const PlacedText *text;
    Unit unit;
    const TextMark *mark;
    size_t at;       /* a byte ... */
    TextPlace place; /* ... and where it is; of line 0: the walk has not begun */
} TextWalk;

/* The place of a byte, with which a unit begins; found quicker if it is behind the one before. In a text that came from
 * no file each record has a line of its own. */
TextPlace text_walk_to(TextWalk *walk, size_t at);

#endif
