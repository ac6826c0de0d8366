/* The right names to a wrong or unfinished one. */
#ifndef LETRA_UI_NEAREST_H
#define LETRA_UI_NEAREST_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* A name, by index; NULL after the last one. */
typedef const char *(*NameAt)(const void *context, size_t index);

/* The one of the names that `wrong` was probably meant to be; NULL if none is near. */
const char *nearest_name(const char *wrong, NameAt name_at, const void *context);

/* How many of the names begin so. They are listed in `list` ("--top-k, --top-p"), each behind `mark`; without memory
 * the list ends early and there is a message. */
size_t names_beginning(const char *beginning, const char *mark, NameAt name_at, const void *context,
                       Bytes *list, Error *error);

#endif
