/* Texts with gaps: see gap_text.h. The rules of the pipeline see the text with its gaps: what a rule does at the end of
 * a line must not be done before a gap. */
#define _GNU_SOURCE
#include "commands/gap_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ui/prompts.h"

#define GAP_MARK "___"

void gap_text_free(GapText *text) {
    for (size_t k = 0; k < text->count; k++) {
        units_free(&text->parts[k]);
    }
    free(text->parts);
    *text = (GapText){0};
}

/* Where the next gap begins, from `at` on: at the end of the text if there is none. */
static size_t find_gap(const Bytes *bytes, size_t at) {
    const char *found =
        bytes->length > at ? memmem(bytes->data + at, bytes->length - at, GAP_MARK, strlen(GAP_MARK)) : NULL;
    return found != NULL ? (size_t)(found - bytes->data) : bytes->length;
}

/* Where a gap that begins at `at` ends. */
static size_t find_gap_end(const Bytes *bytes, size_t at) {
    while (at < bytes->length && bytes->data[at] == '_') {
        at++;
    }
    return at;
}

static size_t count_parts(const Bytes *bytes) {
    size_t count = 1;
    for (size_t gap = find_gap(bytes, 0); gap < bytes->length;
         gap = find_gap(bytes, find_gap_end(bytes, gap))) {
        count++;
    }
    return count;
}

/* Whether there is something to go by, and something between gaps (of which --unknown skip may have left nothing). */
static bool check_parts(const GapText *text, const char *name, Error *error) {
    size_t units = 0;
    for (size_t k = 0; k < text->count; k++) {
        units += text->parts[k].count;
        if (k > 0 && k + 1 < text->count && text->parts[k].count == 0) {
            return error_set(
                error,
                "%s: nothing that the model knows stands between gap %zu and gap %zu: make one of "
                "them",
                name, k, k + 1);
        }
    }
    return units > 0 ||
           error_set(error, "%s: there is nothing but the gap to go by; letra sample writes without", name);
}

/* The parts of a text that went through the pipeline. */
static bool read_parts(const Bytes *bytes, const char *name, const Model *model, Unknown unknown,
                       GapText *text, Error *error) {
    Model plain = *model; /* but for the rules, which were applied */
    plain.pipeline.rules = NULL;
    plain.pipeline.rule_count = 0;
    Prompts prompts;
    bool done = prompts_open(&prompts, &plain, unknown, error);
    size_t at = 0;
    for (size_t k = 0; done && k < text->count; k++) {
        size_t end = find_gap(bytes, at);
        done = prompts_read(&prompts, name, bytes->data + at, end - at, &text->parts[k], error);
        at = find_gap_end(bytes, end);
    }
    prompts_close(&prompts);
    return done;
}

bool gap_text_read(Bytes *bytes, const char *name, const Model *model, Unknown unknown, GapText *text,
                   Error *error) {
    *text = (GapText){0};
    if (!typed_text_clean(&model->pipeline, name, bytes, error)) {
        return false;
    }
    size_t count = count_parts(bytes);
    if (count == 1) {
        return error_set(error,
                         "%s: there is no gap in the text; write one as " GAP_MARK
                         ": letra fill MODEL 'It was " GAP_MARK " and cold'",
                         name);
    }
    text->parts = memory_allocate(count, sizeof *text->parts, "the parts of a text", error);
    text->count = text->parts != NULL ? count : 0;
    bool done = text->parts != NULL && read_parts(bytes, name, model, unknown, text, error) &&
                check_parts(text, name, error);
    if (!done) {
        gap_text_free(text);
    }
    return done;
}
