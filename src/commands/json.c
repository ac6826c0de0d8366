/* JSON for results and logs: see json.h. */
#include "commands/json.h"

#include <math.h>
#include <stdlib.h>

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

bool json_merge(json_t *object, json_t *part) {
    bool done = object != NULL && part != NULL && json_object_update(object, part) == 0;
    json_decref(part);
    return done;
}

/* Control characters that jansson leaves as they are, U+007F to U+009F, are escaped too, for the text may come from
 * anyone and go to a terminal. They stand in strings alone. */
static void print_escaped(Output *output, const char *text) {
    size_t written = 0;
    size_t position = 0;
    while (text[position] != '\0') {
        unsigned char first = (unsigned char)text[position];
        unsigned char second = (unsigned char)text[position + 1];
        size_t length = first == 0xC2 && second < 0xA0 ? 2 : 1; /* U+0080 to U+009F begin with 0xC2 */
        if (length == 2 || first == 0x7F) {
            output_write(output, text + written, position - written);
            output_printf(output, "\\u%04X", (unsigned)text[position + length - 1] & 0xFFu);
            written = position + length;
        }
        position += length;
    }
    output_string(output, text + written);
    output_string(output, "\n");
}

/* Prints the object in jansson's format, and frees it. */
static bool print(Output *output, json_t *object, size_t format, Error *error) {
    char *text = object != NULL ? json_dumps(object, format) : NULL;
    json_decref(object);
    if (text == NULL) {
        return error_set_memory(error, "the JSON could not be written");
    }
    print_escaped(output, text);
    free(text);
    return true;
}

bool json_print(Output *output, json_t *object, Error *error) {
    return print(output, object, JSON_INDENT(2) | JSON_REAL_PRECISION(12), error);
}

bool json_print_line(Output *output, json_t *object, Error *error) {
    bool done = print(output, object, JSON_COMPACT | JSON_REAL_PRECISION(8), error);
    output_flush(output);
    return done;
}
