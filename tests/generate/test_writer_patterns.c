/* The writer: stop patterns wherever they fall, and texts that are held to a pattern. */
#include "generate/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "generate/small_model.h"
#include "generate/writer_fixture.h"
#include "text/pattern.h"
#include "text/utf8.h"

enum { LENGTH = 120 };

/* The end of what is written after the prompt, by a search through the whole text: at the first match that was not
 * there before. */
static Expected find_match(const char *pattern, const char *before, const Bytes *text) {
    Bytes all = {0};
    Pattern compiled;
    Matching matching;
    Found found = {0};
    size_t known = strlen(before);
    Expected expected = {text->length, WRITER_LENGTH};
    assert_true(bytes_append(&all, before, known, NULL) &&
                bytes_append(&all, text->data, text->length, NULL));
    assert_true(pattern_create(&compiled, pattern, strlen(pattern), UNIT_CHAR, NORMALIZATION_NFC, 0, NULL));
    assert_true(matching_create(&compiled, all.length, &matching, NULL));
    uint32_t options = 0;
    while (found.end <= known && expected.end == WRITER_LENGTH &&
           pattern_find_with(&compiled, &matching, options, all.data, all.length, found.end, &found, NULL) ==
               PATTERN_FOUND) {
        options = found.start == found.end ? PCRE2_NOTEMPTY_ATSTART : 0;
        if (found.end > known) {
            expected = (Expected){found.start > known ? found.start - known : 0, WRITER_STOP};
        }
    }
    matching_free(&matching);
    pattern_free(&compiled);
    bytes_free(&all);
    return expected;
}

enum { EMPTY = 4 }; /* of the patterns, the last ones match no character, nothing at a turn's beginning */

static const char *const patterns[] = {
    "cb",
    "b+a",
    "(?<=a)c",
    "\xC3\xA9{2}",
    "[ab]{3,5}",
    "\xE6\xBC\xA2.*b",
    "a\\b",
    "a.c|b.a",
    "(?<!b)a",
    "c$",
    "^a",
    "^acb",
    "b\xE6\xBC\xA2",
    "x",
    "(a|b)+c",
    "(?:bb|b)\\w",
    "(?<=ab)a+c",
    "\xC3\xA9\xC3\xA9?",
    "\\Ba\\B",
    "(?s).*ccb",
    "(?<=b)",
    "\\b",
    "(?=cb)",
    "(?<=a)\\w*?",
};

static void test_stop_patterns(void **state) {
    size_t stopped = 0;
    Collected plain = {0};
    write_plain(*state, SAMPLES, LENGTH, &plain);
    for (size_t k = 0; k < sizeof patterns / sizeof *patterns; k++) {
        Collected collected = {0};
        WriterConfig config = config_of(LENGTH);
        config.stop_pattern = stop_pattern_create(patterns[k], UNIT_CHAR, NORMALIZATION_NFC, NULL);
        assert_non_null(config.stop_pattern);
        Writer *writer = create_writer(*state, SAMPLES, SEED);
        writer_read(writer, prompt, PROMPT);
        write_into(writer, &config, &collected);
        for (size_t n = 0; n < SAMPLES; n++) {
            Expected expected = find_match(patterns[k], PROMPT_TEXT, &plain.texts[n]);
            check_text(&collected, n, plain.texts[n].data, expected.length);
            assert_int_equal(collected.ends[n], expected.end);
            stopped += expected.end == WRITER_STOP;
        }
        writer_free(writer);
        stop_pattern_free(config.stop_pattern);
        collected_free(&collected);
    }
    assert_in_range(stopped, SAMPLES * 8, SAMPLES * (sizeof patterns / sizeof *patterns - 2));
    collected_free(&plain);
}

/* Turns go on from each other: what a turn ended with may be the beginning of the next one's stop. */
static void test_a_stop_pattern_may_begin_in_the_turn_before(void **state) {
    Collected plain = {0};
    write_plain(*state, 1, LENGTH, &plain);
    for (size_t k = 0; k < sizeof patterns / sizeof *patterns - EMPTY; k++) {
        Bytes text = {0};
        WriterEnd end = WRITER_LENGTH;
        Writer *writer = create_writer(*state, 1, SEED);
        WriterConfig config = config_of(5);
        config.stop_pattern = stop_pattern_create(patterns[k], UNIT_CHAR, NORMALIZATION_NFC, NULL);
        writer_read(writer, prompt, PROMPT);
        for (size_t turn = 0; end == WRITER_LENGTH && turn < LENGTH / 5; turn++) {
            Collected collected = {0};
            write_into(writer, &config, &collected);
            end = collected.ends[0];
            assert_true(bytes_append(&text, collected.texts[0].data, collected.texts[0].length, NULL));
            collected_free(&collected);
        }
        /* what an earlier turn has handed out cannot be taken back, and a match that was complete at its end was one */
        Expected expected = find_match(patterns[k], PROMPT_TEXT, &plain.texts[0]);
        assert_true(end == WRITER_STOP || expected.end == WRITER_LENGTH);
        assert_memory_equal(text.data, plain.texts[0].data, text.length);
        assert_true(expected.end == WRITER_LENGTH || text.length <= expected.length + 5 * strlen("\xC3\xA9"));
        bytes_free(&text);
        writer_free(writer);
        stop_pattern_free(config.stop_pattern);
    }
    collected_free(&plain);
}

/* What may become a match stays back until it is known. */
static bool never_shows_a_beginning(void *context, const WriterPiece *piece) {
    Bytes *text = context;
    assert_true(bytes_append(text, piece->text, piece->length, NULL));
    bool ends_in_b = text->length > 0 && text->data[text->length - 1] == 'b';
    assert_true(piece->end != WRITER_NO_END || !ends_in_b);
    return true;
}

static void test_what_may_become_a_match_is_held_back(void **state) {
    Bytes text = {0};
    WriterConfig config = config_of(LENGTH);
    config.stop_pattern = stop_pattern_create("b+\xE6\xBC\xA2{3}", UNIT_CHAR, NORMALIZATION_NFC, NULL);
    Writer *writer = create_writer(*state, 1, SEED);
    assert_true(writer_write(writer, &config, never_shows_a_beginning, &text, NULL));
    assert_true(memchr(text.data, 'b', text.length) != NULL);
    writer_free(writer);
    stop_pattern_free(config.stop_pattern);
    bytes_free(&text);
}

static void test_stop_patterns_that_are_refused(void **state) {
    (void)state;
    Error error = {0};
    assert_null(stop_pattern_create("a*", UNIT_CHAR, NORMALIZATION_NFC, &error));
    assert_non_null(strstr(error.message, "--stop-regex 'a*': it matches the empty text"));
    assert_null(stop_pattern_create("(a", UNIT_CHAR, NORMALIZATION_NFC, &error));
    assert_non_null(strstr(error.message, "--stop-regex '(a': missing closing parenthesis at offset 2"));
}

/* --- constraints --- */

static void write_with(SmallModel *small, Constraint *constraint, size_t samples, Collected *collected) {
    WriterConfig config = config_of(LENGTH);
    config.constraint = constraint;
    Writer *writer = create_writer(small, samples, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, collected);
    writer_free(writer);
}

static void test_a_sample_under_a_pattern_does_not_depend_on_the_number(void **state) {
    SmallModel *small = *state;
    Constraint *constraint = constraint_create("(?:[ab]+c|\xC3\xA9\xE6\xBC\xA2*)+", "bbb", NORMALIZATION_NFC,
                                               small->model.vocab, NULL);
    assert_non_null(constraint);
    Collected all = {0};
    write_with(small, constraint, SAMPLES, &all);
    for (size_t samples = 1; samples < SAMPLES; samples++) {
        Collected some = {0};
        write_with(small, constraint, samples, &some);
        for (size_t k = 0; k < samples; k++) {
            check_same(&some, k, &all, k);
        }
        collected_free(&some);
    }
    collected_free(&all);
    constraint_free(constraint);
}

static void test_ends_under_a_pattern(void **state) {
    static const struct {
        const char *match;
        WriterEnd end;
        const char *text; /* NULL: any */
    } cases[] = {
        {"abcab", WRITER_COMPLETE, "abcab"},
        {"[ab]{500}", WRITER_INCOMPLETE, NULL},
        {"[ab]{120}", WRITER_LENGTH, NULL},
        {"abx", WRITER_STUCK, "ab"},
        {"x", WRITER_STUCK, ""},
    };
    SmallModel *small = *state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Collected collected = {0};
        Constraint *constraint =
            constraint_create(cases[k].match, NULL, NORMALIZATION_NFC, small->model.vocab, NULL);
        assert_non_null(constraint);
        write_with(small, constraint, 1, &collected);
        assert_int_equal(collected.ends[0], cases[k].end);
        if (cases[k].text != NULL) {
            check_text(&collected, 0, cases[k].text, strlen(cases[k].text));
        } else {
            assert_int_equal(collected.texts[0].length, LENGTH);
        }
        collected_free(&collected);
        constraint_free(constraint);
    }
}

/* A draw that ends the text is not read: the next turn goes on from what was written. */
static void test_what_ends_the_text_is_not_read(void **state) {
    SmallModel *small = *state;
    Collected under = {0};
    Collected after = {0};
    Collected by_hand = {0};
    Constraint *constraint = constraint_create("abc", NULL, NORMALIZATION_NFC, small->model.vocab, NULL);
    WriterConfig config = config_of(30);
    Writer *writer = create_writer(small, 1, SEED);
    Writer *other = create_writer(small, 1, SEED);
    config.constraint = constraint;
    writer_read(writer, prompt, PROMPT);
    writer_read(other, prompt, PROMPT);
    write_into(writer, &config, &under);
    assert_int_equal(under.ends[0], WRITER_COMPLETE);
    writer_read(other, (uint32_t[]){0, 1, 2}, 3);
    config.constraint = NULL;
    config.sampler.temperature = 0; /* the coins are others */
    write_into(writer, &config, &after);
    write_into(other, &config, &by_hand);
    check_same(&after, 0, &by_hand, 0);
    writer_free(writer);
    writer_free(other);
    constraint_free(constraint);
    collected_free(&under);
    collected_free(&after);
    collected_free(&by_hand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_patterns),
        cmocka_unit_test(test_a_stop_pattern_may_begin_in_the_turn_before),
        cmocka_unit_test(test_what_may_become_a_match_is_held_back),
        cmocka_unit_test(test_stop_patterns_that_are_refused),
        cmocka_unit_test(test_a_sample_under_a_pattern_does_not_depend_on_the_number),
        cmocka_unit_test(test_ends_under_a_pattern),
        cmocka_unit_test(test_what_ends_the_text_is_not_read),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
