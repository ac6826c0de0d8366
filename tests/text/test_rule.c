/* Tests of src/text/rule.c: what each kind of rule leaves of a text, which are refused and how, and what comes of them
 * in files that are read. */
#include "support/cmocka_all.h"

#include <stdlib.h>

#include "support/scratch.h"
#include "text/corpus.h"
#include "text/rule.h"
#include "text/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

typedef struct Sample {
    RuleKind kind;
    const char *expression;
    const char *text;
    const char *expected;
    size_t matches;
} Sample;

static void check_sample(Unit unit, const Sample *sample) {
    Error error = {0};
    Rule *rule = rule_create(sample->kind, sample->expression, unit, NORMALIZATION_NFC, &error);
    Bytes text = {0};
    size_t matches = 77;
    assert_true(bytes_append(&text, sample->text, strlen(sample->text), NULL));
    if (rule == NULL || !rule_apply(rule, &text, SIZE_MAX, &matches, &error)) {
        fail_msg("%s", error.message);
    }
    if (strcmp(text.data, sample->expected) != 0 || text.length != strlen(sample->expected)) {
        fail_msg("--%s '%s' made \"%s\" of \"%s\", not \"%s\"", rule_kind_name(sample->kind),
                 sample->expression, text.data, sample->text, sample->expected);
    }
    assert_int_equal(matches, sample->matches);
    assert_int_equal(rule_kind(rule), sample->kind);
    rule_free(rule);
    bytes_free(&text);
}

static void each_kind_does_what_it_says(void **state) {
    (void)state;
    static const Sample samples[] = {
        {RULE_REPLACE, "s/a/b/g", "banana", "bbnbnb", 3},
        {RULE_DROP_LINES, "^#", "# one\ntwo # 2\n#3", "two # 2\n", 2},
        {RULE_DROP_LINES, "b", "a\nb\nc\n", "a\nc\n", 1},
        {RULE_DROP_LINES, "^$", "a\n\n\nb\n\r\n", "a\nb\n", 3},
        {RULE_DROP_LINES, "b$", "ab\r\nac\r\nbb", "ac\r\n", 2}, /* $ stands before \r\n */
        {RULE_DROP_LINES, "a\\nb", "a\nb\n", "a\nb\n", 0},      /* a line at a time */
        {RULE_DROP_LINES, "\\p{Han}", "el niño\n漢字\nx", "el niño\nx", 1},
        {RULE_DROP_LINES, ".*", "a\nb\n", "", 2},
        {RULE_DROP_LINES, "x", "", "", 0},
        {RULE_KEEP_LINES, "^\\d", "1 one\ntwo\n3", "1 one\n3", 2},
        {RULE_KEEP_LINES, "(?i)É", "caf\xC3\xA9\nx\n", "café\n", 1},
        {RULE_KEEP_LINES, "q", "a\nb\n", "", 0},
        {RULE_FROM, "^START", "no START\nSTART here\nSTART again\n", "START here\nSTART again\n", 1},
        {RULE_FROM, "^START.*\\R\\K", "head\nSTART here\nbody\n", "body\n", 1},
        {RULE_FROM, "never", "body\n", "body\n", 0},
        {RULE_FROM, "(?s)b.c", "ab\ncd", "b\ncd", 1}, /* over lines */
        {RULE_FROM, "$", "a\nb", "\nb", 1},
        {RULE_TO, "^END", "END\n", "END", 1},
        {RULE_TO, "(?=^END)", "body\nEND of it\n", "body\n", 1},
        {RULE_TO, "b", "abcb", "ab", 1},
        {RULE_TO, "never", "body\n", "body\n", 0},
        {RULE_TO, "^", "body\n", "", 1},
    };
    for (size_t k = 0; k < COUNT_OF(samples); k++) {
        check_sample(UNIT_CHAR, &samples[k]);
        check_sample(UNIT_GRAPHEME, &samples[k]);
    }
    static const Sample bytes[] = {
        {RULE_DROP_LINES, "\\xFF", "a\xFF\nb\n", "b\n", 1},
        {RULE_KEEP_LINES, "^.$", "\xC3\xA9\n\xE9\n", "\xE9\n", 1}, /* a byte at a time */
        {RULE_FROM, "\xE9", "a\xE9z", "\xE9z", 1},
    };
    for (size_t k = 0; k < COUNT_OF(bytes); k++) {
        check_sample(UNIT_BYTE, &bytes[k]);
    }
}

static void patterns_are_normalised_as_the_text_is(void **state) {
    (void)state;
    check_sample(UNIT_CHAR, &(Sample){RULE_DROP_LINES, "e\xCC\x81", "caf\xC3\xA9\nx\n", "x\n", 1});
}

static void check_refused(RuleKind kind, Unit unit, const char *expression, const char *message) {
    Error error = {0};
    if (rule_create(kind, expression, unit, NORMALIZATION_NFC, &error) != NULL) {
        fail_msg("%s was taken", expression);
    }
    if (strstr(error.message, message) == NULL) {
        fail_msg("not in the message: %s\n%s", message, error.message);
    }
    bool valid = utf8_find_invalid(expression, strlen(expression)) == strlen(expression);
    assert_true(!valid || utf8_find_invalid(error.message, strlen(error.message)) == strlen(error.message));
}

static void mistakes_are_shown_at_their_place(void **state) {
    (void)state;
    check_refused(RULE_FROM, UNIT_CHAR, "", "--from '': the pattern is empty");
    check_refused(RULE_TO, UNIT_CHAR, "\xE9", "the pattern is not valid UTF-8");
    check_refused(
        RULE_DROP_LINES, UNIT_CHAR, "a(b",
        "--drop-lines 'a(b': missing closing parenthesis at offset 3 of the pattern\n    a(b\n       ^");
    check_refused(
        RULE_KEEP_LINES, UNIT_CHAR, "漢é)",
        "unmatched closing parenthesis at offset 2 of the pattern\n    漢é)\n       ^"); /* columns */
    check_refused(RULE_KEEP_LINES, UNIT_CHAR, "\x1B\n)", "offset 2 of the pattern\n    ..)\n      ^");
    check_refused(RULE_KEEP_LINES, UNIT_BYTE, "\xFF)", "offset 1 of the pattern\n    .)\n     ^");
    check_refused(
        RULE_REPLACE, UNIT_CHAR, "s/a/$1/",
        "--replace 's/a/$1/': there is no such group at offset 2 of the replacement\n    $1\n      ^");
    check_refused(RULE_REPLACE, UNIT_CHAR, "s/a/b", "--replace 's/a/b': the closing / is missing");
    check_refused(RULE_FROM, UNIT_CHAR, "\\C", "\\C is disabled");
    check_refused(RULE_FROM, UNIT_BYTE, "(*UTF)a", "UTF is disabled");
    check_refused(RULE_FROM, UNIT_CHAR, "(?=a\\K)", "\\K is not allowed in lookarounds");
    rule_free(NULL);
}

/* Of a long pattern there is what stands around the place. */
static void long_pattern_leaves_room_for_the_message(void **state) {
    (void)state;
    Bytes pattern = {0};
    assert_true(bytes_append(&pattern, "(", 1, NULL));
    for (unsigned k = 0; k < 2000; k++) {
        assert_true(bytes_append(&pattern, k == 1990 ? "Z" : "é", k == 1990 ? 1 : 2, NULL));
    }
    check_refused(RULE_DROP_LINES, UNIT_CHAR, pattern.data,
                  "...': missing closing parenthesis at offset 2001 of the pattern\n    ...éé");
    check_refused(RULE_DROP_LINES, UNIT_CHAR, pattern.data, "éZééééééééé\n   ");
    pattern.data[0] = ')';
    check_refused(RULE_DROP_LINES, UNIT_CHAR, pattern.data, "at offset 0 of the pattern\n    )éééééééé");
    check_refused(RULE_DROP_LINES, UNIT_CHAR, pattern.data, "éé...\n    ^");
    bytes_free(&pattern);
}

static void endless_matching_is_given_up(void **state) {
    (void)state;
    static const RuleKind kinds[] = {RULE_DROP_LINES, RULE_KEEP_LINES, RULE_FROM, RULE_TO};
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        Error error = {0};
        Rule *rule = rule_create(kinds[k], "(a+)+[bc]", UNIT_CHAR, NORMALIZATION_NFC, &error);
        Bytes text = {0};
        size_t matches = 0;
        assert_non_null(rule);
        assert_true(bytes_append(&text, "x\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 46, NULL));
        assert_false(rule_apply(rule, &text, SIZE_MAX, &matches, &error));
        assert_non_null(strstr(error.message, "(a+)+[bc]': the pattern backtracks too much on this text"));
        bytes_free(&text);
        rule_free(rule);
    }
}

/* --- in files --- */

static int set_up(void **state) {
    *state = scratch_create();
    return *state == NULL;
}

static int tear_down(void **state) {
    scratch_remove(*state);
    return 0;
}

/* A rule as an option says it. */
typedef struct Said {
    RuleKind kind;
    const char *expression;
} Said;

static Pipeline with_rules(const Said *rules, size_t count) {
    Pipeline pipeline = {.unit = UNIT_CHAR};
    Error error = {0};
    for (size_t k = 0; k < count; k++) {
        if (!pipeline_add_rule(&pipeline, rules[k].kind, rules[k].expression, &error)) {
            fail_msg("%s", error.message);
        }
    }
    return pipeline;
}

static char *corpus_text(const Corpus *corpus) {
    size_t count = unit_store_count(corpus->units);
    uint32_t *units = calloc(count, sizeof *units);
    char *text = malloc(count * 4 + 1);
    assert_true(units != NULL && text != NULL && unit_store_read(corpus->units, 0, count, units, NULL));
    size_t length = 0;
    for (size_t k = 0; k < count; k++) {
        Symbol symbol = vocab_symbol(corpus->vocab, units[k]);
        memcpy(text + length, symbol.text, symbol.length);
        length += symbol.length;
    }
    text[length] = '\0';
    free(units);
    return text;
}

static void rules_run_in_order_file_by_file(void **state) {
    Scratch *scratch = *state;
    static const Said rules[] = {
        {RULE_FROM, "^-+\\R\\K"}, {RULE_DROP_LINES, "secret"},  {RULE_REPLACE, "s/word/secret/"},
        {RULE_TO, "(?=^-+$)"},    {RULE_DROP_LINES, "nowhere"},
    };
    Pipeline pipeline = with_rules(rules, COUNT_OF(rules));
    char *paths[] = {scratch_write_text(scratch, "a", "head\n---\na word\nsecret\n---\ntail\n"),
                     scratch_write_text(scratch, "b", "secret b\nall of it\n")};
    Corpus corpus;
    Error error = {0};
    if (!corpus_read(&pipeline, NULL, &(CorpusFiles){paths, 2, NULL}, &corpus, &error)) {
        fail_msg("%s", error.message);
    }
    char *text = corpus_text(&corpus);
    assert_string_equal(text, "a secret\nall of it\n");
    static const RuleReport expected[] = {
        {1, 1, 51, 42}, {2, 2, 42, 26}, {1, 1, 26, 28}, {1, 1, 28, 19}, {0, 0, 19, 19}};
    for (size_t k = 0; k < COUNT_OF(expected); k++) {
        assert_int_equal(corpus.report.rules[k].matches, expected[k].matches);
        assert_int_equal(corpus.report.rules[k].files, expected[k].files);
        assert_int_equal(corpus.report.rules[k].before, expected[k].before);
        assert_int_equal(corpus.report.rules[k].after, expected[k].after);
    }
    assert_int_equal(corpus.report.files, 2);
    assert_int_equal(corpus.report.bytes, 51);
    assert_int_equal(corpus.report.left, 19);
    free(text);
    corpus_free(&corpus);
    pipeline_free(&pipeline);
}

/* A file of several pieces, whose lines are longer than a piece may be at the end. */
static void lines_are_whole_in_pieces(void **state) {
    Scratch *scratch = *state;
    Bytes text = {0};
    for (unsigned k = 0; k < 300000; k++) {
        assert_true(bytes_printf(&text, NULL, k % 3 == 0 ? "drop %u\n" : "keep %u\n", k));
    }
    for (unsigned k = 0; k < 600000; k++) {
        assert_true(bytes_append(&text, "long ", 5, NULL));
    }
    assert_true(bytes_append(&text, "drop\nend", 8, NULL));
    char *path = scratch_write(scratch, "large", text.data, text.length);
    static const Said rules[] = {{RULE_DROP_LINES, "drop"}};
    Pipeline pipeline = with_rules(rules, 1);
    for (int unit = 0; unit < UNITS; unit++) {
        pipeline.unit = (Unit)unit;
        Corpus corpus;
        assert_true(corpus_read(&pipeline, NULL, &(CorpusFiles){&path, 1, NULL}, &corpus, NULL));
        assert_int_equal(corpus.report.rules[0].matches, 100001);
        char *left = corpus_text(&corpus);
        assert_null(strstr(left, "drop"));
        assert_null(strstr(left, "long"));
        assert_string_equal(left + strlen(left) - 15, "keep 299999\nend");
        free(left);
        corpus_free(&corpus);
    }
    pipeline_free(&pipeline);
    bytes_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_does_what_it_says),
        cmocka_unit_test(patterns_are_normalised_as_the_text_is),
        cmocka_unit_test(mistakes_are_shown_at_their_place),
        cmocka_unit_test(long_pattern_leaves_room_for_the_message),
        cmocka_unit_test(endless_matching_is_given_up),
        cmocka_unit_test_setup_teardown(rules_run_in_order_file_by_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_are_whole_in_pieces, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
