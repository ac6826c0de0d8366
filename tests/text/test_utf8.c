/* Tests of src/text/utf8.c: strict decoding, where it fails, and what the messages say. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "text/utf8.h"

typedef struct Sample {
    const char *bytes;
    size_t length;
} Sample;

#define SAMPLE(text)                                                                                         \
    { text, sizeof(text) - 1 }
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* What the standard's table 3-7 allows, written down apart from utf8proc: how many bytes the character at `s` has,
 * 0 if there is none. */
static size_t length_by_table(const unsigned char *s, size_t length) {
    static const unsigned char rows[][6] = {
        /* first byte, second byte, how many bytes */
        {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t k = 0; k < COUNT_OF(rows); k++) {
        const unsigned char *row = rows[k];
        if (s[0] < row[0] || s[0] > row[1]) {
            continue;
        }
        if (row[4] > length || (row[4] > 1 && (s[1] < row[2] || s[1] > row[3]))) {
            return 0;
        }
        for (size_t b = 2; b < row[4]; b++) {
            if (s[b] < 0x80 || s[b] > 0xBF) {
                return 0;
            }
        }
        return row[4];
    }
    return 0;
}

static void every_code_point_goes_there_and_back(void **state) {
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x110000; code_point++) {
        if (code_point == 0xD800) {
            code_point = 0xE000;
        }
        char utf8[4];
        size_t length = utf8_encode(code_point, utf8);
        uint32_t decoded = 1;
        size_t expected = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
        if (length != expected || utf8_decode(utf8, length, &decoded) != length || decoded != code_point) {
            fail_msg("U+%04X", (unsigned)code_point);
        }
        assert_int_equal(length_by_table((unsigned char *)utf8, length), length);
    }
}

static void what_is_no_utf8_is_refused(void **state) {
    (void)state;
    static const Sample samples[] = {
        SAMPLE("\x80"),             /* a continuation without a start */
        SAMPLE("\xBF"),             /* */
        SAMPLE("\xC0\x80"),         /* overlong NUL */
        SAMPLE("\xC1\xBF"),         /* overlong U+007F */
        SAMPLE("\xE0\x80\x80"),     /* overlong NUL in three */
        SAMPLE("\xE0\x9F\xBF"),     /* overlong U+07FF */
        SAMPLE("\xF0\x80\x80\x80"), /* overlong NUL in four */
        SAMPLE("\xF0\x8F\xBF\xBF"), /* overlong U+FFFF */
        SAMPLE("\xED\xA0\x80"),     /* surrogate U+D800 */
        SAMPLE("\xED\xBF\xBF"),     /* surrogate U+DFFF */
        SAMPLE("\xF4\x90\x80\x80"), /* U+110000 */
        SAMPLE("\xF5\x80\x80\x80"), /* */
        SAMPLE("\xF8\x88\x80\x80"), /* five bytes, as UTF-8 once had */
        SAMPLE("\xFE"),             /* */
        SAMPLE("\xFF"),             /* */
        SAMPLE("\xC3"),             /* cut */
        SAMPLE("\xE6\xBC"),         /* cut */
        SAMPLE("\xF0\x9F\x98"),     /* cut */
        SAMPLE("\xC3("),            /* another character where the rest should be */
        SAMPLE("\xE6\xBC("),        /* */
        SAMPLE("\xF0\x9F\x98("),    /* */
        SAMPLE("\xC3\xC3\xA9"),     /* */
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        uint32_t code_point = 7;
        assert_int_equal(utf8_decode(samples[k].bytes, samples[k].length, &code_point), 0);
        assert_int_equal(code_point, 7);
        assert_int_equal(utf8_find_invalid(samples[k].bytes, samples[k].length), 0);
    }
}

/* Around the eight bytes that are looked at together, and up to the very last byte. */
static void bad_byte_is_found_at_every_place(void **state) {
    (void)state;
    for (size_t length = 1; length <= 40; length++) {
        char *text = malloc(length); /* of this very size, so that AddressSanitizer sees a step too far */
        assert_non_null(text);
        for (size_t k = 0; k < length; k++) {
            memset(text, 'x', length);
            assert_int_equal(utf8_find_invalid(text, length), length);
            text[k] = (char)0xE9;
            assert_int_equal(utf8_find_invalid(text, length), k);
            text[k] = '\0';
            assert_int_equal(utf8_find_invalid(text, length), length);
        }
        free(text);
    }
    assert_int_equal(utf8_find_invalid(NULL, 0), 0);
}

/* Random bytes of kinds that make near misses likely. */
static void random_bytes_are_judged_as_the_standard_does(void **state) {
    (void)state;
    static const unsigned char kinds[] = {'a',  'b',  0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                          0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                          0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF, 0xBC, 0xA2};
    Random random = random_create(1, 0);
    unsigned valid = 0;
    for (unsigned round = 0; round < 200000; round++) {
        unsigned char text[12];
        size_t length = random_next(&random) % 6 + 1;
        for (size_t k = 0; k < length; k++) {
            text[k] = kinds[random_next(&random) % sizeof kinds];
        }
        size_t position = 0;
        size_t count = 0;
        while (position < length && length_by_table(text + position, length - position) > 0) {
            position += length_by_table(text + position, length - position);
            count++;
        }
        assert_int_equal(utf8_find_invalid((char *)text, length), position);
        if (position == length) {
            valid++;
            assert_int_equal(utf8_count((char *)text, length), count);
        }
    }
    assert_true(valid > 5000);
}

static void message_names_file_line_and_byte(void **state) {
    (void)state;
    char text[400];
    memset(text, 'x', sizeof text);
    for (size_t k = 0; k < 11; k++) {
        text[k * 20] = '\n';
    }
    text[345] = (char)0xE9;
    Error error = {0};
    assert_false(utf8_validate(text, sizeof text, 0, 0, &error));
    assert_string_equal(error.message,
                        "line 12, byte 345: 0xE9 is not valid UTF-8; convert the file (iconv -f LATIN1 "
                        "-t UTF-8) or read it with --unit byte");
    assert_false(utf8_validate(text, sizeof text, 1000, 70000, &error)); /* of a later piece */
    assert_contains(error.message, "line 1012, byte 70345: 0xE9 is not valid UTF-8");
    assert_true(utf8_validate(text, 345, 0, 0, &error));
    assert_false(utf8_validate("\xE9", 1, 0, 0, NULL));
}

static void message_tells_a_cut_file_and_utf16(void **state) {
    (void)state;
    Error error = {0};
    assert_false(utf8_validate("caf\xC3", 4, 0, 0, &error));
    assert_contains(error.message,
                    "line 1, byte 3: 0xC3 is not valid UTF-8 (the file ends inside a character)");
    assert_false(utf8_validate("\xE6\xBC", 2, 0, 0, &error));
    assert_contains(error.message, "(the file ends inside a character)");
    assert_false(utf8_validate("\xE6\xBC.", 3, 0, 0, &error));
    assert_null(strstr(error.message, "ends inside"));
    assert_false(utf8_validate("\xFF\xFEh\0i\0", 6, 0, 0, &error));
    assert_contains(error.message, "byte 0: 0xFF is not valid UTF-8");
    assert_contains(error.message, "iconv -f UTF-16 -t UTF-8");
    assert_false(utf8_validate("\xFF\xFEh\0i\0", 6, 3, 9, &error));
    assert_contains(error.message, "iconv -f LATIN1");
    assert_false(utf8_validate("\n\n\xFF", 3, 0, 0, &error));
    assert_contains(error.message, "line 3, byte 2: 0xFF");
}

static void texts_are_repaired(void **state) {
    (void)state;
    static const struct {
        const char *text, *replaced, *skipped;
        size_t count, first;
    } samples[] = {
        {"plain ñ", "plain ñ", "plain ñ", 0, 8},      {"se\xF1or", "se\uFFFDor", "seor", 1, 2},
        {"\xFF\xFE", "\uFFFD\uFFFD", "", 2, 0},       {"a\xE6\xBC", "a\uFFFD\uFFFD", "a", 2, 1},
        {"\xC0\x80漢", "\uFFFD\uFFFD漢", "漢", 2, 0},
    };
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
        for (int leave_out = 0; leave_out < 2; leave_out++) {
            Bytes text = {0};
            Utf8Faults faults;
            assert_true(bytes_append(&text, samples[k].text, strlen(samples[k].text), NULL));
            assert_true(utf8_repair(&text, leave_out == 1, &faults, NULL));
            assert_string_equal(text.data, leave_out == 1 ? samples[k].skipped : samples[k].replaced);
            assert_int_equal(faults.count, samples[k].count);
            assert_int_equal(faults.first, samples[k].first);
            bytes_free(&text);
        }
    }
}

static void lines_are_counted_from_one(void **state) {
    (void)state;
    assert_int_equal(utf8_line("a\nb\n\nc", 0), 1);
    assert_int_equal(utf8_line("a\nb\n\nc", 1), 1);
    assert_int_equal(utf8_line("a\nb\n\nc", 2), 2);
    assert_int_equal(utf8_line("a\nb\n\nc", 5), 4);
    char lines[1000];
    for (size_t k = 0, count = 0; k < sizeof lines; k++) {
        assert_int_equal(utf8_newlines(lines, k), count);
        lines[k] = random_at(5, k) % 3 == 0 || k > 600 ? '\n' : 'x';
        count += lines[k] == '\n';
    }
}

static void width_is_what_a_terminal_gives(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } samples[] = {{"", 0}, {"abc", 3}, {"ñandú", 5}, {"e\xCC\x81", 1}, {"漢字", 4}, {"😀", 2}, {"a\nb", 2}};
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        assert_int_equal(utf8_width(samples[k].text, strlen(samples[k].text)), samples[k].width);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_goes_there_and_back),
        cmocka_unit_test(what_is_no_utf8_is_refused),
        cmocka_unit_test(bad_byte_is_found_at_every_place),
        cmocka_unit_test(random_bytes_are_judged_as_the_standard_does),
        cmocka_unit_test(message_names_file_line_and_byte),
        cmocka_unit_test(message_tells_a_cut_file_and_utf16),
        cmocka_unit_test(texts_are_repaired),
        cmocka_unit_test(lines_are_counted_from_one),
        cmocka_unit_test(width_is_what_a_terminal_gives),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
