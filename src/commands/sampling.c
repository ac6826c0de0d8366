/* How text is written: see sampling.h. */
#include "commands/sampling.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"
#include "generate/session.h"
#include "ui/message.h"

bool sampling_bounds(const Sampling *sampling, const Model *model, WritingBounds *bounds, Error *error) {
    const BoundsAsked asked = {.stops = sampling->stops.items,
                               .stop_count = sampling->stops.count,
                               .stop_regex = sampling->stop_regex,
                               .match = sampling->match,
                               .forbid = sampling->forbid,
                               .mark = "--"};
    return writing_bounds_make(&asked, model, bounds, error);
}

int sampling_check(const Invocation *invocation, const Sampling *sampling) {
    if (sampling->greedy && option_given(invocation, "temperature") && sampling->temperature > 0) {
        return usage_error(invocation,
                           "--greedy is --temperature 0, and --temperature %g was asked for: give one",
                           sampling->temperature);
    }
    if (sampling->until_end && option_given(invocation, "length")) {
        return usage_error(invocation,
                           "--until-end writes however long it takes, --length at most so much: give one");
    }
    bool stops = sampling->stops.count > 0 || sampling->stop_regex != NULL;
    if (sampling->match != NULL && stops) {
        return usage_error(invocation, "--match says where the text ends, and so does %s: give one",
                           sampling->stop_regex != NULL ? "--stop-regex" : "--stop");
    }
    return STATUS_DONE;
}

Precision sampling_precision(const Sampling *sampling, const Model *model) {
    return sampling->precision == 0 ? model->history.sampling_precision
                                    : (Precision)(sampling->precision - 1);
}

bool sampling_check_memory(const Sampling *sampling, Loaded *loaded, size_t samples, Error *error) {
    Precision precision = sampling_precision(sampling, &loaded->model);
    size_t bytes = writer_memory(&loaded->model, &loaded->compute, samples, precision, error);
    char work[64];
    snprintf(work, sizeof work, "writing %zu text%s side by side", samples, samples == 1 ? "" : "s");
    return bytes > 0 &&
           memory_check((double)bytes, work, samples == 1 ? "" : ": use a smaller --count", error);
}

bool sampling_check_beam_memory(Loaded *loaded, Precision precision, size_t beam, size_t sessions,
                                Error *error) {
    size_t bytes = session_memory(&loaded->model, &loaded->compute, beam, precision, error);
    char work[64];
    snprintf(work, sizeof work, "--beam %zu", beam);
    return bytes > 0 && memory_check((double)bytes * (double)sessions, work, ": use a smaller one", error);
}

SamplerConfig sampling_sampler(const Sampling *sampling) {
    return (SamplerConfig){
        .temperature = sampling->greedy ? 0 : sampling->temperature,
        .top_k = (size_t)sampling->top_k,
        .top_p = sampling->top_p,
        .min_p = sampling->min_p,
        .typical_p = sampling->typical_p,
        .repeat_penalty = sampling->repeat_penalty,
        .repeat_window = (size_t)sampling->repeat_window,
    };
}

bool sampling_length(const Sampling *sampling, const Model *model, size_t possible_stops, size_t *length,
                     Error *error) {
    bool patterns = sampling->stop_regex != NULL || sampling->match != NULL;
    if (sampling->until_end && possible_stops == 0 && !patterns && model->pipeline.separator == NULL) {
        return sampling->stops.count > 0
                   ? error_set(error, "--until-end: nothing would end the text: the model does not know the "
                                      "characters of what it shall stop at")
                   : error_set(error,
                               "--until-end: nothing would end the text: give a --stop, a --stop-regex "
                               "or a --match, or a model of records (letra train --records)");
    }
    *length = sampling->until_end ? SIZE_MAX : (size_t)sampling->length;
    return true;
}

uint64_t sampling_seed(const Sampling *sampling) {
    if (sampling->seed != UINT64_MAX) {
        return sampling->seed;
    }
    uint32_t seed = 0; /* short enough to be typed again */
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        seed = (uint32_t)time(NULL);
    }
    message_note("seed %" PRIu32, seed);
    return seed;
}
