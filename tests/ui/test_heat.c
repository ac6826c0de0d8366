/* Text coloured by surprise: colours, what belongs together, and what a terminal must not see. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/heat.h"

#define PLAIN "\033[0m"
#define WARM  "\033[38;5;16;48;5;229m" /* 1 to 2 bits */
#define HOT   "\033[38;5;16;48;5;203m" /* 8 and more */
#define SIGN  "\xE2\x86\xB5"

/* A symbol and its bits. */
typedef struct Step {
    const char *text;
    size_t length; /* 0: strlen */
    double bits;
} Step;

/* Fails unless the symbols come out like that. */
static void check(const Step *steps, size_t count, const char *expected) {
    Heat heat = {.level = 0};
    Bytes out = {0};
    Error error = {0};
    for (size_t k = 0; k < count; k++) {
        size_t length = steps[k].length > 0 ? steps[k].length : strlen(steps[k].text);
        assert_true(heat_add(&heat, steps[k].text, length, steps[k].bits, &out, &error));
    }
    assert_true(heat_finish(&heat, &out, &error));
    assert_string_equal(out.length > 0 ? out.data : "", expected);
    bytes_free(&out);
}

#define CHECK(expected, ...)                                                                                 \
    do {                                                                                                     \
        const Step steps[] = {__VA_ARGS__};                                                                  \
        check(steps, sizeof steps / sizeof *steps, expected);                                                \
    } while (0)

static void colours_follow_the_bits(void **state) {
    (void)state;
    CHECK("", {"", 0, 0});
    CHECK("ab", {"a", 0, 0}, {"b", 0, 0.99});
    CHECK(WARM "ab" PLAIN "c", {"a", 0, 1}, {"b", 0, 1.99}, {"c", 0, 0.5});
    CHECK(HOT "a" PLAIN WARM "b" PLAIN, {"a", 0, 30}, {"b", 0, 1});
    CHECK("\033[4ma" PLAIN "b", {"a", 0, NAN}, {"b", 0, 0});
    static const double least[] = {1, 2, 4, 6, 8};
    static const char *const colours[] = {"229", "222", "215", "209", "203"};
    for (size_t k = 0; k < 5; k++) {
        char expected[64];
        snprintf(expected, sizeof expected, "\033[38;5;16;48;5;%sm %s", colours[k], PLAIN);
        CHECK(expected, {" ", 0, least[k]});
    }
}

static void a_mark_stays_with_its_letter(void **state) {
    (void)state;
    CHECK(HOT "e\xCC\x81" PLAIN "x", {"e", 0, 0.5}, {"\xCC\x81", 0, 7.6}, {"x", 0, 0});
    CHECK("e" WARM "\xE6\xBC\xA2" PLAIN, {"e", 0, 0.5}, {"\xE6\xBC\xA2", 0, 1.6});
    /* a flag is two letters */
    CHECK(WARM "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA" PLAIN, {"\xF0\x9F\x87\xA9", 0, 0.6},
          {"\xF0\x9F\x87\xAA", 0, 0.6});
    /* one symbol of several characters is charged once */
    CHECK(WARM "e\xCC\x81" PLAIN, {"e\xCC\x81", 0, 1.5});
    /* what was not predicted hides nothing of the mark */
    CHECK("\033[4me\xCC\x81" PLAIN, {"e", 0, NAN}, {"\xCC\x81", 0, 3});
}

static void bytes_become_characters(void **state) {
    (void)state;
    CHECK(HOT "\xC3\xA9" PLAIN "x", {"\xC3", 0, 4}, {"\xA9", 0, 4}, {"x", 0, 0});
    CHECK("\\xC3" HOT "x" PLAIN, {"\xC3", 0, 0}, {"x", 0, 9});
    CHECK(WARM "\\xFF" PLAIN "\\xA9\\xE6\\xBC", {"\xFF", 0, 1}, {"\xA9", 0, 0}, {"\xE6\xBC", 0, 0});
}

static void a_terminal_is_not_steered(void **state) {
    (void)state;
    CHECK("\\e[31m", {"\033[31m", 0, 0});
    CHECK(HOT "\\e" PLAIN "[31m", {"\033", 0, 9}, {"[31m", 0, 0});
    CHECK("\\x07\\x7F\\u009B\\x00\\r", {"\a\x7F\xC2\x9B", 0, 0}, {"\0", 1, 0}, {"\r", 0, 0});
    /* what has no width: a mark alone, a joiner, an override of the direction */
    CHECK("U+0301", {"\xCC\x81", 0, 0});
    CHECK("a\nU+0301", {"a\n", 0, 0}, {"\xCC\x81", 0, 0});
    static const char override[] = {(char)0xE2, (char)0x80, (char)0xAE};
    CHECK("aU+202Eb", {"a", 0, 0}, {override, 3, 0}, {"b", 0, 0});
}

static void lines_and_tabs(void **state) {
    (void)state;
    CHECK("a\nb\tc", {"a", 0, 0}, {"\n", 0, 0.5}, {"b\tc", 0, 0});
    CHECK(HOT SIGN PLAIN "\nb", {"\n", 0, 9}, {"b", 0, 0});
    CHECK(HOT "\xE2\x86\x92" PLAIN "\tb", {"\t", 0, 9}, {"b", 0, 0});
    CHECK(HOT "a" PLAIN "\n" HOT "b" PLAIN, {"a", 0, 9}, {"\n", 0, 0}, {"b", 0, 9});
    CHECK(WARM SIGN PLAIN "\nb", {"\r", 0, 0.6}, {"\n", 0, 0.6}, {"b", 0, 0});
}

/* More marks than anything holds: they are cut, and none is lost. */
static void a_heap_of_marks_is_cut(void **state) {
    (void)state;
    enum { MARKS = 300 };
    Heat heat = {.level = 0};
    Bytes out = {0};
    Error error = {0};
    assert_true(heat_add(&heat, "a", 1, 0, &out, &error));
    for (size_t k = 0; k < MARKS; k++) {
        assert_true(heat_add(&heat, "\xCC\x81", 2, 0, &out, &error));
    }
    assert_true(heat_finish(&heat, &out, &error));
    size_t marks = 0;
    for (const char *at = out.data; *at != '\0'; at++) {
        marks += strncmp(at, "\xCC\x81", 2) == 0 || strncmp(at, "U+0301", 6) == 0;
    }
    assert_int_equal(marks, MARKS);
    bytes_free(&out);
}

static void a_pause_ends_the_colour_and_keeps_what_waits(void **state) {
    (void)state;
    Heat heat = {.level = 0};
    Bytes out = {0};
    Error error = {0};
    assert_true(heat_add(&heat, "ab", 2, 9, &out, &error)); /* charged to the a; the b waits */
    assert_true(heat_pause(&heat, &out, &error));
    assert_string_equal(out.data, HOT "a" PLAIN);
    assert_true(heat_add(&heat, "\xCC\x81", 2, 9, &out, &error));
    assert_true(heat_finish(&heat, &out, &error));
    assert_string_equal(out.data, HOT "a" PLAIN HOT "b\xCC\x81" PLAIN);
    bytes_free(&out);
}

static void the_legend_has_all_colours(void **state) {
    (void)state;
    Bytes out = {0};
    Error error = {0};
    assert_true(heat_legend(&out, &error));
    assert_non_null(strstr(out.data, WARM " 1 to 2 " PLAIN));
    assert_non_null(strstr(out.data, HOT " 8 and more " PLAIN));
    assert_non_null(strstr(out.data, "\033[4mnot predicted" PLAIN "\n"));
    bytes_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_follow_the_bits),
        cmocka_unit_test(a_mark_stays_with_its_letter),
        cmocka_unit_test(bytes_become_characters),
        cmocka_unit_test(a_terminal_is_not_steered),
        cmocka_unit_test(lines_and_tabs),
        cmocka_unit_test(a_heap_of_marks_is_cut),
        cmocka_unit_test(a_pause_ends_the_colour_and_keeps_what_waits),
        cmocka_unit_test(the_legend_has_all_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
