/* Symbols: see symbol.h. */
#include "text/symbol.h"

#include <string.h>
#include <utf8proc.h>

#include "text/category.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

int symbol_compare(Symbol left, Symbol right) {
    int order = memcmp(left.text, right.text, left.length < right.length ? left.length : right.length);
    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

Symbol symbol_of_byte(unsigned char byte) {
#define FOUR(first)       (first), (first) + 1, (first) + 2, (first) + 3
#define SIXTEEN(first)    FOUR(first), FOUR((first) + 4), FOUR((first) + 8), FOUR((first) + 12)
#define SIXTY_FOUR(first) SIXTEEN(first), SIXTEEN((first) + 16), SIXTEEN((first) + 32), SIXTEEN((first) + 48)
    static const unsigned char bytes[] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192)};
    return (Symbol){(const char *)&bytes[byte], 1};
}

/* --- special symbols --- */

/* Bytes that are no UTF-8, and more than one. */
static const char rare_bytes[] = "\xFF\xFF";

Symbol symbol_border(void) {
    return (Symbol){"", 0};
}

Symbol symbol_rare(void) {
    return (Symbol){rare_bytes, sizeof rare_bytes - 1};
}

static bool is_rare(Symbol symbol) {
    return symbol.length == sizeof rare_bytes - 1 && symbol.text[0] == rare_bytes[0] &&
           symbol.text[1] == rare_bytes[1];
}

bool symbol_is_special(Symbol symbol) {
    return symbol.length == 0 || is_rare(symbol);
}

Symbol symbol_written(Unit unit, Symbol symbol) {
    static const char replacement[] = "\xEF\xBF\xBD";
    if (!is_rare(symbol)) {
        return symbol;
    }
    return unit == UNIT_BYTE ? (Symbol){"?", 1} : (Symbol){replacement, sizeof replacement - 1};
}

/* --- where a symbol ends --- */

/* The length of the grapheme with which the valid text begins. */
static size_t grapheme_length(const char *text, size_t length) {
    uint32_t before = 0;
    size_t end = decode_valid(text, &before);
    utf8proc_int32_t state = 0;
    while (end < length) {
        uint32_t next = 0;
        size_t taken = decode_valid(text + end, &next);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)next, &state)) {
            break;
        }
        before = next;
        end += taken;
    }
    return end;
}

Symbol symbol_first(Unit unit, const char *text, size_t length) {
    uint32_t code_point = 0;
    switch (unit) {
    case UNIT_CHAR: return (Symbol){text, decode_valid(text, &code_point)};
    case UNIT_GRAPHEME: return (Symbol){text, grapheme_length(text, length)};
    default: return (Symbol){text, 1};
    }
}

bool symbol_is_one(Unit unit, Symbol symbol) {
    return symbol.length > 0 &&
           (unit == UNIT_BYTE || utf8_find_invalid(symbol.text, symbol.length) == symbol.length) &&
           symbol_first(unit, symbol.text, symbol.length).length == symbol.length;
}

bool symbol_is_space(Unit unit, Symbol symbol) {
    uint32_t code_point = (unsigned char)(symbol.length > 0 ? symbol.text[0] : 'x');
    if (unit != UNIT_BYTE && !symbol_is_special(symbol)) {
        decode_valid(symbol.text, &code_point);
    } else if (code_point >= 0x80) {
        return false; /* no character by itself */
    }
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    default: return (code_point >= '\t' && code_point <= '\r') || code_point == 0x85;
    }
}

/* --- describing --- */

/* Whether a terminal shows it, alone, as something that a person can tell apart. */
static bool is_printable(uint32_t code_point) {
    if (code_point < 0x80) {
        return code_point >= 0x20 && code_point < 0x7F;
    }
    size_t category = category_of(code_point);
    /* A mark would sit on the quote. */
    return !category_is_hidden(category) && !category_is_mark(category) &&
           utf8proc_charwidth((utf8proc_int32_t)code_point) > 0;
}

/* "U+1F1E9 U+1F1EA" */
static bool append_numbers(Symbol symbol, Bytes *out, Error *error) {
    bool done = true;
    for (size_t position = 0; done && position < symbol.length;) {
        uint32_t code_point = 0;
        const char *separator = position > 0 ? " " : "";
        position += decode_valid(symbol.text + position, &code_point);
        done = bytes_printf(out, error, "%sU+%04lX", separator, (unsigned long)code_point);
    }
    return done;
}

/* Appends the quoted symbol, if it can be printed; otherwise nothing, and `*quoted` is false. */
static bool append_quoted(Unit unit, Symbol symbol, bool *quoted, Bytes *out, Error *error) {
    static const char escaped[] = "\a\b\t\n\v\f\r'\\";
    static const char letters[] = "abtnvfr'\\";
    unsigned char first = (unsigned char)symbol.text[0];
    const char *escape = symbol.length == 1 && first > 0 && first < 0x80 ? strchr(escaped, (int)first) : NULL;
    *quoted = true;
    if (escape != NULL) {
        return bytes_printf(out, error, "'\\%c'", letters[escape - escaped]);
    }
    uint32_t code_point = first;
    if (unit != UNIT_BYTE) {
        decode_valid(symbol.text, &code_point);
    }
    *quoted = (unit != UNIT_BYTE || first < 0x80) && is_printable(code_point);
    return !*quoted ||
           (bytes_append(out, "'", 1, error) && bytes_append(out, symbol.text, symbol.length, error) &&
            bytes_append(out, "'", 1, error));
}

bool symbol_describe(Unit unit, Symbol symbol, Bytes *out, Error *error) {
    if (symbol_is_special(symbol)) {
        return bytes_printf(out, error, "%s", symbol.length == 0 ? "border" : "rare");
    }
    bool quoted = false;
    if (!append_quoted(unit, symbol, &quoted, out, error)) {
        return false;
    }
    if (quoted) {
        return true;
    }
    return unit == UNIT_BYTE
               ? bytes_printf(out, error, "byte 0x%02X", (unsigned)(unsigned char)symbol.text[0])
               : append_numbers(symbol, out, error);
}

bool symbol_describe_with_number(Unit unit, Symbol symbol, Bytes *out, Error *error) {
    size_t before = out->length;
    if (!symbol_describe(unit, symbol, out, error)) {
        return false;
    }
    if (out->data[before] != '\'') {
        return true;
    }
    if (unit == UNIT_BYTE) {
        return bytes_printf(out, error, " (0x%02X)", (unsigned)(unsigned char)symbol.text[0]);
    }
    return bytes_append(out, " (", 2, error) && append_numbers(symbol, out, error) &&
           bytes_append(out, ")", 1, error);
}
