/* A growing array of bytes: see bytes.h. */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool bytes_reserve(Bytes *bytes, size_t more, Error *error) {
    size_t needed = 0;
    if (__builtin_add_overflow(bytes->length, more, &needed) || needed >= PTRDIFF_MAX) {
        return error_set_memory(error, "a text of more than %zu bytes", (size_t)PTRDIFF_MAX);
    }
    needed += 1;
    if (needed <= bytes->capacity) {
        return true;
    }
    size_t capacity = bytes->capacity + bytes->capacity / 2;
    capacity = capacity < needed ? needed : capacity;
    char *data = memory_may_grow(capacity - bytes->capacity) ? realloc(bytes->data, capacity) : NULL;
    if (data == NULL) {
        return error_out_of_memory(error, capacity, "a text");
    }
    bytes->data = data;
    bytes->capacity = capacity;
    data[bytes->length] = '\0';
    return true;
}

bool bytes_append(Bytes *bytes, const void *data, size_t length, Error *error) {
    if (!bytes_reserve(bytes, length, error)) {
        return false;
    }
    if (length > 0) {
        memcpy(bytes->data + bytes->length, data, length);
    }
    bytes->length += length;
    bytes->data[bytes->length] = '\0';
    return true;
}

bool bytes_printf(Bytes *bytes, Error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return error_set(error, "a text could not be formatted");
    }
    if (!bytes_reserve(bytes, (size_t)length, error)) {
        return false;
    }
    va_start(arguments, format);
    vsnprintf(bytes->data + bytes->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    bytes->length += (size_t)length;
    return true;
}

void bytes_free(Bytes *bytes) {
    free(bytes->data);
    *bytes = (Bytes){0};
}
