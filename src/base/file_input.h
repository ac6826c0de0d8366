/* Files, and standard input, to read: whole or piece by piece. */
#ifndef LETRA_BASE_FILE_INPUT_H
#define LETRA_BASE_FILE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* What messages call a file to read: "standard input" for "-", the path itself for all others. */
const char *file_input_name(const char *path);

/* Appends the whole of `path` ("-": standard input) to `bytes`. Refuses a folder by name; pipes and devices are
 * read to their end. On failure `bytes` holds what it held. */
bool file_read(const char *path, Bytes *bytes, Error *error);

typedef struct FileInput {
    const char *path; /* borrowed */
    int descriptor;
    size_t size;   /* bytes that a regular file held from there on when it was opened; else 0 */
    size_t offset; /* bytes read */
} FileInput;

/* Opens `path` ("-": standard input). Refuses a folder by name. False and a message on failure: then there is nothing
 * to close. */
bool file_input_open(const char *path, FileInput *input, Error *error);

/* Reads up to `size` > 0 bytes; `*count` becomes how many there were, less only at the end of the file. */
bool file_input_read(FileInput *input, char *bytes, size_t size, size_t *count, Error *error);

/* Appends up to `most` bytes to `bytes`, less only at the end of the file. Room is taken at once where the size of the
 * file is known, else as they come. On failure `bytes` holds what it held. */
bool file_input_append(FileInput *input, size_t most, Bytes *bytes, Error *error);

/* Closes it, but not standard input. */
void file_input_close(FileInput *input);

#endif
