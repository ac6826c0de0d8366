/* Tests of src/text/vocab.c: which vocabularies there can be, looking up, counting, and how symbols are shown. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
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
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, counts, COUNT_OF(symbols), NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_unit(vocab), UNIT_CHAR);
    assert_int_equal(vocab_size(vocab), COUNT_OF(symbols));
    uint32_t next = 0;
    for (uint32_t symbol = 0; symbol < 0x110400; symbol++) {
        bool known = next < COUNT_OF(symbols) && symbols[next] == symbol;
        if (vocab_find(vocab, symbol) != (known ? next : VOCAB_UNKNOWN)) {
            fail_msg("U+%04X", (unsigned)symbol);
        }
        next += known;
    }
    assert_int_equal(vocab_find(vocab, UINT32_MAX), VOCAB_UNKNOWN);
    assert_int_equal(vocab_find(vocab, 0x80000000), VOCAB_UNKNOWN);
    for (uint32_t k = 0; k < COUNT_OF(symbols); k++) {
        assert_int_equal(vocab_symbol(vocab, k), symbols[k]);
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
        {UNIT_CHAR, {'b', 'a'}, 2, "symbol 1 of the vocabulary (0x61) does not come after the one before it"},
        {UNIT_CHAR, {'a', 'a'}, 2, "does not come after the one before it"},
        {UNIT_CHAR, {'a', 0xD800}, 2, "symbol 1 of the vocabulary is 0xD800, which is no Unicode character"},
        {UNIT_CHAR, {'a', 'b', 0xDFFF}, 3, "is 0xDFFF"},
        {UNIT_CHAR, {0x110000}, 1, "symbol 0 of the vocabulary is 0x110000"},
        {UNIT_CHAR, {UINT32_MAX}, 1, "is 0xFFFFFFFF"},
        {UNIT_BYTE, {0, 256}, 2, "symbol 1 of the vocabulary is 256, which is no byte"},
        {UNIT_BYTE, {5, 4}, 2, "does not come after"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Error error = {0};
        assert_null(vocab_create(samples[k].unit, samples[k].symbols, NULL, samples[k].size, &error));
        assert_contains(error.message, samples[k].message);
    }
}

static void counts_are_one_where_none_are_given(void **state) {
    (void)state;
    static const uint32_t symbols[] = {'a', 'b'};
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, 2, NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_count(vocab, 0), 1);
    assert_int_equal(vocab_count(vocab, 1), 1);
    vocab_free(vocab);
}

static void text_is_counted(void **state) {
    (void)state;
    static const uint32_t text[] = {'b', 'a', 0x1F600, 'b', 0, 0x10FFFF, 'b', 0x6F22, 0x6F22};
    static const uint32_t symbols[] = {0, 'a', 'b', 0x6F22, 0x1F600, 0x10FFFF};
    static const uint64_t counts[] = {1, 1, 3, 2, 1, 1};
    Vocab *vocab = vocab_create_from_text(UNIT_CHAR, text, COUNT_OF(text), NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_size(vocab), COUNT_OF(symbols));
    for (uint32_t k = 0; k < COUNT_OF(symbols); k++) {
        assert_int_equal(vocab_symbol(vocab, k), symbols[k]);
        assert_true(vocab_count(vocab, k) == counts[k]);
    }
    vocab_free(vocab);
    Error error = {0};
    assert_null(vocab_create_from_text(UNIT_CHAR, text, 0, &error));
    assert_contains(error.message, "the vocabulary is empty");
}

static void text_is_encoded_in_place(void **state) {
    (void)state;
    static const uint32_t symbols[] = {'a', 'b', 0x6F22};
    uint32_t text[] = {'b', 'z', 0x6F22, 'a', 0x6F23, 0x110000, UINT32_MAX};
    static const uint32_t expected[] = {1, VOCAB_UNKNOWN, 2, 0, VOCAB_UNKNOWN, VOCAB_UNKNOWN, VOCAB_UNKNOWN};
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, COUNT_OF(symbols), NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_encode(vocab, text, COUNT_OF(text)), 4);
    assert_memory_equal(text, expected, sizeof expected);
    assert_int_equal(vocab_encode(vocab, text, 0), 0);
    vocab_free(vocab);
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
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, size, NULL);
    assert_non_null(vocab);
    assert_int_equal(vocab_encode(vocab, symbols, size), 0);
    for (uint32_t k = 0; k < size; k++) {
        assert_int_equal(symbols[k], k);
    }
    vocab_free(vocab);
    free(symbols);
}

static void units_become_bytes_again(void **state) {
    (void)state;
    static const uint32_t symbols[] = {0, 'a', 0xE9};
    char out[4];
    Vocab *chars = vocab_create(UNIT_CHAR, symbols, NULL, COUNT_OF(symbols), NULL);
    Vocab *bytes = vocab_create(UNIT_BYTE, symbols, NULL, COUNT_OF(symbols), NULL);
    assert_non_null(chars);
    assert_non_null(bytes);
    assert_int_equal(vocab_decode(chars, 0, out), 1);
    assert_int_equal(out[0], 0);
    assert_int_equal(vocab_decode(chars, 2, out), 2);
    assert_memory_equal(out, "\xC3\xA9", 2);
    assert_int_equal(vocab_decode(bytes, 2, out), 1);
    assert_memory_equal(out, "\xE9", 1);
    assert_int_equal(vocab_decode(bytes, 1, out), 1);
    assert_memory_equal(out, "a", 1);
    vocab_free(chars);
    vocab_free(bytes);
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
        assert_true(symbol_describe(samples[k].unit, samples[k].symbol, &out, NULL));
        assert_string_equal(out.data, samples[k].shown);
        bytes_free(&out);
    }
}

static void vocabularies_are_merged(void **state) {
    (void)state;
    static const uint32_t some[] = {'b', 'd', 0x6F22};
    static const uint64_t counts[] = {5, 6, 7};
    static const uint32_t others[] = {'a', 'b', 'e', 0x10FFFF};
    static const uint32_t all[] = {'a', 'b', 'd', 'e', 0x6F22, 0x10FFFF};
    static const uint64_t all_counts[] = {0, 5, 6, 0, 7, 0};
    Vocab *vocab = vocab_create(UNIT_CHAR, some, counts, 3, NULL);
    Vocab *other = vocab_create(UNIT_CHAR, others, NULL, 4, NULL);
    Vocab *merged = vocab_merge(vocab, other, NULL);
    assert_non_null(merged);
    assert_int_equal(vocab_size(merged), 6);
    for (uint32_t k = 0; k < 6; k++) {
        assert_int_equal(vocab_symbol(merged, k), all[k]);
        assert_int_equal(vocab_count(merged, k), all_counts[k]);
        assert_int_equal(vocab_find(merged, all[k]), k);
    }
    vocab_free(vocab);
    vocab_free(other);
    vocab_free(merged);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_have_names),
        cmocka_unit_test(symbols_are_found_by_any_number),
        cmocka_unit_test(what_is_no_vocabulary_is_refused),
        cmocka_unit_test(counts_are_one_where_none_are_given),
        cmocka_unit_test(text_is_counted),
        cmocka_unit_test(text_is_encoded_in_place),
        cmocka_unit_test(whole_of_unicode_is_a_vocabulary),
        cmocka_unit_test(vocabularies_are_merged),
        cmocka_unit_test(units_become_bytes_again),
        cmocka_unit_test(symbols_are_shown_so_that_they_can_be_told_apart),
    };
    return cmocka_run_group_tests_name("vocab", tests, NULL, NULL);
}
