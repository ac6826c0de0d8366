/* Options as JSON: see options_json.h. */
#include "commands/options_json.h"

#include <stdio.h>
#include <string.h>

#include "commands/json.h"
#include "model/json_text.h"

static json_t *text_to_json(const char *text) {
    return text != NULL ? json_text_make(text, strlen(text)) : json_null();
}

static json_t *texts_to_json(const OptionTexts *texts) {
    json_t *array = json_array();
    for (size_t k = 0; array != NULL && k < texts->count; k++) {
        if (json_array_append_new(array, text_to_json(texts->items[k])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Whether a number is the one for which the option has a word. */
static bool is_word(const Option *option, double number) {
    return option->word != NULL && number == option->word_value;
}

static json_t *integer_to_json(const Option *option, uint64_t number) {
    return is_word(option, (double)number) ? json_string(option->word) : json_integer((json_int_t)number);
}

static json_t *real_to_json(const Option *option, double number) {
    return is_word(option, number) ? json_string(option->word) : json_number(number);
}

static json_t *value_to_json(const Option *option, const void *place) {
    switch (option->kind) {
    case OPTION_FLAG: return json_boolean(*(const bool *)place);
    case OPTION_TEXT: return text_to_json(*(const char *const *)place);
    case OPTION_TEXTS: return texts_to_json(place);
    case OPTION_INTEGER:
    case OPTION_SIZE: return integer_to_json(option, *(const uint64_t *)place);
    case OPTION_REAL:
    case OPTION_DURATION: return real_to_json(option, *(const double *)place);
    case OPTION_CHOICE: return json_string(option->choices(*(const size_t *)place));
    default: return NULL;
    }
}

static bool is_single_value(const Option *option) {
    return option->kind != OPTION_HEADING && option->kind != OPTION_CHOICES && option->kind != OPTION_PRESET;
}

json_t *options_to_json(const OptionTable *table, const void *values) {
    enum { NAME_SIZE = 64 };
    json_t *object = json_object();
    for (size_t k = 0; object != NULL && k < table->count; k++) {
        const Option *option = &table->rows[k];
        if (!is_single_value(option)) {
            continue;
        }
        char key[NAME_SIZE];
        snprintf(key, sizeof key, "%s", option->name);
        for (char *dash = strchr(key, '-'); dash != NULL; dash = strchr(dash, '-')) {
            *dash = '_';
        }
        json_t *value = value_to_json(option, (const char *)values + option->offset);
        if (json_object_set_new(object, key, value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}
