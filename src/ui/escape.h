/* Texts on one line: \n is a newline, \t a tab, and any other character behind a backslash itself. (A NUL is shown as
 * \0, and cannot be typed.) */
#ifndef LETRA_UI_ESCAPE_H
#define LETRA_UI_ESCAPE_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* Appends a text as it is typed on one line. */
bool escape_add(const char *text, size_t length, Bytes *out, Error *error);

/* Appends what a typed text means. */
bool escape_read(const char *text, Bytes *out, Error *error);

#endif
