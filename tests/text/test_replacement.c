/* Tests of src/text/replacement.c: what expressions mean, which are refused and how, and what stays when one fails. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "text/replacement.h"
#include "text/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static Replacement *create(const char *expression, Unit unit) {
    Error error = {0};
    Replacement *replacement = replacement_create(expression, unit, NORMALIZATION_NFC, &error);
    if (replacement == NULL) {
        fail_msg("%s", error.message);
    }
    replacement_speed_up(replacement);
    return replacement;
}

/* Applies an expression to a text that may hold NULs. */
static void check_bytes(Unit unit, const char *expression, const char *text, size_t length,
                        const char *expected, size_t expected_length, size_t expected_count) {
    Error error = {0};
    Replacement *replacement = create(expression, unit);
    Bytes bytes = {0};
    size_t count = 77;
    assert_true(bytes_append(&bytes, text, length, NULL));
    if (!replacement_apply(replacement, &bytes, SIZE_MAX, &count, &error)) {
        fail_msg("%s", error.message);
    }
    if (bytes.length != expected_length || memcmp(bytes.data, expected, expected_length) != 0) {
        fail_msg("%s made \"%s\" of \"%s\", not \"%s\"", expression, bytes.data, text, expected);
    }
    assert_int_equal(bytes.data[bytes.length], 0);
    assert_int_equal(count, expected_count);
    replacement_free(replacement);
    bytes_free(&bytes);
}

typedef struct Sample {
    const char *expression;
    const char *text;
    const char *expected;
    size_t count;
} Sample;

static void check_samples(Unit unit, const Sample *samples, size_t count) {
    for (size_t k = 0; k < count; k++) {
        check_bytes(unit, samples[k].expression, samples[k].text, strlen(samples[k].text),
                    samples[k].expected, strlen(samples[k].expected), samples[k].count);
    }
}

static void flags_do_what_they_say(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"s/a/b/", "banana", "bbnana", 1},
        {"s/a/b/g", "banana", "bbnbnb", 3},
        {"s/A/b/g", "banana", "banana", 0},
        {"s/A/b/gi", "banana", "bbnbnb", 3},
        {"s/Ñ/n/i", "ñu", "nu", 1},
        {"s/^/> /g", "a\nb", "> a\nb", 1},
        {"s/^/> /gm", "a\nb", "> a\n> b", 2},
        {"s/a.b/x/", "a\nb", "a\nb", 0},
        {"s/a.b/x/s", "a\nb", "x", 1},
        {"s/ a b # letters/x/x", "ab", "x", 1},
        {"s/a/b/gg", "aa", "bb", 2},
        {"s/a//g", "banana", "bnn", 3},
        {"s/.*//s", "all of it\n", "", 1},
        {"s/x/y/", "", "", 0},
        {"s/$/./", "", ".", 1},
        {"s/(?:)/-/g", "ñ漢", "-ñ-漢-", 3},
    };
    check_samples(UNIT_CHAR, samples, COUNT_OF(samples));
}

static void any_punctuation_may_stand_for_the_slash(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"s|/|:|g", "a/b/c", "a:b:c", 2}, {"s#a#b#", "a", "b", 1},
        {"s,a,b,", "a", "b", 1},          {"s_a_b_", "a", "b", 1},
        {"s/\\//:/g", "a/b", "a:b", 1},   {"s/:/\\//g", "a:b", "a/b", 1},
        {"s|a\\|b|x|", "a|b", "x", 1}, /* itself, not the sign for or */
        {"s|a\\|b|x|", "a", "a", 0},      {"s.a\\.b.x.", "axb a.b", "axb x", 1},
        {"s$a$\\$1$", "a", "$1", 1},      {"s/\\\\/x/", "a\\b", "axb", 1},
    };
    check_samples(UNIT_CHAR, samples, COUNT_OF(samples));
}

static void replacement_has_groups_and_cases(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"s/(\\w+) (\\w+)/$2 $1/", "uno dos", "dos uno", 1},
        {"s/(?<year>\\d+)/<${year}>/", "in 1605", "in <1605>", 1},
        {"s/\\w+/[$0]/g", "uno dos", "[uno] [dos]", 2},
        {"s/(a)|b/<$1>/g", "ab", "<a><>", 2}, /* a group that took no part is empty */
        {"s/(\\w+)/\\U$1/", "ñandú", "ÑANDÚ", 1},
        {"s/(\\w+)/\\L$1\\E!/", "ÑANDÚ", "ñandú!", 1},
        {"s/(\\w+)/\\u$1/", "ñandú", "Ñandú", 1},
        {"s/ /\\n/g", "a b c", "a\nb\nc", 2},
        {"s/a/\\x{6F22}/", "a", "漢", 1},
        {"s/(a)?b/${1:+yes:no}/g", "ab b", "yes no", 2},
        {"s/a/&/", "a", "&", 1},
        {"s/\\p{Han}+/H/g", "a漢字b", "aHb", 1},
        {"s/\\w+/W/g", "ñandú", "W", 1},
    };
    check_samples(UNIT_CHAR, samples, COUNT_OF(samples));
}

static void bytes_are_bytes(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"s/\\xE9/e/g", "caf\xE9", "cafe", 1},   {"s/\xE9/e/g", "caf\xE9", "cafe", 1},
        {"s/./x/g", "\xC3\xA9", "xx", 2},        {"s/e\xCC\x81/E/", "e\xCC\x81", "E", 1}, /* not made NFC */
        {"s/x/e/", "x\xCC\x81", "e\xCC\x81", 1},
    };
    check_samples(UNIT_BYTE, samples, COUNT_OF(samples));
}

static void nul_is_a_character(void **state) {
    (void)state;
    check_bytes(UNIT_CHAR, "s/b/x/g", "a\0b\0b", 5, "a\0x\0x", 5, 2);
    check_bytes(UNIT_CHAR, "s/\\x00/-/g", "a\0b\0", 4, "a-b-", 4, 2);
    check_bytes(UNIT_CHAR, "s/-/\\x{0}/g", "a-b", 3, "a\0b", 3, 1);
    check_bytes(UNIT_BYTE, "s/\\x00/-/g", "a\0b\0", 4, "a-b-", 4, 2);
}

/* The text is NFC; so must be what is looked for, and what comes out. */
static void nfc_in_and_out(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"s/e\xCC\x81/E/", "caf\xC3\xA9", "cafE", 1}, /* typed as two, found as one */
        {"s/\xC3\xA9/E/", "caf\xC3\xA9", "cafE", 1},
        {"s/x/e/", "x\xCC\x81", "\xC3\xA9", 1}, /* what a replacement brought together is composed */
        {"s/-//", "e-\xCC\x81", "\xC3\xA9", 1},
        {"s/x/e\xCC\x81/", "x", "\xC3\xA9", 1},
        {"s/$/\\x{301}/", "e", "\xC3\xA9", 1},
    };
    check_samples(UNIT_CHAR, samples, COUNT_OF(samples));
}

/* More than is guessed at first. */
static void result_may_be_far_longer(void **state) {
    (void)state;
    enum { LENGTH = 20000 };
    Bytes text = {0};
    for (unsigned k = 0; k < LENGTH; k++) {
        assert_true(bytes_append(&text, "a", 1, NULL));
    }
    Replacement *replacement = create("s/a/0123456789/g", UNIT_CHAR);
    size_t count = 0;
    assert_true(replacement_apply(replacement, &text, SIZE_MAX, &count, NULL));
    assert_int_equal(count, LENGTH);
    assert_int_equal(text.length, 10 * LENGTH);
    for (size_t k = 0; k < text.length; k++) {
        assert_int_equal(text.data[k], '0' + (int)(k % 10));
    }
    replacement_free(replacement);
    bytes_free(&text);
}

static void check_refused(Unit unit, const char *expression, const char *message) {
    Error error = {0};
    Replacement *replacement = replacement_create(expression, unit, NORMALIZATION_NFC, &error);
    if (replacement != NULL) {
        fail_msg("%s was taken", expression);
    }
    assert_contains(error.message, message);
}

static void mistakes_are_shown(void **state) {
    (void)state;
    static const char *const samples[][2] = {
        {"", "an expression looks like s/PATTERN/REPLACEMENT/"},
        {"s", "an expression looks like s/PATTERN/REPLACEMENT/"},
        {"hello", "an expression looks like s/PATTERN/REPLACEMENT/"},
        {"saxbxa", "an expression looks like"},
        {"s a b ", "an expression looks like"},
        {"s\\a\\b\\", "an expression looks like"},
        {"sñañbñ", "an expression looks like"},
        {"y/a/b/", "an expression looks like"},
        {"s/", "the closing / is missing; write s/PATTERN/REPLACEMENT/"},
        {"s/a", "the closing / is missing"},
        {"s/a/", "the closing / is missing"},
        {"s|a|b", "the closing | is missing; write s|PATTERN|REPLACEMENT|"},
        {"s/a/b\\/", "the closing / is missing"},
        {"s/a/b\\", "the closing / is missing"},
        {"s//b/", "the pattern is empty"},
        {"s/a/b/q", "there is no flag 'q'; the flags are g i m s x"},
        {"s/a/b/gé", "there is no flag 'é'"},
        {"s/a/b/g ", "there is no flag ' '"},
        {"s/(/x/", "missing closing parenthesis at offset 1 of the pattern\n    (\n     ^"},
        {"s/ñé(/x/", "missing closing parenthesis at offset 3 of the pattern"}, /* characters, not bytes */
        {"s/[z-a]/x/", "range out of order"},
        {"s/a/$1/", "there is no such group at offset 2 of the replacement"},
        {"s/a/${name}/", "there is no such group"},
        {"s/(a)/\\1/", "groups are written $1"},
        {"s/a/${1/", "of the replacement"},
        {"s/a/$/", "of the replacement"},
        {"s/a/\\x{D800}/", "a bad escape"},
        {"s/a/\\x{110000}/", "a bad escape"},
        {"s/a/${1:-\\x{11ffff}}/",
         "character code point value in \\x{} or \\o{} is too large"}, /* found by fuzzing */
        {"s/(*CRLF)(*COMMIT)a/${1:-\\x{11ffff}}/", "is too large"},
        {"s/(*CRLF)(*NO_JIT)a/$1/", "there is no such group"},
        {"s/\\C/x/", "\\C is disabled"},
        {"s/\xE9/x/", "the expression is not valid UTF-8"},
        {"s/a/\xE9/", "the expression is not valid UTF-8"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        check_refused(UNIT_CHAR, samples[k][0], samples[k][1]);
    }
    check_refused(UNIT_BYTE, "s/(*UTF)a/b/", "UTF is disabled");
    check_refused(UNIT_BYTE, "s/\\x{100}/b/", "is too large");
    replacement_free(NULL);
}

static void check_given_up(const char *expression, const char *text) {
    Replacement *replacement = create(expression, UNIT_CHAR);
    Bytes bytes = {0};
    Error error = {0};
    size_t count = 77;
    assert_true(bytes_append(&bytes, text, strlen(text), NULL));
    assert_false(replacement_apply(replacement, &bytes, SIZE_MAX, &count, &error));
    assert_contains(error.message, "the pattern backtracks too much on this text");
    assert_string_equal(bytes.data, text);
    assert_int_equal(bytes.length, strlen(text));
    assert_int_equal(count, 77);
    replacement_free(replacement);
    bytes_free(&bytes);
}

static void text_stays_when_matching_is_given_up(void **state) {
    (void)state;
    check_given_up("s/(a+)+$/x/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    check_given_up("s/(*NO_JIT)(a+)+$/x/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    check_given_up("s/c|(a+)+$/x/g",
                   "caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"); /* after a match */
}

/* Replacements of a stranger may make any text of a short one. */
static void text_stays_when_it_would_grow_too_far(void **state) {
    (void)state;
    Replacement *replacement = create("s/a/bbbbb/g", UNIT_CHAR);
    Bytes text = {0};
    Error error = {0};
    assert_true(bytes_append(&text, "aaa a", 5, NULL));
    assert_false(replacement_apply(replacement, &text, 20, NULL, &error));
    assert_contains(error.message, "the text grows to more than 20 bytes");
    assert_string_equal(text.data, "aaa a");
    assert_true(replacement_apply(replacement, &text, 21, NULL, &error));
    assert_string_equal(text.data, "bbbbbbbbbbbbbbb bbbbb");
    replacement_free(replacement);
    bytes_free(&text);
}

/* A pattern that goes back over the whole text once must work on a long text too. */
static void limit_grows_with_the_text(void **state) {
    (void)state;
    enum { LENGTH = 30000000 };
    Bytes text = {0};
    assert_true(bytes_reserve(&text, LENGTH, NULL));
    memset(text.data, 'a', LENGTH);
    text.length = LENGTH;
    text.data[1] = 'b';
    Replacement *replacement = create("s/(?s).*ba/x/", UNIT_CHAR);
    size_t count = 0;
    Error error = {0};
    if (!replacement_apply(replacement, &text, SIZE_MAX, &count, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(count, 1);
    assert_int_equal(text.length, LENGTH - 2);
    replacement_free(replacement);
    bytes_free(&text);
}

static void one_replacement_serves_many_texts(void **state) {
    (void)state;
    Replacement *replacement = create("s/(\\w)(\\w)/$2$1/g", UNIT_CHAR);
    for (unsigned round = 0; round < 3; round++) {
        Bytes text = {0};
        assert_true(bytes_append(&text, "añ b漢", strlen("añ b漢"), NULL));
        assert_true(replacement_apply(replacement, &text, SIZE_MAX, NULL, NULL));
        assert_string_equal(text.data, "ña 漢b");
        bytes_free(&text);
    }
    Bytes empty = {0};
    size_t count = 77;
    assert_true(replacement_apply(replacement, &empty, SIZE_MAX, &count, NULL));
    assert_int_equal(count, 0);
    assert_int_equal(empty.length, 0);
    bytes_free(&empty);
    replacement_free(replacement);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_do_what_they_say),
        cmocka_unit_test(any_punctuation_may_stand_for_the_slash),
        cmocka_unit_test(replacement_has_groups_and_cases),
        cmocka_unit_test(bytes_are_bytes),
        cmocka_unit_test(nul_is_a_character),
        cmocka_unit_test(nfc_in_and_out),
        cmocka_unit_test(result_may_be_far_longer),
        cmocka_unit_test(mistakes_are_shown),
        cmocka_unit_test(text_stays_when_matching_is_given_up),
        cmocka_unit_test(text_stays_when_it_would_grow_too_far),
        cmocka_unit_test(limit_grows_with_the_text),
        cmocka_unit_test(one_replacement_serves_many_texts),
    };
    return cmocka_run_group_tests_name("replacement", tests, NULL, NULL);
}
