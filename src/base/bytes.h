/* A growing array of bytes: text that is read, built or transformed. */
#ifndef LETRA_BASE_BYTES_H
#define LETRA_BASE_BYTES_H

#include <stddef.h>

#include "base/error.h"

typedef struct Bytes {
    char *data;      /* owned; after any successful call data[length] is NUL (not counted) */
    size_t length;   /* bytes in use; the text may hold NULs */
    size_t capacity; /* bytes allocated */
} Bytes;             /* {0} is empty and valid, with data NULL */

/* Makes room for `more` further bytes and the NUL. False without memory; what was there stays. */
bool bytes_reserve(Bytes *bytes, size_t more, Error *error);

/* Appends `length` bytes from `data`, which must not lie inside `bytes`. */
bool bytes_append(Bytes *bytes, const void *data, size_t length, Error *error);

/* Appends what printf would print. */
bool bytes_printf(Bytes *bytes, Error *error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Frees the memory and makes it {0}. */
void bytes_free(Bytes *bytes);

#endif
