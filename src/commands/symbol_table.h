/* Symbols with their counts, in columns. */
#ifndef LETRA_COMMANDS_SYMBOL_TABLE_H
#define LETRA_COMMANDS_SYMBOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/vocab.h"
#include "ui/output.h"

/* Prints `count` symbols of the vocabulary, of these indices (NULL: the first ones), in columns of equal width, as many
 * as the line holds. False and a message without memory. */
bool symbol_table_print(const Vocab *vocab, const uint32_t *indices, size_t count, Output *output,
                        Error *error);

#endif
