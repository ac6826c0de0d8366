/* Tests of src/text/vocab.c, unit.c and symbol.c: which vocabularies there can be, looking up, and how symbols are
 * shown. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/symbols.h"
#include "text/vocab.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void units_have_names(void **state) {
    (void)state;
    Unit unit = UNIT_BYTE;
    assert_string_equal(unit_name(UNIT_CHAR), "char");
    assert_string_equal(unit_name(UNIT_BYTE), "byte");
    assert_string_equal(unit_noun(UNIT_CHAR), "character");
    assert_string_equal(unit_noun(UNIT_BYTE), "byte");
    assert_true(unit_from_name("char", &unit));
    assert_int_equal(unit, UNIT_CHAR);
    assert_true(unit_from_name("grapheme", &unit));
    assert_int_equal(unit, UNIT_GRAPHEME);
    assert_string_equal(unit_noun(UNIT_GRAPHEME), "grapheme");
    assert_true(unit_from_name("byte", &unit));
    assert_int_equal(unit, UNIT_BYTE);
    static const char *const wrong[] = {"", "b", "bytes", "Char", "word"};
    for (size_t k = 0; k < COUNT_OF(wrong); k++) {
        assert_false(unit_from_name(wrong[k], &unit));
    }
    assert_int_equal(unit, UNIT_BYTE);
}

static void symbols_are_found_by_any_number(void **state) {
    (void)state;
    static const uint32_t symbols[] = {0,     '\n',   'a',    0x7F,   0x80,    0xFF,
                                       0x100, 0x6F22, 0xD7FF, 0xE000, 0x1F600, 0x10FFFF};
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1ULL << 40};
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, counts, COUNT_OF(symbols), NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_unit(vocab), UNIT_CHAR);
    assert_int_equal(vocab_size(vocab), COUNT_OF(symbols));
    uint32_t next = 0;
    for (uint32_t symbol = 0; symbol < 0x110000; symbol += symbol == 0xD7FF ? 0x801 : 1) {
        bool known = next < COUNT_OF(symbols) && symbols[next] == symbol;
        if (vocab_find_number(vocab, symbol) != (known ? next : VOCAB_UNKNOWN)) {
            fail_msg("U+%04X", (unsigned)symbol);
        }
        next += known;
    }
    for (uint32_t k = 0; k < COUNT_OF(symbols); k++) {
        assert_int_equal(vocab_number(vocab, k), symbols[k]);
        assert_true(vocab_count(vocab, k) == counts[k]);
    }
    vocab_free(vocab);
    vocab_free(NULL);
}

static void what_is_no_vocabulary_is_refused(void **state) {
    (void)state;
    static const struct {
        Unit unit;
        uint32_t symbols[3];
        size_t size;
        const char *message;
    } samples[] = {
        {UNIT_CHAR, {0}, 0, "the vocabulary is empty"},
        {UNIT_CHAR, {'b', 'a'}, 2, "symbol 1 of the vocabulary, 'a', does not come after the one before it"},
        {UNIT_CHAR, {'a', 'a'}, 2, "does not come after the one before it"},
        {UNIT_CHAR, {'a', 0xD800}, 2, "symbol 1 of the vocabulary is no Unicode character"},
        {UNIT_CHAR, {'a', 'b', 0xDFFF}, 3, "symbol 2 of the vocabulary is no Unicode character"},
        {UNIT_CHAR, {0x110000}, 1, "symbol 0 of the vocabulary is no Unicode character"},
        {UNIT_CHAR, {UINT32_MAX}, 1, "symbol 0 of the vocabulary is no Unicode character"},
        {UNIT_BYTE, {0, 256}, 2, "symbol 1 of the vocabulary is no byte"},
        {UNIT_BYTE, {5, 4}, 2, "does not come after"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Error error = {0};
        assert_null(
            vocab_create_from_numbers(samples[k].unit, samples[k].symbols, NULL, samples[k].size, &error));
        assert_contains(error.message, samples[k].message);
    }
}

static void counts_are_one_where_none_are_given(void **state) {
    (void)state;
    static const uint32_t symbols[] = {'a', 'b'};
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 2, NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_count(vocab, 0), 1);
    assert_int_equal(vocab_count(vocab, 1), 1);
    vocab_free(vocab);
}

static void a_set_becomes_a_vocabulary_in_order(void **state) {
    (void)state;
    static const char *const came[] = {"b", "a", "😀", "", "漢", "c"};
    static const uint64_t counts[] = {3, 1, 1, 7, 2, 1ULL << 40};
    static const uint32_t expected[] = {2, 1, 5, 0, 4, 3};
    SymbolSet *set = symbol_set_create(UNIT_CHAR, NULL);
    assert_non_null(set);
    for (uint32_t k = 0; k < COUNT_OF(came); k++) {
        uint32_t number = 77;
        Symbol symbol = {came[k], came[k][0] == '\0' ? 1 : strlen(came[k])}; /* "" is a NUL */
        assert_true(symbol_set_add(set, symbol, &number, NULL));
        assert_int_equal(number, k);
    }
    uint32_t order[COUNT_OF(came)];
    Vocab *vocab = vocab_create_from_set(set, counts, NULL, order, NULL);
    assert_non_null(vocab);
    assert_memory_equal(order, expected, sizeof expected);
    for (uint32_t k = 0; k < COUNT_OF(came); k++) {
        assert_true(vocab_count(vocab, order[k]) == counts[k]);
        assert_int_equal(symbol_compare(vocab_symbol(vocab, order[k]), symbol_set_at(set, k)), 0);
    }
    vocab_free(vocab);
    symbol_set_free(set);
    set = symbol_set_create(UNIT_CHAR, NULL);
    Error error = {0};
    assert_null(vocab_create_from_set(set, counts, NULL, order, &error));
    assert_contains(error.message, "the vocabulary is empty");
    symbol_set_free(set);
}

/* Every symbol there can be, at once: each page is used. */
static void whole_of_unicode_is_a_vocabulary(void **state) {
    (void)state;
    size_t size = 0x110000 - 0x800;
    uint32_t *symbols = malloc(size * sizeof *symbols);
    assert_non_null(symbols);
    for (uint32_t k = 0; k < size; k++) {
        symbols[k] = k < 0xD800 ? k : k + 0x800;
    }
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, size, NULL);
    assert_non_null(vocab);
    for (uint32_t k = 0; k < size; k++) {
        assert_int_equal(vocab_find_number(vocab, symbols[k]), k);
    }
    vocab_free(vocab);
    free(symbols);
}

static void vocabularies_are_compared(void **state) {
    (void)state;
    static const uint32_t symbols[] = {'a', 'b', 0xE9};
    Vocab *chars = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL);
    Vocab *bytes = vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 3, NULL);
    Vocab *fewer = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 2, NULL);
    Vocab *others = vocab_create_from_numbers(UNIT_CHAR, symbols + 1, NULL, 2, NULL);
    Vocab *graphemes = vocab_create_from_numbers(UNIT_GRAPHEME, symbols, NULL, 3, NULL);
    assert_true(vocab_equal(chars, chars));
    assert_false(vocab_equal(chars, bytes));
    assert_false(vocab_equal(chars, graphemes));
    assert_false(vocab_equal(chars, fewer));
    assert_false(vocab_equal(fewer, others));
    assert_memory_equal(vocab_symbol(bytes, 2).text, "\xE9", 1);
    assert_memory_equal(vocab_symbol(chars, 2).text, "\xC3\xA9", 2);
    vocab_free(chars);
    vocab_free(bytes);
    vocab_free(fewer);
    vocab_free(others);
    vocab_free(graphemes);
}

static void symbols_are_shown_so_that_they_can_be_told_apart(void **state) {
    (void)state;
    static const struct {
        Unit unit;
        uint32_t symbol;
        const char *shown;
    } samples[] = {
        {UNIT_CHAR, 'a', "'a'"},           {UNIT_CHAR, ' ', "' '"},        {UNIT_CHAR, '\n', "'\\n'"},
        {UNIT_CHAR, '\t', "'\\t'"},        {UNIT_CHAR, '\r', "'\\r'"},     {UNIT_CHAR, '\'', "'\\''"},
        {UNIT_CHAR, '\\', "'\\\\'"},       {UNIT_CHAR, '"', "'\"'"},       {UNIT_CHAR, 0, "U+0000"},
        {UNIT_CHAR, 0x1B, "U+001B"},       {UNIT_CHAR, 0x7F, "U+007F"},    {UNIT_CHAR, 0x85, "U+0085"},
        {UNIT_CHAR, 0xA0, "U+00A0"},                                      /* no-break space */
        {UNIT_CHAR, 0xAD, "U+00AD"},                                      /* soft hyphen */
        {UNIT_CHAR, 0xF1, "'ñ'"},          {UNIT_CHAR, 0x301, "U+0301"},  /* a mark */
        {UNIT_CHAR, 0x200D, "U+200D"},                                    /* joiner */
        {UNIT_CHAR, 0x202E, "U+202E"},                                    /* turns the direction of writing */
        {UNIT_CHAR, 0x2028, "U+2028"},                                    /* line separator */
        {UNIT_CHAR, 0x3000, "U+3000"},                                    /* wide space */
        {UNIT_CHAR, 0x6F22, "'漢'"},       {UNIT_CHAR, 0xE000, "U+E000"}, /* private */
        {UNIT_CHAR, 0xFEFF, "U+FEFF"},     {UNIT_CHAR, 0xFFFF, "U+FFFF"},  {UNIT_CHAR, 0x1F600, "'😀'"},
        {UNIT_CHAR, 0x10FFFF, "U+10FFFF"}, {UNIT_BYTE, 'a', "'a'"},        {UNIT_BYTE, '\n', "'\\n'"},
        {UNIT_BYTE, 0, "byte 0x00"},       {UNIT_BYTE, 0x80, "byte 0x80"}, {UNIT_BYTE, 0xF1, "byte 0xF1"},
        {UNIT_BYTE, 0xFF, "byte 0xFF"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Bytes out = {0};
        char text[4];
        Symbol symbol = samples[k].unit == UNIT_BYTE ? symbol_of_byte((unsigned char)samples[k].symbol)
                                                     : (Symbol){text, utf8_encode(samples[k].symbol, text)};
        assert_true(symbol_describe(samples[k].unit, symbol, &out, NULL));
        assert_string_equal(out.data, samples[k].shown);
        bytes_free(&out);
    }
}

/* Special symbols are found like others, and are no symbols of a text. */
static void special_symbols_are_members(void **state) {
    (void)state;
    for (int unit = 0; unit < UNITS; unit++) {
        const Symbol symbols[] = {symbol_border(), {"a", 1}, symbol_rare()};
        Vocab *vocab = vocab_create((Unit)unit, symbols, NULL, 3, NULL);
        assert_non_null(vocab);
        assert_int_equal(vocab_find(vocab, symbol_border()), 0);
        assert_int_equal(vocab_border(vocab), 0);
        assert_int_equal(vocab_find(vocab, symbol_rare()), 2);
        assert_int_equal(vocab_read(vocab, (Symbol){"a", 1}), 1);
        assert_int_equal(vocab_read(vocab, (Symbol){"b", 1}), 2);
        assert_int_equal(vocab_find(vocab, (Symbol){"b", 1}), VOCAB_UNKNOWN);
        for (uint32_t k = 0; k < 3; k++) {
            assert_int_equal(symbol_is_special(vocab_symbol(vocab, k)), k != 1);
            assert_int_equal(symbol_is_one((Unit)unit, vocab_symbol(vocab, k)), k == 1);
        }
        Bytes out = {0};
        assert_true(symbol_describe((Unit)unit, vocab_symbol(vocab, 0), &out, NULL));
        assert_true(symbol_describe_with_number((Unit)unit, vocab_symbol(vocab, 2), &out, NULL));
        assert_string_equal(out.data, "borderrare");
        Symbol written = symbol_written((Unit)unit, vocab_symbol(vocab, 2));
        assert_true(symbol_is_one((Unit)unit, written));
        bytes_free(&out);
        vocab_free(vocab);
    }
    const Symbol twice[] = {symbol_border(), symbol_border()};
    assert_null(vocab_create(UNIT_CHAR, twice, NULL, 2, NULL));
}

static void what_is_left_out_of_a_set_has_no_index(void **state) {
    (void)state;
    SymbolSet *set = symbol_set_create(UNIT_CHAR, NULL);
    uint32_t order[3];
    static const uint64_t counts[] = {7, 1, 9};
    static const bool left_out[] = {false, true, false};
    for (uint32_t k = 0; k < 3; k++) {
        uint32_t number = 0;
        assert_true(symbol_set_add(set, symbol_of_byte((unsigned char)('c' - k)), &number, NULL));
    }
    Vocab *vocab = vocab_create_from_set(set, counts, left_out, order, NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_size(vocab), 2);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], VOCAB_UNKNOWN);
    assert_int_equal(order[2], 0);
    assert_int_equal(vocab_count(vocab, 0), 9);
    vocab_free(vocab);
    symbol_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_have_names),
        cmocka_unit_test(symbols_are_found_by_any_number),
        cmocka_unit_test(what_is_no_vocabulary_is_refused),
        cmocka_unit_test(counts_are_one_where_none_are_given),
        cmocka_unit_test(a_set_becomes_a_vocabulary_in_order),
        cmocka_unit_test(whole_of_unicode_is_a_vocabulary),
        cmocka_unit_test(special_symbols_are_members),
        cmocka_unit_test(what_is_left_out_of_a_set_has_no_index),
        cmocka_unit_test(vocabularies_are_compared),
        cmocka_unit_test(symbols_are_shown_so_that_they_can_be_told_apart),
    };
    return cmocka_run_group_tests_name("vocab", tests, NULL, NULL);
}
