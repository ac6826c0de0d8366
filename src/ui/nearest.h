/* The nearest right name to a wrong one. */
#ifndef LETRA_UI_NEAREST_H
#define LETRA_UI_NEAREST_H

#include <stddef.h>

/* How many insertions, deletions, replacements and swaps of neighbours lead from one name to the other
 * (Damerau 1964, each place touched once). Names longer than 63 bytes are as far as can be. */
size_t edit_distance(const char *a, const char *b);

/* A name, by index; NULL after the last one. */
typedef const char *(*NameAt)(const void *context, size_t index);

/* The one of the names that `wrong` was probably meant to be; NULL if none is near. */
const char *nearest_name(const char *wrong, NameAt name_at, const void *context);

#endif
