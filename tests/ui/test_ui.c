/* Tests of src/ui: numbers and figures, the nearest name, and text that is made safe to look at. */
#include "support/cmocka_all.h"

#include <float.h>
#include <math.h>

#include "ui/figures.h"
#include "ui/nearest.h"
#include "ui/numbers.h"
#include "ui/visible.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* --- numbers --- */

static void numbers_are_all_of_a_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double number;
    } right[] = {{"1", 1}, {"-1.5", -1.5}, {"+2", 2}, {".5", 0.5}, {"5.", 5}, {"2e-3", 0.002}, {"1E2", 100}};
    for (size_t k = 0; k < COUNT_OF(right); k++) {
        double number = NAN;
        assert_true(number_read(right[k].text, &number));
        assert_true(number == right[k].number);
    }
    static const char *const wrong[] = {"",    "-",  ".",  "e5",  "1e",    "1e+", "0x1p3", "nan",
                                        "inf", " 1", "1 ", "1,5", "1.2.3", "--1", "1k",    "infinity"};
    for (size_t k = 0; k < COUNT_OF(wrong); k++) {
        double number = 7;
        assert_false(number_read(wrong[k], &number));
        assert_true(number == 7);
    }
}

static void whole_numbers_are_exact(void **state) {
    (void)state;
    double number = 0;
    uint64_t whole = 0;
    assert_true(number_read_whole("18446744073709551615", false, &number, &whole));
    assert_true(whole == 0); /* as a double it is 2^64, which is beyond */
    assert_true(number_read_whole("9007199254740993", false, &number, &whole));
    assert_true(whole == 9007199254740993u);
    assert_true(number_read_whole("99999999999999999999999", false, &number, &whole));
    assert_true(number > 9e22 && whole == 0);
    assert_true(number_read_whole("-3", false, &number, &whole));
    assert_true(number == -3 && whole == 0);
    assert_false(number_read_whole("1.0", false, &number, &whole));
    assert_false(number_read_whole("1e3", false, &number, &whole));
    assert_false(number_read_whole("", false, &number, &whole));
}

static void units_multiply(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t whole;
    } right[] = {{"0k", 0}, {"10k", 10000}, {"10K", 10000}, {"2M", 2000000}, {"3G", 3000000000u}, {"7", 7}};
    double number = 0;
    uint64_t whole = 0;
    for (size_t k = 0; k < COUNT_OF(right); k++) {
        assert_true(number_read_whole(right[k].text, true, &number, &whole));
        assert_true(whole == right[k].whole && number == (double)right[k].whole);
    }
    assert_false(number_read_whole("10k", false, &number, &whole));
    assert_false(number_read_whole("k", true, &number, &whole));
    assert_false(number_read_whole("1kk", true, &number, &whole));
    assert_false(number_read_whole("1m", true, &number, &whole));
}

/* --- figures --- */

static void figures_are_readable(void **state) {
    (void)state;
    char out[FIGURE_SIZE];
    assert_string_equal(figure_count(0, out), "0");
    assert_string_equal(figure_count(999, out), "999");
    assert_string_equal(figure_count(1115394, out), "1,115,394");
    assert_string_equal(figure_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
    assert_string_equal(figure_short(953.4, out), "953");
    assert_string_equal(figure_short(999.7, out), "1.00k");
    assert_string_equal(figure_short(15249, out), "15.2k");
    assert_string_equal(figure_short(2.04e6, out), "2.04M");
    assert_string_equal(figure_bytes(212, out), "212 bytes");
    assert_string_equal(figure_bytes(1300000000, out), "1.30 GB");
    assert_string_equal(figure_clock(41.2, out), "0:41");
    assert_string_equal(figure_clock(3723, out), "1:02:03");
    assert_string_equal(figure_clock(-5, out), "0:00");
    assert_string_equal(figure_clock(NAN, out), "?");
    assert_string_equal(figure_duration(0.25, out), "0.25 s");
    assert_string_equal(figure_duration(150, out), "2 min 30 s");
    assert_string_equal(figure_duration(3600, out), "1 h");
    assert_string_equal(figure_duration(11100, out), "3 h 5 min");
    assert_string_equal(figure_loss(1.23456, out), "1.235");
    assert_string_equal(figure_loss(NAN, out), "-");
    assert_true(fabs(bits_from_nats(M_LN2) - 1.0) < 1e-15);
}

/* --- the nearest name --- */

static const char *fruit_at(const void *context, size_t index) {
    static const char *const fruits[] = {"apple", "banana", "cherry", "temperature", "top-k", "top-p"};
    (void)context;
    return index < COUNT_OF(fruits) ? fruits[index] : NULL;
}

static void the_nearest_name_is_near(void **state) {
    (void)state;
    assert_string_equal(nearest_name("aple", fruit_at, NULL), "apple");
    assert_string_equal(nearest_name("bannana", fruit_at, NULL), "banana");
    assert_string_equal(nearest_name("temp", fruit_at, NULL), "temperature");  /* the beginning of it */
    assert_string_equal(nearest_name("top-o", fruit_at, NULL), "top-k");       /* of two, the first */
    assert_string_equal(nearest_name("tempp", fruit_at, NULL), "temperature"); /* the wrong beginning of it */
    assert_string_equal(nearest_name("tepm", fruit_at, NULL), "temperature");
    assert_null(nearest_name("xyzzy", fruit_at, NULL));
    assert_null(nearest_name("", fruit_at, NULL));
    assert_null(nearest_name("cheese and", fruit_at, NULL));
    assert_string_equal(nearest_name("papel", fruit_at, NULL),
                        "apple"); /* two swaps are two edits, not four */
    assert_string_equal(nearest_name("tmperatre", fruit_at, NULL), "temperature");
    char longest[65];
    memset(longest, 'a', sizeof longest - 1);
    longest[64] = '\0';
    assert_null(nearest_name(longest, fruit_at, NULL)); /* too long to be compared */
    longest[63] = '\0';
    assert_null(nearest_name(longest, fruit_at, NULL));
}

static void names_that_begin_so_are_listed(void **state) {
    (void)state;
    Bytes list = {0};
    assert_int_equal(names_beginning("top", "--", fruit_at, NULL, &list, NULL), 2);
    assert_string_equal(list.data, "--top-k, --top-p");
    list.length = 0;
    assert_int_equal(names_beginning("banana", "", fruit_at, NULL, &list, NULL), 1);
    assert_string_equal(list.data, "banana");
    list.length = 0;
    assert_int_equal(names_beginning("bananas", "", fruit_at, NULL, &list, NULL), 0);
    assert_int_equal(list.length, 0);
    assert_int_equal(names_beginning("", "", fruit_at, NULL, &list, NULL), 6);
    bytes_free(&list);
}

/* --- visible text --- */

/* What becomes of a text that comes in pieces of `piece` bytes. */
static void assert_shown(const char *text, size_t length, const char *expected) {
    for (size_t piece = 1; piece <= length; piece++) {
        Visible visible = {0};
        Bytes out = {0};
        for (size_t at = 0; at < length; at += piece) {
            size_t size = length - at < piece ? length - at : piece;
            assert_true(visible_add(&visible, text + at, size, &out, NULL));
        }
        assert_true(visible_finish(&visible, &out, NULL));
        assert_string_equal(out.data, expected);
        bytes_free(&out);
    }
}

#define SHOWN(text, expected) assert_shown(text, sizeof(text) - 1, expected)

static void text_passes_and_controls_are_shown(void **state) {
    (void)state;
    SHOWN("El niño\tcomió 漢字 😀\n", "El niño\tcomió 漢字 😀\n");
    SHOWN("a\033[31mb", "a\\e[31mb");
    SHOWN("\a\b\177", "\\x07\\x08\\x7F");
    SHOWN("a\0b", "a\\x00b");
    SHOWN("\302\233m", "\\u009Bm"); /* a control in two bytes */
    /* The direction of text cannot be turned, but text that runs to the left is left alone. */
    SHOWN("\u202Aa\u202C\u202Eb\u202C", "\\u202Aa\\u202C\\u202Eb\\u202C");
    SHOWN("\u2066a\u2069\u2068b\u2069", "\\u2066a\\u2069\\u2068b\\u2069");
    SHOWN("\u2029\u202F\u2065\u206A\u200F\u05E9\u05DC", "\u2029\u202F\u2065\u206A\u200F\u05E9\u05DC");
}

static void carriage_returns_end_lines_or_are_shown(void **state) {
    (void)state;
    SHOWN("one\r\ntwo\r\n", "one\ntwo\n");
    SHOWN("one\rtwo", "one\\rtwo");
    SHOWN("one\r\r\n", "one\\r\n");
    SHOWN("end\r", "end\\r");
}

static void bytes_that_are_no_utf8_are_shown(void **state) {
    (void)state;
    SHOWN("\377\376", "\\xFF\\xFE");
    SHOWN("a\303", "a\\xC3");                 /* the end cuts a character */
    SHOWN("\303a", "\\xC3a");                 /* another one begins */
    SHOWN("\342\202a", "\\xE2\\x82a");        /* in its middle */
    SHOWN("\300\200", "\\xC0\\x80");          /* overlong */
    SHOWN("\355\240\200", "\\xED\\xA0\\x80"); /* a surrogate */
    SHOWN("\360\237\230\303\261", "\\xF0\\x9F\\x98ñ");
    SHOWN("\200\200\200\200\200", "\\x80\\x80\\x80\\x80\\x80");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_all_of_a_text),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(units_multiply),
        cmocka_unit_test(figures_are_readable),
        cmocka_unit_test(names_that_begin_so_are_listed),
        cmocka_unit_test(the_nearest_name_is_near),
        cmocka_unit_test(text_passes_and_controls_are_shown),
        cmocka_unit_test(carriage_returns_end_lines_or_are_shown),
        cmocka_unit_test(bytes_that_are_no_utf8_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
