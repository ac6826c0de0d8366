/* What ends a text and what it is held to: see writing_bounds.h. */
#include "ui/writing_bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/typed_text.h"
#include "ui/escape.h"
#include "ui/message.h"

/* Takes one stop text the way of the model's text. Says so if the model cannot write it. */
static bool prepare_stop(const char *text, const char *mark, const Model *model, Bytes *out, bool *possible,
                         Error *error) {
    Pipeline plain = model->pipeline; /* but for its rules */
    plain.rules = NULL;
    plain.rule_count = 0;
    Units units = {0};
    Bytes shown = {0};
    size_t skipped = 0;
    char name[16];
    snprintf(name, sizeof name, "%sstop", mark);
    bool done = bytes_append(out, text, strlen(text), error) && typed_text_clean(&plain, name, out, error) &&
                typed_text_encode(&plain, model->vocab, UNKNOWN_SKIP, name, out->data, out->length, &units,
                                  &skipped, error) &&
                escape_add(text, strlen(text), &shown, error);
    *possible = skipped == 0;
    if (done && skipped > 0) {
        message_warning("%s '%s' has characters that the model does not know: it will never come", name,
                        shown.data);
    } else if (done && out->length == 0) {
        done =
            error_set(error, "%s '%s' is an empty text, which never comes; give one to stop at", name, text);
    }
    bytes_free(&shown);
    units_free(&units);
    return done;
}

static bool make_stops(const BoundsAsked *asked, const Model *model, WritingBounds *bounds, Error *error) {
    bounds->stops = memory_allocate(asked->stop_count, sizeof *bounds->stops, "the stop texts", error);
    bounds->texts = memory_allocate(asked->stop_count, sizeof *bounds->texts, "the stop texts", error);
    bool done = bounds->stops != NULL && bounds->texts != NULL;
    for (size_t k = 0; done && k < asked->stop_count; k++) {
        bounds->stop_count = k + 1;
        bool possible = false;
        done = prepare_stop(asked->stops[k], asked->mark, model, &bounds->texts[k], &possible, error);
        bounds->possible_stops += possible;
        bounds->stops[k] = (WriterStop){bounds->texts[k].data, bounds->texts[k].length};
    }
    return done;
}

static bool make_patterns(const BoundsAsked *asked, const Model *model, WritingBounds *bounds, Error *error) {
    Normalization normalization = model->pipeline.normalization;
    if (asked->stop_regex != NULL) {
        bounds->stop_pattern =
            stop_pattern_create(asked->stop_regex, model->pipeline.unit, normalization, error);
        if (bounds->stop_pattern == NULL) {
            return false;
        }
    }
    if (asked->match != NULL || asked->forbid != NULL) {
        bounds->constraint =
            constraint_create(asked->match, asked->forbid, normalization, model->vocab, error);
        return bounds->constraint != NULL;
    }
    return true;
}

bool writing_bounds_make(const BoundsAsked *asked, const Model *model, WritingBounds *bounds, Error *error) {
    *bounds = (WritingBounds){0};
    bool done = make_stops(asked, model, bounds, error) && make_patterns(asked, model, bounds, error);
    if (!done) {
        writing_bounds_free(bounds);
    }
    return done;
}

void writing_bounds_free(WritingBounds *bounds) {
    for (size_t k = 0; k < bounds->stop_count; k++) {
        bytes_free(&bounds->texts[k]);
    }
    free(bounds->texts);
    free(bounds->stops);
    stop_pattern_free(bounds->stop_pattern);
    constraint_free(bounds->constraint);
    *bounds = (WritingBounds){0};
}

void writing_bounds_apply(const WritingBounds *bounds, WriterConfig *config) {
    config->stops = bounds->stops;
    config->stop_count = bounds->stop_count;
    config->stop_pattern = bounds->stop_pattern;
    config->constraint = bounds->constraint;
}
