/* A folder of a test's own, for files that it makes. Whatever goes wrong in here ends the test program: a test
 * without its files says nothing. */
#ifndef LETRA_TESTS_SUPPORT_SCRATCH_H
#define LETRA_TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>

#include "base/bytes.h"

typedef struct Scratch {
    char *folder;
    char path[8][1024]; /* the last results of scratch_path */
    unsigned next;
} Scratch;

/* Makes the folder, under $TMPDIR or /tmp. */
Scratch *scratch_create(void);
/* Removes it with all that is in it. */
void scratch_remove(Scratch *scratch);

/* The path of a name in the folder. The result stands until eight more were asked for. */
char *scratch_path(Scratch *scratch, const char *name);
/* Writes a file into the folder; returns its path as above. */
char *scratch_write(Scratch *scratch, const char *name, const void *data, size_t length);
/* The same with a text that has no NUL in it. */
char *scratch_write_text(Scratch *scratch, const char *name, const char *text);
/* The whole of a file in the folder; freed with bytes_free. */
Bytes scratch_read(Scratch *scratch, const char *name);
/* So many bytes of all kinds, without a period that a block size has, for a file; freed by the caller. */
char *scratch_bytes(size_t length);
/* How many things are in the folder, hidden ones too. */
size_t scratch_count(Scratch *scratch);

#endif
