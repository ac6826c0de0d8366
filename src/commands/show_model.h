/* A model described: as a table for a person, as JSON for a program. */
#ifndef LETRA_COMMANDS_SHOW_MODEL_H
#define LETRA_COMMANDS_SHOW_MODEL_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "model/model_file.h"
#include "ui/output.h"

/* Prints the table; `bytes` is the size of the file, 0 where it has none (a pipe). */
bool show_model_print(const Model *model, const char *path, uint64_t bytes, Output *output, Error *error);

/* The object, NULL without memory. What is not known is null. */
json_t *show_model_make_json(const Model *model, const char *path, uint64_t bytes);

#endif
