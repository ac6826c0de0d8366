/* The automaton of a pattern, held to PCRE2's ordinary matcher on every short text over a few symbols. */
#include "text/automaton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "support/symbols.h"
#include "text/pattern.h"

enum { LONGEST = 6 }; /* symbols of a text */

static const uint32_t symbols[] = {'\n', ' ', '-', 'a', 'b', 0xE9};
enum { SYMBOLS = sizeof symbols / sizeof *symbols };

static Vocab *make_vocab(void) {
    return vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, SYMBOLS, NULL);
}

/* What the test knows of a pattern: an automaton, and PCRE2's ordinary matcher. */
typedef struct Both {
    AutomatonGoal goal;
    Automaton *automaton;
    Vocab *vocab;
    Pattern pattern;
    Matching matching;
} Both;

static void both_create(Both *both, AutomatonGoal goal, const char *text) {
    Error error = {0};
    uint32_t options = goal == AUTOMATON_MATCHES ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    *both = (Both){.goal = goal, .vocab = make_vocab()};
    both->automaton = automaton_create(goal, text, NORMALIZATION_NFC, both->vocab, &error);
    if (both->automaton == NULL) {
        fail_msg("%s", error.message);
    }
    assert_true(
        pattern_create(&both->pattern, text, strlen(text), UNIT_CHAR, NORMALIZATION_NFC, options, &error));
    assert_true(matching_create(&both->pattern, 100, &both->matching, &error));
}

static void both_free(Both *both) {
    matching_free(&both->matching);
    pattern_free(&both->pattern);
    automaton_free(both->automaton);
    vocab_free(both->vocab);
}

/* Whether a text is as it should be, by the ordinary matcher. */
static bool is_good(const Both *both, const Bytes *text) {
    Found found;
    int outcome = pattern_find(&both->pattern, &both->matching, text->length > 0 ? text->data : "",
                               text->length, 0, &found, NULL);
    assert_true(outcome == PATTERN_FOUND || outcome == PATTERN_ABSENT);
    return (outcome == PATTERN_FOUND) == (both->goal == AUTOMATON_MATCHES);
}

/* Follows a text, and adds it to `text`; returns its state, AUTOMATON_NOWHERE if a symbol was refused. */
static uint32_t follow(Both *both, const uint32_t *units, size_t length, Bytes *text) {
    uint32_t state = AUTOMATON_START;
    text->length = 0;
    for (size_t k = 0; k < length; k++) {
        Symbol symbol = vocab_symbol(both->vocab, units[k]);
        assert_true(bytes_append(text, symbol.text, symbol.length, NULL));
        if (state != AUTOMATON_NOWHERE) {
            uint32_t here = state;
            assert_true(automaton_step(both->automaton, here, units[k], &state, NULL));
        }
    }
    return state;
}

/* The next text of the same length; false after the last one. */
static bool next_text(uint32_t *units, size_t length) {
    size_t k = 0;
    while (k < length && ++units[k] == SYMBOLS) {
        units[k++] = 0;
    }
    return k < length;
}

/* Holds the automaton to the matcher on every text of at most LONGEST symbols. A text that begins with one which was
 * refused has no state, so this also shows that nothing is refused that could become good. */
static void check(AutomatonGoal goal, const char *pattern) {
    Both both;
    Bytes text = {0};
    both_create(&both, goal, pattern);
    for (size_t length = 0; length <= LONGEST; length++) {
        uint32_t units[LONGEST] = {0};
        do {
            uint32_t state = follow(&both, units, length, &text);
            bool ends = state != AUTOMATON_NOWHERE && automaton_may_end(both.automaton, state);
            if (is_good(&both, &text) != ends) {
                fail_msg("'%s': the text '%.*s' is %s, and the automaton says that it is %s", pattern,
                         (int)text.length, text.data, ends ? "bad" : "good", ends ? "good" : "bad");
            }
        } while (next_text(units, length));
    }
    bytes_free(&text);
    both_free(&both);
}

static const char *const whole_patterns[] = {
    "ab",
    "a*b",
    "(a|b)*-",
    "a{2,3}b?",
    "(?:ab?){2,}",
    "[ab]+ [ab]+",
    "\\w+",
    "\\W*a",
    "a.b",
    "(?s)a.b",
    ".{3}",
    "a+?b+?",
    "\\ba\\b.*",
    "a\\b-a",
    "a\\Bb+",
    "(?m)^a$\\n^b$",
    "(?m)(^a$\\n?)+",
    "a$\\n?",
    "(?<=a)b|a.*",
    "(a(?<=a)b)*",
    "(?<!-)a|-b*a",
    "(?i)AB\\x{C9}?",
    "\\p{Ll}+",
    "a(?:|b)c?-",
    "(a|ab)(b|-)",
    "[^a]*a[^a]*",
    "\\Aab?\\z",
    "(?x) a  b * # c\n",
    "(?:a\n)+b",
    "a{3}|b{5}",
    "(a*b){0,2}",
    "(?:(?:a-)*b)*",
    "a*",
    "|ab",
    "(?:a|a-a)-(?:a|b)",
    "\\x{e9}*a",
    "\\pL{3}",
    "\\x61{3}b?",
    "\\141{3}",
    "(?x)a {3} b",
    "\\Qa\\E{3}",
    "a(?#c){3}",
    "(?x)[ab]{3} # ]\n",
    "\\pL{0,3}-",
    "$\\s*",
    "a$\\s*",
    "(\\w+$\\n){3}",
    "(?m)(\\w+$\\n){3}",
    "(?<=(?<=(?<=a)b)a)b|aba-",
    "aba(?<=(?<=(?<=a)b)a)b",
    "(?<=\\ba)b|ab",
    "\\Q(?=\\E|a",
    "\\Qa{3}",
    "(?x)ab #",
};

static void test_matches(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof whole_patterns / sizeof *whole_patterns; k++) {
        check(AUTOMATON_MATCHES, whole_patterns[k]);
    }
}

static const char *const forbidden_patterns[] = {
    "a",           "ab",           "[ab]{2}",    "a\\b",
    "\\ba",        "\\ba\\b",      "a$",         "(?m)a$",
    "^a",          "(?m)^a",       "a+b",        "a.*b",
    "(?s)a.*b",    "\\Ba",         "(?<=a)b",    "(?<!a)b",
    "a\\z\\n?",    "a\\z",         "(?i)A",      "\\n\\n",
    "a\\b|ab",     "\\b(ab|a)\\b", "-{2,}",      "[^a]{3}",
    "(?<=\\n)\\n", "a\\Bb|b$",     "\\x{e9}\\W", "^.?$",
    "^$",          "(?m)^$",       "\\A\\z",     "(?s)^.{0,2}\\z",
    "\\pL{3}",     "$\\s",         "a$\\n",      "(?<=(?<=(?<=a)b)a)b",
    "(?m)a$\\n",   "\\n$",
};

static void test_avoids(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof forbidden_patterns / sizeof *forbidden_patterns; k++) {
        check(AUTOMATON_AVOIDS, forbidden_patterns[k]);
    }
}

/* --- what cannot be followed --- */

static void check_refused(AutomatonGoal goal, const char *pattern, const char *words) {
    Error error = {0};
    Vocab *vocab = make_vocab();
    Automaton *automaton = automaton_create(goal, pattern, NORMALIZATION_NFC, vocab, &error);
    assert_null(automaton);
    if (strstr(error.message, words) == NULL) {
        fail_msg("'%s': '%s' is not in '%s'", pattern, words, error.message);
    }
    vocab_free(vocab);
}

static void test_refuses_what_cannot_be_followed(void **state) {
    (void)state;
    static const char *const refused[][2] = {
        {"a(?=b)b", "look-ahead cannot be followed character by character, at offset 1 of the pattern"},
        {"a(?!b)", "look-ahead"},
        {"(*pla:a)a", "look-ahead"},
        {"[[:<:]]a", "look-ahead"},
        {"b(?>a|ab)", "an atomic group cannot be followed character by character, at offset 1"},
        {"(*atomic:a)", "an atomic group"},
        {"a++b", "a possessive quantifier"},
        {"(a|b)*+", "a possessive quantifier cannot be followed character by character, at offset 4"},
        {"\\w{2}+", "a possessive quantifier"},
        {"\\p{L}{2}+", "a possessive quantifier"},
        {"[a]?+", "a possessive quantifier"},
        {"\xC3\xA9++", "a possessive quantifier"},
        {"(a)\\1", "a back-reference cannot be followed character by character, at offset 3"},
        {"(?<n>a)\\k<n>", "a back-reference"},
        {"(?<n>a)(?P=n)", "a back-reference"},
        {"(a)\\g{1}", "a back-reference"},
        {"a\\Kb", "\\K"},
        {"\\Ga", "\\G"},
        {"\\X", "\\X"},
        {"(a|b(?1)b)", "a recursion"},
        {"(a|b(?R)b)", "a recursion"},
        {"(?<n>a|b(?&n)b)", "a recursion"},
        {"(a)\\g<1>", "a recursion"},
        {"(a)?(?(1)b|a)", "a condition"},
        {"a(*COMMIT)b", "a verb"},
        {"(a", "missing closing parenthesis"},
        {"", "empty"},
        {"(*UCP)a", "options such as (*UCP) at the beginning"},
        {"a\\R", "\\R"},
        {"a\\Z", "\\Z"},
    };
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        check_refused(AUTOMATON_MATCHES, refused[k][0], refused[k][1]);
        check_refused(AUTOMATON_AVOIDS, refused[k][0], refused[k][1]);
    }
    check_refused(AUTOMATON_AVOIDS, "a*", "--forbid 'a*': every text has a match of it");
    check_refused(AUTOMATON_MATCHES, "a(?=b)", "--match 'a(?=b)': look-ahead");
}

/* What looks like one of these and is none. */
static void test_follows_what_only_looks_so(void **state) {
    (void)state;
    static const char *const followed[] = {
        "\\++",      "\\Q(?=a)\\E", "\\Q(*)\\E", "\\Q(?>\\E",  "\\Q\\K\\1\\E", "a\\Qb",
        "[+]+",      "\\p{Ll}+",    "\\x{61}+",  "\xC3\xA9+",  "(?:a|b)+",     "\\(\\?=",
        "[(?=]+",    "(?-i)a+",     "(?#(?=)a",  "\\N{U+61}+", "\\N+",         "(?<=a)b|a.*",
        "\\Qa+\\E+", "}+",          "(?i:a)+",   "\\*+",       "(?|a|b)",      "ab(?)"};
    for (size_t k = 0; k < sizeof followed / sizeof *followed; k++) {
        check(AUTOMATON_MATCHES, followed[k]);
    }
}

/* --- memory --- */

/* The state after a text. */
static uint32_t state_after(Automaton *automaton, const Vocab *vocab, uint32_t state, const char *text) {
    for (; *text != '\0'; text++) {
        assert_true(
            automaton_step(automaton, state, vocab_find_number(vocab, (unsigned char)*text), &state, NULL));
        assert_int_not_equal(state, AUTOMATON_NOWHERE);
    }
    return state;
}

static void test_a_text_that_goes_on_repeating_stays_in_one_state(void **state) {
    (void)state;
    static const char *const patterns[] = {"\\w+ -", "[ab]+ -", "(?:[ab]+ ?)+-", "a{2,}b*[ab]* -"};
    for (size_t k = 0; k < sizeof patterns / sizeof *patterns; k++) {
        Vocab *vocab = make_vocab();
        Automaton *automaton =
            automaton_create(AUTOMATON_MATCHES, patterns[k], NORMALIZATION_NFC, vocab, NULL);
        assert_non_null(automaton);
        uint32_t early = state_after(automaton, vocab, AUTOMATON_START, "aaaabab");
        assert_int_equal(state_after(automaton, vocab, early, "abbabab"), early);
        automaton_free(automaton);
        vocab_free(vocab);
    }
}

static void test_what_it_forgets_it_finds_again(void **state) {
    (void)state;
    Vocab *vocab = make_vocab();
    Automaton *automaton =
        automaton_create(AUTOMATON_MATCHES, "(?:a{3}-){4}b", NORMALIZATION_NFC, vocab, NULL);
    assert_non_null(automaton);
    uint32_t kept[] = {state_after(automaton, vocab, AUTOMATON_START, "aaa-aa"),
                       state_after(automaton, vocab, AUTOMATON_START, "a")};
    assert_false(automaton_is_large(automaton));
    assert_true(automaton_forget(automaton, kept, 2, NULL));
    uint32_t end = state_after(automaton, vocab, kept[0], "a-aaa-aaa-b");
    assert_true(automaton_may_end(automaton, end));
    assert_int_equal(state_after(automaton, vocab, kept[1], "aa-aa"), kept[0]);
    assert_int_equal(state_after(automaton, vocab, AUTOMATON_START, "aaa-aa"), kept[0]);
    uint32_t next = 0;
    uint32_t letter = vocab_find_number(vocab, 'b');
    assert_true(automaton_step(automaton, kept[0], letter, &next, NULL));
    assert_int_equal(next, AUTOMATON_NOWHERE);
    const bool *refused = automaton_refused(automaton, kept[0], NULL);
    for (uint32_t unit = 0; unit < SYMBOLS; unit++) {
        assert_int_equal(refused[unit], vocab_number(vocab, unit) != 'a');
    }
    automaton_free(automaton);
    vocab_free(vocab);
}

/* A pattern that is in more places at once than the first workspace holds. */
static void test_many_places_at_once(void **state) {
    (void)state;
    Bytes pattern = {0};
    for (size_t k = 0; k < 600; k++) {
        assert_true(bytes_printf(&pattern, NULL, "%s[ab]{%zu}-", k > 0 ? "|" : "", k + 1));
    }
    Vocab *vocab = make_vocab();
    Automaton *automaton = automaton_create(AUTOMATON_MATCHES, pattern.data, NORMALIZATION_NFC, vocab, NULL);
    assert_non_null(automaton);
    assert_true(automaton_may_end(automaton, state_after(automaton, vocab, AUTOMATON_START, "abab-")));
    automaton_free(automaton);
    vocab_free(vocab);
    bytes_free(&pattern);
}

/* The ordinary matcher has no room for so long a text; the other one looks behind more than ten million times. */
static void test_verifies_a_text_however_long(void **state) {
    (void)state;
    enum { LENGTH = 12000000 };
    Both both;
    Error error = {0};
    bool holds = false;
    char *text = malloc(LENGTH);
    assert_non_null(text);
    memset(text, 'a', LENGTH);
    both_create(&both, AUTOMATON_MATCHES, "(?:(?<=a)a|a)+");
    if (!automaton_verify(both.automaton, text, LENGTH, &holds, &error)) {
        fail_msg("%s", error.message);
    }
    assert_true(holds);
    text[LENGTH - 1] = 'b';
    assert_true(automaton_verify(both.automaton, text, LENGTH, &holds, &error));
    assert_false(holds);
    both_free(&both);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_avoids),
        cmocka_unit_test(test_refuses_what_cannot_be_followed),
        cmocka_unit_test(test_follows_what_only_looks_so),
        cmocka_unit_test(test_a_text_that_goes_on_repeating_stays_in_one_state),
        cmocka_unit_test(test_what_it_forgets_it_finds_again),
        cmocka_unit_test(test_many_places_at_once),
        cmocka_unit_test(test_verifies_a_text_however_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
