/* Tests of src/text/symbol_set.c and symbol.c: where symbols end, and their numbers. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "text/symbol_set.h"
#include "text/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What a reader takes for one character, with the rule of UAX #29 that says so. */
static const char *const graphemes[] = {
    "a",
    "\r\n", /* GB3 */
    "\r",
    "\n",
    "e\u0301", /* GB9: marks */
    "e\u0301\u0323\u0308",
    "각", /* GB6-8: Hangul, whole and in parts */
    "\u1112\u1161\u11AB",
    "\U0001F1E9\U0001F1EA",                       /* GB12: flags are pairs */
    "\U0001F468\u200D\U0001F469\u200D\U0001F467", /* GB11: a family */
    "\U0001F44D\U0001F3FD",                       /* with a tone of skin */
    "\u2764\uFE0F",
    "नि", /* GB9a: a vowel's sign */
    "漢",
    "\u05D0\u05B8",
};

static void graphemes_are_found_whole(void **state) {
    (void)state;
    for (size_t k = 0; k < COUNT_OF(graphemes); k++) {
        size_t length = strlen(graphemes[k]);
        Symbol first = symbol_first(UNIT_GRAPHEME, graphemes[k], length);
        if (first.length != length) {
            fail_msg("\"%s\" was cut after %zu bytes", graphemes[k], first.length);
        }
        assert_true(symbol_is_one(UNIT_GRAPHEME, first));
        bool many = length > 4 || (length > 1 && (unsigned char)graphemes[k][0] < 0x80);
        assert_true(!many || !symbol_is_one(UNIT_CHAR, first));
    }
    static const char *const several[] = {"ab", "a\n", "\n\r", "\U0001F1E9\U0001F1EA\U0001F1E9", "漢字", ""};
    for (size_t k = 0; k < COUNT_OF(several); k++) {
        assert_false(symbol_is_one(UNIT_GRAPHEME, (Symbol){several[k], strlen(several[k])}));
    }
    assert_false(symbol_is_one(UNIT_GRAPHEME, (Symbol){"\xFF", 1}));
    assert_true(symbol_is_one(UNIT_BYTE, (Symbol){"\xFF", 1}));
}

/* A text of graphemes in any order, but none that would join with the one before it. */
static Bytes make_text(size_t count, uint64_t seed) {
    Bytes text = {0};
    size_t last = SIZE_MAX;
    for (size_t k = 0; k < count; k++) {
        size_t pick = (size_t)(random_at(seed, k) % COUNT_OF(graphemes));
        bool joins = last != SIZE_MAX && graphemes[last][0] == '\r' && graphemes[pick][0] == '\n';
        bool jamo = graphemes[pick][0] == '\xE1' || graphemes[pick][0] == '\xEA'; /* Hangul */
        if (joins ||
            (jamo && last != SIZE_MAX && (graphemes[last][0] == '\xE1' || graphemes[last][0] == '\xEA'))) {
            pick = 0;
        }
        assert_true(bytes_append(&text, graphemes[pick], strlen(graphemes[pick]), NULL));
        last = pick;
    }
    return text;
}

/* The numbers spell the text, each symbol has one number, and the set that did not grow knows the same. */
static void check_text(Unit unit, const Bytes *text) {
    SymbolSet *set = symbol_set_create(unit, NULL);
    uint32_t *numbers = malloc((text->length + 1) * sizeof *numbers);
    uint32_t *again = malloc((text->length + 1) * sizeof *again);
    assert_true(set != NULL && numbers != NULL && again != NULL);
    size_t count = 0;
    size_t position = 0;
    assert_true(symbol_set_encode_adding(set, text->data, text->length, numbers, &count, NULL));
    for (size_t k = 0; k < count; k++) {
        Symbol expected = symbol_first(unit, text->data + position, text->length - position);
        assert_in_range(numbers[k], 0, symbol_set_size(set) - 1);
        assert_int_equal(symbol_compare(symbol_set_at(set, numbers[k]), expected), 0);
        assert_int_equal(symbol_set_find(set, expected), numbers[k]);
        position += expected.length;
    }
    assert_int_equal(position, text->length);
    size_t count_again = 0;
    symbol_set_encode(set, text->data, text->length, again, &count_again);
    assert_int_equal(count_again, count);
    assert_memory_equal(again, numbers, count * sizeof *numbers);
    free(numbers);
    free(again);
    symbol_set_free(set);
}

static void texts_are_spelled(void **state) {
    (void)state;
    for (size_t length = 0; length < 40; length++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            Bytes text = make_text(length, seed * 1000 + length);
            for (int unit = 0; unit < UNITS && text.length > 0; unit++) {
                check_text((Unit)unit, &text);
            }
            bytes_free(&text);
        }
    }
}

/* Many long symbols: the table grows. */
static void thousands_of_graphemes_have_numbers(void **state) {
    (void)state;
    SymbolSet *set = symbol_set_create(UNIT_GRAPHEME, NULL);
    assert_non_null(set);
    for (int round = 0; round < 2; round++) {
        for (uint32_t k = 0; k < 5000; k++) {
            char text[16];
            size_t length = utf8_encode(0x4E00 + k / 50, text);
            length += utf8_encode(0x300 + k % 50, text + length);
            uint32_t number = 0;
            assert_true(symbol_set_add(set, (Symbol){text, length}, &number, NULL));
            assert_int_equal(number, k);
        }
        assert_int_equal(symbol_set_size(set), 5000);
    }
    assert_int_equal(symbol_set_find(set, (Symbol){"a\xCC\x81", 3}), SYMBOL_UNKNOWN);
    symbol_set_free(set);
    symbol_set_free(NULL);
}

static void what_is_unknown_is_said_where_it_is(void **state) {
    (void)state;
    SymbolSet *set = symbol_set_create(UNIT_CHAR, NULL);
    uint32_t numbers[16];
    size_t count = 0;
    assert_non_null(set);
    assert_true(symbol_set_encode_adding(set, "ba漢", 5, numbers, &count, NULL));
    symbol_set_encode(set, "xa漢字b\xC3\xA9", 10, numbers, &count);
    static const uint32_t expected[] = {SYMBOL_UNKNOWN, 1, 2, SYMBOL_UNKNOWN, 0, SYMBOL_UNKNOWN};
    assert_int_equal(count, COUNT_OF(expected));
    assert_memory_equal(numbers, expected, sizeof expected);
    symbol_set_free(set);
}

static void long_symbols_are_described(void **state) {
    (void)state;
    static const struct {
        const char *text, *shown, *numbered;
    } samples[] = {
        {"\r\n", "U+000D U+000A", "U+000D U+000A"},
        {"e\u0301", "'e\u0301'", "'e\u0301' (U+0065 U+0301)"},
        {"\U0001F1E9\U0001F1EA", "'\U0001F1E9\U0001F1EA'", "'\U0001F1E9\U0001F1EA' (U+1F1E9 U+1F1EA)"},
        {"\u0301\u0302", "U+0301 U+0302", "U+0301 U+0302"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Bytes out = {0};
        Symbol symbol = {samples[k].text, strlen(samples[k].text)};
        assert_true(symbol_describe(UNIT_GRAPHEME, symbol, &out, NULL));
        assert_string_equal(out.data, samples[k].shown);
        out.length = 0;
        assert_true(symbol_describe_with_number(UNIT_GRAPHEME, symbol, &out, NULL));
        assert_string_equal(out.data, samples[k].numbered);
        bytes_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphemes_are_found_whole),
        cmocka_unit_test(texts_are_spelled),
        cmocka_unit_test(thousands_of_graphemes_have_numbers),
        cmocka_unit_test(what_is_unknown_is_said_where_it_is),
        cmocka_unit_test(long_symbols_are_described),
    };
    return cmocka_run_group_tests_name("symbol_set", tests, NULL, NULL);
}
