/* Errors as values: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8_byte.h"

/* Drops a UTF-8 character that was cut in the middle by the size of the buffer. */
static void drop_partial_character(char *text) {
    size_t length = strlen(text);
    if (length + 1 < ERROR_MESSAGE_SIZE) {
        return;
    }
    size_t start = length;
    while (start > 0 && utf8_byte_continues(text[start - 1])) {
        start--;
    }
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0u) {
        text[start - 1] = '\0';
    }
}

static void write_message(Error *error, const char *format, va_list arguments) {
    vsnprintf(error->message, sizeof error->message, format, arguments);
    drop_partial_character(error->message);
}

bool error_set(Error *error, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        write_message(error, format, arguments);
        va_end(arguments);
        error->memory = false;
    }
    return false;
}

bool error_prefix(Error *error, const char *format, ...) {
    if (error != NULL) {
        Error before = {0};
        Error after = *error;
        va_list arguments;
        va_start(arguments, format);
        write_message(&before, format, arguments);
        va_end(arguments);
        error_set(error, "%s%s", before.message, after.message);
        error->memory = after.memory;
    }
    return false;
}

bool error_add_names(Error *error, const char *(*name_at)(size_t index), size_t count) {
    for (size_t k = 0; error != NULL && k < count; k++) {
        Error before = *error;
        error_set(error, "%s %s", before.message, name_at(k));
        error->memory = before.memory;
    }
    return false;
}

bool error_set_memory(Error *error, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        write_message(error, format, arguments);
        va_end(arguments);
        error_prefix(error, "out of memory: ");
        error->memory = true;
    }
    return false;
}

bool error_out_of_memory(Error *error, unsigned long long bytes, const char *what) {
    return error_set_memory(error, "could not allocate %llu bytes for %s", bytes, what);
}
