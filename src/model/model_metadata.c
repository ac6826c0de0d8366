/* The metadata of a model file: see model_metadata.h. */
#include "model/model_metadata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/shown.h"
#include "model/cells.h"
#include "model/json_text.h"

#define FORMAT         "letra"
#define FORMAT_VERSION "1"

enum {
    VALUES_MAX = 4096,               /* in a text whose size does not follow from the vocabulary ... */
    PIPELINE_VALUES_MAX = 512 * 1024 /* ... and in the pipeline, whose rules have a limit of their own */
};

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

json_t *metadata_config_to_json(const NetworkConfig *config, Unit unit) {
    char cells[CELL_LIST_NAME_SIZE];
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:f, s:f, s:I}", "cell",
                     cell_list_name(&config->cells, cells), "layers", (json_int_t)config->layers, "hidden",
                     (json_int_t)config->hidden, "embed", (json_int_t)config->embed, "vocab",
                     (json_int_t)config->vocab, "unit", unit_name(unit), "forget_bias", config->forget_bias,
                     "zoneout", config->zoneout, "heads", (json_int_t)network_cell_sizes(config, 0).heads);
}

json_t *metadata_symbol_to_json(const Vocab *vocab, uint32_t index) {
    Symbol symbol = vocab_symbol(vocab, index);
    if (symbol_is_special(symbol)) {
        return symbol.length == 0 ? json_string("") : json_null();
    }
    if (vocab_unit(vocab) == UNIT_BYTE) {
        return json_integer((unsigned char)symbol.text[0]);
    }
    return json_stringn(symbol.text, symbol.length);
}

json_t *metadata_symbols_to_json(const Vocab *vocab) {
    json_t *symbols = json_array();
    for (uint32_t k = 0; symbols != NULL && k < vocab_size(vocab); k++) {
        if (json_array_append_new(symbols, metadata_symbol_to_json(vocab, k)) != 0) {
            json_decref(symbols);
            return NULL;
        }
    }
    return symbols;
}

json_t *metadata_counts_to_json(const Vocab *vocab) {
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

json_t *model_metadata_make(const Model *model, Error *error) {
    const NetworkConfig *config = &model->network->config;
    json_t *metadata = json_pack("{s:s, s:s, s:s}", "format", FORMAT, "format_version", FORMAT_VERSION,
                                 "version", model->history.version);
    if (metadata == NULL ||
        !set_text_of(metadata, "config", metadata_config_to_json(config, model->pipeline.unit)) ||
        !set_text_of(metadata, "vocab", metadata_symbols_to_json(model->vocab)) ||
        !set_text_of(metadata, "vocab_counts", metadata_counts_to_json(model->vocab)) ||
        !set_text_of(metadata, "pipeline", metadata_pipeline_to_json(&model->pipeline)) ||
        !set_text_of(metadata, "training", metadata_history_to_json(&model->history))) {
        json_decref(metadata);
        error_set_memory(error, "the model's metadata could not be made");
        return NULL;
    }
    return metadata;
}

/* --- reading --- */

static bool has_text(const Safetensors *file, const char *key) {
    size_t length = 0;
    return safetensors_metadata(file, key, &length) != NULL;
}

/* The text under `key`, which must be there. */
static const char *find_text(const Safetensors *file, const char *key, size_t *length, Error *error) {
    const char *text = safetensors_metadata(file, key, length);
    if (text == NULL) {
        error_set(error, "the metadata lack \"%s\"; the file is damaged or was not written by letra", key);
    }
    return text;
}

/* The JSON object under `key` with at most `values_max` values; the caller drops it. NULL and a message. */
static json_t *parse_object(const Safetensors *file, const char *key, size_t values_max, Error *error) {
    size_t length = 0;
    const char *text = find_text(file, key, &length, error);
    if (text == NULL) {
        return NULL;
    }
    json_t *json = json_text_parse(text, length, values_max, 0, error);
    if (json == NULL) {
        error_prefix(error, "the metadata's \"%s\": ", key);
    } else if (!json_is_object(json)) {
        error_set(error, "the metadata's \"%s\": no JSON object", key);
        json_decref(json);
        json = NULL;
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
            shown_text(version, shown));
    }
    return error_set(error,
                     "the metadata's \"format_version\" is %s; this program reads version " FORMAT_VERSION,
                     version == NULL ? "missing" : shown_text(version, shown));
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

static const char *unit_at(size_t index) {
    return unit_name((Unit)index);
}

static bool read_unit(const json_t *config, Unit *unit, Error *error) {
    const char *name = json_string_value(json_object_get(config, "unit"));
    if (name != NULL && unit_from_name(name, unit)) {
        return true;
    }
    error_set(error, "unit is none of:");
    return error_add_names(error, unit_at, UNITS);
}

/* A number that may be missing: then it is 0. */
static bool read_number(const json_t *config, const char *name, double *number, Error *error) {
    const json_t *value = json_object_get(config, name);
    *number = json_number_value(value);
    return value == NULL || json_is_number(value) || error_set(error, "%s is no number", name);
}

bool model_metadata_read_config(const Safetensors *file, NetworkConfig *config, Unit *unit, Error *error) {
    json_t *json = parse_object(file, "config", VALUES_MAX, error);
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

bool metadata_symbol_from_json(Unit unit, const json_t *value, Symbol *symbol) {
    if (unit == UNIT_BYTE) {
        json_int_t byte = json_is_integer(value) ? json_integer_value(value) : -1;
        *symbol = symbol_of_byte((unsigned char)byte);
        return byte >= 0 && byte <= 0xFF;
    }
    *symbol = (Symbol){json_string_value(value), json_string_length(value)};
    return symbol_is_one(unit, *symbol);
}

/* Whether an element of a vocabulary is a special symbol: "" is the border, null the rare one. */
static bool is_special(const json_t *value, Symbol *symbol) {
    bool border = json_is_string(value) && json_string_length(value) == 0;
    *symbol = border ? symbol_border() : symbol_rare();
    return border || json_is_null(value);
}

/* A vocabulary on its way from the metadata. */
typedef struct VocabReading {
    Unit unit;
    size_t size;
    Symbol *symbols;
    Bytes pool; /* their text; there is room for all */
    uint64_t *counts;
    int64_t sum; /* of the counts */
} VocabReading;

static bool take_symbol(void *context, size_t index, const json_t *value, Error *error) {
    static const char *const wanted[UNITS] = {"string of one character", "integer from 0 to 255",
                                              "string of one grapheme"};
    VocabReading *reading = context;
    Symbol symbol;
    if (index >= reading->size || is_special(value, &reading->symbols[index])) {
        return true; /* if there are too many, they are counted */
    }
    if (!metadata_symbol_from_json(reading->unit, value, &symbol)) {
        return error_set(error, "element %zu is no %s", index, wanted[reading->unit]);
    }
    reading->symbols[index] = (Symbol){reading->pool.data + reading->pool.length, symbol.length};
    return bytes_append(&reading->pool, symbol.text, symbol.length, error);
}

/* Counts are integers whose sum can be counted with. */
static bool take_count(void *context, size_t index, const json_t *value, Error *error) {
    VocabReading *reading = context;
    json_int_t count = json_integer_value(value);
    if (!json_is_integer(value) || count < 0 || __builtin_add_overflow(reading->sum, count, &reading->sum)) {
        return error_set(error, "element %zu is no integer from 0 up, or too large", index);
    }
    if (index < reading->size) {
        reading->counts[index] = (uint64_t)count;
    }
    return true;
}

/* Takes the elements of the array under `key`, of which there must be as many as symbols. */
static bool read_array(const Safetensors *file, const char *key, JsonTake take, VocabReading *reading,
                       Error *error) {
    size_t length = 0;
    size_t count = 0;
    const char *text = find_text(file, key, &length, error);
    if (text == NULL) {
        return false;
    }
    if (!json_text_each(text, length, take, reading, &count, error)) {
        return error_prefix(error, "the metadata's \"%s\": ", key);
    }
    return count == reading->size ||
           error_set(error, "the metadata's \"%s\" has %zu elements, but the configuration says vocab %zu",
                     key, count, reading->size);
}

/* The sum must not be 0, because first units are drawn by the counts. */
static bool read_counts(const Safetensors *file, VocabReading *reading, Error *error) {
    return read_array(file, "vocab_counts", take_count, reading, error) &&
           (reading->sum > 0 || error_set(error, "the metadata's \"vocab_counts\": all are 0"));
}

/* Makes room for as many symbols as the configuration says, and for their text, which is shorter than its JSON. */
static bool prepare_reading(const Safetensors *file, VocabReading *reading, Error *error) {
    size_t length = 0;
    (void)safetensors_metadata(file, "vocab", &length);
    reading->symbols = memory_allocate(reading->size, sizeof *reading->symbols, "the vocabulary", error);
    reading->counts =
        memory_allocate(reading->size, sizeof *reading->counts, "the vocabulary's counts", error);
    return reading->symbols != NULL && reading->counts != NULL &&
           bytes_reserve(&reading->pool, length, error);
}

Vocab *model_metadata_read_vocab(const Safetensors *file, Unit unit, size_t size, Error *error) {
    VocabReading reading = {.unit = unit, .size = size};
    bool counted = has_text(file, "vocab_counts");
    bool done = prepare_reading(file, &reading, error) &&
                read_array(file, "vocab", take_symbol, &reading, error) &&
                (!counted || read_counts(file, &reading, error));
    Vocab *vocab =
        done ? vocab_create(unit, reading.symbols, counted ? reading.counts : NULL, size, error) : NULL;
    free(reading.symbols);
    free(reading.counts);
    bytes_free(&reading.pool);
    return vocab;
}

/* --- the pipeline and the history --- */

bool model_metadata_read_pipeline(const Safetensors *file, Unit unit, Pipeline *pipeline, Error *error) {
    *pipeline = (Pipeline){.unit = unit};
    if (!has_text(file, "pipeline")) {
        return true;
    }
    json_t *json = parse_object(file, "pipeline", PIPELINE_VALUES_MAX, error);
    if (json == NULL) {
        return false;
    }
    bool done = metadata_pipeline_from_json(json, pipeline, error);
    json_decref(json);
    if (!done) {
        pipeline_free(pipeline);
        error_prefix(error, "the metadata's \"pipeline\": ");
    }
    return done;
}

bool model_metadata_read_history(const Safetensors *file, TrainingHistory *history, Error *error) {
    *history = training_history_unknown;
    size_t length = 0;
    const char *version = safetensors_metadata(file, "version", &length);
    if (version != NULL && !metadata_copy_text(version, length, history->version, sizeof history->version)) {
        return error_set(error, "the metadata's \"version\" is no string of less than %zu printable bytes",
                         sizeof history->version);
    }
    if (!has_text(file, "training")) {
        return true;
    }
    json_t *json = parse_object(file, "training", VALUES_MAX, error);
    if (json == NULL) {
        return false;
    }
    bool done = metadata_history_from_json(json, history, error);
    json_decref(json);
    return done || error_prefix(error, "the metadata's \"training\": ");
}
