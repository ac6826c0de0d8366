/* Symbols as numbers, and stored units as arrays, for tests. */
#ifndef LETRA_TESTS_SUPPORT_SYMBOLS_H
#define LETRA_TESTS_SUPPORT_SYMBOLS_H

#include <stdlib.h>

#include "support/cmocka_all.h"
#include "text/unit_store.h"
#include "text/utf8.h"
#include "text/vocab.h"

/* vocab_create from code points, or bytes if that is the unit. */
Vocab *vocab_create_from_numbers(Unit unit, const uint32_t *numbers, const uint64_t *counts, size_t size,
                                 Error *error);
/* A store in memory of these units. */
UnitStore *unit_store_of(const uint32_t *units, size_t count, Error *error);

/* The code point, or byte if that is the unit, of a symbol that is one. */
static inline uint32_t symbol_number(Unit unit, Symbol symbol) {
    uint32_t number = (unsigned char)symbol.text[0];
    if (unit != UNIT_BYTE) {
        assert_int_equal(utf8_decode(symbol.text, symbol.length, &number), symbol.length);
    }
    return number;
}

/* The number of the symbol at an index. */
static inline uint32_t vocab_number(const Vocab *vocab, uint32_t index) {
    return symbol_number(vocab_unit(vocab), vocab_symbol(vocab, index));
}

/* The index of a code point or byte. */
static inline uint32_t vocab_find_number(const Vocab *vocab, uint32_t number) {
    char text[4] = {(char)(unsigned char)number};
    size_t length = vocab_unit(vocab) == UNIT_BYTE ? 1 : utf8_encode(number, text);
    return vocab_find(vocab, (Symbol){text, length});
}

/* All units of a store; the caller frees them. */
static inline uint32_t *stored_units(const UnitStore *store) {
    size_t count = unit_store_count(store);
    uint32_t *units = malloc((count + 1) * sizeof *units);
    assert_non_null(units);
    assert_true(unit_store_read(store, 0, count, units, NULL));
    return units;
}

#endif
