/* The pipeline at work: see filter.h. */
#define _GNU_SOURCE
#include "text/filter.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/newlines.h"
#include "text/separator.h"
#include "text/utf8.h"

enum {
    LONGEST_CHARACTER = 4,  /* bytes, in UTF-8 */
    GROWTH_MOST = 16,       /* rules may make a text so many times as long ... */
    GROWTH_SPARE = 1 << 20, /* ... and so many bytes more */
};

bool filter_create(const Pipeline *pipeline, Filter *filter, Error *error) {
    *filter = (Filter){.pipeline = pipeline};
    size_t count = pipeline->rule_count;
    filter->rules = memory_allocate(count, sizeof(Rule *), "the rules", error);
    if (filter->rules == NULL) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        const PipelineRule *rule = &pipeline->rules[k];
        filter->rules[k] =
            rule_create(rule->kind, rule->expression, pipeline->unit, pipeline->normalization, error);
        if (filter->rules[k] == NULL) {
            filter_free(filter);
            return false;
        }
    }
    if (pipeline->separator != NULL && !separator_create(&filter->separator, pipeline->separator,
                                                         pipeline->unit, pipeline->normalization, error)) {
        filter_free(filter);
        return false;
    }
    if (pipeline->separator != NULL) {
        pattern_speed_up(&filter->separator);
    }
    return true;
}

void filter_free(Filter *filter) {
    for (size_t k = 0; filter->rules != NULL && k < filter->pipeline->rule_count; k++) {
        rule_free(filter->rules[k]);
    }
    free((void *)filter->rules);
    pattern_free(&filter->separator);
    *filter = (Filter){0};
}

/* Returns how many bytes it had; 0: there is none. */
static size_t drop_byte_order_mark(Bytes *text) {
    if (text->length < 3 || memcmp(text->data, "\xEF\xBB\xBF", 3) != 0) {
        return 0;
    }
    text->length -= 3;
    memmove(text->data, text->data + 3, text->length + 1);
    return 3;
}

/* --- pieces --- */

bool filter_takes_pieces(const Filter *filter) {
    if (filter->pipeline->separator != NULL && !pipeline_splits_lines(filter->pipeline)) {
        return false;
    }
    for (size_t k = 0; k < filter->pipeline->rule_count; k++) {
        if (!rule_kind_goes_by_lines(filter->pipeline->rules[k].kind)) {
            return false; /* a pattern may look at all of the file */
        }
    }
    return true;
}

/* Whether two such characters never join, whichever they are: those of ASCII that can be seen, ideographs, kana and the
 * syllables of Hangul. */
static bool stands_alone(utf8proc_int32_t code_point) {
    static const utf8proc_int32_t ranges[][2] = {
        {0x20, 0x7E}, {0x4E00, 0x9FFF}, {0x3041, 0x3096}, {0x30A1, 0x30FA}, {0xAC00, 0xD7A3}};
    for (size_t k = 0; k < sizeof ranges / sizeof ranges[0]; k++) {
        if (code_point >= ranges[k][0] && code_point <= ranges[k][1]) {
            return true;
        }
    }
    return false;
}

/* The character that ends before the byte at `position`; -1: what stands there is no UTF-8. */
static utf8proc_int32_t character_before(const utf8proc_uint8_t *bytes, size_t position) {
    size_t start = position - 1;
    while (start > 0 && position - start < LONGEST_CHARACTER && (bytes[start] & 0xC0u) == 0x80) {
        start--;
    }
    utf8proc_int32_t character = -1;
    utf8proc_ssize_t length = (utf8proc_ssize_t)(position - start);
    return utf8proc_iterate(bytes + start, length, &character) == length ? character : -1;
}

/* Whether a text can be cut before the byte at `position`, where no line ends: between two characters that stand
 * alone, or before a space, with which nothing joins that stands before it but the few signs that belong to what
 * follows them. Bytes that are no UTF-8 may be left out, and what is on both sides of them joins: so both characters
 * must be whole. */
static bool can_cut_in_line(const char *text, size_t position, size_t length) {
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t before = character_before(bytes, position);
    if (bytes[position] == ' ') {
        return before >= 0 && utf8proc_get_property(before)->boundclass != UTF8PROC_BOUNDCLASS_PREPEND;
    }
    utf8proc_int32_t next = -1;
    return stands_alone(before) &&
           utf8proc_iterate(bytes + position, (utf8proc_ssize_t)(length - position), &next) > 0 &&
           stands_alone(next);
}

/* The last place among the first bytes of a text where no character and nothing that may join is cut: behind a line, or
 * inside of one. 0: there is none. */
static size_t last_place(const char *text, size_t length) {
    const char *newline = memrchr(text, '\n', length);
    if (newline != NULL || length == 0) {
        return newline != NULL ? (size_t)(newline + 1 - text) : 0;
    }
    size_t position = length - 1;
    while (position > 0 && !can_cut_in_line(text, position, length)) {
        position--;
    }
    return position;
}

size_t filter_cut(const Filter *filter, const char *text, size_t length) {
    bool by_lines = filter->pipeline->rule_count > 0 || filter->pipeline->separator != NULL;
    if (by_lines) {
        const char *newline = memrchr(text, '\n', length);
        return newline != NULL ? (size_t)(newline + 1 - text) : 0;
    }
    return filter->pipeline->unit == UNIT_BYTE ? length : last_place(text, length);
}

size_t filter_part(const Filter *filter, const char *text, size_t length, size_t size) {
    while (size < length) {
        size_t part = filter->pipeline->unit == UNIT_BYTE ? size : last_place(text, size);
        if (part > 0) {
            return part;
        }
        size *= 2;
    }
    return length;
}

/* Makes sure that a piece is UTF-8. */
static bool make_valid(const Pipeline *pipeline, Bytes *text, FilterEffect *effect, Error *error) {
    if (pipeline->invalid == INVALID_ERROR) {
        return utf8_validate(text->data, text->length, effect->lines, effect->bytes, error);
    }
    Utf8Faults faults;
    size_t at = utf8_find_invalid(text->data, text->length);
    if (at < text->length && effect->faults.count == 0) {
        effect->faults.first = effect->bytes + at;
        effect->fault_line = effect->lines + utf8_line(text->data, at);
    }
    if (!utf8_repair(text, pipeline->invalid == INVALID_SKIP, &faults, error)) {
        return false;
    }
    effect->faults.count += faults.count;
    effect->changed = effect->changed || faults.count > 0;
    return true;
}

/* Brings a piece into the form that the pipeline wants. */
static bool clean(const Pipeline *pipeline, Bytes *text, FilterEffect *effect, Error *error) {
    size_t lines = utf8_newlines(text->data, text->length);
    size_t bytes = text->length;
    if (!make_valid(pipeline, text, effect, error)) {
        return false;
    }
    FormChanges *forms = &effect->forms;
    effect->mark += effect->bytes == 0 ? drop_byte_order_mark(text) : 0;
    forms->marks = effect->mark > 0;
    effect->lines += lines;
    effect->bytes += bytes;
    forms->newlines += pipeline->unify_newlines ? newlines_unify(text) : 0;
    bool done = letter_case_change(text, pipeline->letter_case, &forms->letters, error) &&
                normalize_text(text, pipeline->normalization, &forms->places, error);
    effect->changed = effect->changed || forms->newlines + forms->letters + forms->places > 0;
    return done;
}

/* How many bytes may come of a text of `length`. Rules may be a stranger's, and a few that double the text would fill
 * any memory. */
static size_t most_of(size_t length) {
    return length < (SIZE_MAX - GROWTH_SPARE) / GROWTH_MOST ? length * GROWTH_MOST + GROWTH_SPARE : SIZE_MAX;
}

/* Applies the rules in order. */
static bool apply_rules(const Filter *filter, Bytes *text, FilterEffect *effect, Error *error) {
    size_t most = most_of(text->length);
    for (size_t k = 0; k < filter->pipeline->rule_count; k++) {
        if (filter->typed && rule_kind(filter->rules[k]) != RULE_REPLACE) {
            continue;
        }
        size_t before = text->length;
        size_t matches = 0;
        if (!rule_apply(filter->rules[k], text, most, &matches, error)) {
            return false;
        }
        effect->changed = effect->changed || matches > 0 || text->length != before;
        if (effect->rules != NULL) {
            effect->rules[k].matches += matches;
            effect->rules[k].before += before;
            effect->rules[k].after += text->length;
        }
        if (before > 0 && text->length == 0) {
            effect->emptied_by = &filter->pipeline->rules[k];
        }
    }
    return true;
}

bool filter_run(const Filter *filter, Bytes *text, FilterEffect *effect, Error *error) {
    return (filter->pipeline->unit == UNIT_BYTE || clean(filter->pipeline, text, effect, error)) &&
           apply_rules(filter, text, effect, error);
}
