/* Two models on one text: what each is charged for a piece of it, and texts that are not the same. */
#include "generate/comparison.h"

#include <math.h>
#include <string.h>

#include "generate/scorer.h"
#include "generate/session_fixture.h"

/* "añb ñ", as characters (indices of its own vocabulary) and as bytes. */
static const uint32_t letters[] = {' ', '\n', 'a', 'b', 0xE9};
static const uint32_t sorted_letters[] = {'\n', ' ', 'a', 'b', 0xE9};
enum { LETTERS = 5, LENGTH = 600 };

/* A model and a text for it. */
typedef struct Reader {
    SmallModel small;
    Vocab *vocab; /* the text's */
    UnitStore *units;
    size_t count;
} Reader;

static const uint32_t *repeat(uint32_t *into, const uint32_t *numbers, size_t count) {
    for (size_t k = 0; k < count; k++) {
        into[k] = numbers[(k * k + k / 7) % LETTERS];
    }
    return into;
}

/* A model of `known` symbols and a text of `count` ones (code points, or bytes), with a vocabulary of its own that has
 * all of `symbols`. */
static void open_reader(Reader *reader, Unit unit, const uint32_t *known, size_t known_count,
                        const uint32_t *symbols, size_t symbol_count, const uint32_t *text, size_t count) {
    uint32_t ids[2 * LENGTH];
    Error error = {0};
    small_model_create(&reader->small, vocab_create_from_numbers(unit, known, NULL, known_count, &error), 24,
                       5);
    reader->vocab = vocab_create_from_numbers(unit, symbols, NULL, symbol_count, &error);
    assert_non_null(reader->vocab);
    for (size_t k = 0; k < count; k++) {
        ids[k] = vocab_find_number(reader->vocab, text[k]);
        assert_int_not_equal(ids[k], VOCAB_UNKNOWN);
    }
    reader->units = unit_store_of(ids, count, &error);
    reader->count = count;
    assert_non_null(reader->units);
}

static void open_letters(Reader *reader, size_t known, const uint32_t *text, size_t count) {
    open_reader(reader, UNIT_CHAR, sorted_letters, known, sorted_letters, LETTERS, text, count);
}

/* The same text in UTF-8. */
static void open_bytes(Reader *reader, const uint32_t *text, size_t count) {
    static const uint32_t bytes[] = {'\n', ' ', 'a', 'b', 0xA9, 0xC3};
    uint32_t encoded[2 * LENGTH];
    size_t length = 0;
    for (size_t k = 0; k < count; k++) {
        char utf8[4];
        size_t size = utf8_encode(text[k], utf8);
        for (size_t i = 0; i < size; i++) {
            encoded[length++] = (unsigned char)utf8[i];
        }
    }
    open_reader(reader, UNIT_BYTE, bytes, 6, bytes, 6, encoded, length);
}

static void close_reader(Reader *reader) {
    unit_store_free(reader->units);
    vocab_free(reader->vocab);
    small_model_free(&reader->small);
}

static ComparedText text_of(const Reader *reader, const char *name) {
    return (ComparedText){name, &reader->small.model, reader->vocab, reader->units};
}

/* Compares all of it from unit `begin` of the first text on. */
static bool compare(Reader *first, Reader *second, size_t begin, Comparison *comparison, Error *error) {
    const ComparedText texts[2] = {text_of(first, "one"), text_of(second, "two")};
    return comparison_make(texts, &first->small.compute, (Range){begin, first->count}, NULL, NULL, comparison,
                           error);
}

/* What the model is charged for units begin .. of its text, of which it knows all; the first `free` are not counted. */
static double charge(Reader *reader, size_t begin, size_t free_units) {
    uint32_t ids[2 * LENGTH];
    UnitScore scores[2 * LENGTH];
    Error error = {0};
    size_t count = reader->count - begin;
    assert_true(unit_store_read(reader->units, begin, count, ids, &error));
    for (size_t k = 0; k < count; k++) {
        ids[k] = vocab_find(reader->small.model.vocab, vocab_symbol(reader->vocab, ids[k]));
    }
    Scorer *scorer = scorer_create(&reader->small.model, &reader->small.compute, &(ScorerConfig){0}, &error);
    assert_non_null(scorer);
    assert_true(scorer_read(scorer, ids, count, scores, &error));
    scorer_free(scorer);
    double sum = 0;
    for (size_t k = free_units; k < count; k++) {
        sum += scores[k].nats;
    }
    return sum;
}

static void near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-5 * expected)) {
        fail_msg("%.9g instead of %.9g", value, expected);
    }
}

static void a_model_beside_itself(void **state) {
    (void)state;
    uint32_t text[LENGTH];
    Reader reader;
    Comparison comparison;
    Error error = {0};
    open_letters(&reader, LETTERS, repeat(text, letters, LENGTH), LENGTH);
    assert_true(compare(&reader, &reader, 0, &comparison, &error));
    assert_int_equal(comparison.predicted, LENGTH - 1);
    assert_true(comparison.nats[0] == comparison.nats[1]);
    near(comparison.nats[0], charge(&reader, 0, 1));
    assert_int_equal(comparison.passages.count[0] + comparison.passages.count[1], 0);
    close_reader(&reader);
}

static void a_character_costs_what_its_bytes_cost(void **state) {
    (void)state;
    uint32_t text[LENGTH];
    Reader characters;
    Reader bytes;
    Comparison comparison;
    Error error = {0};
    repeat(text, letters, LENGTH);
    text[0] = 0xE9; /* of the first character, neither byte is counted */
    open_letters(&characters, LETTERS, text, LENGTH);
    open_bytes(&bytes, text, LENGTH);
    assert_true(compare(&characters, &bytes, 0, &comparison, &error));
    assert_int_equal(comparison.predicted, LENGTH - 1);
    near(comparison.nats[0], charge(&characters, 0, 1));
    near(comparison.nats[1], charge(&bytes, 0, 2));
    double forth = comparison.nats[1];
    assert_true(compare(&bytes, &characters, 0, &comparison, &error));
    assert_int_equal(comparison.predicted, LENGTH - 1);
    near(comparison.nats[0], forth);
    close_reader(&bytes);
    close_reader(&characters);
}

static void a_part_begins_afresh_and_knows_its_lines(void **state) {
    (void)state;
    enum { BEGIN = 300 };
    uint32_t text[LENGTH];
    Reader first;
    Reader second;
    Comparison comparison;
    Error error = {0};
    repeat(text, letters, LENGTH);
    size_t lines = 1;
    for (size_t k = 0; k < BEGIN; k++) {
        lines += text[k] == '\n' ? 1 : 0;
    }
    open_letters(&first, LETTERS, text, LENGTH);
    open_bytes(&second, text, LENGTH);
    assert_true(compare(&first, &second, BEGIN, &comparison, &error));
    assert_int_equal(comparison.predicted, LENGTH - BEGIN - 1);
    near(comparison.nats[0], charge(&first, BEGIN, 1));
    for (size_t side = 0; side < 2; side++) {
        for (size_t k = 0; k < comparison.passages.count[side]; k++) {
            const Passage *passage = &comparison.passages.most[side][k];
            size_t line = lines;
            assert_true(passage->units.begin >= BEGIN);
            for (size_t unit = BEGIN; unit < passage->units.begin; unit++) {
                line += text[unit] == '\n' ? 1 : 0;
            }
            assert_int_equal(passage->line, line);
        }
    }
    close_reader(&second);
    close_reader(&first);
}

/* The second model does not know é: both read the text without it. */
static void what_one_does_not_know_is_left_out_for_both(void **state) {
    (void)state;
    uint32_t text[LENGTH];
    uint32_t without[LENGTH];
    size_t count = 0;
    Reader first;
    Reader second;
    Reader known;
    Comparison comparison;
    Error error = {0};
    repeat(text, letters, LENGTH);
    for (size_t k = 0; k < LENGTH; k++) {
        without[count] = text[k];
        count += text[k] != 0xE9 ? 1 : 0;
    }
    open_bytes(&first, text, LENGTH);
    open_letters(&second, LETTERS - 1, text, LENGTH);
    open_bytes(&known, without, count);
    assert_true(compare(&first, &second, 0, &comparison, &error));
    assert_int_equal(comparison.left_out, LENGTH - count);
    assert_int_equal(comparison.predicted, count - 1);
    near(comparison.nats[0], charge(&known, 0, 1));
    close_reader(&known);
    close_reader(&second);
    close_reader(&first);
}

/* The second model knows no white space: left out, it still stands between the words. */
static void what_is_left_out_still_ends_a_word(void **state) {
    (void)state;
    static const uint32_t symbols[] = {' ', 'a', 'b'};
    uint32_t text[LENGTH];
    Reader first;
    Reader second;
    Comparison comparison;
    Error error = {0};
    for (size_t k = 0; k < LENGTH; k++) {
        text[k] = symbols[(k * k + k / 7) % 3];
    }
    open_reader(&first, UNIT_CHAR, symbols, 3, symbols, 3, text, LENGTH);
    open_reader(&second, UNIT_CHAR, symbols + 1, 2, symbols, 3, text, LENGTH);
    assert_true(compare(&first, &second, 0, &comparison, &error));
    assert_true(comparison.left_out > 0 && comparison.passages.count[0] + comparison.passages.count[1] > 0);
    for (size_t side = 0; side < 2; side++) {
        for (size_t k = 0; k < comparison.passages.count[side]; k++) {
            Range units = comparison.passages.most[side][k].units;
            for (size_t unit = units.begin + 1; unit < units.end; unit++) {
                assert_true(text[unit - 1] != ' ' || text[unit] == ' ');
            }
        }
    }
    close_reader(&second);
    close_reader(&first);
}

/* Fails unless the comparison is refused with these words. */
static void check_refused(Reader *first, Reader *second, const char *words, const char *more) {
    Comparison comparison;
    Error error = {0};
    assert_false(compare(first, second, 0, &comparison, &error));
    if (strstr(error.message, words) == NULL || strstr(error.message, more) == NULL) {
        fail_msg("'%s' and '%s' are not in: %s", words, more, error.message);
    }
}

static void texts_that_are_not_the_same(void **state) {
    (void)state;
    const uint32_t one[] = {'a', '\n', 'b', 0xE9, 'a'};
    const uint32_t two[] = {'a', '\n', 'b', ' ', 'a'};
    Reader readers[4];
    open_letters(&readers[0], LETTERS, one, 5);
    open_letters(&readers[1], LETTERS, two, 5);
    open_letters(&readers[2], LETTERS, one, 3);
    open_bytes(&readers[3], two, 5);
    check_refused(&readers[0], &readers[1], "not read the same text: in line 2 one reads ",
                  " and two ' ' (U+0020)");
    check_refused(&readers[3], &readers[0], "in line 2 one reads ' ' (0x20)", " (U+00E9)");
    check_refused(&readers[0], &readers[2], "that of two ends in line 2", "that of one goes on");
    check_refused(&readers[2], &readers[0], "that of one ends in line 2", "that of two goes on");
    for (size_t k = 0; k < 4; k++) {
        close_reader(&readers[k]);
    }
}

static void too_little_that_both_know(void **state) {
    (void)state;
    const uint32_t text[] = {'a', 0xE9, 0xE9};
    Reader first;
    Reader second;
    open_letters(&first, LETTERS, text, 3);
    open_letters(&second, LETTERS - 1, text, 3);
    check_refused(&first, &second, "both models know too little", "at least 2 characters");
    close_reader(&second);
    close_reader(&first);
}

static bool stop_at_once(void *context, size_t done, size_t count) {
    size_t *calls = context;
    assert_true(done > 0 && done < count);
    return ++*calls > 1;
}

static void it_can_be_stopped(void **state) {
    (void)state;
    uint32_t text[LENGTH];
    Reader reader;
    Comparison comparison;
    Error error = {0};
    size_t calls = 0;
    open_letters(&reader, LETTERS, repeat(text, letters, LENGTH), LENGTH);
    const ComparedText texts[2] = {text_of(&reader, "one"), text_of(&reader, "two")};
    assert_false(comparison_make(texts, &reader.small.compute, (Range){0, LENGTH}, stop_at_once, &calls,
                                 &comparison, &error));
    assert_int_equal(calls, 1);
    assert_non_null(strstr(error.message, "stopped"));
    close_reader(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_beside_itself),
        cmocka_unit_test(a_character_costs_what_its_bytes_cost),
        cmocka_unit_test(a_part_begins_afresh_and_knows_its_lines),
        cmocka_unit_test(what_one_does_not_know_is_left_out_for_both),
        cmocka_unit_test(what_is_left_out_still_ends_a_word),
        cmocka_unit_test(texts_that_are_not_the_same),
        cmocka_unit_test(too_little_that_both_know),
        cmocka_unit_test(it_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
