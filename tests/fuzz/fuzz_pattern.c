/* Feeds the patterns that a text is written to (--match, --forbid, --stop-regex) with anything.
 *
 * The first byte of the input, less a blank, is the unit and what the pattern is for; up to the first newline is the
 * pattern, behind it the text, of which the characters count that are in a small vocabulary. What the automaton says of
 * the text while it grows must be what PCRE2's ordinary matcher says of it in the end.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzzing.h"

#include "base/bytes.h"
#include "support/symbols.h"
#include "text/automaton.h"
#include "text/stop_pattern.h"

enum { GOAL_STOP = AUTOMATON_AVOIDS + 1, GOALS, UNITS_MOST = 64 };

static Vocab *make_vocab(Unit unit) {
    static const uint32_t characters[] = {'\n', ' ', '-',  '1',   'B',    'a',
                                          'b',  'c', 0xE9, 0x301, 0x6F22, 0x1F98A};
    static const uint32_t bytes[] = {0, '\n', ' ', '1', 'B', 'a', 'b', 0x81, 0xC3, 0xE9, 0xFF};
    return unit == UNIT_BYTE
               ? vocab_create_from_numbers(unit, bytes, NULL, sizeof bytes / sizeof *bytes, NULL)
               : vocab_create_from_numbers(unit, characters, NULL, sizeof characters / sizeof *characters,
                                           NULL);
}

/* The units of a text that the vocabulary has, and the text they are. */
static size_t take_units(const Vocab *vocab, const char *text, size_t length, uint32_t *units, Bytes *known) {
    size_t count = 0;
    for (size_t k = 0, taken = 0; k < length && count<UNITS_MOST; k += taken> 0 ? taken : 1) {
        uint32_t code_point = 0;
        taken = vocab_unit(vocab) == UNIT_BYTE ? 1 : utf8_decode(text + k, length - k, &code_point);
        uint32_t unit = taken > 0 ? vocab_find(vocab, (Symbol){text + k, taken}) : VOCAB_UNKNOWN;
        if (unit != VOCAB_UNKNOWN) {
            units[count++] = unit;
            check(bytes_append(known, text + k, taken, NULL), "there is memory");
        }
    }
    return count;
}

/* Steps as far as the units are admitted; how many are. Now and then all else is forgotten. */
static size_t follow(Automaton *automaton, const uint32_t *units, size_t count, uint32_t *state,
                     bool *gave_up) {
    Error error = {0};
    for (size_t k = 0; k < count; k++) {
        uint32_t next = 0;
        const bool *refused = k % 8 == 3 ? automaton_refused(automaton, *state, &error) : NULL;
        bool known = refused != NULL;
        bool refuses = known && refused[units[k]];
        *gave_up = !automaton_step(automaton, *state, units[k], &next, &error);
        if (*gave_up || next == AUTOMATON_NOWHERE) {
            check(!*gave_up || error.message[0] != '\0', "a failure has a message");
            check(*gave_up || !known || refuses, "what is refused is what leads nowhere");
            return k;
        }
        check(!refuses, "what leads somewhere is not refused");
        *state = next;
        if (k % 16 == 7) {
            check(automaton_forget(automaton, state, 1, &error), "there is memory");
        }
    }
    return count;
}

/* What the automaton says of a text that it let through is so. */
static void run_automaton(AutomatonGoal goal, const char *pattern, const Vocab *vocab, const uint32_t *units,
                          size_t count, const Bytes *text) {
    Error error = {0};
    Automaton *automaton = automaton_create(goal, pattern, NORMALIZATION_NFC, vocab, &error);
    check((automaton != NULL) == (error.message[0] == '\0'), "a refusal says why");
    if (automaton == NULL) {
        return;
    }
    uint32_t state = AUTOMATON_START;
    bool gave_up = false;
    size_t followed = follow(automaton, units, count, &state, &gave_up);
    bool holds = false;
    if (!gave_up && followed == count && count > 0) {
        bool verified = automaton_verify(automaton, text->data, text->length, &holds, &error);
        check(!verified || holds == automaton_may_end(automaton, state), "the two matchers agree");
    }
    automaton_free(automaton);
}

/* A place where a text stops lies in it, and is looked for from where it was asked for. */
static void run_stop(const char *pattern, Unit unit, const Bytes *text) {
    Error error = {0};
    StopPattern *stop = stop_pattern_create(pattern, unit, NORMALIZATION_NFC, &error);
    check((stop != NULL) == (error.message[0] == '\0'), "a refusal says why");
    if (stop == NULL) {
        return;
    }
    for (int over = 0; over < 2; over++) {
        StopPlace place = {0};
        StopLook look = {.from = 0, .empty = true, .over = over == 1};
        StopSight sight = stop_pattern_look(stop, text->data, text->length, look, &place, &error);
        check(sight != STOP_FAILED || error.message[0] != '\0', "a failure has a message");
        check(sight != STOP_MAY_BEGIN || over == 0, "nothing begins in a text that is over");
        check(sight == STOP_FAILED || (place.start <= place.end && place.end <= text->length),
              "a stop lies in the text");
    }
    stop_pattern_free(stop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *end = size > 0 ? memchr(data + 1, '\n', size - 1) : NULL;
    if (end == NULL) {
        return 0;
    }
    const char *start = (const char *)data + 1;
    unsigned choice = (data[0] - (unsigned)' ') & 0xFF;
    Unit unit = choice % 2 == 0 ? UNIT_CHAR : UNIT_BYTE;
    unsigned goal = choice / 2 % GOALS;
    Vocab *vocab = make_vocab(unit);
    uint32_t units[UNITS_MOST];
    Bytes pattern = {0};
    Bytes text = {0};
    check(vocab != NULL && bytes_append(&pattern, start, (size_t)(end - start), NULL) &&
              bytes_reserve(&text, 0, NULL),
          "there is memory");
    size_t count = take_units(vocab, end + 1, size - (size_t)(end + 1 - (const char *)data), units, &text);
    if (goal == GOAL_STOP) {
        run_stop(pattern.data, unit, &text);
    } else {
        run_automaton((AutomatonGoal)goal, pattern.data, vocab, units, count, &text);
    }
    bytes_free(&pattern);
    bytes_free(&text);
    vocab_free(vocab);
    return 0;
}
