/* A pipeline (corpus.h) made ready to run. For this folder alone. */
#ifndef LETRA_TEXT_PIPELINE_H
#define LETRA_TEXT_PIPELINE_H

#include "base/bytes.h"
#include "base/error.h"
#include "text/corpus.h"
#include "text/replacement.h"

typedef struct Filter {
    const Pipeline *pipeline; /* borrowed */
    Replacement **replacements;
} Filter;

/* Compiles the replacements. */
bool filter_create(const Pipeline *pipeline, Filter *filter, Error *error);
void filter_free(Filter *filter);

/* Takes text that was checked to be valid UTF-8, or bytes, through the whole pipeline but for the joining. When a
 * replacement leaves nothing of a text, `*emptied_by` becomes its expression. */
bool filter_run(const Filter *filter, Bytes *text, const char **emptied_by, Error *error);

#endif
