/* Tests of src/text/corpus.c and pipeline.c: files on their way to units. */
#include "text/corpus_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/random.h"

static Corpus read_or_fail(const Pipeline *pipeline, char *const *paths, size_t count) {
    Corpus corpus;
    Error error = {0};
    if (!corpus_read(pipeline, NULL, &(CorpusFiles){paths, count, NULL}, &corpus, &error)) {
        fail_msg("%s", error.message);
    }
    return corpus;
}

/* Reads the files and checks what became of them, and all that the corpus says of itself. */
static void check_corpus(const Pipeline *pipeline, char *const *paths, size_t count, const char *expected,
                         size_t length) {
    Corpus corpus = read_or_fail(pipeline, paths, count);
    Bytes text = spell(corpus.vocab, corpus.units);
    if (text.length != length || memcmp(text.data, expected, length) != 0) {
        fail_msg("\"%s\" is not \"%s\"", text.data, expected);
    }
    uint64_t total = 0;
    for (uint32_t k = 0; k < vocab_size(corpus.vocab); k++) {
        assert_true(vocab_count(corpus.vocab, k) > 0);
        total += vocab_count(corpus.vocab, k);
    }
    assert_int_equal(total, unit_store_count(corpus.units));
    assert_int_equal(vocab_unit(corpus.vocab), pipeline->unit);
    assert_true(corpus.report.digest == digest_add(DIGEST_START, expected, length));
    assert_int_equal(corpus.unknown, 0);
    bytes_free(&text);
    corpus_free(&corpus);
    assert_null(corpus.vocab);
}

/* The symbols of another vocabulary come in without changing what the units say. */
static void known_symbols_are_added(void **state) {
    char *path = scratch_write(*state, "file", "bdb", 3);
    static const uint32_t more[] = {'a', 'b', 'e'};
    Vocab *other = vocab_create_from_numbers(UNIT_CHAR, more, NULL, 3, NULL);
    Corpus corpus;
    assert_true(corpus_read(&chars, other, &(CorpusFiles){&path, 1, NULL}, &corpus, NULL));
    assert_int_equal(vocab_size(corpus.vocab), 4);
    assert_int_equal(vocab_count(corpus.vocab, vocab_find_number(corpus.vocab, 'b')), 2);
    Bytes text = spell(corpus.vocab, corpus.units);
    assert_string_equal(text.data, "bdb");
    bytes_free(&text);
    vocab_free(other);
    corpus_free(&corpus);
}

static void check_file(Scratch *scratch, const Pipeline *pipeline, const char *content, size_t length,
                       const char *expected, size_t expected_length) {
    char *path = scratch_write(scratch, "file", content, length);
    check_corpus(pipeline, &path, 1, expected, expected_length);
}

static void text_comes_through(void **state) {
    Scratch *scratch = *state;
    check_file(scratch, &chars, "a", 1, "a", 1);
    check_file(scratch, &chars, "aaaa", 4, "aaaa", 4);
    check_file(scratch, &chars, "\n", 1, "\n", 1);
    check_file(scratch, &chars, "a\r\nb\r\n", 6, "a\r\nb\r\n", 6);
    check_file(scratch, &chars, "a\0\0b\0", 5, "a\0\0b\0", 5);
    check_file(scratch, &chars, "ñ漢😀\n", 10, "ñ漢😀\n", 10);
    check_file(scratch, &chars,
               "\xEF\xBB\xBF"
               "a",
               4, "a", 1);
    check_file(scratch, &chars, "a\xEF\xBB\xBF", 4, "a\xEF\xBB\xBF", 4); /* not at the start: a character */
    check_file(scratch, &chars, "\xEF\xBB\xBF\xEF\xBB\xBF", 6, "\xEF\xBB\xBF", 3);
    check_file(scratch, &chars, "cafe\xCC\x81\n", 7, "caf\xC3\xA9\n", 6);
    check_file(scratch, &chars, "\xCC\x81x", 3, "\xCC\x81x", 3);
    check_file(scratch, &chars, "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 9, "한", 3);
}

static void bytes_come_through_as_they_are(void **state) {
    Scratch *scratch = *state;
    char all[512];
    for (unsigned k = 0; k < sizeof all; k++) {
        all[k] = (char)(unsigned char)(255 - k % 256);
    }
    check_file(scratch, &bytes_pipeline, all, sizeof all, all, sizeof all);
    char *path = scratch_path(scratch, "file");
    Corpus corpus = read_or_fail(&bytes_pipeline, &path, 1);
    assert_int_equal(vocab_size(corpus.vocab), 256);
    for (uint32_t k = 0; k < 256; k++) {
        assert_int_equal(vocab_number(corpus.vocab, k), k);
        assert_int_equal(vocab_count(corpus.vocab, k), 2);
    }
    uint32_t first = 0;
    assert_true(unit_store_read(corpus.units, 0, 1, &first, NULL));
    assert_int_equal(first, 255);
    assert_int_equal(corpus.report.bytes, sizeof all);
    corpus_free(&corpus);
    check_file(scratch, &bytes_pipeline,
               "\xEF\xBB\xBF"
               "a",
               4,
               "\xEF\xBB\xBF"
               "a",
               4);
    check_file(scratch, &bytes_pipeline, "e\xCC\x81", 3, "e\xCC\x81", 3);
}

static void vocabulary_is_sorted_and_counted(void **state) {
    char *path = scratch_write_text(*state, "file", "banana ñ");
    Corpus corpus = read_or_fail(&chars, &path, 1);
    static const uint32_t symbols[] = {' ', 'a', 'b', 'n', 0xF1};
    static const uint64_t counts[] = {1, 3, 1, 2, 1};
    static const uint32_t units[] = {2, 1, 3, 1, 3, 1, 0, 4};
    assert_int_equal(vocab_size(corpus.vocab), COUNT_OF(symbols));
    for (uint32_t k = 0; k < COUNT_OF(symbols); k++) {
        assert_int_equal(vocab_number(corpus.vocab, k), symbols[k]);
        assert_true(vocab_count(corpus.vocab, k) == counts[k]);
    }
    check_units(&corpus, units, COUNT_OF(units));
    assert_int_equal(corpus.report.bytes, 9);
    corpus_free(&corpus);
}

static void files_are_joined_with_newlines(void **state) {
    Scratch *scratch = *state;
    char *paths[] = {
        scratch_write_text(scratch, "a", "one"), scratch_write_text(scratch, "b", "\xEF\xBB\xBFtwo\n"),
        scratch_write_text(scratch, "c", ""),    scratch_write_text(scratch, "d", "\xCC\x81three"),
        scratch_write_text(scratch, "e", ""),
    };
    check_corpus(&chars, paths, 5, "one\ntwo\n\xCC\x81three", 15);
    char *swapped[] = {paths[2], paths[3], paths[0]};
    check_corpus(&chars, swapped, 3, "\xCC\x81three\none", 11);
    check_corpus(&bytes_pipeline, paths, 2, "one\n\xEF\xBB\xBFtwo\n", 11);
    char *ends[] = {scratch_write_text(scratch, "f", "e"), paths[3]};
    check_corpus(&chars, ends, 2, "e\n\xCC\x81three", 9); /* the mark does not reach into the file before */
    Corpus corpus = read_or_fail(&chars, paths, 5);
    assert_int_equal(corpus.report.bytes, 3 + 7 + 7);
    corpus_free(&corpus);
}

static void standard_input_is_a_file(void **state) {
    int saved = dup(STDIN_FILENO);
    int file = open(scratch_write_text(*state, "file", "piped\xFFin"), O_RDONLY);
    assert_true(saved >= 0 && file >= 0);
    assert_true(dup2(file, STDIN_FILENO) >= 0);
    char *path = "-";
    Corpus corpus;
    Error error = {0};
    bool done = corpus_read(&chars, NULL, &(CorpusFiles){&path, 1, NULL}, &corpus, &error);
    Error second = {0};
    bool again = corpus_read(&chars, NULL, &(CorpusFiles){&path, 1, NULL}, &corpus,
                             &second); /* read to its end already */
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
    close(file);
    assert_false(done);
    assert_contains(error.message, "standard input: line 1, byte 5: 0xFF is not valid UTF-8");
    assert_false(again);
    assert_string_equal(second.message, "standard input is empty: there is nothing to learn from");
}

/* --- pieces --- */

enum { LARGE = 5 << 19 }; /* two and a half pieces */

/* What makes a large text: `glue` between things that would change if they were cut. */
static Bytes make_large(const char *glue) {
    static const char *const things[] = {"e\xCC\x81", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "漢字", "a",
                                         "\r\n"};
    Bytes text = {0};
    for (uint64_t k = 0; text.length < LARGE; k++) {
        const char *thing = things[random_at(3, k) % COUNT_OF(things)];
        assert_true(bytes_append(&text, thing, strlen(thing), NULL) &&
                    (random_at(4, k) % 100 > 0 || bytes_append(&text, glue, strlen(glue), NULL)));
    }
    return text;
}

/* A large file comes out as it would in one piece, which a replacement that does nothing makes of it. */
static void check_pieces(Scratch *scratch, Unit unit, const char *glue) {
    Bytes text = make_large(glue);
    char *path = scratch_write(scratch, "large", text.data, text.length);
    Pipeline plain = {.unit = unit};
    Pipeline whole = {.unit = unit};
    assert_true(pipeline_add_rule(&whole, RULE_REPLACE, "s/never there//", NULL));
    Corpus pieces = read_or_fail(&plain, &path, 1);
    Corpus one = read_or_fail(&whole, &path, 1);
    assert_true(pieces.report.digest == one.report.digest);
    assert_int_equal(pieces.report.bytes, text.length);
    assert_true(vocab_equal(pieces.vocab, one.vocab));
    uint32_t *expected = stored_units(one.units);
    check_units(&pieces, expected, unit_store_count(one.units));
    free(expected);
    corpus_free(&pieces);
    corpus_free(&one);
    pipeline_free(&whole);
    bytes_free(&text);
}

static void pieces_make_the_whole(void **state) {
    for (int unit = 0; unit < UNITS; unit++) {
        check_pieces(*state, (Unit)unit, "\n");
        check_pieces(*state, (Unit)unit, "ab");       /* cut between letters */
        check_pieces(*state, (Unit)unit, "\xCC\x81"); /* hardly anywhere */
    }
}

/* Places in a later piece are those of the file. */
static void places_are_those_of_the_file(void **state) {
    Bytes text = make_large("\n");
    size_t lines = 1;
    for (size_t k = 0; k < text.length; k++) {
        lines += text.data[k] == '\n';
    }
    char expected[100];
    snprintf(expected, sizeof expected, "large: line %zu, byte %zu: 0xFF is not valid UTF-8", lines,
             text.length);
    assert_true(bytes_append(&text, "\xFFz", 2, NULL));
    char *path = scratch_write(*state, "large", text.data, text.length);
    Corpus corpus;
    Error error = {0};
    assert_false(corpus_read(&chars, NULL, &(CorpusFiles){&path, 1, NULL}, &corpus, &error));
    assert_contains(error.message, expected);
    Bytes ascii = {0};
    for (size_t k = 0; k < LARGE; k++) {
        assert_true(bytes_append(&ascii, k % 100 == 99 ? "\n" : "a", 1, NULL));
    }
    assert_true(bytes_append(&ascii, "ab", 2, NULL));
    path = scratch_write(*state, "ascii", ascii.data, ascii.length);
    Vocab *vocab = vocab_of("\na");
    snprintf(expected, sizeof expected, "ascii: line %d, byte %d: the model does not know 'b'",
             LARGE / 100 + 1, LARGE + 1);
    assert_false(corpus_read_with_vocab(&chars, vocab, UNKNOWN_ERROR, &(CorpusFiles){&path, 1, NULL}, &corpus,
                                        &error));
    assert_contains(error.message, expected);
    vocab_free(vocab);
    bytes_free(&ascii);
    bytes_free(&text);
}

/* --- what is refused --- */

static void check_refused(const Pipeline *pipeline, char *const *paths, size_t count, const char *message) {
    Corpus corpus;
    memset(&corpus, 0xAB, sizeof corpus);
    Error error = {0};
    assert_false(corpus_read(pipeline, NULL, &(CorpusFiles){paths, count, NULL}, &corpus, &error));
    assert_contains(error.message, message);
    assert_null(corpus.vocab);
    assert_null(corpus.units);
}

static void what_is_no_text_is_refused(void **state) {
    Scratch *scratch = *state;
    char *empty = scratch_write_text(scratch, "empty", "");
    char *only_mark = scratch_write_text(scratch, "mark", "\xEF\xBB\xBF");
    char *latin = scratch_write_text(scratch, "latin", "first\nse\xF1or\n");
    char *good = scratch_write_text(scratch, "good", "good");
    check_refused(&chars, &empty, 1, "empty is empty: there is nothing to learn from");
    check_refused(&bytes_pipeline, &empty, 1, "empty is empty: there is nothing to learn from");
    check_refused(&chars, &only_mark, 1, "mark is empty: there is nothing to learn from");
    char *both[] = {empty, only_mark};
    check_refused(&chars, both, 2, "all 2 files are empty: there is nothing to learn from");
    check_refused(&chars, &latin, 1, "latin: line 2, byte 8: 0xF1 is not valid UTF-8");
    char *mixed[] = {good, latin};
    check_refused(&chars, mixed, 2, "latin: line 2, byte 8: 0xF1"); /* in the file, not in all of them */
    char *missing[] = {good, scratch_path(scratch, "none")};
    check_refused(&chars, missing, 2, "none: No such file or directory");
    check_refused(&chars, &scratch->folder, 1, "is a folder; give a file");
}

/* --- replacements --- */

static void replacements_run_in_order(void **state) {
    Scratch *scratch = *state;
    Pipeline pipeline = with_replacements(UNIT_CHAR, "s/a/b/g", "s/b/c/");
    check_file(scratch, &pipeline,
               "\xEF\xBB\xBF"
               "ab",
               5, "cb", 2);
    char *paths[] = {scratch_write_text(scratch, "x", "a1"), scratch_write_text(scratch, "y", "a2")};
    check_corpus(&pipeline, paths, 2, "c1\nc2", 5); /* each file for itself */
    pipeline_free(&pipeline);
    pipeline = with_replacements(UNIT_CHAR, "s/x/e/", "s/\xC3\xA9/E/");
    check_file(scratch, &pipeline, "x\xCC\x81", 3, "E", 1); /* NFC after each */
    pipeline_free(&pipeline);
    pipeline = with_replacements(UNIT_BYTE, "s/\\xFF//g", NULL);
    check_file(scratch, &pipeline,
               "\xFF"
               "a\xFF",
               3, "a", 1);
    pipeline_free(&pipeline);
}

static void replacement_that_leaves_nothing_is_named(void **state) {
    Scratch *scratch = *state;
    Pipeline pipeline = with_replacements(UNIT_CHAR, "s/b//", "s/(?s).*//");
    char *path = scratch_write_text(scratch, "file", "abc");
    check_refused(&pipeline, &path, 1, "the text is empty after --replace 's/(?s).*//'");
    char *empty = scratch_write_text(scratch, "none", "");
    check_refused(&pipeline, &empty, 1, "none is empty");
    pipeline_free(&pipeline);
    pipeline = with_replacements(UNIT_CHAR, "s/(a+)+$/x/", NULL);
    char *hard = scratch_write_text(scratch, "hard", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    check_refused(&pipeline, &hard, 1, "hard: --replace 's/(a+)+$/x/': the pattern backtracks too much");
    pipeline_free(&pipeline);
}

static void pipelines_are_copied_and_checked(void **state) {
    (void)state;
    Pipeline pipeline = with_replacements(UNIT_BYTE, "s/a/b/", "s/\\xFF/c/");
    Error error = {0};
    assert_false(pipeline_add_rule(&pipeline, RULE_REPLACE, "s/(/x/", &error));
    assert_contains(error.message,
                    "--replace 's/(/x/': missing closing parenthesis at offset 1 of the pattern");
    assert_int_equal(pipeline.rule_count, 2);
    Pipeline copy;
    assert_true(pipeline_copy(&pipeline, &copy, NULL));
    pipeline_free(&pipeline);
    assert_null(pipeline.rules);
    assert_int_equal(copy.unit, UNIT_BYTE);
    assert_int_equal(copy.rule_count, 2);
    assert_string_equal(copy.rules[0].expression, "s/a/b/");
    assert_string_equal(copy.rules[1].expression, "s/\\xFF/c/");
    pipeline_free(&copy);
    assert_true(pipeline_copy(&chars, &copy, NULL));
    assert_int_equal(copy.rule_count, 0);
    pipeline_free(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        corpus_test(text_comes_through),
        corpus_test(bytes_come_through_as_they_are),
        corpus_test(vocabulary_is_sorted_and_counted),
        corpus_test(files_are_joined_with_newlines),
        corpus_test(standard_input_is_a_file),
        corpus_test(pieces_make_the_whole),
        corpus_test(places_are_those_of_the_file),
        corpus_test(what_is_no_text_is_refused),
        corpus_test(replacements_run_in_order),
        corpus_test(replacement_that_leaves_nothing_is_named),
        corpus_test(known_symbols_are_added),
        cmocka_unit_test(pipelines_are_copied_and_checked),
    };
    return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
