/* A growing set of symbols, numbered in the order in which they came.
 *
 * Symbols of one code point, or byte, are found by pages of 256 entries:
 *
 *     code point 0x6F22 ── page_of[0x6F] ──> page 3 ── entry 0x22 ──> number
 *
 * Page 0 is always that of 0 to 255, so these need no look at page_of; page 1 is all unknown, and stands for every page
 * in which no symbol is. Longer symbols, graphemes of several code points, are found by a hash table.
 */
#ifndef LETRA_TEXT_SYMBOL_SET_H
#define LETRA_TEXT_SYMBOL_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/symbol.h"

typedef struct SymbolSet SymbolSet;

#define SYMBOL_UNKNOWN UINT32_MAX /* the number of what is not in the set */

/* An empty set. NULL and a message without memory. */
SymbolSet *symbol_set_create(Unit unit, Error *error);
/* Frees it; NULL does nothing. */
void symbol_set_free(SymbolSet *set);

Unit symbol_set_unit(const SymbolSet *set);
size_t symbol_set_size(const SymbolSet *set);
/* The symbol of a number below the size; it stays where it is until the next one is added. */
Symbol symbol_set_at(const SymbolSet *set, uint32_t number);
/* The number of a symbol. */
uint32_t symbol_set_find(const SymbolSet *set, Symbol symbol);
/* The number of a symbol that may be new, into `*number`. False and a message without memory. */
bool symbol_set_add(SymbolSet *set, Symbol symbol, uint32_t *number, Error *error);

/* Turns a text that holds whole symbols (valid, if the unit is no byte) into their numbers: `numbers` has room for one
 * for each byte, `*count` is how many they are. What is not in the set is SYMBOL_UNKNOWN ... */
void symbol_set_encode(const SymbolSet *set, const char *text, size_t length, uint32_t *numbers,
                       size_t *count);
/* ... or is added. False and a message without memory. */
bool symbol_set_encode_adding(SymbolSet *set, const char *text, size_t length, uint32_t *numbers,
                              size_t *count, Error *error);

#endif
