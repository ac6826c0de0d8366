/* Tests of src/text/matching_statistics.c: by hand, and against the definition on many random rows. */
#include "support/cmocka_all.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "text/matching_statistics.h"

/* The text stands in front, the corpus behind. */
static int32_t *statistics_of(const char *text, const char *corpus) {
    Bytes row = {0};
    assert_true(bytes_printf(&row, NULL, "%s%s", text, corpus));
    int32_t *statistics = matching_statistics(row.data, row.length, strlen(text), NULL);
    assert_non_null(statistics);
    bytes_free(&row);
    return statistics;
}

static void check(const char *text, const char *corpus, const int32_t *expected) {
    int32_t *statistics = statistics_of(text, corpus);
    assert_memory_equal(statistics, expected, strlen(text) * sizeof *expected);
    free(statistics);
}

static void by_hand(void **state) {
    (void)state;
    check("abrac", "cabra", (int32_t[]){4, 3, 2, 1, 1});
    check("xyz", "abc", (int32_t[]){0, 0, 0});
    check("a", "a", (int32_t[]){1});
    check("banana", "banana", (int32_t[]){6, 5, 4, 3, 2, 1});
    check("aaaa", "baab", (int32_t[]){2, 2, 2, 1});
    check("b", "aaaa", (int32_t[]){0});
}

/* What goes on from the text into the corpus, or in the text alone, is no match. */
static void matches_end_with_the_text_and_the_corpus(void **state) {
    (void)state;
    check("ab", "abab", (int32_t[]){2, 1});
    check("abcabc", "ab", (int32_t[]){2, 1, 0, 2, 1, 0});
    check("cab", "b", (int32_t[]){0, 0, 1});
}

static int32_t definition(const char *row, size_t length, size_t text, size_t place) {
    size_t longest = 0;
    for (size_t other = text; other < length; other++) {
        size_t common = 0;
        while (place + common < text && other + common < length &&
               row[place + common] == row[other + common]) {
            common++;
        }
        longest = common > longest ? common : longest;
    }
    return (int32_t)longest;
}

static void as_defined_on_random_rows(void **state) {
    (void)state;
    Random random = random_create(1, 0);
    for (int round = 0; round < 3000; round++) {
        char row[80];
        size_t letters = 1 + random_next(&random) % 4;
        size_t text = 1 + random_next(&random) % 39;
        size_t length = text + 1 + random_next(&random) % 40;
        for (size_t k = 0; k < length; k++) {
            row[k] = "a\xFF\x00z"[random_next(&random) % letters];
        }
        int32_t *statistics = matching_statistics(row, length, text, NULL);
        assert_non_null(statistics);
        for (size_t place = 0; place < text; place++) {
            assert_int_equal(statistics[place], definition(row, length, text, place));
        }
        free(statistics);
    }
}

/* A million equal letters are quick, though every suffix has nearly all of another in common. */
static void time_is_that_of_the_row(void **state) {
    (void)state;
    enum { TEXT = 500000, LENGTH = 900000 };
    char *row = malloc(LENGTH);
    assert_non_null(row);
    memset(row, 'a', LENGTH);
    int32_t *statistics = matching_statistics(row, LENGTH, TEXT, NULL);
    assert_non_null(statistics);
    assert_int_equal(statistics[0], LENGTH - TEXT);
    assert_int_equal(statistics[TEXT - 100], 100);
    free(statistics);
    free(row);
}

/* What is too long is refused before any of it is looked at. */
static void too_long_a_row_is_refused(void **state) {
    (void)state;
    Error error = {0};
    assert_null(matching_statistics("ab", (size_t)MATCHING_BYTES_MAX + 1, 1, &error));
    assert_contains(error.message, "2147483648 bytes together; copies can be looked for in up to 2147483647");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(matches_end_with_the_text_and_the_corpus),
        cmocka_unit_test(as_defined_on_random_rows),
        cmocka_unit_test(time_is_that_of_the_row),
        cmocka_unit_test(too_long_a_row_is_refused),
    };
    return cmocka_run_group_tests_name("matching statistics", tests, NULL, NULL);
}
