/* Reads the numbers under tests/reference/: entries of a name, a count and so many numbers, after lines with # for
 * people. Paths are from the root of the repository, where tests are run. What goes wrong fails the test. */
#ifndef LETRA_TESTS_SUPPORT_REFERENCE_FILE_H
#define LETRA_TESTS_SUPPORT_REFERENCE_FILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ReferenceFile ReferenceFile;

ReferenceFile *reference_read(const char *path);
void reference_free(ReferenceFile *file);

/* The numbers of an entry, which must be there and have `count` of them. */
const double *reference_numbers(const ReferenceFile *file, const char *name, size_t count);

/* Whether there is such an entry. */
bool reference_has(const ReferenceFile *file, const char *name);

/* The number of an entry that has one. */
double reference_number(const ReferenceFile *file, const char *name);
size_t reference_size(const ReferenceFile *file, const char *name);

#endif
