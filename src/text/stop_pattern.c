/* A pattern at which a text ends: see stop_pattern.h. PCRE2's partial matching (PCRE2_PARTIAL_HARD) tells what may
 * still become a match, and takes nothing for one that a further character could change. */
#include "text/stop_pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/pattern.h"

enum {
    TEXT_SIZE = 1 << 16, /* bytes that are searched at a time, about: for the limits on backtracking */
    CHARACTER_SIZE = 4,  /* bytes at most */
    LOOK_LEVELS = 8      /* a look-behind inside another looks back further than PCRE2 says */
};

struct StopPattern {
    Bytes label;
    Pattern pattern;
    Matching matching;
    size_t looks_back;
};

static bool prepare(StopPattern *stop, const char *text, Unit unit, Normalization normalization,
                    Error *error) {
    Found found;
    uint32_t characters = 0;
    if (!pattern_create(&stop->pattern, text, strlen(text), unit, normalization, 0, error)) {
        return false;
    }
    pattern_speed_up(&stop->pattern);
    (void)pcre2_jit_compile(stop->pattern.code, PCRE2_JIT_PARTIAL_HARD);
    if (!matching_create(&stop->pattern, TEXT_SIZE, &stop->matching, error)) {
        return false;
    }
    int outcome = pattern_find(&stop->pattern, &stop->matching, "", 0, 0, &found, error);
    if (outcome > 0) {
        return error_set(error, "it matches the empty text, so that everything would end at once");
    }
    (void)pcre2_pattern_info(stop->pattern.code, PCRE2_INFO_MAXLOOKBEHIND, &characters);
    stop->looks_back = ((size_t)characters + 1) * CHARACTER_SIZE * LOOK_LEVELS;
    return outcome == 0;
}

StopPattern *stop_pattern_create(const char *pattern, Unit unit, Normalization normalization, Error *error) {
    StopPattern *stop = memory_allocate(1, sizeof *stop, "a pattern", error);
    if (stop == NULL) {
        return NULL;
    }
    bool done =
        pattern_describe("stop-regex", pattern, &stop->label, error) &&
        (prepare(stop, pattern, unit, normalization, error) || error_prefix(error, "%s: ", stop->label.data));
    if (!done) {
        stop_pattern_free(stop);
        return NULL;
    }
    return stop;
}

void stop_pattern_free(StopPattern *pattern) {
    if (pattern != NULL) {
        matching_free(&pattern->matching);
        pattern_free(&pattern->pattern);
        bytes_free(&pattern->label);
        free(pattern);
    }
}

size_t stop_pattern_looks_back(const StopPattern *pattern) {
    return pattern->looks_back;
}

StopSight stop_pattern_look(StopPattern *pattern, const char *text, size_t length, StopLook look,
                            StopPlace *place, Error *error) {
    Found found;
    size_t from = look.from;
    uint32_t options = (look.empty ? 0 : PCRE2_NOTEMPTY_ATSTART) | (look.over ? 0 : PCRE2_PARTIAL_HARD);
    int outcome = pattern_find_with(&pattern->pattern, &pattern->matching, options, length > 0 ? text : "",
                                    length, from, &found, error);
    if (outcome == PATTERN_GAVE_UP) {
        (void)error_prefix(error, "%s: ", pattern->label.data);
        return STOP_FAILED;
    }
    *place = outcome != PATTERN_ABSENT ? (StopPlace){found.start, found.end} : (StopPlace){length, length};
    return outcome == PATTERN_ABSENT ? STOP_NOWHERE : outcome == PATTERN_FOUND ? STOP_FOUND : STOP_MAY_BEGIN;
}
