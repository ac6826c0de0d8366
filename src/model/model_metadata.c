/* The metadata of a model file: see model_metadata.h. */
#include "model/model_metadata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/cells.h"
#include "model/json_text.h"
#include "text/utf8.h"

#define FORMAT         "letra"
#define FORMAT_VERSION "1"

enum { VALUES_MAX = 4096 }; /* in a text whose size does not follow from the vocabulary */

/* --- writing --- */

/* Puts a JSON value as a text under `key`; takes the value over. False without memory, also when the value is
 * NULL. */
static bool set_text_of(json_t *metadata, const char *key, json_t *value) {
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
    json_decref(value);
    bool done = text != NULL && json_object_set_new(metadata, key, json_string(text)) == 0;
    free(text);
    return done;
}

json_t *config_to_json(const NetworkConfig *config, Unit unit) {
    char cells[CELL_LIST_NAME_SIZE];
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:I}", "cell",
                     cell_list_name(&config->cells, cells), "layers", (json_int_t)config->layers, "hidden",
                     (json_int_t)config->hidden, "embed", (json_int_t)config->embed, "vocab",
                     (json_int_t)config->vocab, "unit", unit_name(unit), "forget_bias", config->forget_bias,
                     "zoneout", config->zoneout, "heads", (json_int_t)network_cell_sizes(config, 0).heads);
}

static json_t *symbol_to_json(const Vocab *vocab, uint32_t index) {
    Symbol symbol = vocab_symbol(vocab, index);
    if (symbol_is_special(symbol)) {
        return symbol.length == 0 ? json_string("") : json_null();
    }
    if (vocab_unit(vocab) == UNIT_BYTE) {
        return json_integer((unsigned char)symbol.text[0]);
    }
    return json_stringn(symbol.text, symbol.length);
}

json_t *symbols_to_json(const Vocab *vocab) {
    json_t *symbols = json_array();
    for (uint32_t k = 0; symbols != NULL && k < vocab_size(vocab); k++) {
        if (json_array_append_new(symbols, symbol_to_json(vocab, k)) != 0) {
            json_decref(symbols);
            return NULL;
        }
    }
    return symbols;
}

json_t *counts_to_json(const Vocab *vocab) {
    json_t *counts = json_array();
    for (uint32_t k = 0; counts != NULL && k < vocab_size(vocab); k++) {
        uint64_t count = vocab_count(vocab, k) < INT64_MAX ? vocab_count(vocab, k) : INT64_MAX;
        if (json_array_append_new(counts, json_integer((json_int_t)count)) != 0) {
            json_decref(counts);
            return NULL;
        }
    }
    return counts;
}

/* A string; an expression for bytes need not be UTF-8, and JSON can hold it only as an array of integers. */
static json_t *expression_to_json(const char *expression) {
    size_t length = strlen(expression);
    if (utf8_find_invalid(expression, length) == length) {
        return json_string(expression);
    }
    json_t *bytes = json_array();
    for (size_t k = 0; bytes != NULL && k < length; k++) {
        if (json_array_append_new(bytes, json_integer((unsigned char)expression[k])) != 0) {
            json_decref(bytes);
            return NULL;
        }
    }
    return bytes;
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

static const char *const case_names[LETTER_CASES] = {"keep", "fold", "lower"};
static const char *const invalid_names[INVALIDS] = {"error", "replace", "skip"};
static const char *const newlines_names[] = {"keep", "lf"};

json_t *pipeline_to_json(const Pipeline *pipeline) {
    json_t *join = pipeline->join != NULL ? expression_to_json(pipeline->join) : json_null();
    json_t *separator = pipeline->separator != NULL ? expression_to_json(pipeline->separator) : json_null();
    json_int_t min_count = pipeline->min_count < INT64_MAX ? (json_int_t)pipeline->min_count : INT64_MAX;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I}", "normalization",
                     normalization_name(pipeline->normalization), "newlines",
                     newlines_names[pipeline->unify_newlines], "case", case_names[pipeline->letter_case],
                     "invalid", invalid_names[pipeline->invalid], "join", join, "rules",
                     rules_to_json(pipeline), "separator", separator, "min_count", min_count);
}

json_t *model_metadata_make(const Model *model, Error *error) {
    const NetworkConfig *config = &model->network->config;
    json_t *metadata = json_pack("{s:s, s:s, s:s}", "format", FORMAT, "format_version", FORMAT_VERSION,
                                 "version", model->history.version);
    if (metadata == NULL || !set_text_of(metadata, "config", config_to_json(config, model->pipeline.unit)) ||
        !set_text_of(metadata, "vocab", symbols_to_json(model->vocab)) ||
        !set_text_of(metadata, "vocab_counts", counts_to_json(model->vocab)) ||
        !set_text_of(metadata, "pipeline", pipeline_to_json(&model->pipeline)) ||
        !set_text_of(metadata, "training", history_to_json(&model->history))) {
        json_decref(metadata);
        error_set(error, "out of memory: the model's metadata could not be made");
        return NULL;
    }
    return metadata;
}

/* --- reading --- */

static bool has_text(const Safetensors *file, const char *key) {
    size_t length = 0;
    return safetensors_metadata(file, key, &length) != NULL;
}

/* The JSON text under `key` with at most `values_max` values; the caller drops it. NULL and a message. */
static json_t *parse_text(const Safetensors *file, const char *key, size_t values_max, Error *error) {
    size_t length = 0;
    const char *text = safetensors_metadata(file, key, &length);
    if (text == NULL) {
        error_set(error, "the metadata lack \"%s\"; the file is damaged or was not written by letra", key);
        return NULL;
    }
    json_t *json = json_text_parse(text, length, values_max, 0, error);
    if (json == NULL) {
        error_prefix(error, "the metadata's \"%s\": ", key);
    }
    return json;
}

/* The same, which must be an object. */
static json_t *parse_object(const Safetensors *file, const char *key, Error *error) {
    json_t *json = parse_text(file, key, VALUES_MAX, error);
    if (json != NULL && !json_is_object(json)) {
        error_set(error, "the metadata's \"%s\": no JSON object", key);
        json_decref(json);
        return NULL;
    }
    return json;
}

bool model_metadata_check_format(const Safetensors *file, Error *error) {
    size_t length = 0;
    const char *format = safetensors_metadata(file, "format", &length);
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        return error_set(error,
                         "a safetensors file, but no letra model (its metadata lack \"format\": \"letra\"); "
                         "`letra import` brings a PyTorch state dict");
    }
    const char *version = safetensors_metadata(file, "format_version", &length);
    if (version != NULL && strcmp(version, FORMAT_VERSION) == 0) {
        return true;
    }
    char shown[SHOWN_SIZE];
    if (version != NULL && strspn(version, "0123456789") == length && version[0] >= '1' &&
        version[0] <= '9') {
        return error_set(
            error,
            "was written by a newer letra (format version %s); this program reads version " FORMAT_VERSION,
            text_shown(version, shown));
    }
    return error_set(error,
                     "the metadata's \"format_version\" is %s; this program reads version " FORMAT_VERSION,
                     version == NULL ? "missing" : text_shown(version, shown));
}

static bool read_size(const json_t *config, const char *key, size_t *size, Error *error) {
    const json_t *value = json_object_get(config, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return error_set(error, "%s is %s", key, value == NULL ? "missing" : "no integer from 0 up");
    }
    *size = (size_t)json_integer_value(value);
    return true;
}

static bool read_cells(const json_t *config, CellList *cells, Error *error) {
    const char *names = json_string_value(json_object_get(config, "cell"));
    return names != NULL ? cell_list_parse(names, cells, error) : error_set(error, "cell is no string");
}

/* Older files have none. */
static bool read_heads(const json_t *config, size_t *heads, Error *error) {
    *heads = 1;
    return json_object_get(config, "heads") == NULL || read_size(config, "heads", heads, error);
}

static bool read_unit(const json_t *config, Unit *unit, Error *error) {
    const char *name = json_string_value(json_object_get(config, "unit"));
    return (name != NULL && unit_from_name(name, unit)) ||
           error_set(error, "unit is neither \"char\" nor \"byte\"");
}

/* A number that may be missing: then it is 0. */
static bool read_number(const json_t *config, const char *name, double *number, Error *error) {
    const json_t *value = json_object_get(config, name);
    *number = json_number_value(value);
    return value == NULL || json_is_number(value) || error_set(error, "%s is no number", name);
}

bool model_metadata_read_config(const Safetensors *file, NetworkConfig *config, Unit *unit, Error *error) {
    json_t *json = parse_object(file, "config", error);
    if (json == NULL) {
        return false;
    }
    bool done =
        read_cells(json, &config->cells, error) && read_size(json, "layers", &config->layers, error) &&
        read_size(json, "hidden", &config->hidden, error) && read_heads(json, &config->heads, error) &&
        read_size(json, "embed", &config->embed, error) && read_size(json, "vocab", &config->vocab, error) &&
        read_unit(json, unit, error) && read_number(json, "forget_bias", &config->forget_bias, error) &&
        read_number(json, "zoneout", &config->zoneout, error);
    json_decref(json);
    return done || error_prefix(error, "the metadata's \"config\": ");
}

/* --- the vocabulary --- */

bool symbol_from_json(Unit unit, const json_t *value, Symbol *symbol) {
    if (unit == UNIT_BYTE) {
        json_int_t byte = json_is_integer(value) ? json_integer_value(value) : -1;
        *symbol = symbol_of_byte((unsigned char)byte);
        return byte >= 0 && byte <= 0xFF;
    }
    *symbol = (Symbol){json_string_value(value), json_string_length(value)};
    return symbol_is_one(unit, *symbol);
}

/* The array under `key`, which must have `size` elements. */
static json_t *parse_array(const Safetensors *file, const char *key, size_t size, Error *error) {
    json_t *array = parse_text(file, key, size + VALUES_MAX, error);
    if (array == NULL) {
        return NULL;
    }
    if (!json_is_array(array)) {
        error_set(error, "the metadata's \"%s\": no JSON array", key);
    } else if (json_array_size(array) != size) {
        error_set(error, "the metadata's \"%s\" has %zu elements, but the configuration says vocab %zu", key,
                  json_array_size(array), size);
    } else {
        return array;
    }
    json_decref(array);
    return NULL;
}

/* Whether an element of a vocabulary is a special symbol: "" is the border, null the rare one. */
static bool is_special(const json_t *value, Symbol *symbol) {
    bool border = json_is_string(value) && json_string_length(value) == 0;
    *symbol = border ? symbol_border() : symbol_rare();
    return border || json_is_null(value);
}

/* The symbols live as long as the array. */
static bool read_symbols(const json_t *array, Unit unit, Symbol *symbols, size_t size, Error *error) {
    static const char *const wanted[UNITS] = {"string of one character", "integer from 0 to 255",
                                              "string of one grapheme"};
    for (size_t k = 0; k < size; k++) {
        const json_t *value = json_array_get(array, k);
        if (!is_special(value, &symbols[k]) && !symbol_from_json(unit, value, &symbols[k])) {
            return error_set(error, "the metadata's \"vocab\": element %zu is no %s", k, wanted[unit]);
        }
    }
    return true;
}

/* Reads the counts: integers whose sum can be counted with, and is not 0, because first units are drawn by
 * them. */
static bool read_counts(const Safetensors *file, uint64_t *counts, size_t size, Error *error) {
    json_t *array = parse_array(file, "vocab_counts", size, error);
    bool done = array != NULL;
    int64_t sum = 0;
    for (size_t k = 0; done && k < size; k++) {
        const json_t *value = json_array_get(array, k);
        json_int_t count = json_integer_value(value);
        if (!json_is_integer(value) || count < 0 || __builtin_add_overflow(sum, count, &sum)) {
            done = error_set(error,
                             "the metadata's \"vocab_counts\": element %zu is no integer from 0 up, or too "
                             "large",
                             k);
        }
        counts[k] = (uint64_t)count;
    }
    json_decref(array);
    return done && (sum > 0 || error_set(error, "the metadata's \"vocab_counts\": all are 0"));
}

Vocab *model_metadata_read_vocab(const Safetensors *file, Unit unit, size_t size, Error *error) {
    bool counted = has_text(file, "vocab_counts");
    Symbol *symbols = memory_allocate(size, sizeof *symbols, "the vocabulary", error);
    uint64_t *counts = memory_allocate(size, sizeof *counts, "the vocabulary's counts", error);
    json_t *array = symbols != NULL && counts != NULL ? parse_array(file, "vocab", size, error) : NULL;
    Vocab *vocab = NULL;
    if (array != NULL && read_symbols(array, unit, symbols, size, error) &&
        (!counted || read_counts(file, counts, size, error))) {
        vocab = vocab_create(unit, symbols, counted ? counts : NULL, size, error);
    }
    json_decref(array);
    free(symbols);
    free(counts);
    return vocab;
}

/* --- the pipeline --- */

/* An expression from a string or from an array of bytes; NULs end neither. */
static bool expression_from_json(const json_t *value, Bytes *expression, Error *error) {
    if (json_is_string(value)) {
        return bytes_append(expression, json_string_value(value), json_string_length(value), error);
    }
    for (size_t k = 0; k < json_array_size(value); k++) {
        Symbol byte;
        if (!symbol_from_json(UNIT_BYTE, json_array_get(value, k), &byte)) {
            return error_set(error, "is neither a string nor an array of bytes");
        }
        if (!bytes_append(expression, byte.text, byte.length, error)) {
            return false;
        }
    }
    return json_is_array(value) || error_set(error, "is neither a string nor an array of bytes");
}

/* That an expression is wrong, which a stranger wrote, and which is in the message that says why. */
static bool refuse_expression(Error *why, Error *error) {
    char *place = strstr(why->message, "\n    "); /* the lines that point at it are for who wrote it */
    if (place != NULL) {
        *place = '\0';
    }
    char shown[ERROR_MESSAGE_SIZE / 2];
    return error_set(error, "does not compile: %s", text_show(why->message, shown, sizeof shown));
}

static bool add_rule(Pipeline *pipeline, RuleKind kind, const json_t *value, Error *error) {
    Bytes expression = {0};
    bool done = expression_from_json(value, &expression, error);
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

/* The place of the name under `key` among `count` names; `*choice` stays as it is where there is no such key. */
static bool read_choice(const json_t *json, const char *key, const char *const *names, size_t count,
                        size_t *choice, Error *error) {
    const json_t *value = json_object_get(json, key);
    const char *name = json_string_value(value);
    for (size_t k = 0; name != NULL && k < count; k++) {
        if (strcmp(name, names[k]) == 0) {
            *choice = k;
            return true;
        }
    }
    return value == NULL || error_set(error, "%s is nothing that this program knows", key);
}

/* What is not there is as the first models had it. */
static bool read_forms(const json_t *json, Pipeline *pipeline, Error *error) {
    const char *normalizations[NORMALIZATIONS];
    for (size_t k = 0; k < NORMALIZATIONS; k++) {
        normalizations[k] = normalization_name((Normalization)k);
    }
    size_t normalization = NORMALIZATIONS;
    size_t newlines = 0;
    size_t letter_case = CASE_KEEP;
    size_t invalid = INVALID_ERROR;
    bool done = read_choice(json, "normalization", normalizations, NORMALIZATIONS, &normalization, error) &&
                read_choice(json, "newlines", newlines_names, 2, &newlines, error) &&
                read_choice(json, "case", case_names, LETTER_CASES, &letter_case, error) &&
                read_choice(json, "invalid", invalid_names, INVALIDS, &invalid, error);
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
    bool done = bytes_append(&text, "", 0, error) && expression_from_json(value, &text, error);
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

bool model_metadata_read_pipeline(const Safetensors *file, Unit unit, Pipeline *pipeline, Error *error) {
    *pipeline = (Pipeline){.unit = unit};
    if (!has_text(file, "pipeline")) {
        return true;
    }
    json_t *json = parse_object(file, "pipeline", error);
    if (json == NULL) {
        return false;
    }
    bool done = read_forms(json, pipeline, error) &&
                read_text(json, "join", pipeline_set_join, pipeline, error) &&
                read_text(json, "separator", pipeline_set_separator, pipeline, error) &&
                read_min_count(json_object_get(json, "min_count"), pipeline, error) &&
                read_replacements(json_object_get(json, "replacements"), pipeline, error) &&
                read_rules(json_object_get(json, "rules"), pipeline, error);
    json_decref(json);
    if (!done) {
        pipeline_free(pipeline);
        error_prefix(error, "the metadata's \"pipeline\": ");
    }
    return done;
}

/* --- the history --- */

bool model_metadata_read_history(const Safetensors *file, TrainingHistory *history, Error *error) {
    *history = history_unknown;
    size_t length = 0;
    const char *version = safetensors_metadata(file, "version", &length);
    if (version != NULL && !short_text_copy(version, length, history->version, sizeof history->version)) {
        return error_set(error, "the metadata's \"version\" is no string of less than %zu printable bytes",
                         sizeof history->version);
    }
    if (!has_text(file, "training")) {
        return true;
    }
    json_t *json = parse_object(file, "training", error);
    if (json == NULL) {
        return false;
    }
    bool done = history_from_json(json, history, error);
    json_decref(json);
    return done || error_prefix(error, "the metadata's \"training\": ");
}
