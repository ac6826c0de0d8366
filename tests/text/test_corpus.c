/* Tests of src/text/corpus.c and pipeline.c: files on their way to units, and typed text. */
#include "support/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/random.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "text/corpus.h"
#include "text/typed_text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const Pipeline chars = {.unit = UNIT_CHAR};
static const Pipeline bytes_pipeline = {.unit = UNIT_BYTE};

static int set_up(void **state) {
    *state = scratch_create();
    return 0;
}

static int tear_down(void **state) {
    scratch_remove(*state);
    return 0;
}

/* What the units say, as bytes. */
static Bytes spell(const Vocab *vocab, const UnitStore *store) {
    Bytes text = {0};
    assert_true(bytes_reserve(&text, 0, NULL));
    uint32_t *units = stored_units(store);
    for (size_t k = 0; k < unit_store_count(store); k++) {
        assert_true(units[k] < vocab_size(vocab));
        Symbol symbol = vocab_symbol(vocab, units[k]);
        assert_true(bytes_append(&text, symbol.text, symbol.length, NULL));
    }
    free(units);
    return text;
}

/* The units are these. */
static void check_units(const Corpus *corpus, const uint32_t *expected, size_t count) {
    uint32_t *units = stored_units(corpus->units);
    assert_int_equal(unit_store_count(corpus->units), count);
    assert_memory_equal(units, expected, count * sizeof *units);
    free(units);
}

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

static Vocab *vocab_of(const char *ascending) {
    uint32_t symbols[64];
    size_t size = strlen(ascending);
    for (size_t k = 0; k < size; k++) {
        symbols[k] = (unsigned char)ascending[k];
    }
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, size, NULL);
    assert_non_null(vocab);
    return vocab;
}

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

static Pipeline with_replacements(Unit unit, const char *first, const char *second) {
    Pipeline pipeline = {.unit = unit};
    Error error = {0};
    if (!pipeline_add_rule(&pipeline, RULE_REPLACE, first, &error) ||
        (second != NULL && !pipeline_add_rule(&pipeline, RULE_REPLACE, second, &error))) {
        fail_msg("%s", error.message);
    }
    return pipeline;
}

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

/* --- with a given vocabulary --- */

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

/* --- typed text --- */

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
        "start with --unknown skip to leave them out");
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

#define corpus_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        corpus_test(given_vocabulary_encodes),
        corpus_test(unknown_symbols_are_named_or_left_out),
        corpus_test(unknown_symbols_have_their_place_in_the_file),
        corpus_test(place_is_that_in_its_own_file),
        corpus_test(unknown_bytes_are_named),
        cmocka_unit_test(typed_text_goes_the_same_way),
        cmocka_unit_test(unknown_typed_characters_are_all_named),
        cmocka_unit_test(typed_text_that_is_no_utf8_is_refused),
    };
    return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
