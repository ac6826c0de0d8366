/* Errors as values: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8_byte.h"

/* What messages begin with, or hold, where memory was lacking. */
#define OUT_OF_MEMORY "out of memory"

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

bool error_set(Error *error, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        drop_partial_character(error->message);
    }
    return false;
}

bool error_prefix(Error *error, const char *format, ...) {
    if (error != NULL) {
        char before[ERROR_MESSAGE_SIZE];
        char after[ERROR_MESSAGE_SIZE];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(before, sizeof before, format, arguments);
        va_end(arguments);
        memcpy(after, error->message, sizeof after);
        error_set(error, "%s%s", before, after);
    }
    return false;
}

bool error_add_names(Error *error, const char *(*name_at)(size_t index), size_t count) {
    for (size_t k = 0; error != NULL && k < count; k++) {
        char before[ERROR_MESSAGE_SIZE];
        memcpy(before, error->message, sizeof before);
        error_set(error, "%s %s", before, name_at(k));
    }
    return false;
}

bool error_out_of_memory(Error *error, unsigned long long bytes, const char *what) {
    return error_set(error, OUT_OF_MEMORY ": could not allocate %llu bytes for %s", bytes, what);
}

bool error_is_memory(const Error *error) {
    static const char pcre2[] = "failed to allocate heap memory";
    return strstr(error->message, OUT_OF_MEMORY) != NULL || strstr(error->message, pcre2) != NULL;
}
