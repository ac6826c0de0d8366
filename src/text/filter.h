/* A pipeline made ready to run over pieces of a text. For this folder alone. */
#ifndef LETRA_TEXT_FILTER_H
#define LETRA_TEXT_FILTER_H

#include "base/bytes.h"
#include "base/error.h"
#include "text/pattern.h"
#include "text/pipeline.h"
#include "text/text_report.h"
#include "text/utf8.h"

typedef struct Filter {
    const Pipeline *pipeline; /* borrowed */
    Rule **rules;
    Pattern separator; /* of records; {0}: there are none */
    bool typed;        /* for what a person types: rules for lines and whole files are left out */
} Filter;

/* Compiles the rules and the separator. */
bool filter_create(const Pipeline *pipeline, Filter *filter, Error *error);
void filter_free(Filter *filter);

/* Whether a text may go through it in pieces (filter_cut); otherwise all of a file is one piece. */
bool filter_takes_pieces(const Filter *filter);

/* Where a piece may end of which `length` bytes are there and more will come: what comes out of the pieces is then what
 * comes out of the whole, and no unit is cut. 0: nowhere. */
size_t filter_cut(const Filter *filter, const char *text, size_t length);

/* How long the next part shall be of a text that has been through the pipeline and cannot be taken all at once: about
 * `size` bytes (at least 1), so that no unit is cut; more where there is no place to cut, up to all of it. */
size_t filter_part(const Filter *filter, const char *text, size_t length, size_t size);

/* What the pipeline did to a file, piece after piece; {0} before the first one. */
typedef struct FilterEffect {
    size_t lines; /* newlines of the pieces before, as they were read */
    size_t bytes; /* bytes of them */
    size_t mark;  /* bytes of the byte-order mark that was dropped */
    bool changed; /* it was not as the pipeline wants it: newlines, case, normalisation, UTF-8, rules */
    Utf8Faults
        faults; /* what was replaced or left out: bytes that are no UTF-8; where the first was in the file */
    size_t fault_line; /* its line, from 1 */
    FormChanges forms;
    RuleReport *
        rules; /* borrowed: one for each rule, which counts this file alone (`files` is left 0); NULL: nobody asks */
    const PipelineRule *emptied_by; /* the rule that left nothing of a piece; NULL */
} FilterEffect;

/* Takes a piece of a file through the whole pipeline. False and a message that does not name the file but may name
 * line and byte; then `text` is no longer of use. */
bool filter_run(const Filter *filter, Bytes *text, FilterEffect *effect, Error *error);

#endif
