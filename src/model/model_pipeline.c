/* The pipeline as JSON, both ways. See model_metadata.h. */
#include <stdlib.h>
#include <string.h>

#include "base/shown.h"
#include "model/json_text.h"
#include "model/model_metadata.h"

/* --- writing --- */

/* An expression for bytes need not be UTF-8. */
static json_t *expression_to_json(const char *expression) {
    return json_text_make(expression, strlen(expression));
}

/* In order, each as an object of one key: [{"from": "^I"}, {"replace": "s/a/b/"}]. */
static json_t *rules_to_json(const Pipeline *pipeline) {
    json_t *rules = json_array();
    for (size_t k = 0; rules != NULL && k < pipeline->rule_count; k++) {
        const PipelineRule *rule = &pipeline->rules[k];
        json_t *object = json_pack("{s:o}", rule_kind_name(rule->kind), expression_to_json(rule->expression));
        if (json_array_append_new(rules, object) != 0) {
            json_decref(rules);
            return NULL;
        }
    }
    return rules;
}

json_t *metadata_pipeline_to_json(const Pipeline *pipeline) {
    json_t *join = pipeline->join != NULL ? expression_to_json(pipeline->join) : json_null();
    json_t *separator = pipeline->separator != NULL ? expression_to_json(pipeline->separator) : json_null();
    json_int_t min_count = pipeline->min_count < INT64_MAX ? (json_int_t)pipeline->min_count : INT64_MAX;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I}", "normalization",
                     normalization_name(pipeline->normalization), "newlines",
                     newlines_name(pipeline->unify_newlines), "case", letter_case_name(pipeline->letter_case),
                     "invalid", invalid_name(pipeline->invalid), "join", join, "rules",
                     rules_to_json(pipeline), "separator", separator, "min_count", min_count);
}

/* --- reading --- */

/* That an expression is wrong, which a stranger wrote, and which is in the message that says why. */
static bool refuse_expression(Error *why, Error *error) {
    char *place = strstr(why->message, "\n    "); /* the lines that point at it are for who wrote it */
    if (place != NULL) {
        *place = '\0';
    }
    char shown[ERROR_MESSAGE_SIZE / 2];
    return error_set(error, "does not compile: %s", shown_within(why->message, shown, sizeof shown));
}

static bool add_rule(Pipeline *pipeline, RuleKind kind, const json_t *value, Error *error) {
    Bytes expression = {0};
    bool done = json_text_read(value, &expression, error);
    if (done && (expression.length == 0 || strlen(expression.data) != expression.length)) {
        done = error_set(error, "is empty or holds a NUL");
    }
    Error why = {0};
    if (done && !pipeline_add_rule(pipeline, kind, expression.data, &why)) {
        done = refuse_expression(&why, error);
    }
    bytes_free(&expression);
    return done;
}

/* A rule: an object of one key, which is its kind. */
static bool read_rule(const json_t *object, Pipeline *pipeline, Error *error) {
    for (RuleKind kind = 0; json_object_size(object) == 1 && kind < RULE_KINDS; kind++) {
        const json_t *value = json_object_get(object, rule_kind_name(kind));
        if (value != NULL) {
            return add_rule(pipeline, kind, value, error);
        }
    }
    return error_set(error, "is nothing that this program knows");
}

static bool read_rules(const json_t *array, Pipeline *pipeline, Error *error) {
    if (array != NULL && !json_is_array(array)) {
        return error_set(error, "rules is no array");
    }
    for (size_t k = 0; k < json_array_size(array); k++) {
        if (!read_rule(json_array_get(array, k), pipeline, error)) {
            return error_prefix(error, "rule %zu ", k + 1);
        }
    }
    return true;
}

/* The first models had replacements alone. */
static bool read_replacements(const json_t *array, Pipeline *pipeline, Error *error) {
    if (array != NULL && !json_is_array(array)) {
        return error_set(error, "replacements is no array");
    }
    for (size_t k = 0; k < json_array_size(array); k++) {
        if (!add_rule(pipeline, RULE_REPLACE, json_array_get(array, k), error)) {
            return error_prefix(error, "replacement %zu ", k + 1);
        }
    }
    return true;
}

static const char *normalization_at(size_t index) {
    return normalization_name((Normalization)index);
}

static const char *newlines_at(size_t index) {
    return newlines_name(index == 1);
}

static const char *letter_case_at(size_t index) {
    return letter_case_name((LetterCase)index);
}

static const char *invalid_at(size_t index) {
    return invalid_name((Invalid)index);
}

/* The place of the name under `key` among `count` names; `*choice` stays as it is where there is no such key. */
static bool read_choice(const json_t *json, const char *key, const char *(*name_at)(size_t index),
                        size_t count, size_t *choice, Error *error) {
    const json_t *value = json_object_get(json, key);
    const char *name = json_string_value(value);
    for (size_t k = 0; name != NULL && k < count; k++) {
        if (strcmp(name, name_at(k)) == 0) {
            *choice = k;
            return true;
        }
    }
    return value == NULL || error_set(error, "%s is nothing that this program knows", key);
}

/* What is not there is as the first models had it. */
static bool read_forms(const json_t *json, Pipeline *pipeline, Error *error) {
    size_t normalization = NORMALIZATIONS;
    size_t newlines = 0;
    size_t letter_case = CASE_KEEP;
    size_t invalid = INVALID_ERROR;
    bool done = read_choice(json, "normalization", normalization_at, NORMALIZATIONS, &normalization, error) &&
                read_choice(json, "newlines", newlines_at, 2, &newlines, error) &&
                read_choice(json, "case", letter_case_at, LETTER_CASES, &letter_case, error) &&
                read_choice(json, "invalid", invalid_at, INVALIDS, &invalid, error);
    if (done && normalization == NORMALIZATIONS) {
        return error_set(error, "normalization is missing");
    }
    pipeline->normalization = (Normalization)normalization;
    pipeline->unify_newlines = newlines == 1;
    pipeline->letter_case = (LetterCase)letter_case;
    pipeline->invalid = (Invalid)invalid;
    return done;
}

/* Sets what a text under `key` says, if there is one. */
static bool read_text(const json_t *json, const char *key, bool (*set)(Pipeline *, const char *, Error *),
                      Pipeline *pipeline, Error *error) {
    const json_t *value = json_object_get(json, key);
    if (value == NULL || json_is_null(value)) {
        return true;
    }
    Bytes text = {0};
    bool done = bytes_append(&text, "", 0, error) && json_text_read(value, &text, error);
    if (done && strlen(text.data) != text.length) {
        done = error_set(error, "holds a NUL");
    }
    Error why = {0};
    if (done && !set(pipeline, text.data, &why)) {
        done = refuse_expression(&why, error);
    }
    bytes_free(&text);
    return done || error_prefix(error, "%s ", key);
}

static bool read_min_count(const json_t *value, Pipeline *pipeline, Error *error) {
    json_int_t count = value == NULL ? 0 : json_integer_value(value);
    pipeline->min_count = count > 0 ? (uint64_t)count : 0;
    return value == NULL || (json_is_integer(value) && count >= 0) ||
           error_set(error, "min_count is no integer from 0 up");
}

bool metadata_pipeline_from_json(const json_t *json, Pipeline *pipeline, Error *error) {
    return read_forms(json, pipeline, error) && read_text(json, "join", pipeline_set_join, pipeline, error) &&
           read_text(json, "separator", pipeline_set_separator, pipeline, error) &&
           read_min_count(json_object_get(json, "min_count"), pipeline, error) &&
           read_replacements(json_object_get(json, "replacements"), pipeline, error) &&
           read_rules(json_object_get(json, "rules"), pipeline, error);
}
