/* Constraints: distributions worked out by hand, and texts under random patterns, held to PCRE2's ordinary matcher. */
#include "generate/constraint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "generate/small_model.h"
#include "generate/writer.h"
#include "support/symbols.h"
#include "text/pattern.h"

/* --- distributions --- */

enum { A, B, C, D, SYMBOLS, END = SYMBOLS, OUTCOMES };

static const double probabilities[SYMBOLS] = {0.1, 0.3, 0.4, 0.2};

/* A constraint on texts of a, b, c and d, and a sampler for them. */
typedef struct Hand {
    Vocab *vocab;
    Constraint *constraint;
    Sampler *sampler;
    SamplerConfig config;
    real logits[SYMBOLS];
    Random coins;
    bool last;
} Hand;

static Hand hand_create(const char *match, const char *forbid) {
    const uint32_t symbols[] = {'a', 'b', 'c', 'd'};
    Error error = {0};
    Hand hand = {.config = sampler_default(), .coins = random_create(5, 0)};
    hand.vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, SYMBOLS, NULL);
    hand.constraint = constraint_create(match, forbid, NORMALIZATION_NFC, hand.vocab, &error);
    hand.sampler = sampler_create(SYMBOLS, NULL);
    if (hand.constraint == NULL) {
        fail_msg("%s", error.message);
    }
    assert_non_null(hand.sampler);
    for (size_t k = 0; k < SYMBOLS; k++) {
        hand.logits[k] = (real)log(probabilities[k]);
    }
    return hand;
}

static void hand_free(Hand *hand) {
    sampler_free(hand->sampler);
    constraint_free(hand->constraint);
    vocab_free(hand->vocab);
}

static ConstraintOutcome hand_draw(Hand *hand, ConstraintPlace *place, uint32_t *unit) {
    ConstraintDraw draw = {hand->sampler, &hand->config, hand->logits, {0}, &hand->coins, hand->last};
    return constraint_draw(hand->constraint, &draw, place, unit, NULL);
}

/* The place after a text, whose units are drawn until they come. */
static ConstraintPlace hand_go(Hand *hand, const char *text) {
    ConstraintPlace place = {{0}};
    for (; *text != '\0'; text++) {
        ConstraintPlace next = place;
        uint32_t unit = SYMBOLS;
        for (size_t k = 0; k < 1000 && unit != (uint32_t)(*text - 'a'); k++) {
            next = place;
            (void)hand_draw(hand, &next, &unit);
        }
        assert_int_equal(unit, *text - 'a');
        place = next;
    }
    return place;
}

/* Draws very often after a text and holds the frequencies to what is expected, the last of which is the text's end. */
static void check_distribution(Hand *hand, const char *text, const double *expected) {
    enum { DRAWN = 40000 };
    size_t counts[OUTCOMES] = {0};
    ConstraintPlace place = hand_go(hand, text);
    for (size_t k = 0; k < DRAWN; k++) {
        ConstraintPlace next = place;
        uint32_t unit = 0;
        ConstraintOutcome outcome = hand_draw(hand, &next, &unit);
        assert_true(outcome == CONSTRAINT_UNIT || outcome == CONSTRAINT_COMPLETE);
        counts[outcome == CONSTRAINT_UNIT ? unit : END]++;
    }
    double chi_square = 0;
    for (size_t k = 0; k < OUTCOMES; k++) {
        double mean = expected[k] * DRAWN;
        if (expected[k] <= 0) {
            assert_int_equal(counts[k], 0);
            continue;
        }
        chi_square += ((double)counts[k] - mean) * ((double)counts[k] - mean) / mean;
    }
    assert_true(chi_square < 23.5); /* 0.9999 of 4 degrees of freedom, and more of fewer */
}

static void test_what_is_left_is_renormalised(void **state) {
    (void)state;
    Hand hand = hand_create("(?:[ab]c|dd)+", NULL);
    check_distribution(&hand, "", (double[]){0.1 / 0.6, 0.3 / 0.6, 0, 0.2 / 0.6, 0});
    check_distribution(&hand, "b", (double[]){0, 0, 1, 0, 0});
    check_distribution(&hand, "bc", (double[]){0.1, 0.3, 0, 0.2, 0.4}); /* c is refused, and ends the text */
    hand_free(&hand);
}

static void test_the_pattern_ends_where_it_can_only_end(void **state) {
    (void)state;
    Hand hand = hand_create("ab?", NULL);
    check_distribution(&hand, "a", (double[]){0, 0.3, 0, 0, 0.7});
    check_distribution(&hand, "ab", (double[]){0, 0, 0, 0, 1});
    hand_free(&hand);
}

static void test_an_empty_text_may_match(void **state) {
    (void)state;
    Hand hand = hand_create("[ab]*", NULL);
    check_distribution(&hand, "", (double[]){0.1, 0.3, 0, 0, 0.6});
    hand_free(&hand);
}

static void test_forbidden_units_are_renormalised_and_end_nothing(void **state) {
    (void)state;
    Hand hand = hand_create(NULL, "[ac]|bb");
    check_distribution(&hand, "", (double[]){0, 0.6, 0, 0.4, 0});
    check_distribution(&hand, "b", (double[]){0, 0, 0, 1, 0});
    check_distribution(&hand, "bd", (double[]){0, 0.6, 0, 0.4, 0});
    hand_free(&hand);
}

static void test_both_patterns(void **state) {
    (void)state;
    Hand hand = hand_create("[abc]+", "cc|a");
    check_distribution(&hand, "", (double[]){0, 0.3 / 0.7, 0.4 / 0.7, 0, 0});
    /* d ends it, a and c are as if they were not there */
    check_distribution(&hand, "c", (double[]){0, 0.3 / 0.5, 0, 0, 0.2 / 0.5});
    hand_free(&hand);
    hand = hand_create("[abc]+", "[ad]"); /* d, which both refuse, is as if it were not there */
    check_distribution(&hand, "b", (double[]){0, 0.3 / 0.7, 0.4 / 0.7, 0, 0});
    hand_free(&hand);
}

static void test_cuts_come_first_and_begin_again_when_nothing_is_left(void **state) {
    (void)state;
    Hand hand = hand_create("(?:[ab]|d)+", NULL);
    hand.config.top_k = 2; /* of c and b, b */
    check_distribution(&hand, "", (double[]){0, 1, 0, 0, 0});
    hand.config.top_k = 1; /* c, and when that is refused b */
    check_distribution(&hand, "", (double[]){0, 1, 0, 0, 0});
    hand.config.top_k = 0;
    hand.config.temperature = 0;
    check_distribution(&hand, "", (double[]){0, 1, 0, 0, 0});
    check_distribution(&hand, "b", (double[]){0, 0, 0, 0, 1}); /* c, which ends it */
    hand_free(&hand);
    hand = hand_create("[ad]+", NULL);
    hand.config.top_k = 2; /* c and b, both refused; then d and a */
    check_distribution(&hand, "", (double[]){0.1 / 0.3, 0, 0, 0.2 / 0.3, 0});
    hand_free(&hand);
}

static void test_the_last_unit_leaves_no_forbidden_match(void **state) {
    (void)state;
    Hand hand = hand_create(NULL, "b\\b|da$"); /* a b is forbidden where the text ends */
    check_distribution(&hand, "", (double[]){0.1, 0.3, 0.4, 0.2, 0});
    hand.last = true;
    check_distribution(&hand, "", (double[]){0.1 / 0.7, 0, 0.4 / 0.7, 0.2 / 0.7, 0});
    hand_free(&hand);
}

static void test_nothing_that_the_vocabulary_has_may_come(void **state) {
    (void)state;
    Hand hand = hand_create("ax?", NULL);
    ConstraintPlace place = hand_go(&hand, "a");
    uint32_t unit = 0;
    assert_true(constraint_may_end(hand.constraint, &place));
    assert_int_equal(hand_draw(&hand, &place, &unit), CONSTRAINT_COMPLETE);
    hand_free(&hand);
    hand = hand_create("ax", NULL);
    place = hand_go(&hand, "a");
    assert_int_equal(hand_draw(&hand, &place, &unit), CONSTRAINT_STUCK);
    hand_free(&hand);
    hand = hand_create(NULL, "\\w\\w");
    place = hand_go(&hand, "a");
    assert_int_equal(hand_draw(&hand, &place, &unit), CONSTRAINT_STUCK);
    hand_free(&hand);
}

static void test_what_was_forgotten_goes_on(void **state) {
    (void)state;
    Hand hand = hand_create("(?:ab|cd)+", "ababab");
    ConstraintPlace first = hand_go(&hand, "abab");
    ConstraintPlace second = hand_go(&hand, "cdc");
    assert_false(constraint_is_large(hand.constraint));
    assert_true(constraint_forget(hand.constraint, (ConstraintPlace *[]){&first, &second}, 2, NULL));
    uint32_t unit = SYMBOLS;
    assert_int_equal(hand_draw(&hand, &second, &unit), CONSTRAINT_UNIT);
    assert_int_equal(unit, D);
    for (size_t k = 0; k < 200; k++) { /* after abab an a may come, and then no b */
        ConstraintPlace place = first;
        if (hand_draw(&hand, &place, &unit) == CONSTRAINT_UNIT && unit == A) {
            assert_int_equal(hand_draw(&hand, &place, &unit), CONSTRAINT_STUCK);
        }
    }
    hand_free(&hand);
}

/* --- texts under random patterns --- */

enum { PATTERNS = 200, TEXTS = 100, LENGTH = 40, ENOUGH = 10000 };

static const char *choose(Random *random, const char *const *from, size_t count) {
    return from[random_next(random) % count];
}

/* Appends a pattern of its kind. */
typedef void (*AddPattern)(Bytes *pattern, Random *random);

/* Appends a branch: items, some of which are groups of what `inner` appends (NULL: there are no groups). */
static void add_branch(Bytes *pattern, Random *random, AddPattern inner) {
    static const char *const atoms[] = {"a",       "b",   "c",      "\\d",      ".",     "[abc]",
                                        "[^a\\n]", "\\w", "\\s",    "\xC3\xA9", " ",     "[0-9a]",
                                        "\\p{L}",  "1",   "(?i:B)", "\\pL",     "\\x61", "[^\\W\\d]"};
    static const char *const counts[] = {"",    "",      "",     "*",  "+",  "?",
                                         "{2}", "{1,3}", "{2,}", "*?", "+?", "{3}"};
    static const char *const between[] = {"",    "",    "",         "",       "",       "",  "",
                                          "\\b", "\\B", "(?<=\\w)", "(?<!a)", "(?m:$)", "$", "(?<=(?<=b)a)"};
    size_t items = 1 + random_next(random) % 3;
    for (size_t k = 0; k < items; k++) {
        bool group = inner != NULL && random_next(random) % 3 == 0;
        if (group) {
            assert_true(bytes_printf(pattern, NULL, "(?:"));
            inner(pattern, random);
        } else {
            assert_true(
                bytes_printf(pattern, NULL, "%s", choose(random, atoms, sizeof atoms / sizeof *atoms)));
        }
        const char *count = choose(random, counts, sizeof counts / sizeof *counts);
        const char *look = choose(random, between, sizeof between / sizeof *between);
        assert_true(bytes_printf(pattern, NULL, "%s%s%s", group ? ")" : "", count, look));
    }
}

static void add_branches(Bytes *pattern, Random *random, AddPattern inner) {
    add_branch(pattern, random, inner);
    if (random_next(random) % 2 == 0) {
        assert_true(bytes_printf(pattern, NULL, "|"));
        add_branch(pattern, random, inner);
    }
}

static void add_innermost(Bytes *pattern, Random *random) {
    add_branches(pattern, random, NULL);
}

static void add_inner(Bytes *pattern, Random *random) {
    add_branches(pattern, random, add_innermost);
}

/* Appends a random pattern, with groups inside groups. */
static void add_pattern(Bytes *pattern, Random *random) {
    add_branch(pattern, random, add_inner);
}

typedef struct Gathered {
    Bytes texts[TEXTS];
    WriterEnd ends[TEXTS];
} Gathered;

static bool gather(void *context, const WriterPiece *piece) {
    Gathered *gathered = context;
    gathered->ends[piece->sample] = piece->end;
    return bytes_append(&gathered->texts[piece->sample], piece->text, piece->length, NULL);
}

static void write_texts(SmallModel *small, Constraint *constraint, uint64_t seed, Gathered *gathered) {
    Error error = {0};
    WriterConfig config = {.sampler = sampler_default(), .length = LENGTH, .constraint = constraint};
    Writer *writer =
        writer_create(&small->model, &small->compute, TEXTS, seed, PRECISION_F32, clock_system(), &error);
    assert_non_null(writer);
    if (!writer_write(writer, &config, gather, gathered, &error)) {
        fail_msg("%s", error.message);
    }
    writer_free(writer);
}

/* Whether the ordinary matcher finds the pattern in the text: PATTERN_FOUND, PATTERN_ABSENT or PATTERN_GAVE_UP. */
static int find(const char *pattern, uint32_t options, const Bytes *text) {
    Pattern compiled;
    Matching matching;
    Found found;
    assert_true(
        pattern_create(&compiled, pattern, strlen(pattern), UNIT_CHAR, NORMALIZATION_NFC, options, NULL));
    assert_true(matching_create(&compiled, 1000, &matching, NULL));
    pcre2_set_match_limit(matching.context, 50000); /* some patterns backtrack without end */
    int outcome =
        pattern_find(&compiled, &matching, text->length > 0 ? text->data : "", text->length, 0, &found, NULL);
    matching_free(&matching);
    pattern_free(&compiled);
    return outcome;
}

/* Checks what was written under a pattern; returns how many of the texts are complete. */
static size_t check_texts(const char *pattern, bool match, const Gathered *gathered) {
    size_t complete = 0;
    for (size_t k = 0; k < TEXTS; k++) {
        WriterEnd end = gathered->ends[k];
        const Bytes *text = &gathered->texts[k];
        bool done = end == WRITER_COMPLETE || end == WRITER_LENGTH;
        int outcome = find(pattern, match ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0, text);
        assert_true(done || end == WRITER_INCOMPLETE || end == WRITER_STUCK);
        assert_true(match || end == WRITER_LENGTH || end == WRITER_STUCK);
        if (done && outcome == (match ? PATTERN_ABSENT : PATTERN_FOUND)) {
            fail_msg("'%s': '%.*s'", pattern, (int)text->length, text->data);
        }
        complete += done && outcome != PATTERN_GAVE_UP;
    }
    return complete;
}

/* Writes under 200 random patterns; returns how many of the 20,000 texts are complete. */
static size_t write_under_patterns(SmallModel *small, bool match) {
    Random random = random_create(21, match);
    size_t complete = 0;
    for (size_t k = 0; k < PATTERNS;) {
        Error error = {0};
        Bytes pattern = {0};
        Gathered gathered = {0};
        add_pattern(&pattern, &random);
        Constraint *constraint = constraint_create(match ? pattern.data : NULL, match ? NULL : pattern.data,
                                                   NORMALIZATION_NFC, small->model.vocab, &error);
        if (constraint != NULL) {
            write_texts(small, constraint, k, &gathered);
            complete += check_texts(pattern.data, match, &gathered);
            k++;
        } else { /* what every text has cannot be forbidden; nothing else is wrong with these patterns */
            assert_true(!match && strstr(error.message, "every text has a match") != NULL);
        }
        constraint_free(constraint);
        bytes_free(&pattern);
        for (size_t n = 0; n < TEXTS; n++) {
            bytes_free(&gathered.texts[n]);
        }
    }
    return complete;
}

static int create_model(void **state) {
    const uint32_t symbols[] = {'\n', ' ', '.', '0', '1', 'A', 'B', 'a', 'b', 'c', 0xE9};
    const uint64_t counts[] = {1, 4, 2, 1, 1, 1, 1, 5, 5, 3, 2};
    SmallModel *small = calloc(1, sizeof *small);
    assert_non_null(small);
    small_model_create(small, vocab_create_from_numbers(UNIT_CHAR, symbols, counts, 11, NULL), 16, 4);
    compute_free(&small->compute); /* one thread is enough, and does not wait for another on a busy machine */
    assert_true(compute_create(&small->compute, 1, NULL));
    *state = small;
    return 0;
}

static int free_model(void **state) {
    small_model_free(*state);
    free(*state);
    return 0;
}

static void test_texts_match_random_patterns(void **state) {
    size_t complete = write_under_patterns(*state, true);
    assert_in_range(complete, ENOUGH, PATTERNS * TEXTS);
}

static void test_texts_avoid_random_patterns(void **state) {
    size_t complete = write_under_patterns(*state, false);
    assert_in_range(complete, ENOUGH, PATTERNS * TEXTS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_left_is_renormalised),
        cmocka_unit_test(test_the_pattern_ends_where_it_can_only_end),
        cmocka_unit_test(test_an_empty_text_may_match),
        cmocka_unit_test(test_forbidden_units_are_renormalised_and_end_nothing),
        cmocka_unit_test(test_both_patterns),
        cmocka_unit_test(test_cuts_come_first_and_begin_again_when_nothing_is_left),
        cmocka_unit_test(test_the_last_unit_leaves_no_forbidden_match),
        cmocka_unit_test(test_nothing_that_the_vocabulary_has_may_come),
        cmocka_unit_test(test_what_was_forgotten_goes_on),
        cmocka_unit_test_setup_teardown(test_texts_match_random_patterns, create_model, free_model),
        cmocka_unit_test_setup_teardown(test_texts_avoid_random_patterns, create_model, free_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
