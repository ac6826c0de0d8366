/* The training history as JSON: one table says which fields there are, both ways. See model_metadata.h. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shown.h"
#include "model/model_metadata.h"

typedef enum FieldKind {
    FIELD_COUNT,    /* uint64_t: an integer; a string of digits where JSON libraries cannot hold it */
    FIELD_DIGEST,   /* uint64_t: a string of 16 hexadecimal digits */
    FIELD_NUMBER,   /* double: a number; null is NAN */
    FIELD_FRACTION, /* double: from 0 to 1; null is 0 */
    FIELD_TEXT,     /* char[HISTORY_TEXT_SIZE]: a string */
    FIELD_FLAG,     /* bool: true or false */
    FIELD_SWITCH,   /* double: 1 is true, all else false */
    FIELD_PRECISION /* Precision: its name */
} FieldKind;

typedef struct Field {
    const char *name;
    FieldKind kind;
    size_t offset; /* in TrainingHistory */
} Field;

enum { HISTORY_TEXT_SIZE = sizeof((TrainingHistory *)NULL)->optimizer };
_Static_assert(sizeof((TrainingHistory *)NULL)->schedule == HISTORY_TEXT_SIZE, "texts of one size");
_Static_assert(sizeof((TrainingHistory *)NULL)->preset == HISTORY_TEXT_SIZE, "texts of one size");

#define FIELD(kind, name)                                                                                    \
    { #name, kind, offsetof(TrainingHistory, name) }
#define METHOD(kind, name, member)                                                                           \
    { name, kind, offsetof(TrainingHistory, method.member) }
#define OPTIMIZER(kind, number) METHOD(kind, number##_NAME, numbers[number])

static const Field fields[] = {
    FIELD(FIELD_DIGEST, run),
    FIELD(FIELD_DIGEST, corpus_digest),
    FIELD(FIELD_COUNT, corpus_units),
    METHOD(FIELD_FRACTION, "val_fraction", val_fraction),
    METHOD(FIELD_FRACTION, "test_fraction", test_fraction),
    FIELD(FIELD_COUNT, chars_trained),
    FIELD(FIELD_COUNT, steps),
    FIELD(FIELD_NUMBER, epochs),
    FIELD(FIELD_NUMBER, seconds),
    FIELD(FIELD_NUMBER, best_val_loss),
    FIELD(FIELD_NUMBER, train_loss),
    FIELD(FIELD_TEXT, preset),
    FIELD(FIELD_TEXT, optimizer),
    OPTIMIZER(FIELD_NUMBER, OPTIMIZER_BETA1),
    OPTIMIZER(FIELD_NUMBER, OPTIMIZER_BETA2),
    OPTIMIZER(FIELD_NUMBER, OPTIMIZER_RHO),
    OPTIMIZER(FIELD_NUMBER, OPTIMIZER_EPSILON),
    OPTIMIZER(FIELD_NUMBER, OPTIMIZER_MOMENTUM),
    OPTIMIZER(FIELD_SWITCH, OPTIMIZER_NESTEROV),
    FIELD(FIELD_TEXT, schedule),
    METHOD(FIELD_NUMBER, "learning_rate", learning_rate),
    METHOD(FIELD_NUMBER, "init_range", init_range),
    METHOD(FIELD_NUMBER, "warmup", schedule_numbers.warmup),
    METHOD(FIELD_NUMBER, "lr_decay", schedule_numbers.decay),
    METHOD(FIELD_NUMBER, "lr_decay_every", schedule_numbers.every),
    METHOD(FIELD_NUMBER, "lr_decay_after", schedule_numbers.after),
    METHOD(FIELD_NUMBER, "clip", clip),
    METHOD(FIELD_NUMBER, "clip_value", clip_value),
    METHOD(FIELD_NUMBER, "dropout", dropout),
    METHOD(FIELD_NUMBER, "dropout_input", dropout_input),
    METHOD(FIELD_NUMBER, "dropout_output", dropout_output),
    METHOD(FIELD_FLAG, "variational", variational),
    METHOD(FIELD_NUMBER, "weight_drop", weight_drop),
    METHOD(FIELD_NUMBER, "weight_decay", weight_decay),
    METHOD(FIELD_NUMBER, "average", average),
    METHOD(FIELD_COUNT, "seq_length", seq_length),
    METHOD(FIELD_COUNT, "batch_size", batch_size),
    METHOD(FIELD_COUNT, "seed", seed),
    FIELD(FIELD_COUNT, rollbacks),
    FIELD(FIELD_FLAG, finished),
    FIELD(FIELD_PRECISION, training_precision),
    FIELD(FIELD_PRECISION, sampling_precision),
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* --- writing --- */

static json_t *count_to_json(uint64_t count) {
    return count <= INT64_MAX ? json_integer((json_int_t)count) : json_sprintf("%" PRIu64, count);
}

static json_t *field_to_json(const Field *field, const void *at) {
    switch (field->kind) {
    case FIELD_COUNT: return count_to_json(*(const uint64_t *)at);
    case FIELD_DIGEST: return json_sprintf("%016" PRIx64, *(const uint64_t *)at);
    case FIELD_NUMBER:
    case FIELD_FRACTION: return isfinite(*(const double *)at) ? json_real(*(const double *)at) : json_null();
    case FIELD_TEXT: return json_string(at);
    case FIELD_FLAG: return json_boolean(*(const bool *)at);
    case FIELD_SWITCH: return json_boolean(*(const double *)at > 0);
    case FIELD_PRECISION: return json_string(precision_name(*(const Precision *)at));
    }
    return NULL;
}

json_t *metadata_history_to_json(const TrainingHistory *history) {
    json_t *json = json_object();
    for (size_t k = 0; k < FIELDS; k++) {
        const char *at = (const char *)history + fields[k].offset;
        if (json_object_set_new(json, fields[k].name, field_to_json(&fields[k], at)) != 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

/* --- reading --- */

/* A string that is nothing but the digits of a number. */
static bool digits_from_json(const json_t *value, int base, uint64_t *number) {
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
    if (text == NULL || length == 0 || length > 20 || strspn(text, digits) != length) {
        return false;
    }
    errno = 0;
    *number = strtoull(text, NULL, base);
    return errno == 0;
}

static bool count_from_json(const json_t *value, uint64_t *count) {
    if (!json_is_integer(value)) {
        return digits_from_json(value, 10, count);
    }
    *count = (uint64_t)json_integer_value(value);
    return json_integer_value(value) >= 0;
}

static bool number_from_json(const json_t *value, double *number) {
    *number = json_is_null(value) ? (double)NAN : json_number_value(value);
    return json_is_number(value) || json_is_null(value);
}

static bool fraction_from_json(const json_t *value, double *fraction) {
    *fraction = json_number_value(value);
    return (json_is_number(value) || json_is_null(value)) && *fraction >= 0 && *fraction <= 1;
}

bool metadata_copy_text(const char *text, size_t length, char *out, size_t size) {
    char shown[SHOWN_SIZE];
    if (strlen(text) != length || length >= size || strcmp(shown_text(text, shown), text) != 0) {
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

static bool text_from_json(const json_t *value, char *out, size_t size) {
    const char *text = json_string_value(value);
    return text != NULL && metadata_copy_text(text, json_string_length(value), out, size);
}

static bool precision_from_json(const json_t *value, Precision *precision) {
    const char *text = json_string_value(value);
    for (size_t k = 0; text != NULL && k < PRECISIONS; k++) {
        const char *name = precision_name(k);
        if (json_string_length(value) == strlen(name) && strcmp(text, name) == 0) {
            *precision = (Precision)k;
            return true;
        }
    }
    return false;
}

static bool field_from_json(const Field *field, const json_t *value, void *at, Error *error) {
    switch (field->kind) {
    case FIELD_COUNT:
        return count_from_json(value, at) || error_set(error, "%s is no integer from 0 up", field->name);
    case FIELD_DIGEST:
        return digits_from_json(value, 16, at) ||
               error_set(error, "%s is no string of hexadecimal digits", field->name);
    case FIELD_NUMBER:
        return number_from_json(value, at) ||
               error_set(error, "%s is neither a number nor null", field->name);
    case FIELD_FRACTION:
        return fraction_from_json(value, at) || error_set(error, "%s is no number from 0 to 1", field->name);
    case FIELD_TEXT:
        return text_from_json(value, at, HISTORY_TEXT_SIZE) ||
               error_set(error, "%s is no string of less than %d printable bytes", field->name,
                         (int)HISTORY_TEXT_SIZE);
    case FIELD_FLAG:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value) || error_set(error, "%s is neither true nor false", field->name);
    case FIELD_SWITCH:
        *(double *)at = json_is_true(value) ? 1 : 0;
        return json_is_boolean(value) || error_set(error, "%s is neither true nor false", field->name);
    case FIELD_PRECISION:
        return precision_from_json(value, at) ||
               error_set(error, "%s is none of f32, bf16 and int8", field->name);
    }
    return false;
}

bool metadata_history_from_json(const json_t *json, TrainingHistory *history, Error *error) {
    for (size_t k = 0; k < FIELDS; k++) {
        const json_t *value = json_object_get(json, fields[k].name);
        char *at = (char *)history + fields[k].offset;
        if (value != NULL && !field_from_json(&fields[k], value, at, error)) {
            return false;
        }
    }
    return true;
}
