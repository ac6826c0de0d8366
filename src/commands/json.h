/* JSON for results and logs, through jansson. */
#ifndef LETRA_COMMANDS_JSON_H
#define LETRA_COMMANDS_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "ui/output.h"

/* A number; null for what is not finite. */
json_t *json_number(double value);

/* Adds what `part` has to the object, and frees it. False without memory, also if either is NULL. */
bool json_merge(json_t *object, json_t *part);

/* Prints the object on standard output, indented, and frees it. NULL (no memory) is a failure. */
bool json_print(Output *output, json_t *object, Error *error);

/* The same on one line, which goes out at once. */
bool json_print_line(Output *output, json_t *object, Error *error);

#endif
