/* Feeds the way of a text with anything: what rules say, UTF-8, NFC.
 *
 * The input is a byte, an expression up to a newline, and the text. The byte's distance from a space is the unit (its
 * lowest bit) and the kind of the rule (above); the last kind is the separator of records.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzzing.h"

#include "text/normalize.h"
#include "text/rule.h"
#include "text/separator.h"
#include "text/symbol_set.h"
#include "text/utf8.h"

/* A refusal says why. */
static void check_outcome(bool done, const Error *error) {
    check(done || error->message[0] != '\0', "a failure has a message");
}

/* What is valid is counted as it is decoded, and its symbols spell it. */
static void check_symbols(const Bytes *text) {
    for (int unit = 0; unit < UNITS; unit++) {
        SymbolSet *set = symbol_set_create((Unit)unit, NULL);
        uint32_t *numbers = malloc((text->length + 1) * sizeof *numbers);
        size_t count = 0;
        check(set != NULL && numbers != NULL, "there is memory");
        check(symbol_set_encode_adding(set, text->data, text->length, numbers, &count, NULL),
              "there is memory");
        size_t place = 0;
        for (size_t k = 0; k < count; k++) {
            Symbol symbol = symbol_set_at(set, numbers[k]);
            check(place + symbol.length <= text->length &&
                      memcmp(text->data + place, symbol.text, symbol.length) == 0,
                  "a symbol comes back");
            place += symbol.length;
        }
        check(place == text->length, "all of it comes back");
        check(unit != UNIT_CHAR || count == utf8_count(text->data, text->length), "encoded as counted");
        free(numbers);
        symbol_set_free(set);
    }
    (void)utf8_width(text->data, text->length);
}

/* Valid text is NFC after one normalising: a second changes nothing. */
static void check_normal(Bytes *text) {
    check(normalize_text(text, NORMALIZATION_NFC, NULL, NULL), "there is memory");
    check(utf8_find_invalid(text->data, text->length) == text->length, "NFC is valid UTF-8");
    Bytes again = {0};
    check(bytes_append(&again, text->data, text->length, NULL) &&
              normalize_text(&again, NORMALIZATION_NFC, NULL, NULL),
          "there is memory");
    check(again.length == text->length && memcmp(again.data, text->data, text->length) == 0,
          "NFC stays as it is");
    bytes_free(&again);
    check_symbols(text);
}

/* What the program does with it: characters are checked before, and NFC after. */
static void run(RuleKind kind, const char *expression, Unit unit, Bytes *text) {
    Error error = {0};
    if (unit == UNIT_CHAR && !utf8_validate(text->data, text->length, 0, 0, &error)) {
        check_outcome(false, &error);
        return;
    }
    if (unit == UNIT_CHAR) {
        check_normal(text);
    }
    Rule *rule = rule_create(kind, expression, unit, NORMALIZATION_NFC, &error);
    check_outcome(rule != NULL, &error);
    size_t before = text->length;
    size_t matches = 0;
    bool done = rule != NULL && rule_apply(rule, text, SIZE_MAX, &matches, &error);
    if (rule != NULL) {
        check_outcome(done, &error);
        check(kind == RULE_REPLACE || text->length <= before, "what cuts does not add");
    }
    rule_free(rule);
    if (done && unit == UNIT_CHAR) {
        check(utf8_find_invalid(text->data, text->length) == text->length, "what is replaced is valid UTF-8");
        check_symbols(text);
    }
}

/* Records lie one behind the other, are not empty, and come to an end. */
static void run_separator(const char *expression, Unit unit, const Bytes *text) {
    Error error = {0};
    Pattern separator;
    Matching matching;
    if (unit == UNIT_CHAR && utf8_find_invalid(text->data, text->length) < text->length) {
        return;
    }
    bool made = separator_create(&separator, expression, unit, NORMALIZATION_NFC, &error);
    check_outcome(made, &error);
    if (!made || !matching_create(&separator, text->length, &matching, &error)) {
        pattern_free(&separator);
        return;
    }
    RecordCursor cursor = {.text = text->data, .length = text->length};
    Found record = {0};
    size_t before = 0;
    int outcome = 0;
    while ((outcome = separator_next(&separator, &matching, &cursor, &record, &error)) > 0) {
        check(record.start >= before && record.end > record.start && record.end <= text->length,
              "records are in order");
        check(unit != UNIT_CHAR || utf8_find_invalid(text->data + record.start, record.end - record.start) ==
                                       record.end - record.start,
              "a record is valid UTF-8");
        before = record.end;
    }
    check_outcome(outcome == 0, &error);
    matching_free(&matching);
    pattern_free(&separator);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *end = size > 0 ? memchr(data + 1, '\n', size - 1) : NULL;
    if (end == NULL) {
        return 0;
    }
    const char *start = (const char *)data + 1;
    Bytes expression = {0};
    Bytes text = {0};
    if (bytes_append(&expression, start, (size_t)(end - start), NULL) &&
        bytes_append(&text, end + 1, size - (size_t)(end + 1 - (const char *)data), NULL)) {
        unsigned choice = (data[0] - (unsigned)' ') & 0xFF;
        Unit unit = choice % 2 == 0 ? UNIT_CHAR : UNIT_BYTE;
        unsigned kind = choice / 2 % (RULE_KINDS + 1);
        if (kind < RULE_KINDS) {
            run((RuleKind)kind, expression.data, unit, &text);
        } else {
            run_separator(expression.data, unit, &text);
        }
    }
    bytes_free(&expression);
    bytes_free(&text);
    return 0;
}
