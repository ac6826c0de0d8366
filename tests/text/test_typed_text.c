/* Tests of src/text/typed_text.c: what a person types goes the way of the text, and is refused like it. */
#include "text/typed_text.h"

#include "text/corpus_fixture.h"

static void typed_text_goes_the_same_way(void **state) {
    (void)state;
    static const uint32_t symbols[] = {'a', 'b', 0xE9};
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, COUNT_OF(symbols), NULL);
    assert_non_null(vocab);
    Pipeline pipeline = with_replacements(UNIT_CHAR, "s/x/b/g", NULL);
    static const uint32_t expected[] = {0, 2, 1};
    Units units;
    size_t skipped = 77;
    assert_true(typed_text_encode(&pipeline, vocab, UNKNOWN_ERROR, "--prime",
                                  "\xEF\xBB\xBF"
                                  "ae\xCC\x81x",
                                  8, &units, &skipped, NULL));
    assert_int_equal(units.count, 3);
    assert_memory_equal(units.data, expected, sizeof expected);
    assert_int_equal(skipped, 0);
    units_free(&units);
    assert_true(typed_text_encode(&pipeline, vocab, UNKNOWN_ERROR, "--prime", "", 0, &units, NULL, NULL));
    assert_int_equal(units.count, 0);
    units_free(&units);
    assert_true(
        typed_text_encode(&pipeline, vocab, UNKNOWN_SKIP, "--prime", "a-b-", 4, &units, &skipped, NULL));
    assert_int_equal(units.count, 2);
    assert_int_equal(skipped, 2);
    units_free(&units);
    pipeline_free(&pipeline);
    vocab_free(vocab);
}

static void unknown_typed_characters_are_all_named(void **state) {
    (void)state;
    Vocab *vocab = vocab_of("ab");
    Units units;
    Error error = {0};
    assert_false(
        typed_text_encode(&chars, vocab, UNKNOWN_ERROR, "--prime", "añb漢ñ\n\0", 11, &units, NULL, &error));
    assert_string_equal(
        error.message,
        "--prime: the model does not know 'ñ' (U+00F1), '漢' (U+6F22), '\\n' (U+000A), U+0000; "
        "--unknown skip leaves them out, --unknown nearest reads them as what is like them");
    assert_null(units.data);
    assert_false(typed_text_encode(&chars, vocab, UNKNOWN_ERROR, "--stop", "0123456789xyzx9", 15, &units,
                                   NULL, &error));
    assert_contains(error.message, "--stop: the model does not know '0' (U+0030), '1' (U+0031)");
    assert_contains(error.message, "'9' (U+0039) and 3 more;");
    assert_null(strstr(error.message, "'x'"));
    vocab_free(vocab);
}

static void typed_text_that_is_no_utf8_is_refused(void **state) {
    (void)state;
    Vocab *vocab = vocab_of("ab");
    Units units;
    Error error = {0};
    assert_false(
        typed_text_encode(&chars, vocab, UNKNOWN_SKIP, "--prime", "ab\xFF", 3, &units, NULL, &error));
    assert_string_equal(error.message, "--prime: byte 2: 0xFF is not valid UTF-8");
    Pipeline pipeline = with_replacements(UNIT_CHAR, "s/(a+)+$/x/", NULL);
    static const char hard[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    assert_false(typed_text_encode(&pipeline, vocab, UNKNOWN_SKIP, "--prime", hard, sizeof hard - 1, &units,
                                   NULL, &error));
    assert_contains(error.message, "--prime: --replace 's/(a+)+$/x/': the pattern backtracks too much");
    assert_null(units.data);
    pipeline_free(&pipeline);
    vocab_free(vocab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_text_goes_the_same_way),
        cmocka_unit_test(unknown_typed_characters_are_all_named),
        cmocka_unit_test(typed_text_that_is_no_utf8_is_refused),
    };
    return cmocka_run_group_tests_name("typed_text", tests, NULL, NULL);
}
