/* The vocabulary: the sorted set of the symbols of a text, special ones (symbol.h) among them, each with its count. A
 * symbol's index in the sorted order is what the network sees.
 */
#ifndef LETRA_TEXT_VOCAB_H
#define LETRA_TEXT_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/symbol.h"
#include "text/symbol_set.h"

typedef struct Vocab Vocab; /* immutable once made; freed with vocab_free */

#define VOCAB_UNKNOWN SYMBOL_UNKNOWN /* the index of a symbol that is not in it */

/* From `size` symbols in strictly ascending order and their counts (copied; counts may be NULL: all 1).
 * NULL and a message: not ascending, no symbol of the unit, size 0. */
Vocab *vocab_create(Unit unit, const Symbol *symbols, const uint64_t *counts, size_t size, Error *error);
/* From a set, in any order, with the count of each, but for those that are left out (NULL: none); `order` (may be NULL;
 * room for as many) becomes the index of each, VOCAB_UNKNOWN of what is left out. NULL and a message if nothing is in
 * it, or without memory. */
Vocab *vocab_create_from_set(const SymbolSet *set, const uint64_t *counts, const bool *left_out,
                             uint32_t *order, Error *error);
/* Frees it; NULL does nothing. */
void vocab_free(Vocab *vocab);

Unit vocab_unit(const Vocab *vocab);
size_t vocab_size(const Vocab *vocab);
/* The symbol at an index < vocab_size. It lives as long as the vocabulary. */
Symbol vocab_symbol(const Vocab *vocab, uint32_t index);
/* How often it occurred in the text that the vocabulary was made from. */
uint64_t vocab_count(const Vocab *vocab, uint32_t index);
/* The index of a symbol, VOCAB_UNKNOWN if it is not there. */
uint32_t vocab_find(const Vocab *vocab, Symbol symbol);
/* The index of the border between records, VOCAB_UNKNOWN if there is none. */
uint32_t vocab_border(const Vocab *vocab);
/* The index that a symbol of a text is read as: its own, or that of the rare one if there is such; or VOCAB_UNKNOWN. */
uint32_t vocab_read(const Vocab *vocab, Symbol symbol);
/* Whether both have the same unit and symbols. */
bool vocab_equal(const Vocab *vocab, const Vocab *other);
/* Its symbols, numbered by their indices. */
const SymbolSet *vocab_set(const Vocab *vocab);

#endif
