/* The vocabulary: the sorted set of the symbols of a text, each with its count.
 *
 * A symbol is a code point (`UNIT_CHAR`) or a byte (`UNIT_BYTE`); its index in the sorted order is what the
 * network sees. Looking up a symbol below 256 is one table access, any other two (a table of pages of 256 entries).
 */
#ifndef LETRA_TEXT_VOCAB_H
#define LETRA_TEXT_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

/* What one step of the network is. */
typedef enum Unit { UNIT_CHAR, UNIT_BYTE } Unit;

/* Its name in options and files: "char" or "byte". */
const char *unit_name(Unit unit);
/* What sentences call one of it: "character" or "byte". */
const char *unit_noun(Unit unit);
/* The unit of that name; false if there is none. */
bool unit_from_name(const char *name, Unit *unit);

typedef struct Vocab Vocab; /* immutable once made; freed with vocab_free */

#define VOCAB_UNKNOWN UINT32_MAX /* the index of a symbol that is not in it */

/* From `size` symbols in strictly ascending order and their counts (copied; counts may be NULL: all 1).
 * NULL and a message: not ascending, a surrogate or beyond 0x10FFFF, beyond 255 for bytes, size 0. */
Vocab *vocab_create(Unit unit, const uint32_t *symbols, const uint64_t *counts, size_t size, Error *error);
/* From a text: what occurs among `count` symbols, which must be valid ones, and how often. NULL and a message
 * without any, or without memory. */
Vocab *vocab_create_from_text(Unit unit, const uint32_t *symbols, size_t count, Error *error);
/* The symbols of both, which must be of the same unit, with the counts that `vocab` has: 0 for what only `other` knows.
 * NULL and a message without memory. */
Vocab *vocab_merge(const Vocab *vocab, const Vocab *other, Error *error);
/* Frees it; NULL does nothing. */
void vocab_free(Vocab *vocab);

Unit vocab_unit(const Vocab *vocab);
size_t vocab_size(const Vocab *vocab);
/* The symbol (code point or byte) at an index < vocab_size. */
uint32_t vocab_symbol(const Vocab *vocab, uint32_t index);
/* How often it occurred in the text that the vocabulary was made from. */
uint64_t vocab_count(const Vocab *vocab, uint32_t index);
/* The index of a symbol, VOCAB_UNKNOWN if it is not there. Any 32-bit value may be asked for. */
uint32_t vocab_find(const Vocab *vocab, uint32_t symbol);
/* Replaces each of `count` symbols by its index; returns how many of them are now VOCAB_UNKNOWN. */
size_t vocab_encode(const Vocab *vocab, uint32_t *symbols, size_t count);

/* The bytes of a unit: its UTF-8, or the byte itself. Writes at most 4 to `out` and returns how many. */
size_t vocab_decode(const Vocab *vocab, uint32_t index, char out[4]);

/* The symbol as a person reads it, on any terminal: what can be printed stands in quotes ('a', ' ', '漢'), the usual
 * controls, the quote and the backslash are escaped ('\n', '\t', '\\'), and what is a control character, a space other
 * than ' ', unassigned or without width is a number (U+00A0, U+200D; byte 0x80). Appends to `out`. */
bool symbol_describe(Unit unit, uint32_t symbol, Bytes *out, Error *error);

#endif
