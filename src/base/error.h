/* Errors are values.
 *
 * A function that can fail takes an `Error *` as its last argument and returns false (or NULL). The
 * message is complete: what went wrong, where (file, line, byte, option), and what to do about it, so that it
 * can be printed as it is. It has one line, without a final newline; that on a pattern (text/pattern.h) has two
 * more, which show the place in it. `error` may be NULL where the caller does not care for the words.
 */
#ifndef LETRA_BASE_ERROR_H
#define LETRA_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum { ERROR_MESSAGE_SIZE = 1024 };

typedef struct Error {
    char message[ERROR_MESSAGE_SIZE]; /* empty as long as nothing failed */
    bool memory;                      /* what failed is that memory was lacking */
} Error;

/* Writes the message (printf's format) and returns false, so that a caller can `return error_set(...)`. A
 * message that is too long is cut at a whole UTF-8 character. */
bool error_set(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts words before the message that is already there ("models/a.safetensors: " + "file is truncated").
 * Returns false. */
bool error_prefix(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts what may be there behind the message: a space and a name for each index below `count`. Returns false. */
bool error_add_names(Error *error, const char *(*name_at)(size_t index), size_t count);

/* The same as error_set where memory was lacking: "out of memory: " and the message. */
bool error_set_memory(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "out of memory: could not allocate N bytes for WHAT". Returns false. */
bool error_out_of_memory(Error *error, unsigned long long bytes, const char *what);

#endif
