/* The values of options: from what a user wrote to what a command gets. */
#ifndef LETRA_COMMANDS_VALUES_H
#define LETRA_COMMANDS_VALUES_H

#include "commands/options.h"

/* Writes the value that `text` says (NULL for a flag) to the option's place in `values`. The message names
 * the option, quotes the text, and says what would be right. */
bool option_set(const Option *option, const char *text, void *values, Error *error);

/* How the option's range reads: "from 1 to 16384", "0 or more". */
enum { RANGE_SIZE = 96 };
const char *option_range(const Option *option, char out[RANGE_SIZE]);

#endif
