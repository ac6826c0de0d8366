/* The automaton of a pattern: tells, while a text is written unit by unit, what may come next so that the whole text
 * matches the pattern, or so that nothing in it does.
 *
 * PCRE2's matcher without backtracking (pcre2_dfa_match; Thompson 1968) follows a text through all the places in the
 * pattern where it may be. These places are a state. What a unit leads to from a state is asked of PCRE2 once and
 * remembered, so that a step costs the same in a text of any length, and next to nothing where the text was before.
 */
#ifndef LETRA_TEXT_AUTOMATON_H
#define LETRA_TEXT_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/normalize.h"
#include "text/vocab.h"

typedef enum AutomatonGoal {
    AUTOMATON_MATCHES, /* the whole text is to match */
    AUTOMATON_AVOIDS   /* nothing in the text is to match */
} AutomatonGoal;

/* Not immutable: it remembers. For one thread at a time. */
typedef struct Automaton Automaton;

enum { AUTOMATON_START = 0 };        /* the state of the empty text */
#define AUTOMATON_NOWHERE UINT32_MAX /* no state: the unit may not come */

/* Of a pattern, normalised as the text is, over the symbols of a vocabulary, which must outlive it. NULL and a message
 * that shows where something is wrong, or what cannot be followed (text/pattern_items.h); also if the empty text
 * already has a match that is to be avoided. */
Automaton *automaton_create(AutomatonGoal goal, const char *pattern, Normalization normalization,
                            const Vocab *vocab, Error *error);
/* Frees it; NULL does nothing. */
void automaton_free(Automaton *automaton);

/* Where a unit (none of the special symbols) leads from a state; `*next` is AUTOMATON_NOWHERE if it may not come. False
 * and a message where PCRE2 gave up. */
bool automaton_step(Automaton *automaton, uint32_t state, uint32_t unit, uint32_t *next, Error *error);

/* Whether the text may end in a state. */
bool automaton_may_end(const Automaton *automaton, uint32_t state);

/* Of each unit (V) whether it may not come in a state (false of the special symbols). NULL and a message as above.
 * Valid until the next call but this. */
const bool *automaton_refused(Automaton *automaton, uint32_t state, Error *error);

/* Whether it remembers so much that it is time to forget. */
bool automaton_is_large(const Automaton *automaton);

/* Forgets all but these states, whose numbers change. False and a message without memory. */
bool automaton_forget(Automaton *automaton, uint32_t *states, size_t count, Error *error);

/* Whether a whole text is as the goal has it, by PCRE2's ordinary matcher; where that backtracks too much, by the other
 * one over all of the text at once. False and a message without memory. */
bool automaton_verify(Automaton *automaton, const char *text, size_t length, bool *holds, Error *error);

#endif
