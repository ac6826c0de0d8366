/* Places in a text, and white space. */
#include "text/place.h"

#include <stdlib.h>
#include <string.h>

#include "support/symbols.h"

/* Fails unless unit k of the text stands in line lines[k], found from the beginning and gone to step by step. */
static void check_lines(Vocab *vocab, const uint32_t *units, const size_t *lines, size_t count) {
    Error error = {0};
    UnitStore *store = unit_store_of(units, count, &error);
    assert_non_null(store);
    Place walking;
    assert_true(place_find(&walking, vocab, store, 0, &error));
    for (size_t k = 0; k < count; k++) {
        Place found;
        assert_true(place_find(&found, vocab, store, k, &error));
        assert_int_equal(found.unit, k + 1);
        assert_int_equal(found.line, lines[k]);
        assert_int_equal(walking.unit, k + 1);
        assert_int_equal(walking.line, lines[k]);
        place_pass(&walking, units[k]);
    }
    unit_store_free(store);
}

static void a_newline_ends_its_line(void **state) {
    (void)state;
    const uint32_t symbols[] = {'\n', 'a'};
    const uint32_t text[] = {1, 0, 0, 1, 0};
    const size_t lines[] = {1, 1, 2, 3, 3};
    for (Unit unit = 0; unit < UNITS; unit++) {
        Vocab *vocab = vocab_create_from_numbers(unit, symbols, NULL, 2, NULL);
        check_lines(vocab, text, lines, 5);
        vocab_free(vocab);
    }
}

static void a_grapheme_may_end_in_a_newline(void **state) {
    (void)state;
    const Symbol symbols[] = {{"\r\n", 2}, {"a", 1}};
    const uint32_t text[] = {1, 0, 1};
    const size_t lines[] = {1, 1, 2};
    Vocab *vocab = vocab_create(UNIT_GRAPHEME, symbols, NULL, 2, NULL);
    assert_non_null(vocab);
    check_lines(vocab, text, lines, 3);
    vocab_free(vocab);
}

/* The first border begins the first record; newlines within records count for nothing. */
static void records_are_counted_by_their_borders(void **state) {
    (void)state;
    const Symbol symbols[] = {{"", 0}, {"\n", 1}, {"a", 1}};
    const uint32_t text[] = {0, 2, 1, 0, 2, 0};
    const size_t records[] = {1, 1, 1, 1, 2, 2};
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, 3, NULL);
    assert_non_null(vocab);
    check_lines(vocab, text, records, 6);
    assert_string_equal(place_noun(&(Place){.vocab = vocab}), "record");
    vocab_free(vocab);
}

/* Longer than what is read at once. */
static void a_long_text(void **state) {
    (void)state;
    enum { COUNT = 10000, EVERY = 10 };
    const uint32_t symbols[] = {'\n', 'a'};
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 2, NULL);
    uint32_t *text = malloc(COUNT * sizeof *text);
    assert_true(vocab != NULL && text != NULL);
    for (size_t k = 0; k < COUNT; k++) {
        text[k] = k % EVERY == 0 ? 0 : 1;
    }
    UnitStore *store = unit_store_of(text, COUNT, NULL);
    Place place;
    assert_true(place_find(&place, vocab, store, COUNT - 1, NULL));
    assert_int_equal(place.unit, COUNT);
    assert_int_equal(place.line, 1 + COUNT / EVERY);
    assert_string_equal(place_noun(&place), "line");
    unit_store_free(store);
    free(text);
    vocab_free(vocab);
}

static void white_space(void **state) {
    (void)state;
    static const char *const spaces[] = {
        " ",  "\n",       "\t",           "\r",           "\r\n",         "\v",
        "\f", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\x83", "\xE2\x80\xA8", "\xC2\x85"};
    static const char *const others[] = {"a",    ".",    "\xC3\xA9",     "\xE6\xBC\xA2",
                                         "\x01", "\x1B", "\xE2\x80\x8B", "\xC2\x84"};
    for (size_t k = 0; k < sizeof spaces / sizeof *spaces; k++) {
        assert_true(symbol_is_space(UNIT_GRAPHEME, (Symbol){spaces[k], strlen(spaces[k])}));
    }
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        assert_false(symbol_is_space(UNIT_GRAPHEME, (Symbol){others[k], strlen(others[k])}));
    }
    assert_true(symbol_is_space(UNIT_BYTE, (Symbol){" ", 1}));
    assert_true(symbol_is_space(UNIT_BYTE, (Symbol){"\n", 1}));
    assert_false(symbol_is_space(UNIT_BYTE, (Symbol){"\xA0", 1})); /* the rest of some character */
    assert_false(symbol_is_space(UNIT_BYTE, (Symbol){"\x85", 1}));
    assert_false(symbol_is_space(UNIT_CHAR, symbol_border()));
    assert_false(symbol_is_space(UNIT_CHAR, symbol_rare()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newline_ends_its_line),
        cmocka_unit_test(a_grapheme_may_end_in_a_newline),
        cmocka_unit_test(records_are_counted_by_their_borders),
        cmocka_unit_test(a_long_text),
        cmocka_unit_test(white_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
