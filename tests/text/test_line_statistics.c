/* Tests of src/text/line_statistics.c and hidden_characters.c: what they find in texts, however these are cut. */
#include "support/cmocka_all.h"

#include <stdio.h>

#include "text/hidden_characters.h"
#include "text/line_statistics.h"

/* Gives a text in pieces of `size` bytes. */
static void give(const char *text, size_t length, size_t size, Sink sink) {
    size_t lines = 0;
    for (size_t start = 0; start < length; start += size) {
        Piece piece = {.text = text + start,
                       .length = length - start < size ? length - start : size,
                       .name = "a text",
                       .lines = lines,
                       .offset = start};
        assert_true(sink.take(sink.context, &piece, NULL));
        for (size_t k = 0; k < piece.length; k++) {
            lines += piece.text[k] == '\n';
        }
    }
}

static bool take_lines(void *context, const Piece *piece, Error *error) {
    return line_statistics_add(context, piece, error);
}

static bool take_hidden(void *context, const Piece *piece, Error *error) {
    return hidden_characters_add(context, piece, error);
}

/* Some lines, one of them three times, one twice (the first time with \r), an empty one twice. */
static const char some_lines[] = "one\ntwo\r\nf\xC3\xBCnf!!\n\none\n\r\ntwo\none";

static void lines_are_counted(void **state) {
    (void)state;
    for (size_t size = 1; size <= sizeof some_lines; size++) {
        LineStatistics *statistics = line_statistics_create(UNIT_BYTE, 100, NULL);
        give(some_lines, sizeof some_lines - 1, size, (Sink){take_lines, statistics});
        const LineReport *report = line_statistics_finish(statistics, NULL);
        assert_non_null(report);
        assert_int_equal(report->lines, 8);
        assert_int_equal(report->empty, 2);
        assert_int_equal(report->longest, 7);
        assert_int_equal(report->longest_line, 3);
        assert_string_equal(report->longest_name, "a text");
        assert_int_equal(report->repeated, 3);
        assert_int_equal(report->repeated_characters, 9);
        assert_int_equal(report->several, 2);
        assert_true(report->complete);
        assert_int_equal(report->frequent_count, 2);
        assert_int_equal(report->frequent[0].count, 3);
        assert_string_equal(report->frequent[0].text.data, "one");
        assert_int_equal(report->frequent[1].count, 2);
        assert_string_equal(report->frequent[1].text.data, "two");
        line_statistics_free(statistics);
    }
}

static void characters_are_not_bytes(void **state) {
    (void)state;
    LineStatistics *statistics = line_statistics_create(UNIT_CHAR, 100, NULL);
    give(some_lines, sizeof some_lines - 1, sizeof some_lines, (Sink){take_lines, statistics});
    assert_int_equal(line_statistics_finish(statistics, NULL)->longest, 6);
    line_statistics_free(statistics);
}

static void no_newline_is_a_line_and_nothing_is_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t lines, longest;
    } samples[] = {{"", 0, 0},    {"\n", 1, 0}, {"a", 1, 1},     {"a\n", 1, 1},
                   {"a\r", 1, 2}, {"\r", 1, 1}, {"\r\r\n", 1, 1}};
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++) {
        LineStatistics *statistics = line_statistics_create(UNIT_CHAR, 100, NULL);
        give(samples[k].text, strlen(samples[k].text), 1, (Sink){take_lines, statistics});
        const LineReport *report = line_statistics_finish(statistics, NULL);
        assert_int_equal(report->lines, samples[k].lines);
        assert_int_equal(report->longest, samples[k].longest);
        line_statistics_free(statistics);
    }
}

/* Line k of 3000 comes once, but every tenth k / 10 + 1 times, the most frequent ones last. */
static void most_frequent_lines_are_found(void **state) {
    (void)state;
    Bytes text = {0};
    for (unsigned round = 0; round < 300; round++) {
        for (unsigned k = 0; k < 3000; k++) {
            if (round == 0 || (k % 10 == 0 && k / 10 >= round)) {
                assert_true(bytes_printf(&text, NULL, "line %u\n", k));
            }
        }
    }
    LineStatistics *statistics = line_statistics_create(UNIT_CHAR, LINES_DIFFERENT_MAX, NULL);
    give(text.data, text.length, 4096, (Sink){take_lines, statistics});
    const LineReport *report = line_statistics_finish(statistics, NULL);
    assert_int_equal(report->several, 299);
    assert_int_equal(report->repeated, 299 * 300 / 2);
    assert_int_equal(report->frequent_count, LINES_FREQUENT);
    for (unsigned k = 0; k < LINES_FREQUENT; k++) {
        char expected[32];
        snprintf(expected, sizeof expected, "line %u", 2990 - 10 * k);
        assert_string_equal(report->frequent[k].text.data, expected);
        assert_int_equal(report->frequent[k].count, 300 - k);
    }
    line_statistics_free(statistics);
    bytes_free(&text);
}

static void lines_without_room_are_said(void **state) {
    (void)state;
    static const char text[] = "a\nb\nc\nc\nb\na\n";
    LineStatistics *statistics = line_statistics_create(UNIT_CHAR, 2, NULL);
    give(text, sizeof text - 1, 100, (Sink){take_lines, statistics});
    const LineReport *report = line_statistics_finish(statistics, NULL);
    assert_false(report->complete);
    assert_int_equal(report->lines, 6);
    assert_int_equal(report->repeated, 2);
    line_statistics_free(statistics);
}

static void long_line_is_shown_in_part(void **state) {
    (void)state;
    char text[1001];
    memset(text, 'x', 500);
    text[499] = '\n';
    memcpy(text + 500, text, 500);
    LineStatistics *statistics = line_statistics_create(UNIT_CHAR, 100, NULL);
    give(text, 1000, 7, (Sink){take_lines, statistics});
    const LineReport *report = line_statistics_finish(statistics, NULL);
    assert_int_equal(report->longest, 499);
    assert_int_equal(report->longest_line, 1);
    assert_int_equal(report->frequent[0].count, 2);
    assert_true(report->frequent[0].cut);
    assert_int_equal(report->frequent[0].text.length, LINE_SHOWN);
    line_statistics_free(statistics);
}

/* --- hidden characters --- */

static void check_item(const HiddenCharacter *item, uint32_t code_point, size_t count, size_t line) {
    assert_int_equal(item->code_point, code_point);
    assert_int_equal(item->count, count);
    assert_int_equal(item->line, line);
    assert_string_equal(item->name, "a text");
}

static void hidden_characters_are_found_at_their_first_place(void **state) {
    (void)state;
    static const char text[] =
        "seen\tand \xC3\xA9\n\xC2\xA0x\xE2\x80\x8B\n\x1B[0m \xEF\xBF\xBD\xEF\xBF\xBD\n\xC2\xA0\xEF\xB8\x8F";
    HiddenCharacters *hidden = hidden_characters_create(UNIT_CHAR, NULL);
    give(text, sizeof text - 1, sizeof text, (Sink){take_hidden, hidden});
    size_t count = 0;
    const HiddenCharacter *items = hidden_characters_list(hidden, &count);
    assert_int_equal(count, 5);
    check_item(&items[0], 0x1B, 1, 3);
    check_item(&items[1], 0xA0, 2, 2);
    check_item(&items[2], 0x200B, 1, 2);
    check_item(&items[3], 0xFE0F, 1, 4);
    check_item(&items[4], 0xFFFD, 2, 3);
    hidden_characters_free(hidden);
}

static void of_bytes_only_controls_are_known(void **state) {
    (void)state;
    static const char text[] = "\xC2\xA0\n\x01\xE9\x01\x7F";
    HiddenCharacters *hidden = hidden_characters_create(UNIT_BYTE, NULL);
    give(text, sizeof text - 1, 2, (Sink){take_hidden, hidden});
    size_t count = 0;
    const HiddenCharacter *items = hidden_characters_list(hidden, &count);
    assert_int_equal(count, 2);
    check_item(&items[0], 0x01, 2, 2);
    check_item(&items[1], 0x7F, 1, 2);
    hidden_characters_free(hidden);
}

/* What is listed after a piece is counted on in the next. */
static void listing_does_not_end_it(void **state) {
    (void)state;
    HiddenCharacters *hidden = hidden_characters_create(UNIT_CHAR, NULL);
    size_t count = 0;
    give("\x1B\x02", 2, 1, (Sink){take_hidden, hidden});
    (void)hidden_characters_list(hidden, &count);
    give("\x1B", 1, 1, (Sink){take_hidden, hidden});
    const HiddenCharacter *items = hidden_characters_list(hidden, &count);
    assert_int_equal(count, 2);
    check_item(&items[0], 0x02, 1, 1);
    check_item(&items[1], 0x1B, 2, 1);
    hidden_characters_free(hidden);
}

static void hidden_characters_have_names(void **state) {
    (void)state;
    assert_string_equal(hidden_character_name(0xA0), "no-break space");
    assert_string_equal(hidden_character_name(0xFE0F), "variation selector");
    assert_string_equal(hidden_character_name(0x03), "control character");
    assert_string_equal(hidden_character_name(0xE000), "private-use character");
    assert_string_equal(hidden_character_name(0x378), "unassigned character");
    assert_false(hidden_character_is('\n') || hidden_character_is('\t') || hidden_character_is(' '));
    assert_false(hidden_character_is(0x301) || hidden_character_is(0x6F22));
    assert_true(hidden_character_is(0x7F) && hidden_character_is(0x3000) && hidden_character_is('\r'));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(characters_are_not_bytes),
        cmocka_unit_test(no_newline_is_a_line_and_nothing_is_none),
        cmocka_unit_test(most_frequent_lines_are_found),
        cmocka_unit_test(lines_without_room_are_said),
        cmocka_unit_test(long_line_is_shown_in_part),
        cmocka_unit_test(hidden_characters_are_found_at_their_first_place),
        cmocka_unit_test(of_bytes_only_controls_are_known),
        cmocka_unit_test(listing_does_not_end_it),
        cmocka_unit_test(hidden_characters_have_names),
    };
    return cmocka_run_group_tests_name("line statistics", tests, NULL, NULL);
}
