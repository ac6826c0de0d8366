/* The ends of lines, which systems write in three ways. */
#ifndef LETRA_TEXT_NEWLINES_H
#define LETRA_TEXT_NEWLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* Makes \r\n and \r to \n. Returns how many there were. */
size_t newlines_unify(Bytes *text);

/* "lf" where that is done, and "keep" */
const char *newlines_name(bool unify);

#endif
