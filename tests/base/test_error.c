/* Tests of src/base/error.c: what a message says, how it is cut, and what kind of failure it tells of. */
#include "support/cmocka_all.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/utf8.h"

static const char *name_at(size_t index) {
    static const char *const names[] = {"char", "byte", "grapheme"};
    return names[index];
}

static void error_says_what_it_was_told(void **state) {
    (void)state;
    Error error = {0};
    assert_false(error_set(&error, "%s: line %d", "poems.txt", 3));
    assert_string_equal(error.message, "poems.txt: line 3");
    assert_false(error_prefix(&error, "%s: ", "models/a.safetensors"));
    assert_string_equal(error.message, "models/a.safetensors: poems.txt: line 3");
    assert_false(error_out_of_memory(&error, 1ULL << 40, "the weights"));
    assert_contains(error.message, "out of memory");
    assert_contains(error.message, "1099511627776 bytes");
    assert_contains(error.message, "the weights");
    assert_true(error.memory);
    error_prefix(&error, "%s: ", "models/a.safetensors");
    error_add_names(&error, name_at, 3);
    assert_true(error.memory); /* whatever else is said */
    error_set(&error, "the pattern 'out of memory' has no end: there are");
    assert_false(error.memory); /* these words do not make it so */
    error_set(&error, "there are");
    assert_false(error_add_names(&error, name_at, 3));
    assert_string_equal(error.message, "there are char byte grapheme");
}

static void error_may_be_null(void **state) {
    (void)state;
    assert_false(error_set(NULL, "%d", 1));
    assert_false(error_prefix(NULL, "%d", 1));
    assert_false(error_add_names(NULL, name_at, 3));
    assert_false(error_out_of_memory(NULL, 1, "nothing"));
}

/* Fills a message with `before` ASCII letters and then more of `character` than it holds. */
static void check_cut(size_t before, const char *character, bool with_prefix) {
    Bytes text = {0};
    for (size_t k = 0; k < before; k++) {
        assert_true(bytes_append(&text, "a", 1, NULL));
    }
    while (text.length < (size_t)(with_prefix ? ERROR_MESSAGE_SIZE - 30 : 2 * ERROR_MESSAGE_SIZE)) {
        assert_true(bytes_append(&text, character, strlen(character), NULL));
    }
    Error error = {0};
    error_set(&error, "%s", text.data);
    if (with_prefix) {
        error_prefix(&error, "%s", "a prefix that is longer than thirty bytes: ");
    }
    size_t length = strlen(error.message);
    assert_in_range(length, ERROR_MESSAGE_SIZE - 8, ERROR_MESSAGE_SIZE - 1);
    assert_int_equal(utf8_find_invalid(error.message, length), length);
    bytes_free(&text);
}

static void error_is_cut_at_a_whole_character(void **state) {
    (void)state;
    static const char *const characters[] = {"x", "é", "漢", "😀"};
    for (size_t k = 0; k < sizeof characters / sizeof *characters; k++) {
        for (size_t before = 0; before < 5; before++) {
            check_cut(before, characters[k], false);
            check_cut(before, characters[k], true);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_says_what_it_was_told),
        cmocka_unit_test(error_may_be_null),
        cmocka_unit_test(error_is_cut_at_a_whole_character),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
