/* Command lines that a person can copy into a shell. */
#ifndef LETRA_COMMANDS_SHELL_H
#define LETRA_COMMANDS_SHELL_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

/* Appends a word so that a shell reads it as it is. */
bool shell_quote(const char *word, Bytes *out, Error *error);

#endif
