/* A symbol: what stands for one unit of a text, as bytes. Of valid text a code point or a grapheme is UTF-8; a byte is
 * itself. Two special ones are in no text: the border between records, which has no bytes, and the one that all symbols
 * become which are too rare. */
#ifndef LETRA_TEXT_SYMBOL_H
#define LETRA_TEXT_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/unit.h"

typedef struct Symbol {
    const char *text; /* borrowed */
    size_t length;    /* bytes; 0 of the border alone */
} Symbol;

Symbol symbol_border(void);
Symbol symbol_rare(void);
/* Whether it is one of these two. */
bool symbol_is_special(Symbol symbol);
/* What is written for it: U+FFFD (of bytes: ?) for the rare one, itself for the others. */
Symbol symbol_written(Unit unit, Symbol symbol);

/* Below 0, 0 or above, as `left` comes before, is or comes after `right`: byte by byte, which for UTF-8 is by code
 * point. */
int symbol_compare(Symbol left, Symbol right);

/* The symbol with which valid text (of a unit that is no byte: UTF-8) of `length` > 0 bytes begins. */
Symbol symbol_first(Unit unit, const char *text, size_t length);

/* A byte as a symbol that lives for ever. */
Symbol symbol_of_byte(unsigned char byte);

/* Whether it is white space: a space of any kind, a tab, the end of a line (U+0085, the next line, too). It is the
 * property White_Space of Unicode. */
bool symbol_is_space(Unit unit, Symbol symbol);

/* Whether the bytes are one symbol of the unit, and nothing more. False of a special one. */
bool symbol_is_one(Unit unit, Symbol symbol);

/* The symbol as a person reads it, on any terminal: what can be printed stands in quotes ('a', ' ', '漢'), the usual
 * controls, the quote and the backslash are escaped ('\n', '\t', '\\'), and what is a control character, a space other
 * than ' ', unassigned or without width is a number (U+00A0, U+200D; byte 0x80); "border", "rare". Appends to `out`. */
bool symbol_describe(Unit unit, Symbol symbol, Bytes *out, Error *error);

/* The same with its numbers where they are not all there is: 'é' (U+00E9). */
bool symbol_describe_with_number(Unit unit, Symbol symbol, Bytes *out, Error *error);

#endif
