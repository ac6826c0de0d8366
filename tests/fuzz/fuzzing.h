/* What fuzzers share: an end for what must not be, files in memory, and a mutator that keeps a model file whole. */
#ifndef LETRA_TESTS_FUZZ_FUZZING_H
#define LETRA_TESTS_FUZZ_FUZZING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_most); /* libFuzzer's */

/* Ends the program with a word on what is not as it must be. (Not through stderr, which may be caught.) */
static inline void check(bool good, const char *what) {
    if (!good) {
        (void)dprintf(STDERR_FILENO, "not so: %s\n", what);
        abort();
    }
}

/* Whether a text has nothing in it that a terminal obeys but newlines and tabs. */
static inline bool is_harmless(const char *text, size_t length) {
    for (size_t k = 0; k < length; k++) {
        unsigned char byte = (unsigned char)text[k];
        bool control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
        unsigned char next = k + 1 < length ? (unsigned char)text[k + 1] : 0;
        bool control1 = byte == 0xC2 && next >= 0x80 && next < 0xA0; /* C1 */
        if (control || control1) {
            return false;
        }
    }
    return true;
}

enum { PATH_SIZE = 64 };

/* A file in memory, and the path under which it can be opened; to be closed. */
static inline int memory_file(const void *data, size_t size, char path[PATH_SIZE]) {
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    check(file >= 0 && write(file, data, size) == (ssize_t)size, "a file is made");
    (void)snprintf(path, PATH_SIZE, "/proc/self/fd/%d", file);
    return file;
}

/* --- what is said --- */

typedef struct Caught {
    FILE *real;
    char *text;
    size_t length;
} Caught;

/* From here on what is written to the stream is kept. */
static inline Caught *catch_stream(FILE **stream, Caught *caught) {
    *caught = (Caught){.real = *stream};
    *stream = open_memstream(&caught->text, &caught->length);
    check(*stream != NULL, "there is memory");
    return caught;
}

/* What was kept can be shown. */
static inline void release_stream(FILE **stream, Caught *caught, bool harmless) {
    check(fclose(*stream) == 0, "there is memory");
    *stream = caught->real;
    check(!harmless || is_harmless(caught->text, caught->length), "nothing is sent to the terminal");
    free(caught->text);
}

/* --- safetensors --- */

enum { LENGTH_SIZE = 8, HEADER_MOST = 1 << 20 };

static inline uint64_t header_length(const uint8_t *data) {
    uint64_t length = 0;
    for (size_t k = LENGTH_SIZE; k-- > 0;) {
        length = length << 8 | data[k];
    }
    return length;
}

/* Mutates the header alone, and says how long it is now. */
static inline size_t mutate_header(uint8_t *data, size_t size, size_t size_most, size_t length) {
    size_t rest = size - LENGTH_SIZE - length;
    uint8_t *tail = malloc(rest + 1);
    if (tail == NULL) {
        return size;
    }
    memcpy(tail, data + LENGTH_SIZE + length, rest);
    size_t mutated = LLVMFuzzerMutate(data + LENGTH_SIZE, length, size_most - LENGTH_SIZE - rest);
    memcpy(data + LENGTH_SIZE + mutated, tail, rest);
    free(tail);
    for (size_t k = 0; k < LENGTH_SIZE; k++) {
        data[k] = (uint8_t)((uint64_t)mutated >> 8 * k);
    }
    return LENGTH_SIZE + mutated + rest;
}

/* Mutations of the header would nearly all end at its length: three of four leave that right. */
static inline size_t mutate_safetensors(uint8_t *data, size_t size, size_t size_most, unsigned seed) {
    uint64_t length = size >= LENGTH_SIZE ? header_length(data) : 0;
    bool whole = length > 0 && length <= HEADER_MOST && length <= size - LENGTH_SIZE;
    return whole && seed % 4 != 0 ? mutate_header(data, size, size_most, (size_t)length)
                                  : LLVMFuzzerMutate(data, size, size_most);
}

#endif
