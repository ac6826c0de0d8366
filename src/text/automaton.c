/* The automaton of a pattern: see automaton.h.
 *
 * To match, the pattern is compiled with an end, (?:PATTERN)\z; to be avoided, with a beginning, (?s:.*?)(?:PATTERN).
 * From a state, PCRE2 is restarted (PCRE2_DFA_RESTART) with the next character as its text. Asked with
 * PCRE2_PARTIAL_HARD it says whether the text may go on; asked with PCRE2_PARTIAL_SOFT it says whether a match ends
 * here, and leaves the places in the pattern where it is then in its workspace (asked once more with PCRE2_NOTEOL
 * behind a newline, so that a $ which only holds at the end of the text does not count when it goes on).
 *
 * A workspace that can be restarted is two flags and a row of places of three integers: an offset in the compiled code,
 * how often the item there came so far, and how many characters a place waits. With the last characters, as many as the
 * pattern looks back, they are the whole state. (The layout is PCRE2's own since its version 10.00; a test holds it to
 * what it does here, and every text is held to the ordinary matcher at its end.) The first flag is turned at each round
 * of the matcher, of which there are two if a place is left behind the character. The second integer of a place counts
 * on without end in a repetition such as \w+; beyond the largest number in the pattern it makes no difference and is
 * cut off there, so that a text which goes on repeating stays in one state.
 */
#include "text/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8_byte.h"
#include "text/automaton_state.h"
#include "text/pattern.h"
#include "text/pattern_items.h"
#include "text/utf8.h"

enum {
    WORKSPACE_START = 4096,    /* integers */
    WORKSPACE_LIMIT = 4 << 20, /* ... from which on a pattern is given up */
    ENDS = 64,                 /* matches of different lengths that PCRE2 tells of */
    MEMORY_LIMIT = 64 << 20,   /* bytes from which on it is large */
    STEPS = 1 << 16, /* of the ordinary matcher, before the other one verifies a text: some milliseconds */
    STEPS_PER_BYTE = 16,
    STEPS_LIMIT = 1 << 27 /* bytes of a text: no overflow below */
};

struct Automaton {
    AutomatonGoal goal;
    Bytes label; /* --match 'PATTERN' */
    const Vocab *vocab;
    Pattern pattern;   /* for the ordinary matcher ... */
    Matching matching; /* ... and what it needs; its limits are for the other one, too */
    pcre2_code *code;  /* for the other one */
    pcre2_match_data *match;
    int *workspace;
    size_t workspace_size;
    PatternItems items;
    size_t looks_back; /* characters */
    int most_repeats;
    StateTable states;
};

/* The matches that end with a character. */
typedef struct Ends {
    bool here;   /* one does */
    bool before; /* one ends before it is over */
} Ends;

/* --- asking PCRE2 --- */

/* Runs the matcher over the text from byte `from` on, out of a state. Its result is PCRE2's. */
static int run(Automaton *automaton, const State *state, const Bytes *text, size_t from, uint32_t options) {
    int *workspace = automaton->workspace;
    options |= automaton->pattern.unit != UNIT_BYTE ? PCRE2_NO_UTF_CHECK : 0;
    matching_set_length(&automaton->matching, text->length); /* each look behind counts as a step */
    workspace[0] = 0;                                        /* the places stand in the first half */
    workspace[1] = (int)state->place_count;
    if (state->place_count > 0) { /* not at the start */
        options |= PCRE2_DFA_RESTART;
        memcpy(workspace + 2, state->places, state->place_count * STATE_PLACE * sizeof *workspace);
    }
    return pcre2_dfa_match(automaton->code, (PCRE2_SPTR)text->data, text->length, from, options,
                           automaton->match, automaton->matching.context, workspace,
                           automaton->workspace_size);
}

/* The same with as large a workspace as it takes. False and a message where PCRE2 gives up. */
static bool ask(Automaton *automaton, const State *state, const Bytes *text, size_t from, uint32_t options,
                int *result, Error *error) {
    *result = run(automaton, state, text, from, options);
    while (*result == PCRE2_ERROR_DFA_WSSIZE && automaton->workspace_size < WORKSPACE_LIMIT) {
        size_t size = 2 * automaton->workspace_size;
        int *workspace = memory_allocate(size, sizeof *workspace, "the places in a pattern", error);
        if (workspace == NULL) {
            return false;
        }
        free(automaton->workspace);
        automaton->workspace = workspace;
        automaton->workspace_size = size;
        *result = run(automaton, state, text, from, options);
    }
    if (*result == PCRE2_ERROR_DFA_WSSIZE) {
        return error_set(error, "%s: too many repetitions inside repetitions to be followed; make it simpler",
                         automaton->label.data);
    }
    bool answered = *result >= 0 || *result == PCRE2_ERROR_NOMATCH || *result == PCRE2_ERROR_PARTIAL;
    return answered || pattern_explain(*result, error) || error_prefix(error, "%s: ", automaton->label.data);
}

/* Whether a match ends with the last character or before it, out of a state. */
static bool ask_for_ends(Automaton *automaton, const State *state, const Bytes *text, size_t from, Ends *ends,
                         Error *error) {
    int result = 0;
    if (!ask(automaton, state, text, from, PCRE2_PARTIAL_SOFT, &result, error)) {
        return false;
    }
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(automaton->match);
    for (int k = 0; k < result; k++) {
        bool here = places[2 * k + 1] == text->length;
        ends->here = ends->here || here;
        ends->before = ends->before || !here;
    }
    return true;
}

/* Takes the places from the workspace, which PCRE2 left to be restarted. */
static bool take_places(const Automaton *automaton, State *state, Error *error) {
    const int *workspace = automaton->workspace;
    size_t half = (automaton->workspace_size - 2) / (2 * STATE_PLACE);
    const int *places = workspace + 2 + (workspace[0] != 0 ? half * STATE_PLACE : 0);
    state->place_count = (size_t)workspace[1];
    state->places =
        memory_allocate(state->place_count * STATE_PLACE, sizeof *state->places, "a state", error);
    if (state->places == NULL) {
        return false;
    }
    memcpy(state->places, places, state->place_count * STATE_PLACE * sizeof *places);
    for (size_t k = 0; k < state->place_count; k++) {
        int *repeats = &state->places[STATE_PLACE * k + 1];
        int *waits = &state->places[STATE_PLACE * k + 2];
        *repeats = *repeats > automaton->most_repeats ? automaton->most_repeats : *repeats;
        *waits = 0; /* nothing waits behind the only character of a text; what stands there is old */
    }
    return true;
}

/* Where in the pattern a text is behind its last character, if it goes on. A $ before a newline at the end of the text
 * holds only if that is the end. */
static bool ask_for_places(Automaton *automaton, const State *state, const Bytes *text, size_t from,
                           State *after, Error *error) {
    int result = 0;
    bool newline = text->data[text->length - 1] == '\n';
    if (newline && !ask(automaton, state, text, from, PCRE2_PARTIAL_SOFT | PCRE2_NOTEOL, &result, error)) {
        return false;
    }
    after->over = automaton->workspace[0] != 0;
    return after->over || take_places(automaton, after, error);
}

/* Keeps of the text what the pattern looks back at. What is cut off leaves one character more behind, so that no place
 * is taken for the start of the text. */
static bool keep_behind(const Automaton *automaton, const State *before, const Bytes *text, State *state,
                        Error *error) {
    if (automaton->looks_back == 0) {
        return bytes_append(&state->behind, "x", 1, error);
    }
    size_t begin = text->length;
    for (size_t k = 0; k <= automaton->looks_back && begin > 0; k++) {
        begin--;
        while (automaton->pattern.unit != UNIT_BYTE && begin > 0 && utf8_byte_continues(text->data[begin])) {
            begin--;
        }
    }
    state->from_start = before->from_start && begin == 0;
    return bytes_append(&state->behind, text->data + begin, text->length - begin, error);
}

/* Whether the match in the text from byte `from` on is there whatever follows: it need not be where the pattern looks
 * at what comes next, as \b and $ do. They only tell letters, newlines and the rest apart. */
static bool match_is_certain(Automaton *automaton, const State *state, const Bytes *text, size_t from,
                             bool *certain, Error *error) {
    static const char *const following[] = {"a", " ", "\n"};
    *certain = true;
    for (size_t k = 0; k < sizeof following / sizeof *following && *certain; k++) {
        Bytes longer = {0};
        Ends ends = {0};
        bool done = bytes_append(&longer, text->data, text->length, error) &&
                    bytes_append(&longer, following[k], 1, error) &&
                    ask_for_ends(automaton, state, &longer, from, &ends, error);
        bytes_free(&longer);
        if (!done) {
            return false;
        }
        *certain = ends.before;
    }
    return true;
}

/* Whether a text may go on behind the character that was just run over. PCRE2 does not count a ^ that stands at the end
 * of a text, because under (?m) it is no beginning of a line there; a further character may make it one. */
static bool may_go_on(const Automaton *automaton, const Bytes *text, int result) {
    bool line_begins = automaton->items.looks_back_to_line && text->data[text->length - 1] == '\n';
    return result == PCRE2_ERROR_PARTIAL || line_begins;
}

/* Finds out what the character that ends the text, from byte `from` on, does; `*after` is the state behind it, if it is
 * admitted. */
static bool explore(Automaton *automaton, const State *state, const Bytes *text, size_t from, State *after,
                    bool *admitted, Error *error) {
    Ends ends = {0};
    int result = 0;
    bool certain = false;
    bool avoids = automaton->goal == AUTOMATON_AVOIDS;
    *admitted = false;
    if (!ask(automaton, state, text, from, PCRE2_PARTIAL_HARD, &result, error)) {
        return false;
    }
    bool goes_on = may_go_on(automaton, text, result);
    if (!goes_on || !ask_for_ends(automaton, state, text, from, &ends, error)) {
        return !goes_on;
    }
    after->may_end = avoids ? !ends.here && !ends.before : ends.here;
    if (!ask_for_places(automaton, state, text, from, after, error) ||
        !keep_behind(automaton, state, text, after, error)) {
        return false;
    }
    if (after->over && !after->may_end) {
        return true;
    }
    bool found = avoids && (ends.here || ends.before);
    if (found && !match_is_certain(automaton, state, text, from, &certain, error)) {
        return false;
    }
    *admitted = !certain;
    return true;
}

/* Follows one character out of a state, which becomes the state behind it. */
static bool follow(Automaton *automaton, State *state, const char *character, size_t length, bool *admitted,
                   Error *error) {
    Bytes text = {0};
    State after = {0};
    bool done = bytes_append(&text, state->behind.data, state->behind.length, error) &&
                bytes_append(&text, character, length, error) &&
                explore(automaton, state, &text, state->behind.length, &after, admitted, error);
    bytes_free(&text);
    state_free(state);
    *state = after;
    return done;
}

/* Tries a unit out of a state for the first time: character by character, because PCRE2 does not tell how far it came
 * in several. */
static bool try_unit(Automaton *automaton, uint32_t from, uint32_t unit, uint32_t *next, Error *error) {
    Symbol symbol = vocab_symbol(automaton->vocab, unit);
    State state = {0};
    bool admitted = true;
    *next = AUTOMATON_NOWHERE;
    if (automaton->states.states[from].over) {
        return true;
    }
    bool done = state_copy(&automaton->states.states[from], &state, error);
    for (size_t at = 0; done && admitted && at < symbol.length;) {
        if (state.over) { /* behind a character of this symbol */
            admitted = false;
            break;
        }
        uint32_t ignored = 0;
        bool characters = automaton->pattern.unit != UNIT_BYTE;
        size_t length = characters ? utf8_decode(symbol.text + at, symbol.length - at, &ignored) : 1;
        done = follow(automaton, &state, symbol.text + at, length, &admitted, error);
        at += length;
    }
    if (!done || !admitted) {
        state_free(&state);
        return done;
    }
    return state_table_add(&automaton->states, &state, next, error);
}

bool automaton_step(Automaton *automaton, uint32_t state, uint32_t unit, uint32_t *next, Error *error) {
    const State *here = &automaton->states.states[state];
    if (here->next != NULL && (here->next[unit] != 0 || here->refused[unit])) {
        *next = here->next[unit] - 1; /* AUTOMATON_NOWHERE of 0 */
        return true;
    }
    if (!state_table_prepare(&automaton->states, state, vocab_size(automaton->vocab), error) ||
        !try_unit(automaton, state, unit, next, error)) {
        return false;
    }
    State *tried = &automaton->states.states[state]; /* the states may have moved */
    tried->next[unit] = *next + 1;
    tried->refused[unit] = *next == AUTOMATON_NOWHERE;
    return true;
}

bool automaton_may_end(const Automaton *automaton, uint32_t state) {
    return automaton->states.states[state].may_end;
}

const bool *automaton_refused(Automaton *automaton, uint32_t state, Error *error) {
    size_t size = vocab_size(automaton->vocab);
    bool done = state_table_prepare(&automaton->states, state, size, error);
    for (uint32_t unit = 0; done && !automaton->states.states[state].complete && unit < size; unit++) {
        uint32_t next = 0;
        done = symbol_is_special(vocab_symbol(automaton->vocab, unit)) ||
               automaton_step(automaton, state, unit, &next, error);
    }
    automaton->states.states[state].complete = done;
    return done ? automaton->states.states[state].refused : NULL;
}

bool automaton_is_large(const Automaton *automaton) {
    return automaton->states.memory > MEMORY_LIMIT;
}

bool automaton_forget(Automaton *automaton, uint32_t *states, size_t count, Error *error) {
    return state_table_keep(&automaton->states, states, count, error);
}

/* --- making and verifying --- */

/* Compiles the pattern with what the goal asks for around it. `last` ends what the pattern may have left open. */
static bool compile_with(Automaton *automaton, const char *last, Error *error) {
    const Bytes *inner = &automaton->pattern.text;
    bool avoids = automaton->goal == AUTOMATON_AVOIDS;
    Pattern whole = automaton->pattern;
    Bytes text = {0};
    int number = 0;
    size_t offset = 0;
    whole.options = (whole.options & ~(uint32_t)PCRE2_ENDANCHORED) | PCRE2_ANCHORED | PCRE2_NO_AUTO_POSSESS |
                    PCRE2_NO_START_OPTIMIZE | PCRE2_NO_DOTSTAR_ANCHOR;
    bool done = bytes_printf(&text, error, "%s(?:", avoids ? "(?s:.*?)" : "") &&
                bytes_append(&text, inner->data, inner->length, error) &&
                bytes_printf(&text, error, "%s)%s", last, avoids ? "" : "\\z");
    automaton->code = done ? pattern_compile(&whole, &text, &number, &offset) : NULL;
    bytes_free(&text);
    return done;
}

static bool compile(Automaton *automaton, Error *error) {
    static const char *const lasts[] = {"\\E", "\n"}; /* of \Q, and of a comment under (?x) */
    for (size_t k = 0; k < sizeof lasts / sizeof *lasts && automaton->code == NULL; k++) {
        if (!compile_with(automaton, lasts[k], error)) {
            return false;
        }
    }
    return automaton->code != NULL ||
           error_set(error, "options such as (*UCP) at the beginning of the pattern cannot be used here; "
                            "write (?i), (?m), (?s) or (?x) for those that have a letter");
}

/* Looks through the pattern and makes what following it takes. */
static bool prepare(Automaton *automaton, Error *error) {
    uint32_t looks_back = 0;
    const PatternItems *items = &automaton->items;
    if (!pattern_items_check(&automaton->pattern, &automaton->items, error) || !compile(automaton, error)) {
        return false;
    }
    (void)pcre2_pattern_info(automaton->code, PCRE2_INFO_MAXLOOKBEHIND, &looks_back);
    looks_back *=
        items->look_behinds > 1 ? items->look_behinds : 1; /* PCRE2 does not count one inside another */
    automaton->looks_back = looks_back == 0 && items->looks_back_to_line ? 1 : looks_back;
    automaton->most_repeats = (int)items->most_repeats + 1;
    automaton->match = pcre2_match_data_create(ENDS, NULL);
    automaton->workspace_size = WORKSPACE_START;
    automaton->workspace =
        memory_allocate(WORKSPACE_START, sizeof *automaton->workspace, "the places in a pattern", error);
    if (automaton->match == NULL) {
        return error_set_memory(error, "PCRE2 has none for its matches");
    }
    return automaton->workspace != NULL &&
           matching_create(&automaton->pattern, 0, &automaton->matching, error);
}

/* Whether the ordinary matcher finds the pattern in the text: PATTERN_FOUND, PATTERN_ABSENT, or PATTERN_GAVE_UP and a
 * message. */
static int find(const Automaton *automaton, const char *text, size_t length, Error *error) {
    Found found;
    uint32_t limit = length < STEPS_LIMIT ? (uint32_t)(STEPS + length * STEPS_PER_BYTE) : UINT32_MAX;
    matching_set_length(&automaton->matching, length);
    pcre2_set_match_limit(automaton->matching.context, limit);
    return pattern_find(&automaton->pattern, &automaton->matching, length > 0 ? text : "", length, 0, &found,
                        error);
}

/* The same with the matcher without backtracking, which takes the whole text at once and gives up on no text, but for
 * want of memory. */
static int find_at_once(Automaton *automaton, const char *text, size_t length, Error *error) {
    const State start = {0};
    Bytes whole = {0};
    int result = 0;
    bool done =
        bytes_append(&whole, text, length, error) && ask(automaton, &start, &whole, 0, 0, &result, error);
    bytes_free(&whole);
    if (!done) {
        return PATTERN_GAVE_UP;
    }
    return result >= 0 ? PATTERN_FOUND : PATTERN_ABSENT;
}

/* Makes the state of the empty text. */
static bool add_start(Automaton *automaton, Error *error) {
    State start = {.from_start = true};
    uint32_t number = 0;
    bool avoids = automaton->goal == AUTOMATON_AVOIDS;
    bool certain = false;
    int outcome = find(automaton, "", 0, error);
    if (outcome == PATTERN_GAVE_UP || !bytes_append(&start.behind, "", 0, error)) {
        return false;
    }
    start.may_end = (outcome == PATTERN_FOUND) != avoids;
    bool done =
        start.may_end || !avoids || match_is_certain(automaton, &start, &start.behind, 0, &certain, error);
    if (!done || certain) {
        state_free(&start);
        return done ? error_set(error, "every text has a match of it: it matches the empty text") : done;
    }
    return state_table_add(&automaton->states, &start, &number, error);
}

Automaton *automaton_create(AutomatonGoal goal, const char *pattern, Normalization normalization,
                            const Vocab *vocab, Error *error) {
    bool matches = goal == AUTOMATON_MATCHES;
    uint32_t options = matches ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    Automaton *automaton = memory_allocate(1, sizeof *automaton, "a pattern", error);
    if (automaton == NULL) {
        return NULL;
    }
    automaton->goal = goal;
    automaton->vocab = vocab;
    bool done = pattern_describe(matches ? "match" : "forbid", pattern, &automaton->label, error) &&
                ((pattern_create(&automaton->pattern, pattern, strlen(pattern), vocab_unit(vocab),
                                 normalization, options, error) &&
                  prepare(automaton, error) && add_start(automaton, error)) ||
                 error_prefix(error, "%s: ", automaton->label.data));
    if (done) {
        pattern_speed_up(&automaton->pattern);
    }
    if (!done) {
        automaton_free(automaton);
        return NULL;
    }
    return automaton;
}

void automaton_free(Automaton *automaton) {
    if (automaton == NULL) {
        return;
    }
    state_table_free(&automaton->states);
    free(automaton->workspace);
    pcre2_match_data_free(automaton->match);
    pcre2_code_free(automaton->code);
    matching_free(&automaton->matching);
    pattern_free(&automaton->pattern);
    bytes_free(&automaton->label);
    free(automaton);
}

bool automaton_verify(Automaton *automaton, const char *text, size_t length, bool *holds, Error *error) {
    int outcome = find(automaton, text, length, NULL);
    if (outcome == PATTERN_GAVE_UP) {
        outcome = find_at_once(automaton, text, length, error);
    }
    *holds = (outcome == PATTERN_FOUND) == (automaton->goal == AUTOMATON_MATCHES);
    return outcome != PATTERN_GAVE_UP;
}
