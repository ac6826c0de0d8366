/* What a command was asked for, as JSON. */
#ifndef LETRA_COMMANDS_OPTIONS_JSON_H
#define LETRA_COMMANDS_OPTIONS_JSON_H

#include <jansson.h>

#include "commands/options.h"

/* The options of a table with the values that options_read filled: an object with a key for each, which is its name
 * with _ for -. A value is a boolean, a number (or the word that stands for one), a string, an array of strings, or
 * null where nothing was given; a text that is no UTF-8 is an array of bytes. Lists of choices and presets are left
 * out. NULL without memory. */
json_t *options_to_json(const OptionTable *table, const void *values);

#endif
