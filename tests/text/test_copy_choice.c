/* Tests of src/text/copy_choice.c: which copies are told of, and that many repeats of one hide none of the others. */
#include "support/cmocka_all.h"

#include <stdio.h>

#include "base/bytes.h"
#include "text/copy_choice.h"

/* Chooses from `count` copies of the text. */
static size_t choose(const char *text, const Copy *items, size_t count, size_t most, Copy *chosen) {
    CopyChoice choice;
    assert_true(copy_choice_open(&choice, text, NULL));
    for (size_t k = 0; k < count; k++) {
        copy_choice_add(&choice, &items[k]);
    }
    size_t made = copy_choice_make(&choice, most, chosen);
    copy_choice_close(&choice);
    return made;
}

/* Of copies that overlap for the most part, and of those that say the same, the longest is enough. */
static void chosen_copies_tell_something_new(void **state) {
    (void)state;
    static const char text[] = "abcdefghijklmnop--cdefgh--mnopqr--xyz";
    static const Copy items[] = {
        {0, 10, 0, 10}, {1, 11, 1, 10}, {9, 16, 9, 7}, {18, 24, 18, 6}, {26, 32, 26, 6}};
    Copy chosen[5];
    assert_int_equal(choose(text, items, 5, 5, chosen), 3);
    assert_int_equal(chosen[0].begin, 0);
    assert_int_equal(chosen[1].begin, 9);
    assert_int_equal(chosen[2].begin, 26);
    assert_int_equal(choose(text, items, 5, 1, chosen), 1);
    assert_int_equal(choose(text, items, 5, 0, chosen), 0);
    assert_int_equal(choose("", NULL, 0, 5, chosen), 0);
}

static void copies_of_one_length_are_in_the_order_of_the_text(void **state) {
    (void)state;
    static const Copy items[] = {{0, 3, 0, 3}, {4, 7, 4, 3}, {8, 11, 8, 3}, {12, 15, 12, 3}};
    Copy chosen[4];
    assert_int_equal(choose("zzz aaa zzz mmm", items, 4, 4, chosen), 3);
    assert_int_equal(chosen[0].begin, 0);
    assert_int_equal(chosen[1].begin, 4);
    assert_int_equal(chosen[2].begin, 12);
}

/* "header" so many times, each with a copy of its own behind it if `numbered`, and a shorter one at the end. */
static void check_many(size_t repeats, bool numbered) {
    enum { HEADER = 6, NUMBER = 5 };
    Bytes text = {0};
    CopyChoice choice;
    for (size_t k = 0; k < repeats; k++) {
        assert_true(bytes_printf(&text, NULL, "header%05zu", k));
    }
    assert_true(bytes_append(&text, "last", 4, NULL));
    assert_true(copy_choice_open(&choice, text.data, NULL));
    for (size_t k = 0; k < repeats; k++) {
        size_t at = k * (HEADER + NUMBER);
        copy_choice_add(&choice, &(Copy){at, at + HEADER, at, HEADER});
        if (numbered) {
            copy_choice_add(&choice, &(Copy){at + HEADER, at + HEADER + NUMBER, at + HEADER, NUMBER});
        }
    }
    size_t end = text.length;
    copy_choice_add(&choice, &(Copy){end - 4, end, end - 4, 4});
    Copy chosen[3];
    assert_int_equal(copy_choice_make(&choice, 3, chosen), numbered ? 3 : 2);
    assert_int_equal(chosen[0].begin, 0);
    assert_int_equal(chosen[1].begin, numbered ? HEADER : end - 4);
    if (numbered) { /* there are more of these than are looked at: the first ones stay */
        assert_int_equal(chosen[2].begin, HEADER + NUMBER + HEADER);
    }
    copy_choice_close(&choice);
    bytes_free(&text);
}

static void repeats_hide_no_other_copy(void **state) {
    (void)state;
    check_many(100, false);
    check_many(5000, false);
    check_many(50000, false);
    check_many(50000, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_copies_tell_something_new),
        cmocka_unit_test(copies_of_one_length_are_in_the_order_of_the_text),
        cmocka_unit_test(repeats_hide_no_other_copy),
    };
    return cmocka_run_group_tests_name("copy choice", tests, NULL, NULL);
}
