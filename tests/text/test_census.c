/* Tests of src/text/census.c: categories and scripts of what is in a vocabulary. */
#include "support/cmocka_all.h"

#include "support/symbols.h"
#include "text/census.h"

static Census census_of(Unit unit, const uint32_t *code_points, const uint64_t *counts, size_t count) {
    Census census;
    Vocab *vocab = vocab_create_from_numbers(unit, code_points, counts, count, NULL);
    assert_non_null(vocab);
    assert_true(census_take(vocab, &census, NULL));
    vocab_free(vocab);
    return census;
}

static const CensusGroup *group_of(const CensusGroup *groups, size_t count, const char *name) {
    for (size_t k = 0; k < count; k++) {
        if (strcmp(groups[k].name, name) == 0) {
            return &groups[k];
        }
    }
    fail_msg("there is no group of %s", name);
    return NULL;
}

static void check_group(const CensusGroup *group, uint64_t count, size_t different) {
    assert_int_equal(group->count, count);
    assert_int_equal(group->different, different);
}

static void code_points_are_grouped(void **state) {
    (void)state;
    static const uint32_t points[] = {'\n',  ' ',   '1',   'A',    'a',    'b',    0xE9,   0x301,
                                      0x3B1, 0x3B2, 0x416, 0x3042, 0x30FC, 0x6F22, 0xE000, 0x1F600};
    static const uint64_t counts[] = {10, 50, 3, 7, 100, 40, 5, 2, 6, 1, 4, 9, 8, 11, 1, 1};
    Census census = census_of(UNIT_CHAR, points, counts, 16);
    assert_int_equal(census.code_points, 258);
    assert_int_equal(census.different, 16);
    const CensusGroup *categories = census.categories;
    size_t count = census.category_count;
    assert_string_equal(categories[0].name, "small letters");
    assert_string_equal(categories[0].code, "Ll");
    check_group(&categories[0], 152, 5);
    assert_string_equal(categories[1].name, "spaces");
    check_group(group_of(categories, count, "capital letters"), 11, 2);
    check_group(group_of(categories, count, "letters without case"), 20, 2);
    check_group(group_of(categories, count, "newlines and other controls"), 10, 1);
    check_group(group_of(categories, count, "marks without width"), 2, 1);
    check_group(group_of(categories, count, "private-use characters"), 1, 1);
    const CensusGroup *scripts = census.scripts;
    count = census.script_count;
    assert_string_equal(scripts[0].name, "Latin");
    assert_null(scripts[0].code);
    check_group(&scripts[0], 152, 4);
    check_group(group_of(scripts, count, "Common"), 72,
                5); /* U+30FC among them, though of Katakana by extension */
    check_group(group_of(scripts, count, "Greek"), 7, 2);
    check_group(group_of(scripts, count, "Cyrillic"), 4, 1);
    check_group(group_of(scripts, count, "Han"), 11, 1);
    check_group(group_of(scripts, count, "Hiragana"), 9, 1);
    check_group(group_of(scripts, count, "Inherited"), 2, 1);
    check_group(group_of(scripts, count, "Unknown"), 1, 1); /* private use */
    census_free(&census);
}

/* Every script is found that Unicode's first planes have letters of. */
static void rarer_scripts_are_known(void **state) {
    (void)state;
    static const struct {
        uint32_t code_point;
        const char *name;
    } samples[] = {{0x5D0, "Hebrew"},
                   {0x627, "Arabic"},
                   {0x905, "Devanagari"},
                   {0xE01, "Thai"},
                   {0x10D0, "Georgian"},
                   {0x13A0, "Cherokee"},
                   {0x1200, "Ethiopic"},
                   {0xAC00, "Hangul"},
                   {0x16A0, "Runic"},
                   {0x10330, "Gothic"},
                   {0x12000, "Cuneiform"},
                   {0xA000, "Yi"},
                   {0x14400, "Anatolian_Hieroglyphs"},
                   {0x11A00, "Zanabazar_Square"},
                   {0x2800, "Braille"}};
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
        Census census = census_of(UNIT_CHAR, &samples[k].code_point, NULL, 1);
        assert_int_equal(census.script_count, 1);
        assert_string_equal(census.scripts[0].name, samples[k].name);
        census_free(&census);
    }
}

static void graphemes_are_counted_by_their_code_points(void **state) {
    (void)state;
    static const Symbol symbols[] = {{"a", 1}, {"e\xCC\x81", 3}};
    static const uint64_t counts[] = {4, 3};
    Vocab *vocab = vocab_create(UNIT_GRAPHEME, symbols, counts, 2, NULL);
    Census census;
    assert_true(census_take(vocab, &census, NULL));
    assert_int_equal(census.code_points, 10);
    assert_int_equal(census.different, 3);
    check_group(group_of(census.scripts, census.script_count, "Inherited"), 3, 1);
    check_group(&census.scripts[0], 7, 2);
    census_free(&census);
    vocab_free(vocab);
}

static void of_bytes_nothing_is_known(void **state) {
    (void)state;
    static const uint32_t bytes[] = {0x41, 0xE9};
    Census census = census_of(UNIT_BYTE, bytes, NULL, 2);
    assert_int_equal(census.code_points, 0);
    assert_int_equal(census.category_count + census.script_count, 0);
    census_free(&census);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_are_grouped),
        cmocka_unit_test(rarer_scripts_are_known),
        cmocka_unit_test(graphemes_are_counted_by_their_code_points),
        cmocka_unit_test(of_bytes_nothing_is_known),
    };
    return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
