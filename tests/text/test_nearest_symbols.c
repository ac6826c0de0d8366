/* Tests of src/text/nearest_symbols.c: what unknown symbols become, worked out by hand from Unicode's tables. */
#include "text/nearest_symbols.h"

#include <string.h>

#include "support/cmocka_all.h"
#include "support/symbols.h"
#include "text/corpus_fixture.h"
#include "text/typed_text.h"

/* A vocabulary of the symbols of a text; those that come more often are the more frequent. */
static Vocab *vocab_of_text(Unit unit, const char *text) {
    enum { MOST = 64 };
    uint64_t symbol_counts[MOST] = {0};
    uint32_t numbers[MOST];
    size_t count = 0;
    SymbolSet *set = symbol_set_create(unit, NULL);
    assert_true(set != NULL && strlen(text) <= MOST);
    assert_true(symbol_set_encode_adding(set, text, strlen(text), numbers, &count, NULL));
    for (size_t k = 0; k < count; k++) {
        symbol_counts[numbers[k]]++;
    }
    Vocab *vocab = vocab_create_from_set(set, symbol_counts, NULL, NULL, NULL);
    assert_non_null(vocab);
    symbol_set_free(set);
    return vocab;
}

/* What a symbol becomes; "?" if nothing is near. */
static void check_nearest(Unit unit, const char *vocabulary, const char *symbol, const char *expected) {
    Vocab *vocab = vocab_of_text(unit, vocabulary);
    NearestSymbols *nearest = nearest_symbols_create(vocab, NULL);
    assert_non_null(nearest);
    bool found = false;
    Bytes out = {0};
    assert_true(bytes_append(&out, "", 0, NULL));
    assert_true(nearest_symbols_find(nearest, (Symbol){symbol, strlen(symbol)}, &out, &found, NULL));
    if (strcmp(found ? out.data : "?", expected) != 0 || (!found && out.length > 0)) {
        fail_msg("with '%s', %s became '%s' and not '%s'", vocabulary, symbol, found ? out.data : "?",
                 expected);
    }
    bytes_free(&out);
    nearest_symbols_free(nearest);
    vocab_free(vocab);
}

typedef struct Row {
    const char *vocabulary, *symbol, *expected;
} Row;

static void check_rows(Unit unit, const Row *rows, size_t count) {
    for (size_t k = 0; k < count; k++) {
        check_nearest(unit, rows[k].vocabulary, rows[k].symbol, rows[k].expected);
    }
}

static void letters_without_case_or_accents(void **state) {
    (void)state;
    static const Row rows[] = {
        {"Ee", "É", "E"},  {"e", "É", "e"},    {"é", "É", "é"},   {"eéÊ", "É", "Ê"}, /* keeps case */
        {"E", "e", "E"},   {"E", "é", "E"},    {"eêê", "é", "e"},                    /* the plain one */
        {"ê", "é", "ê"},   {"êëë", "é", "ë"},  {"êêë", "é", "ê"}, {"ñ", "n", "ñ"},
        {"ñnn", "Ñ", "ñ"}, {"Ññnn", "ǹ", "n"}, {"д", "Д", "д"},   {"Σσ", "ς", "σ"},
        {"ς", "Σ", "ς"},   {"αΑ", "Ά", "Α"},   {"и", "й", "и"},   {"ab", "é", "?"},
        {"ab", "漢", "?"}, {"か", "が", "か"}, {"A", "Ａ", "A"},  /* full width */ {"2", "²", "2"},
        {"a", "ª", "a"},
    };
    check_rows(UNIT_CHAR, rows, COUNT_OF(rows));
}

/* The dotless i is a letter of its own, whose capital is no other's; o with a stroke has no decomposition. */
static void letters_that_are_others_stay(void **state) {
    (void)state;
    static const Row rows[] = {
        {"iI", "ı", "?"}, {"ı", "i", "?"}, {"ı", "I", "?"}, {"iI", "İ", "I"}, {"ıi", "İ", "i"},
        {"o", "ø", "?"},  {"l", "ł", "?"}, {"d", "ð", "?"}, {" '", "´", "?"}, {" a", "¨", "?"},
    };
    check_rows(UNIT_CHAR, rows, COUNT_OF(rows));
}

static void quotes_dashes_and_spaces(void **state) {
    (void)state;
    static const Row rows[] = {
        {"'\"-", "’", "'"},   {"'\"-", "‘", "'"},
        {"'\"-", "‚", "'"},   {"'\"-", "“", "\""},
        {"'\"-", "”", "\""},  {"'\"-", "„", "\""},
        {"'\"-", "—", "-"},   {"'\"-", "–", "-"},
        {"-——", "‐", "-"},    /* the plain one, however rare */ {"-", "−", "-"},
        {"‘’’", "'", "’"},    {"“““”", "\"", "“"},
        {"–——", "-", "—"},    {" ", "\u00A0", " "},
        {" ", "\u2009", " "}, {" ", "\u3000", " "},
        {"a", "’", "?"},      {"'\"", "«", "?"},
    };
    check_rows(UNIT_CHAR, rows, COUNT_OF(rows));
}

static void several_and_none(void **state) {
    (void)state;
    static const Row rows[] = {
        {"fis", "ﬁ", "fi"},  {"FI", "ﬁ", "FI"},   {"f", "ﬁ", "?"},      {"s", "ß", "ss"},
        {"ßs", "ẞ", "ß"},    {"S", "ß", "SS"},    {".", "…", "..."},    {"12/", "½", "1/2"},
        {"12", "½", "?"},    {"TM", "™", "TM"},   {"DZ", "Ǆ", "DZ"},    {"a", "\u0301", ""},
        {"a", "\u00AD", ""}, {"a", "\u200D", ""}, {"a", "\u093F", "?"}, /* a vowel of Devanagari */
    };
    check_rows(UNIT_CHAR, rows, COUNT_OF(rows));
}

static void graphemes(void **state) {
    (void)state;
    static const Row rows[] = {
        {"xX", "X̂", "X"},
        {"x̂X", "X̂", "X"},
        {"x̂", "X̂", "x̂"},
        {"x", "X̂̌", "x"},
        {"👨👩", "👨‍👩", "👨👩"},
        {"👨", "👨‍👩", "?"},
        {"👍", "👍️", "👍"},
    };
    check_rows(UNIT_GRAPHEME, rows, COUNT_OF(rows));
}

static void bytes_have_nothing_near(void **state) {
    (void)state;
    Error error = {0};
    Vocab *vocab = vocab_of_text(UNIT_BYTE, "ab");
    assert_null(nearest_symbols_create(vocab, &error));
    assert_contains(error.message, "the model reads bytes, of which none is near another");
    vocab_free(vocab);
}

/* --- texts --- */

static void check_text(const char *vocabulary, const char *text, const char *expected, const char *list) {
    Vocab *vocab = vocab_of_text(UNIT_CHAR, vocabulary);
    NearestSymbols *nearest = nearest_symbols_create(vocab, NULL);
    Bytes changed = {0};
    Bytes said = {0};
    assert_non_null(nearest);
    assert_true(bytes_append(&changed, text, strlen(text), NULL) && bytes_append(&said, "", 0, NULL));
    assert_true(nearest_symbols_replace(nearest, &changed, &said, NULL));
    assert_string_equal(changed.data, expected);
    assert_string_equal(said.data, list);
    bytes_free(&changed);
    bytes_free(&said);
    nearest_symbols_free(nearest);
    vocab_free(vocab);
}

static void replaced_symbols_are_listed_once(void **state) {
    (void)state;
    check_text("Ea", "aEa", "aEa", "");
    check_text("a", "", "", "");
    check_text("Ea", "ÉaÉ漢ÁÉ\u0301", "EaE漢aE",
               "'É' (U+00C9) as 'E', 'Á' (U+00C1) as 'a', U+0301 as nothing");
    check_text("fi'", "ﬁ’", "fi'", "'ﬁ' (U+FB01) as 'f' 'i', '’' (U+2019) as '\\''");
    check_text("abcdefghijkl", "ABCDEFGHIJKLA", "abcdefghijkla",
               "'A' (U+0041) as 'a', 'B' (U+0042) as 'b', 'C' (U+0043) as 'c', 'D' (U+0044) as 'd', "
               "'E' (U+0045) as 'e', 'F' (U+0046) as 'f', 'G' (U+0047) as 'g', 'H' (U+0048) as 'h', "
               "'I' (U+0049) as 'i', 'J' (U+004A) as 'j' and 2 more");
}

static void typed_text_is_read_as_what_is_near(void **state) {
    (void)state;
    Vocab *vocab = vocab_of_text(UNIT_CHAR, "eé");
    NearestSymbols *nearest = nearest_symbols_create(vocab, NULL);
    Units units;
    Bytes list = {0};
    Error error = {0};
    assert_non_null(nearest);
    /* Composed first, as the model's text was: É and é are one character each. */
    assert_true(typed_text_encode_nearest(&chars, vocab, nearest, "--prime", "E\u0301e\u0301E", 7, &units,
                                          &list, &error));
    assert_int_equal(units.count, 3);
    assert_true(units.data[0] == 1 && units.data[1] == 1 && units.data[2] == 0);
    assert_string_equal(list.data, "'É' (U+00C9) as 'é', 'E' (U+0045) as 'e'");
    units_free(&units);
    assert_false(
        typed_text_encode_nearest(&chars, vocab, nearest, "--prime", "Eж", 3, &units, &list, &error));
    assert_string_equal(error.message, "--prime: the model does not know 'ж' (U+0436), nor anything near; "
                                       "--unknown skip leaves them out");
    assert_null(units.data);
    bytes_free(&list);
    nearest_symbols_free(nearest);
    vocab_free(vocab);
}

/* What is near comes before the rare symbol, which stands for all else. */
static void the_rare_symbol_takes_the_rest(void **state) {
    (void)state;
    const Symbol symbols[] = {{"e", 1}, symbol_rare()};
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, 2, NULL);
    NearestSymbols *nearest = nearest_symbols_create(vocab, NULL);
    Units units;
    Bytes list = {0};
    assert_non_null(nearest);
    assert_true(typed_text_encode_nearest(&chars, vocab, nearest, "--prime", "Éж", 4, &units, &list, NULL));
    assert_int_equal(units.count, 2);
    assert_true(units.data[0] == 0 && units.data[1] == 1);
    units_free(&units);
    bytes_free(&list);
    nearest_symbols_free(nearest);
    vocab_free(vocab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_without_case_or_accents),
        cmocka_unit_test(letters_that_are_others_stay),
        cmocka_unit_test(quotes_dashes_and_spaces),
        cmocka_unit_test(several_and_none),
        cmocka_unit_test(graphemes),
        cmocka_unit_test(bytes_have_nothing_near),
        cmocka_unit_test(replaced_symbols_are_listed_once),
        cmocka_unit_test(typed_text_is_read_as_what_is_near),
        cmocka_unit_test(the_rare_symbol_takes_the_rest),
    };
    return cmocka_run_group_tests_name("nearest_symbols", tests, NULL, NULL);
}
