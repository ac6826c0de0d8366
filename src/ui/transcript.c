/* Transcripts: see transcript.h. */
#include "ui/transcript.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/shown.h"
#include "model/cells.h"
#include "model/json_text.h"

static const char format_name[] = "letra transcript";

enum {
    FORMAT_VERSION = 1,
    WORD_DIGITS = 8,
    DIGEST_SIZE = 17,
    COIN_WORDS = 8,      /* 4 numbers of 64 bits */
    VALUES_MAX = 1 << 20 /* in a file */
};

void transcript_free(Transcript *transcript) {
    for (size_t k = 0; k < transcript->turn_count; k++) {
        bytes_free(&transcript->turns[k].prompt);
        bytes_free(&transcript->turns[k].answer);
    }
    free(transcript->turns);
    text_list_free(&transcript->settings);
    writer_state_free(&transcript->state);
    *transcript = (Transcript){.turn_count = 0};
}

uint64_t transcript_digest(const Model *model) {
    char cells[CELL_LIST_NAME_SIZE];
    const NetworkConfig *config = &model->network->config;
    const char *name = cell_list_name(&config->cells, cells);
    uint64_t digest = digest_add(DIGEST_START, name, strlen(name));
    for (uint32_t unit = 0; unit < vocab_size(model->vocab); unit++) {
        Symbol symbol = vocab_symbol(model->vocab, unit);
        digest = digest_add(digest_add(digest, symbol.text, symbol.length), "", 1);
    }
    return digest_add(digest, model->parameters, model->network->layout.total * sizeof *model->parameters);
}

/* --- rows of 32-bit words --- */

/* NULL without memory. */
static json_t *words_to_json(const void *words, size_t count) {
    Bytes digits = {0};
    bool done = bytes_reserve(&digits, count * WORD_DIGITS, NULL);
    for (size_t k = 0; done && k < count; k++) {
        uint32_t word = 0;
        memcpy(&word, (const char *)words + k * sizeof word, sizeof word);
        done = bytes_printf(&digits, NULL, "%08" PRIx32, word);
    }
    json_t *json = done ? json_stringn(digits.data, digits.length) : NULL;
    bytes_free(&digits);
    return json;
}

/* Reads into `words`, which has room for `most` of them, and gives their number. */
static bool words_from_json(const json_t *value, size_t most, void *words, size_t *count, Error *error) {
    const char *digits = json_string_value(value);
    *count = json_string_length(value) / WORD_DIGITS;
    if (digits == NULL || json_string_length(value) % WORD_DIGITS != 0 || *count > most) {
        return error_set(error, "is no text of at most %zu times %d digits", most, WORD_DIGITS);
    }
    for (size_t k = 0; k < *count; k++) {
        char shown[WORD_DIGITS + 1] = {0};
        memcpy(shown, digits + k * WORD_DIGITS, WORD_DIGITS);
        if (strspn(shown, "0123456789abcdef") != WORD_DIGITS) {
            return error_set(error, "has no hexadecimal digit at one of %zu to %zu", k * WORD_DIGITS,
                             (k + 1) * WORD_DIGITS - 1);
        }
        uint32_t word = (uint32_t)strtoul(shown, NULL, 16);
        memcpy((char *)words + k * sizeof word, &word, sizeof word);
    }
    return true;
}

/* --- writing --- */

static json_t *state_to_json(const WriterState *state) {
    uint32_t coins[COIN_WORDS];
    for (size_t k = 0; k < COIN_WORDS; k++) {
        coins[k] = (uint32_t)(state->coins.state[k / 2] >> (k % 2 == 0 ? 0 : 32));
    }
    RecentUnits recent = recent_last(&state->recent, RECENT_MAX);
    return json_pack("{s:o, s:o, s:o, s:I}", "numbers", words_to_json(state->session, state->size), "coins",
                     words_to_json(coins, COIN_WORDS), "recent", words_to_json(recent.units, recent.count),
                     "unstopped", (json_int_t)state->unstopped);
}

static json_t *text_to_json(const Bytes *text) {
    return json_text_make(text->length > 0 ? text->data : "", text->length);
}

static json_t *turn_to_json(const Turn *turn) {
    json_t *json =
        json_pack("{s:o, s:o}", "prompt", text_to_json(&turn->prompt), "answer", text_to_json(&turn->answer));
    if (json != NULL && turn->record_ended) {
        json_object_set_new(json, "record_ended", json_true());
    }
    return json;
}

static json_t *turns_to_json(const Turn *const *turns, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; array != NULL && k < count; k++) {
        if (json_array_append_new(array, turn_to_json(turns[k])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *settings_to_json(const TextList *settings) {
    json_t *array = json_array();
    for (size_t k = 0; array != NULL && k < settings->count; k++) {
        if (json_array_append_new(array, json_text_make(settings->items[k], strlen(settings->items[k]))) !=
            0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static const char *digest_text(uint64_t digest, char out[DIGEST_SIZE]) {
    snprintf(out, DIGEST_SIZE, "%016" PRIx64, digest);
    return out;
}

static json_t *model_to_json(const TranscriptModel *model) {
    char digest[DIGEST_SIZE];
    return json_pack("{s:o, s:s}", "file", json_text_make(model->file, strlen(model->file)), "digest",
                     digest_text(model->digest, digest));
}

/* Whether nothing but an older transcript would be lost: not a model, nor a text, by a slip. */
static bool check_replaceable(const char *path, Error *error) {
    char start[64] = {0}; /* where the format stands */
    size_t length = 0;
    FileInput file;
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
        return true;
    }
    if (!file_input_open(path, &file, error)) {
        return false;
    }
    bool read = file_input_read(&file, start, sizeof start - 1, &length, error);
    file_input_close(&file);
    return read && (strstr(start, format_name) != NULL ||
                    error_set(error, "%s is there and is no transcript; give another name", path));
}

bool transcript_write(const char *path, const TranscriptModel *model, const TextList *settings,
                      const Turn *const *turns, size_t turn_count, const WriterState *state, Error *error) {
    if (!check_replaceable(path, error)) {
        return false;
    }
    json_t *json =
        json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "format", format_name, "version", FORMAT_VERSION, "model",
                  model_to_json(model), "settings", settings_to_json(settings), "turns",
                  turns_to_json(turns, turn_count), "state", state_to_json(state));
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (text == NULL) {
        return error_set_memory(error, "the JSON could not be written");
    }
    FileReplacement *file = file_replacement_start(path, error);
    bool done = false;
    if (file != NULL) {
        file_replacement_write(file, text, strlen(text), NULL);
        file_replacement_write(file, "\n", 1, NULL);
        done = file_replacement_finish(file, error);
    }
    free(text);
    return done;
}

/* --- reading --- */

/* Whether it is a transcript of this version. */
static bool check_format(const json_t *json, Error *error) {
    const char *format = json_string_value(json_object_get(json, "format"));
    json_int_t version = json_integer_value(json_object_get(json, "version"));
    if (format == NULL || strcmp(format, format_name) != 0) {
        return error_set(error, "is no transcript; /save writes one");
    }
    return version == FORMAT_VERSION ||
           error_set(error, "is a transcript of version %lld; this program reads version %d",
                     (long long)version, FORMAT_VERSION);
}

static bool check_model(const json_t *json, const TranscriptModel *model, Error *error) {
    const json_t *there = json_object_get(json, "model");
    const char *digest = json_string_value(json_object_get(there, "digest"));
    const char *file = json_string_value(json_object_get(there, "file"));
    char expected[DIGEST_SIZE];
    char shown[SHOWN_SIZE];
    return (digest != NULL && strcmp(digest, digest_text(model->digest, expected)) == 0) ||
           error_set(error, "was made with another model, %s; /model goes over to it",
                     shown_text(file != NULL ? file : "which it does not name", shown));
}

static bool read_settings(const json_t *array, TextList *settings, Error *error) {
    bool done = json_is_array(array) || error_set(error, "is no array");
    for (size_t k = 0; done && k < json_array_size(array); k++) {
        Bytes line = {0};
        done = json_text_read(json_array_get(array, k), &line, error) && bytes_reserve(&line, 0, error) &&
               text_list_add(settings, line.data, error);
        bytes_free(&line);
    }
    return done || error_prefix(error, "is damaged: settings ");
}

static bool read_turns(const json_t *array, Transcript *transcript, Error *error) {
    size_t count = json_array_size(array);
    if (!json_is_array(array)) {
        return error_set(error, "is damaged: turns is no array");
    }
    transcript->turns = memory_allocate(count, sizeof *transcript->turns, "a transcript", error);
    bool done = transcript->turns != NULL;
    for (size_t k = 0; done && k < count; k++) {
        const json_t *turn = json_array_get(array, k);
        TranscriptTurn *to = &transcript->turns[k];
        transcript->turn_count = k + 1;
        to->record_ended = json_is_true(json_object_get(turn, "record_ended"));
        done = json_text_read(json_object_get(turn, "prompt"), &to->prompt, error) &&
               json_text_read(json_object_get(turn, "answer"), &to->answer, error);
        if (!done) {
            error_prefix(error, "is damaged: turn %zu ", k + 1);
        }
    }
    return done;
}

/* The carried state must be numbers; of the logits, which come last, any but NaN will do. */
static bool check_numbers(const WriterState *state, size_t vocab, Error *error) {
    for (size_t k = 0; k < state->size; k++) {
        bool logit = k + vocab >= state->size;
        if (logit ? isnan(state->session[k]) : !isfinite(state->session[k])) {
            return error_set(error, "number %zu is not finite", k);
        }
    }
    return true;
}

static bool read_numbers(const json_t *value, const TranscriptModel *model, WriterState *state,
                         Error *error) {
    size_t count = 0;
    state->size = model->state_size;
    state->session = memory_allocate(state->size, sizeof *state->session, "the state of a text", error);
    if (state->session == NULL || !words_from_json(value, state->size, state->session, &count, error)) {
        return false;
    }
    if (count != state->size) {
        return error_set(error, "has %zu numbers; the model has %zu", count, state->size);
    }
    return check_numbers(state, model->vocab_size, error);
}

static bool read_coins(const json_t *value, Random *coins, Error *error) {
    uint32_t words[COIN_WORDS] = {0};
    size_t count = 0;
    uint64_t any = 0;
    if (!words_from_json(value, COIN_WORDS, words, &count, error)) {
        return false;
    }
    for (size_t k = 0; k < COIN_WORDS; k += 2) {
        coins->state[k / 2] = words[k] | (uint64_t)words[k + 1] << 32;
        any |= coins->state[k / 2];
    }
    return (count == COIN_WORDS && any != 0) || error_set(error, "is no state of the generator");
}

static bool read_recent(const json_t *value, size_t vocab, Recent *recent, Error *error) {
    uint32_t units[RECENT_MAX];
    size_t count = 0;
    if (!words_from_json(value, RECENT_MAX, units, &count, error)) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        if (units[k] >= vocab) {
            return error_set(error, "has unit %" PRIu32 "; the model's vocabulary has %zu", units[k], vocab);
        }
    }
    recent_add(recent, units, count);
    return true;
}

static bool read_state(const json_t *json, const TranscriptModel *model, WriterState *state, Error *error) {
    const json_t *unstopped = json_object_get(json, "unstopped");
    if (!read_numbers(json_object_get(json, "numbers"), model, state, error)) {
        return error_prefix(error, "is damaged: state.numbers ");
    }
    if (!read_coins(json_object_get(json, "coins"), &state->coins, error)) {
        return error_prefix(error, "is damaged: state.coins ");
    }
    if (!read_recent(json_object_get(json, "recent"), model->vocab_size, &state->recent, error)) {
        return error_prefix(error, "is damaged: state.recent ");
    }
    if (!json_is_integer(unstopped) || json_integer_value(unstopped) < 0) {
        return error_set(error, "is damaged: state.unstopped is no number of units");
    }
    state->unstopped = (size_t)json_integer_value(unstopped);
    return true;
}

/* The file as JSON; a device or a pipe might never end. */
static json_t *read_json(const char *path, Error *error) {
    struct stat status;
    Bytes text = {0};
    json_t *json = NULL;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        error_set(error, "%s is no regular file", path);
        return NULL;
    }
    if (file_read(path, &text, error)) {
        json = json_text_parse(text.length > 0 ? text.data : "", text.length, VALUES_MAX, 0, error);
        if (json == NULL) {
            error_prefix(error, "%s is no transcript: ", path);
        }
    }
    bytes_free(&text);
    return json;
}

bool transcript_read(const char *path, const TranscriptModel *model, Transcript *transcript, Error *error) {
    *transcript = (Transcript){.turn_count = 0};
    json_t *json = read_json(path, error);
    if (json == NULL) {
        return false;
    }
    bool done = check_format(json, error) && check_model(json, model, error) &&
                read_settings(json_object_get(json, "settings"), &transcript->settings, error) &&
                read_turns(json_object_get(json, "turns"), transcript, error) &&
                read_state(json_object_get(json, "state"), model, &transcript->state, error);
    json_decref(json);
    if (!done) {
        transcript_free(transcript);
        error_prefix(error, "%s ", path);
    }
    return done;
}
