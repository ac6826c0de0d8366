/* The values of options: from what a user wrote to what a command gets. */
#ifndef LETRA_COMMANDS_VALUES_H
#define LETRA_COMMANDS_VALUES_H

#include "commands/options.h"

/* Writes the value that `text` says (NULL for a flag) to the option's place in `values`. The message names
 * the option, quotes the text, and says what would be right. */
bool values_set(const Option *option, const char *text, void *values, Error *error);

#endif
