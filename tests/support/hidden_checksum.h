/* A model file without its checksum, to be damaged where something else than the checksum is to find it. */
#ifndef LETRA_TESTS_SUPPORT_HIDDEN_CHECKSUM_H
#define LETRA_TESTS_SUPPORT_HIDDEN_CHECKSUM_H

#include <stddef.h>
#include <string.h>

#include "support/cmocka_all.h"

/* Gives the key of the checksum in the bytes of a file a name that nobody asks for. */
static inline void hide_checksum(char *bytes, size_t length) {
    static const char key[] = "\"checksum\":";
    size_t at = 0;
    while (at + sizeof key < length && memcmp(bytes + at, key, sizeof key - 1) != 0) {
        at++;
    }
    assert_true(at + sizeof key < length);
    bytes[at + 1] = 'C';
}

#endif
