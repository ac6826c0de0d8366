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

/* What the pipeline did to a text. */
typedef struct FilterEffect {
    size_t mark;            /* bytes of the byte-order mark that was dropped */
    bool normalized;        /* it was not NFC */
    bool replaced;          /* a replacement found something */
    const char *emptied_by; /* the expression of the replacement that left nothing of it; NULL */
} FilterEffect;

/* Takes text that was checked to be valid UTF-8, or bytes, through the whole pipeline but for the joining. */
bool filter_run(const Filter *filter, Bytes *text, FilterEffect *effect, Error *error);

#endif
