/* What ends a text and what it is held to: see writing_bounds.h. */
#include "commands/writing_bounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/typed_text.h"
#include "ui/message.h"

/* Takes one stop text the way of the model's text. Says so if the model cannot write it. */
static bool prepare_stop(const char *text, const Model *model, Bytes *out, Error *error) {
    Pipeline plain = model->pipeline; /* but for its rules */
    plain.rules = NULL;
    plain.rule_count = 0;
    Units units = {0};
    size_t skipped = 0;
    bool done = bytes_append(out, text, strlen(text), error) &&
                typed_text_clean(&plain, "--stop", out, error) &&
                typed_text_encode(&plain, model->vocab, UNKNOWN_SKIP, "--stop", out->data, out->length,
                                  &units, &skipped, error);
    if (done && skipped > 0) {
        message_warning("--stop '%s' has characters that the model does not know: it will never come", text);
    }
    units_free(&units);
    return done;
}

static bool make_stops(const OptionTexts *texts, const Model *model, WritingBounds *bounds, Error *error) {
    bounds->stops = memory_allocate(texts->count, sizeof *bounds->stops, "the stop texts", error);
    bounds->texts = memory_allocate(texts->count, sizeof *bounds->texts, "the stop texts", error);
    bool done = bounds->stops != NULL && bounds->texts != NULL;
    for (size_t k = 0; done && k < texts->count; k++) {
        bounds->stop_count = k + 1;
        done = prepare_stop(texts->items[k], model, &bounds->texts[k], error);
        bounds->stops[k] = (WriterStop){bounds->texts[k].data, bounds->texts[k].length};
    }
    return done;
}

static bool make_patterns(const Sampling *sampling, const Model *model, WritingBounds *bounds, Error *error) {
    Normalization normalization = model->pipeline.normalization;
    if (sampling->stop_regex != NULL) {
        bounds->stop_pattern =
            stop_pattern_create(sampling->stop_regex, model->pipeline.unit, normalization, error);
        if (bounds->stop_pattern == NULL) {
            return false;
        }
    }
    if (sampling->match != NULL || sampling->forbid != NULL) {
        bounds->constraint =
            constraint_create(sampling->match, sampling->forbid, normalization, model->vocab, error);
        return bounds->constraint != NULL;
    }
    return true;
}

bool writing_bounds_make(const Sampling *sampling, const Model *model, WritingBounds *bounds, Error *error) {
    *bounds = (WritingBounds){0};
    bool done =
        make_stops(&sampling->stops, model, bounds, error) && make_patterns(sampling, model, bounds, error);
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
