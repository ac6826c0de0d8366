/* JSON from strangers: see json_text.h. */
#include "model/json_text.h"

#include <stdint.h>

#include "base/shown.h"
#include "text/utf8.h"

/* How many values the text has at most: each comes first, or after one of these outside a string. Arrays and objects
 * take several times the memory of others, and count for so many. */
static size_t count_values(const char *text, size_t length) {
    enum { CONTAINER = 4 };
    size_t count = 1;
    bool in_string = false;
    for (size_t k = 0; k < length; k++) {
        if (in_string && text[k] == '\\') {
            k++;
        } else if (text[k] == '"') {
            in_string = !in_string;
        } else if (!in_string) {
            bool container = text[k] == '[' || text[k] == '{';
            count += container ? CONTAINER : text[k] == ',' || text[k] == ':';
        }
    }
    return count;
}

json_t *json_text_parse(const char *text, size_t length, size_t values_max, size_t offset, Error *error) {
    if (count_values(text, length) > values_max) {
        error_set(error, "more than %zu values", values_max);
        return NULL;
    }
    json_error_t problem = {.position = 0};
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (json == NULL) {
        char shown[SHOWN_SIZE];
        size_t position = problem.position > 0 ? (size_t)problem.position : 0;
        error_set(error, "no valid JSON at byte %zu: %s", offset + position, shown_text(problem.text, shown));
    }
    return json;
}

/* --- arrays --- */

static bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

static size_t skip_space(const char *text, size_t length, size_t place) {
    while (place < length && is_space(text[place])) {
        place++;
    }
    return place;
}

/* Says what stands at a place where something else belongs. */
static bool refuse_place(const char *text, size_t length, size_t place, const char *wanted, Error *error) {
    char shown[SHOWN_SIZE];
    char there[2] = {place < length ? text[place] : '\0', '\0'};
    return place < length
               ? error_set(error, "no valid JSON at byte %zu: %s expected instead of '%s'", place, wanted,
                           shown_text(there, shown))
               : error_set(error, "no valid JSON at byte %zu: it ends, and %s is expected", place, wanted);
}

/* Hands out the element that begins at `*place`, which becomes where it ends. */
static bool take_element(const char *text, size_t length, size_t *place, size_t index, JsonTake take,
                         void *context, Error *error) {
    if (*place < length && (text[*place] == '[' || text[*place] == '{')) {
        return take(context, index, NULL, error) &&
               error_set(error, "element %zu is an array or object", index);
    }
    json_error_t problem = {.position = 0};
    json_t *element = json_loadb(text + *place, length - *place,
                                 JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &problem);
    size_t read = problem.position > 0 ? (size_t)problem.position : 0;
    if (element == NULL) {
        char shown[SHOWN_SIZE];
        return error_set(error, "no valid JSON at byte %zu: %s", *place + read,
                         shown_text(problem.text, shown));
    }
    *place += read;
    bool taken = take(context, index, element, error);
    json_decref(element);
    return taken;
}

bool json_text_each(const char *text, size_t length, JsonTake take, void *context, size_t *count,
                    Error *error) {
    size_t place = skip_space(text, length, 0);
    *count = 0;
    if (place == length || text[place] != '[') {
        return error_set(error, "no JSON array");
    }
    place = skip_space(text, length, place + 1);
    bool ended = place < length && text[place] == ']';
    while (!ended) {
        if (!take_element(text, length, &place, *count, take, context, error)) {
            return false;
        }
        ++*count;
        place = skip_space(text, length, place);
        ended = place < length && text[place] == ']';
        if (!ended && (place == length || text[place] != ',')) {
            return refuse_place(text, length, place, "',' or ']'", error);
        }
        place = ended ? place : skip_space(text, length, place + 1);
    }
    place = skip_space(text, length, place + 1);
    return place == length || refuse_place(text, length, place, "nothing more", error);
}

/* --- texts --- */

json_t *json_text_make(const char *text, size_t length) {
    if (utf8_find_invalid(text, length) == length) {
        return json_stringn(text, length);
    }
    json_t *bytes = json_array();
    for (size_t k = 0; bytes != NULL && k < length; k++) {
        if (json_array_append_new(bytes, json_integer((unsigned char)text[k])) != 0) {
            json_decref(bytes);
            return NULL;
        }
    }
    return bytes;
}

bool json_text_read(const json_t *value, Bytes *text, Error *error) {
    if (json_is_string(value)) {
        return bytes_append(text, json_string_value(value), json_string_length(value), error);
    }
    for (size_t k = 0; k < json_array_size(value); k++) {
        const json_t *number = json_array_get(value, k);
        json_int_t byte = json_integer_value(number);
        if (!json_is_integer(number) || byte < 0 || byte > UINT8_MAX) {
            return error_set(error, "is neither a string nor an array of bytes");
        }
        if (!bytes_append(text, &(char){(char)byte}, 1, error)) {
            return false;
        }
    }
    return json_is_array(value) || error_set(error, "is neither a string nor an array of bytes");
}
