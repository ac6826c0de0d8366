/* Rules that clean a text: see rule.h. */
#include "text/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/pattern.h"
#include "text/replacement.h"

struct Rule {
    RuleKind kind;
    Bytes label;              /* --from 'PATTERN', for messages */
    Replacement *replacement; /* of RULE_REPLACE ... */
    Pattern pattern;          /* ... and of the others */
};

const char *rule_kind_name(RuleKind kind) {
    static const char *const names[] = {"replace", "drop-lines", "keep-lines", "from", "to"};
    return names[kind];
}

bool rule_kind_goes_by_lines(RuleKind kind) {
    return kind == RULE_DROP_LINES || kind == RULE_KEEP_LINES;
}

bool rule_describe(RuleKind kind, const char *expression, Bytes *out, Error *error) {
    return pattern_describe(rule_kind_name(kind), expression, out, error);
}

static bool compile(Rule *rule, const char *expression, Unit unit, Normalization normalization,
                    Error *error) {
    if (rule->kind == RULE_REPLACE) {
        rule->replacement = replacement_create(expression, unit, normalization, error);
        return rule->replacement != NULL;
    }
    uint32_t options = rule_kind_goes_by_lines(rule->kind) ? 0 : PCRE2_MULTILINE;
    return pattern_create(&rule->pattern, expression, strlen(expression), unit, normalization, options,
                          error);
}

/* Makes it without what makes it fast. */
static Rule *make(RuleKind kind, const char *expression, Unit unit, Normalization normalization,
                  Error *error) {
    Rule *rule = memory_allocate(1, sizeof *rule, "a rule", error);
    if (rule == NULL) {
        return NULL;
    }
    rule->kind = kind;
    bool done = rule_describe(kind, expression, &rule->label, error) &&
                (compile(rule, expression, unit, normalization, error) ||
                 error_prefix(error, "%s: ", rule->label.data));
    if (!done) {
        rule_free(rule);
        return NULL;
    }
    return rule;
}

Rule *rule_create(RuleKind kind, const char *expression, Unit unit, Normalization normalization,
                  Error *error) {
    Rule *rule = make(kind, expression, unit, normalization, error);
    if (rule != NULL && kind == RULE_REPLACE) {
        replacement_speed_up(rule->replacement);
    } else if (rule != NULL) {
        pattern_speed_up(&rule->pattern);
    }
    return rule;
}

bool rule_check(RuleKind kind, const char *expression, Unit unit, Normalization normalization, size_t *size,
                Error *error) {
    Rule *rule = make(kind, expression, unit, normalization, error);
    if (rule == NULL) {
        return false;
    }
    *size = kind == RULE_REPLACE ? replacement_size(rule->replacement) : pattern_size(&rule->pattern);
    rule_free(rule);
    return true;
}

void rule_free(Rule *rule) {
    if (rule == NULL) {
        return;
    }
    bytes_free(&rule->label);
    replacement_free(rule->replacement);
    pattern_free(&rule->pattern);
    free(rule);
}

RuleKind rule_kind(const Rule *rule) {
    return rule->kind;
}

/* --- applying --- */

/* The length of a line without what ends it. */
static size_t line_body(const char *line, size_t length) {
    length -= length > 0 && line[length - 1] == '\n';
    return length - (length > 0 && line[length - 1] == '\r');
}

/* Leaves in the text only the lines that match, or only the others. If matching is given up the text is of no use. */
static bool filter_lines(const Rule *rule, const Matching *matching, Bytes *text, size_t *matches,
                         Error *error) {
    bool keep = rule->kind == RULE_KEEP_LINES;
    size_t kept = 0;
    size_t next = 0;
    for (size_t start = 0; start < text->length; start = next) {
        const char *line = text->data + start;
        const char *newline = memchr(line, '\n', text->length - start);
        next = newline != NULL ? (size_t)(newline + 1 - text->data) : text->length;
        Found found;
        int outcome =
            pattern_find(&rule->pattern, matching, line, line_body(line, next - start), 0, &found, error);
        if (outcome < 0) {
            return false;
        }
        *matches += outcome > 0;
        if ((outcome > 0) == keep) {
            memmove(text->data + kept, line, next - start);
            kept += next - start;
        }
    }
    text->length = kept;
    text->data[kept] = '\0';
    return true;
}

/* Cuts off what stands before or behind the first match. */
static bool cut_off(const Rule *rule, const Matching *matching, Bytes *text, size_t *matches, Error *error) {
    Found found;
    int outcome = pattern_find(&rule->pattern, matching, text->data, text->length, 0, &found, error);
    if (outcome <= 0) {
        return outcome == 0;
    }
    *matches = 1;
    size_t start = rule->kind == RULE_FROM ? found.start : 0;
    text->length = (rule->kind == RULE_TO ? found.end : text->length) - start;
    memmove(text->data, text->data + start, text->length);
    text->data[text->length] = '\0';
    return true;
}

static bool apply_pattern(const Rule *rule, Bytes *text, size_t *matches, Error *error) {
    if (text->length == 0) {
        return true;
    }
    Matching matching;
    if (!matching_create(&rule->pattern, text->length, &matching, error)) {
        return false;
    }
    bool done = rule_kind_goes_by_lines(rule->kind) ? filter_lines(rule, &matching, text, matches, error)
                                                    : cut_off(rule, &matching, text, matches, error);
    matching_free(&matching);
    return done;
}

bool rule_apply(const Rule *rule, Bytes *text, size_t most, size_t *matches, Error *error) {
    *matches = 0;
    bool done = rule->kind == RULE_REPLACE ? replacement_apply(rule->replacement, text, most, matches, error)
                                           : apply_pattern(rule, text, matches, error);
    return done || error_prefix(error, "%s: ", rule->label.data);
}
