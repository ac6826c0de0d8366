/* JSON from strangers: see json_text.h. */
#include "model/json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many values the text has at most: each comes first, or after one of these outside a string. */
static size_t count_values(const char *text, size_t length) {
    size_t count = 1;
    bool in_string = false;
    for (size_t k = 0; k < length; k++) {
        if (in_string && text[k] == '\\') {
            k++;
        } else if (text[k] == '"') {
            in_string = !in_string;
        } else if (!in_string) {
            count += text[k] == ',' || text[k] == ':' || text[k] == '[' || text[k] == '{';
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
        error_set(error, "no valid JSON at byte %zu: %s", offset + position, text_shown(problem.text, shown));
    }
    return json;
}

/* The control characters are C0, DEL and C1 (0xC2 0x80 to 0xC2 0x9F in UTF-8); the bytes they take, 0 for
 * others. */
static size_t control_length(const unsigned char *text, unsigned *code) {
    if (text[0] < 0x20 || text[0] == 0x7F) {
        *code = text[0];
        return 1;
    }
    if (text[0] == 0xC2 && text[1] >= 0x80 && text[1] < 0xA0) {
        *code = text[1];
        return 2;
    }
    return 0;
}

const char *text_show(const char *text, char *out, size_t size) {
    enum { ESCAPE = 6 };
    const size_t room = size - sizeof "...";
    const unsigned char *from = (const unsigned char *)text;
    size_t used = 0;
    while (*from != '\0') {
        unsigned code = 0;
        size_t length = control_length(from, &code);
        bool control = length > 0;
        while (!control && (length == 0 || (from[length] & 0xC0u) == 0x80u)) {
            length++;
        }
        size_t shown = control ? (size_t)ESCAPE : length;
        if (used + shown > room) {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (control) {
            snprintf(out + used, size - used, "\\u%04X", code);
        } else {
            memcpy(out + used, from, length);
        }
        used += shown;
        from += length;
    }
    out[used] = '\0';
    return out;
}

const char *text_shown(const char *text, char out[SHOWN_SIZE]) {
    return text_show(text, out, SHOWN_SIZE);
}
