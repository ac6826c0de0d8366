/* Texts read with the vocabulary of a model: what it does not know is named with its place, or left out. */
#include "text/corpus_fixture.h"

#include <stdio.h>

#include "base/digest.h"

static void given_vocabulary_encodes(void **state) {
    Vocab *vocab = vocab_of("\nabc");
    char *path = scratch_write_text(*state, "file", "cab\n");
    Corpus corpus;
    assert_true(
        corpus_read_with_vocab(&chars, vocab, UNKNOWN_ERROR, &(CorpusFiles){&path, 1, NULL}, &corpus, NULL));
    static const uint32_t expected[] = {3, 1, 2, 0};
    assert_null(corpus.vocab);
    check_units(&corpus, expected, COUNT_OF(expected));
    assert_int_equal(corpus.unknown, 0);
    assert_int_equal(corpus.report.bytes, 4);
    assert_true(corpus.report.digest == digest_add(DIGEST_START, "cab\n", 4));
    corpus_free(&corpus);
    vocab_free(vocab);
}

static void unknown_symbols_are_named_or_left_out(void **state) {
    Scratch *scratch = *state;
    Vocab *vocab = vocab_of("\nabc");
    char *paths[] = {scratch_write_text(scratch, "first", "abc\n"),
                     scratch_write_text(scratch, "second", "ab\ncañbña漢"),
                     scratch_write_text(scratch, "x", "xyz")};
    Corpus corpus;
    Error error = {0};
    assert_false(corpus_read_with_vocab(&chars, vocab, UNKNOWN_ERROR, &(CorpusFiles){paths, 2, NULL}, &corpus,
                                        &error));
    assert_contains(error.message, "second: line 2, byte 5: the model does not know 'ñ' (U+00F1)");
    assert_contains(error.message, "unknown characters in all: 3");
    assert_contains(error.message, "--unknown skip");
    assert_null(corpus.units);
    assert_true(
        corpus_read_with_vocab(&chars, vocab, UNKNOWN_SKIP, &(CorpusFiles){paths, 2, NULL}, &corpus, NULL));
    Bytes text = spell(vocab, corpus.units);
    assert_string_equal(text.data, "abc\nab\ncaba");
    assert_int_equal(corpus.unknown, 3);
    bytes_free(&text);
    corpus_free(&corpus);
    assert_false(corpus_read_with_vocab(&chars, vocab, UNKNOWN_SKIP, &(CorpusFiles){&paths[2], 1, NULL},
                                        &corpus, &error));
    assert_contains(error.message, "the model knows nothing of what is in ");
    Pipeline pipeline = with_replacements(UNIT_CHAR, "s/abc/ab~/", NULL);
    assert_false(corpus_read_with_vocab(&pipeline, vocab, UNKNOWN_ERROR, &(CorpusFiles){paths, 1, NULL},
                                        &corpus, &error));
    assert_contains(
        error.message,
        "first: line 1, byte 2 (of the text as it was cleaned): the model does not know '~' (U+007E)");
    pipeline_free(&pipeline);
    vocab_free(vocab);
}

/* Where the pipeline changed what stands before it, a place is one in the file or is said to be another. */
static void unknown_symbols_have_their_place_in_the_file(void **state) {
    Vocab *vocab = vocab_of("\nabc");
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"\xEF\xBB\xBF"
         "abc\nñ",
         "line 2, byte 7: the"},
        {"\xEF\xBB\xBF"
         "ñ",
         "line 1, byte 3: the"},
        {"an\u0303\nab", "line 1, byte 1 (of the text as it was cleaned): the"},
        {"\xEF\xBB\xBF"
         "n\u0303",
         "line 1, byte 3 (of the text as it was cleaned): the"},
    };
    Pipeline idle = with_replacements(UNIT_CHAR, "s/xyz//", NULL);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char *path = scratch_write_text(*state, "marked", cases[k].text);
        Corpus corpus;
        Error error = {0};
        assert_false(corpus_read_with_vocab(&chars, vocab, UNKNOWN_ERROR, &(CorpusFiles){&path, 1, NULL},
                                            &corpus, &error));
        assert_contains(error.message, cases[k].place);
        assert_false(corpus_read_with_vocab(&idle, vocab, UNKNOWN_ERROR, &(CorpusFiles){&path, 1, NULL},
                                            &corpus, &error));
        assert_contains(error.message, cases[k].place);
    }
    pipeline_free(&idle);
    vocab_free(vocab);
}

/* The place of an unknown symbol at the borders between files. */
static void place_is_that_in_its_own_file(void **state) {
    Scratch *scratch = *state;
    Vocab *vocab = vocab_of("\na");
    static const char *const samples[][4] = {
        {"xa", "a", "a", "/0: line 1, byte 0:"}, {"ax", "a", "a", "/0: line 1, byte 1:"},
        {"a", "xa", "a", "/1: line 1, byte 0:"}, {"a", "", "x", "/2: line 1, byte 0:"},
        {"", "", "x", "/2: line 1, byte 0:"},    {"a\n", "a\n", "\nx", "/2: line 2, byte 1:"},
        {"x", "", "", "/0: line 1, byte 0:"},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        char *paths[] = {scratch_write_text(scratch, "0", samples[k][0]),
                         scratch_write_text(scratch, "1", samples[k][1]),
                         scratch_write_text(scratch, "2", samples[k][2])};
        Corpus corpus;
        Error error = {0};
        assert_false(corpus_read_with_vocab(&chars, vocab, UNKNOWN_ERROR, &(CorpusFiles){paths, 3, NULL},
                                            &corpus, &error));
        assert_contains(error.message, samples[k][3]);
    }
    vocab_free(vocab);
}

static void unknown_bytes_are_named(void **state) {
    static const uint32_t symbols[] = {'a', 'b'};
    Vocab *vocab = vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 2, NULL);
    assert_non_null(vocab);
    char *path = scratch_write_text(*state, "file", "ab\xF1z");
    Corpus corpus;
    Error error = {0};
    assert_false(corpus_read_with_vocab(&bytes_pipeline, vocab, UNKNOWN_ERROR, &(CorpusFiles){&path, 1, NULL},
                                        &corpus, &error));
    assert_contains(error.message, "file: line 1, byte 2: the model does not know byte 0xF1; ");
    assert_contains(error.message, "unknown bytes in all: 2");
    vocab_free(vocab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        corpus_test(given_vocabulary_encodes),
        corpus_test(unknown_symbols_are_named_or_left_out),
        corpus_test(unknown_symbols_have_their_place_in_the_file),
        corpus_test(place_is_that_in_its_own_file),
        corpus_test(unknown_bytes_are_named),
    };
    return cmocka_run_group_tests_name("corpus_with_vocab", tests, NULL, NULL);
}
