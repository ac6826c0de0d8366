/* Passages where two models differ most, from cells whose nats are given. */
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

#include "generate/passages.h"

/* Adds a text of which each letter is a cell: a space is white space, | a border, and . the rest of a character. What
 * it costs the first model are 10 nats for a capital letter and 1 for others, and the second one 3. */
static void add_text(Passages *passages, const char *text) {
    for (size_t k = 0; text[k] != '\0'; k++) {
        bool capital = text[k] >= 'A' && text[k] <= 'Z';
        const TextCell cell = {.units = {k, k + 1},
                               .line = 1 + k / 100,
                               .text = (unsigned char)text[k],
                               .nats = {capital ? 10 : 1, text[k] == ' ' ? 1 : 3},
                               .space = text[k] == ' ',
                               .border = text[k] == '|',
                               .inner = text[k] == '.'};
        passages_add(passages, &cell);
    }
    passages_end(passages);
}

/* Fails unless a passage is that part of the text. */
static void check_passage(const Passage *passage, size_t begin, size_t end, double first, double second) {
    assert_int_equal(passage->units.begin, begin);
    assert_int_equal(passage->units.end, end);
    assert_true(fabs(passage->nats[0] - first) < 1e-9);
    assert_true(fabs(passage->nats[1] - second) < 1e-9);
}

static void passages_are_words_with_the_white_space_behind(void **state) {
    (void)state;
    Passages passages = {.closing = false};
    add_text(&passages, "ab  ABC d");
    assert_int_equal(passages.count[0], 1);
    assert_int_equal(passages.count[1], 2);
    check_passage(&passages.most[0][0], 4, 8, 31, 10);
    check_passage(&passages.most[1][0], 0, 4, 4, 8);
    check_passage(&passages.most[1][1], 8, 9, 1, 3);
}

static void a_border_ends_a_passage(void **state) {
    (void)state;
    Passages passages = {.closing = false};
    add_text(&passages, "|AB|CDE|");
    assert_int_equal(passages.count[0], 2);
    check_passage(&passages.most[0][0], 4, 8, 31, 12);
    check_passage(&passages.most[0][1], 1, 4, 21, 9);
}

static void a_text_without_white_space_is_cut(void **state) {
    (void)state;
    char text[60];
    memset(text, 'a', sizeof text);
    text[PASSAGE_CELLS] = '.'; /* not within a character */
    text[sizeof text - 1] = '\0';
    Passages passages = {.closing = false};
    add_text(&passages, text);
    assert_int_equal(passages.count[1], 3);
    check_passage(&passages.most[1][0], 0, PASSAGE_CELLS + 1, PASSAGE_CELLS + 1, 3 * (PASSAGE_CELLS + 1));
}

/* Letters that are no capitals make the excess of the second model larger; those of equal excess are in the order of
 * the text. */
static void the_largest_are_kept_in_order(void **state) {
    (void)state;
    Passages passages = {.closing = false};
    add_text(&passages, "c bb aaa f g h i j k l mmmm n");
    assert_int_equal(passages.count[1], PASSAGES);
    check_passage(&passages.most[1][0], 23, 28, 5, 13);
    check_passage(&passages.most[1][1], 5, 9, 4, 10);
    check_passage(&passages.most[1][2], 2, 5, 3, 7);
    check_passage(&passages.most[1][3], 0, 2, 2, 4);
    check_passage(&passages.most[1][4], 9, 11, 2, 4);
    check_passage(&passages.most[1][9], 19, 21, 2, 4);
}

/* The same word again, with other white space: only where it differs most. Here the first one is not predicted. */
static void the_same_text_is_kept_once(void **state) {
    (void)state;
    Passages passages = {.closing = false};
    const TextCell first = {.units = {100, 101}, .text = 'b', .nats = {NAN, NAN}};
    passages_add(&passages, &first);
    add_text(&passages, "b xx bb yyy bb bbb ");
    assert_int_equal(passages.count[1], 4);
    check_passage(&passages.most[1][0], 8, 12, 4, 10); /* yyy, then bbb */
    check_passage(&passages.most[1][1], 15, 19, 4, 10);
    check_passage(&passages.most[1][2], 2, 5, 3, 7);
    check_passage(&passages.most[1][3], 5, 8, 3, 7);
}

static void a_later_one_of_the_same_text_may_be_larger(void **state) {
    (void)state;
    Passages passages = {.closing = false};
    for (size_t k = 0; k < 5; k++) {
        const TextCell cell = {.units = {k, k + 1}, .text = 7, .nats = {0, k == 3 ? 9 : 2}, .border = true};
        const TextCell other = {.units = {k, k + 1}, .text = 8, .nats = {0, 5}, .border = true};
        passages_add(&passages, &cell);
        passages_add(&passages, &other);
    }
    assert_int_equal(passages.count[1], 2);
    check_passage(&passages.most[1][0], 3, 4, 0, 9);
    check_passage(&passages.most[1][1], 0, 1, 0, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passages_are_words_with_the_white_space_behind),
        cmocka_unit_test(a_border_ends_a_passage),
        cmocka_unit_test(a_text_without_white_space_is_cut),
        cmocka_unit_test(the_largest_are_kept_in_order),
        cmocka_unit_test(the_same_text_is_kept_once),
        cmocka_unit_test(a_later_one_of_the_same_text_may_be_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
