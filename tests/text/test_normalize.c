/* Tests of src/text/normalize.c: NFC of known cases, and all forms of all of Unicode against utf8proc's own, which
 * looks at the whole text where ours looks at stretches of it. And of letter_case.c and newlines.c. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/random.h"
#include "text/letter_case.h"
#include "text/newlines.h"
#include "text/normalize.h"
#include "text/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void append_code_point(Bytes *bytes, uint32_t code_point) {
    char utf8[4];
    assert_true(bytes_append(bytes, utf8, utf8_encode(code_point, utf8), NULL));
}

/* Normalises a copy both ways and compares. */
static void check_form(const Bytes *text, Normalization normalization, utf8proc_option_t options) {
    utf8proc_uint8_t *expected = NULL;
    utf8proc_ssize_t length =
        utf8proc_map((const utf8proc_uint8_t *)text->data, (utf8proc_ssize_t)text->length, &expected,
                     options | UTF8PROC_STABLE);
    assert_true(length >= 0);
    Bytes copy = {0};
    assert_true(bytes_append(&copy, text->data, text->length, NULL));
    assert_true(normalize_text(&copy, normalization, NULL, NULL));
    if (copy.length != (size_t)length || memcmp(copy.data, expected, copy.length) != 0) {
        for (size_t k = 0; k < text->length && k < 60; k++) {
            print_error("%02X ", (unsigned)(unsigned char)text->data[k]);
        }
        fail_msg("%s differs from utf8proc's", normalization_name(normalization));
    }
    assert_int_equal(copy.data[copy.length], 0);
    bytes_free(&copy);
    free(expected);
}

static void check_nfc(const Bytes *text) {
    check_form(text, NORMALIZATION_NFC, UTF8PROC_COMPOSE);
}

static void check_forms(const Bytes *text) {
    check_nfc(text);
    check_form(text, NORMALIZATION_NFD, UTF8PROC_DECOMPOSE);
    check_form(text, NORMALIZATION_NFKC, UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    check_form(text, NORMALIZATION_NFKD, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
}

static void known_cases(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *nfc;
    } samples[] = {
        {"", ""},
        {"plain ASCII\r\n", "plain ASCII\r\n"},
        {"cafe\xCC\x81", "caf\xC3\xA9"},   /* e + U+0301 */
        {"cafe\xCC\x81s", "caf\xC3\xA9s"}, /* and something behind it */
        {"\xCC\x81"
         "a",
         "\xCC\x81"
         "a"},                                                    /* a mark at the start */
        {"\n\xCC\x81", "\n\xCC\x81"},                             /* nothing to join with */
        {"a\xCC\xA7\xCC\x81", "\xC3\xA1\xCC\xA7"},                /* over a mark of another class */
        {"a\xCC\x81\xCC\xA7", "\xC3\xA1\xCC\xA7"},                /* put in order */
        {"a\xCC\x81\xCC\x80", "\xC3\xA1\xCC\x80"},                /* blocked by one of the same */
        {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"}, /* jamo: 한 */
        {"\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C"},             /* syllable and final: 하 + ㄴ */
        {"\xE1\x85\xA1", "\xE1\x85\xA1"},                         /* a vowel alone */
        {"\xE2\x84\xAB", "\xC3\x85"},                             /* Ångström sign: a singleton */
        {"\xEF\xA4\x80", "\xE8\xB1\x88"},                         /* compatibility ideograph U+F900 */
        {"\xE0\xA5\x98", "\xE0\xA4\x95\xE0\xA4\xBC"},             /* U+0958: excluded from composition */
        {"\xF0\x9D\x85\xA0",                                      /* U+1D160: 4 bytes become 12 */
         "\xF0\x9D\x85\x98\xF0\x9D\x85\xA5\xF0\x9D\x85\xAE"},
        {"\xCD\x84", "\xCC\x88\xCC\x81"}, /* U+0344 */
        {"\xEF\xAC\x81", "\xEF\xAC\x81"}, /* fi ligature: NFC, not NFKC */
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Bytes text = {0};
        assert_true(bytes_append(&text, samples[k].text, strlen(samples[k].text), NULL));
        assert_true(normalize_text(&text, NORMALIZATION_NFC, NULL, NULL));
        assert_string_equal(text.data, samples[k].nfc);
        assert_int_equal(text.length, strlen(samples[k].nfc));
        bytes_free(&text);
    }
    Bytes nothing = {0};
    assert_true(normalize_text(&nothing, NORMALIZATION_NFC, NULL, NULL));
    assert_int_equal(nothing.length, 0);
}

static void nul_is_a_character(void **state) {
    (void)state;
    Bytes text = {0};
    assert_true(bytes_append(&text,
                             "e\0\xCC\x81"
                             "e\xCC\x81\0",
                             8, NULL));
    assert_true(normalize_text(&text, NORMALIZATION_NFC, NULL, NULL));
    assert_int_equal(text.length, 7);
    assert_memory_equal(text.data, "e\0\xCC\x81\xC3\xA9\0", 8);
    bytes_free(&text);
}

static void what_is_nfc_is_not_even_copied(void **state) {
    (void)state;
    static const char *const samples[] = {
        "plain", "El ingenioso hidalgo don Quijote", "ñandú", "漢字かな", "한국어", "हिन्दी में", "ภาษาไทยที่มี"};
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Bytes text = {0};
        assert_true(bytes_append(&text, samples[k], strlen(samples[k]), NULL));
        char *data = text.data;
        assert_true(normalize_text(&text, NORMALIZATION_NFC, NULL, NULL));
        assert_ptr_equal(text.data, data);
        assert_string_equal(text.data, samples[k]);
        bytes_free(&text);
    }
}

/* Every code point alone, and behind letters that something may join with. If one was taken for stable that is not,
 * the cut before it shows here. */
static void all_of_unicode_agrees(void **state) {
    (void)state;
    static const char *const before[] = {"",
                                         "e",
                                         "\xE1\x84\x92" /* ᄒ */,
                                         "\xED\x95\x98" /* 하 */,
                                         "\xE0\xAF\x86" /* U+0BC6 */,
                                         "\xE1\x80\xA5" /* U+1025 */};
    for (size_t b = 0; b < COUNT_OF(before); b++) {
        Bytes text = {0};
        for (uint32_t code_point = 0; code_point < 0x110000; code_point++) {
            if (code_point == 0xD800) {
                code_point = 0xE000;
            }
            assert_true(bytes_append(&text, before[b], strlen(before[b]), NULL));
            append_code_point(&text, code_point);
            assert_true(bytes_append(&text, "\xCC\x81x", 3, NULL));
        }
        if (b == 0) {
            check_forms(&text);
        } else {
            check_nfc(&text);
        }
        bytes_free(&text);
    }
}

/* All pairs that compose: each character that comes apart into two, written as the two, among others. */
static void what_came_apart_comes_together(void **state) {
    (void)state;
    Bytes text = {0};
    Bytes decomposed = {0};
    for (uint32_t code_point = 0x80; code_point < 0x110000; code_point++) {
        utf8proc_int32_t parts[32];
        int boundary_class = 0;
        utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts, 32,
                                                         UTF8PROC_DECOMPOSE, &boundary_class);
        if (count < 2 || count > 32) {
            continue;
        }
        append_code_point(&text, code_point);
        for (utf8proc_ssize_t k = 0; k < count; k++) {
            append_code_point(&decomposed, (uint32_t)parts[k]);
        }
    }
    assert_true(utf8_count(text.data, text.length) >
                12000); /* the Hangul syllables and some thousand others */
    check_forms(&decomposed);
    check_forms(&text);
    bytes_free(&text);
    bytes_free(&decomposed);
}

/* A character of a kind that is likely to matter. */
static uint32_t random_character(Random *random) {
    static const uint32_t ranges[][2] = {
        {0x20, 0x7E},     {0x20, 0x7E},     {0xC0, 0x17F},    {0x300, 0x345},   {0x300, 0x32E},
        {0x591, 0x5BD},   {0x64B, 0x655},   {0x915, 0x94D},   {0x9BE, 0x9D7},   {0xB3E, 0xB57},
        {0xBC6, 0xBD7},   {0xDCA, 0xDDF},   {0xE30, 0xE4E},   {0x1100, 0x1112}, {0x1161, 0x1175},
        {0x11A7, 0x11C2}, {0x1B05, 0x1B35}, {0x1E00, 0x1EFF}, {0x1F00, 0x1FFF}, {0x2000, 0x2030},
        {0x3040, 0x309A}, {0x4E00, 0x4E20}, {0xAC00, 0xAC40}, {0xF900, 0xF920}, {0x1D15E, 0x1D172},
    };
    const uint32_t *range = ranges[random_next(random) % COUNT_OF(ranges)];
    return range[0] + (uint32_t)(random_next(random) % (range[1] - range[0] + 1));
}

static void random_texts_agree(void **state) {
    (void)state;
    Random random = random_create(2, 0);
    for (unsigned round = 0; round < 20000; round++) {
        Bytes text = {0};
        size_t count = random_next(&random) % 24;
        for (size_t k = 0; k < count; k++) {
            append_code_point(&text, random_character(&random));
        }
        check_forms(&text);
        bytes_free(&text);
    }
}

/* More marks on a letter than there is room for at first, in an order that has to be made. */
static void long_row_of_marks_agrees(void **state) {
    (void)state;
    Random random = random_create(3, 0);
    Bytes text = {0};
    append_code_point(&text, 'a');
    for (unsigned k = 0; k < 3000; k++) {
        append_code_point(&text, 0x300 + (uint32_t)(random_next(&random) % 0x46));
    }
    append_code_point(&text, 'b');
    check_forms(&text);
    bytes_free(&text);
}

/* --- case and lines --- */

static void check_case(LetterCase letter_case, const char *text, const char *expected) {
    Bytes bytes = {0};
    assert_true(bytes_append(&bytes, text, strlen(text), NULL));
    assert_true(letter_case_change(&bytes, letter_case, NULL, NULL));
    assert_string_equal(bytes.data, expected);
    assert_int_equal(bytes.length, strlen(expected));
    bytes_free(&bytes);
}

static void letters_change_their_case(void **state) {
    (void)state;
    check_case(CASE_KEEP, "ÀB ß", "ÀB ß");
    check_case(CASE_LOWER, "", "");
    check_case(CASE_LOWER, "a", "a");
    check_case(CASE_LOWER, "ROMEO: ÀÉÑ ΣΊΣΥΦΟΣ ДВА ß ẞ İ ǅ 漢", "romeo: àéñ σίσυφοσ два ß ß i ǆ 漢");
    check_case(CASE_FOLD, "ROMEO: ÀÉÑ ΣΊΣΥΦΟΣ σς ДВА ß ẞ ﬁ 漢", "romeo: àéñ σίσυφοσ σσ два ss ss fi 漢");
}

static void every_code_point_folds_as_utf8proc_folds(void **state) {
    (void)state;
    Bytes text = {0};
    for (uint32_t code_point = 1; code_point < 0x110000; code_point += code_point == 0xD7FF ? 0x801 : 1) {
        append_code_point(&text, code_point);
    }
    utf8proc_uint8_t *expected = NULL;
    utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.length,
                                           &expected, UTF8PROC_CASEFOLD);
    assert_true(length > 0);
    assert_true(letter_case_change(&text, CASE_FOLD, NULL, NULL));
    assert_int_equal(text.length, length);
    assert_memory_equal(text.data, expected, text.length);
    free(expected);
    bytes_free(&text);
}

static void ends_of_lines_become_one(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
        size_t count;
    } samples[] = {{"a\r\nb\rc\nd\r\r\n\r", "a\nb\nc\nd\n\n\n", 5},
                   {"\r", "\n", 1},
                   {"\r\n", "\n", 1},
                   {"a\n", "a\n", 0},
                   {"", "", 0}};
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        Bytes text = {0};
        assert_true(bytes_append(&text, samples[k].text, strlen(samples[k].text), NULL));
        assert_int_equal(newlines_unify(&text), samples[k].count);
        assert_string_equal(text.data, samples[k].expected);
        bytes_free(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_cases),
        cmocka_unit_test(nul_is_a_character),
        cmocka_unit_test(what_is_nfc_is_not_even_copied),
        cmocka_unit_test(all_of_unicode_agrees),
        cmocka_unit_test(letters_change_their_case),
        cmocka_unit_test(every_code_point_folds_as_utf8proc_folds),
        cmocka_unit_test(ends_of_lines_become_one),
        cmocka_unit_test(what_came_apart_comes_together),
        cmocka_unit_test(random_texts_agree),
        cmocka_unit_test(long_row_of_marks_agrees),
    };
    return cmocka_run_group_tests_name("normalize", tests, NULL, NULL);
}
