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
#include "text/piece.h"
#include "text/text_report.h"

typedef struct Source {
    const Pipeline *pipeline;
    char *const *paths; /* "-": standard input */
    size_t path_count;
    const char *purpose; /* "learn from": what the text is wanted for, if there is none */
    size_t piece_size;   /* bytes read at a time; 0: a megabyte. What comes out does not depend on it */
    const Sink *watcher; /* sees all of the text, before it is cut into records; NULL: nobody */
    TextReport report;   /* what became of it, so far */
} Source;

/* Reads everything into the sink. Errors name file, line and byte. That there is no text at all (all files empty, or
 * emptied by the rules) is an error; an empty file among others is not. */
bool source_read(Source *source, Sink sink, Error *error);

#endif
