/* Where a model is going to be: chosen, checked and prepared before any work is done for it. */
#ifndef LETRA_COMMANDS_DESTINATION_H
#define LETRA_COMMANDS_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* What is wrong with the --output that was given (NULL: none was) for these texts, as a fault of the command
 * line; NULL: nothing is. */
const char *destination_fault(const char *output, char *const *texts, size_t text_count);

/* The path of the model into `path`: what was given, or models/NAME.safetensors after the first text. */
bool destination_path(const char *output, const char *text, Bytes *path, Error *error);
/* Whether its folder must be there already, or is: otherwise destination_prepare makes it. */
bool destination_has_folder(const char *output);
/* Makes the folder, if no output was given, and checks that a model can be written to the path. */
bool destination_prepare(const char *output, const char *path, Error *error);

/* A model that may be meant by a path where nothing is, with the ending or in the folder that models get, into `other`.
 * False if there is none either. */
bool destination_guess(const char *path, Bytes *other);

/* Refuses `path`, which `option` gave, if it is the same file as one of the texts. */
bool destination_is_not_input(const char *option, const char *path, char *const *texts, size_t text_count,
                              Error *error);

#endif
