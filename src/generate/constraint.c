/* A constraint: see constraint.h. What may come is asked of the automata of the patterns (text/automaton.h), and what is
 * known already to be refused is taken out before the first draw. */
#include "generate/constraint.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/automaton.h"

enum { MATCH, FORBID };

/* After so many draws that were refused every unit is tried: one such round costs less than many draws. */
enum { DRAWS = 8 };

struct Constraint {
    Automaton *automata[CONSTRAINT_PATTERNS]; /* MATCH, FORBID; NULL: there is none */
    uint32_t border, rare;                    /* VOCAB_UNKNOWN: there is none */
    uint32_t vocab_size;
};

/* What the patterns say of a unit. */
typedef enum Verdict {
    ADMITTED,
    REFUSED_BY_MATCH,  /* ends a text that may end */
    REFUSED_BY_FORBID, /* never does */
    NOT_FOLLOWED       /* a message */
} Verdict;

Constraint *constraint_create(const char *match, const char *forbid, Normalization normalization,
                              const Vocab *vocab, Error *error) {
    Constraint *constraint = memory_allocate(1, sizeof *constraint, "a constraint", error);
    if (constraint == NULL) {
        return NULL;
    }
    constraint->border = vocab_border(vocab);
    constraint->rare = vocab_find(vocab, symbol_rare());
    constraint->vocab_size = (uint32_t)vocab_size(vocab);
    bool done = true;
    if (match != NULL) {
        constraint->automata[MATCH] = automaton_create(AUTOMATON_MATCHES, match, normalization, vocab, error);
        done = constraint->automata[MATCH] != NULL;
    }
    if (done && forbid != NULL) {
        constraint->automata[FORBID] =
            automaton_create(AUTOMATON_AVOIDS, forbid, normalization, vocab, error);
        done = constraint->automata[FORBID] != NULL;
    }
    if (!done) {
        constraint_free(constraint);
        return NULL;
    }
    return constraint;
}

void constraint_free(Constraint *constraint) {
    if (constraint != NULL) {
        for (size_t k = 0; k < CONSTRAINT_PATTERNS; k++) {
            automaton_free(constraint->automata[k]);
        }
        free(constraint);
    }
}

bool constraint_may_end(const Constraint *constraint, const ConstraintPlace *place) {
    bool may_end = true;
    for (size_t k = 0; k < CONSTRAINT_PATTERNS; k++) {
        const Automaton *automaton = constraint->automata[k];
        may_end = may_end && (automaton == NULL || automaton_may_end(automaton, place->states[k]));
    }
    return may_end;
}

/* What the patterns say of a unit, and in `*after` where it leads. */
static Verdict judge(Constraint *constraint, const ConstraintDraw *draw, const ConstraintPlace *place,
                     uint32_t unit, ConstraintPlace *after, Error *error) {
    if (unit == constraint->border) {
        *after = *place;
        return constraint_may_end(constraint, place) ? ADMITTED : REFUSED_BY_MATCH;
    }
    for (size_t k = 0; k < CONSTRAINT_PATTERNS; k++) {
        Automaton *automaton = constraint->automata[k];
        after->states[k] = 0;
        if (automaton == NULL) {
            continue;
        }
        if (!automaton_step(automaton, place->states[k], unit, &after->states[k], error)) {
            return NOT_FOLLOWED;
        }
        bool refused = after->states[k] == AUTOMATON_NOWHERE ||
                       (k == FORBID && draw->last && !automaton_may_end(automaton, after->states[k]));
        if (refused) {
            return k == MATCH ? REFUSED_BY_MATCH : REFUSED_BY_FORBID;
        }
    }
    return ADMITTED;
}

/* Takes out what is known to be refused, but for what would end the text. */
static void refuse_known(const Constraint *constraint, Sampler *sampler, const ConstraintPlace *place,
                         bool may_end) {
    for (size_t k = may_end ? FORBID : MATCH; k < CONSTRAINT_PATTERNS; k++) {
        const Automaton *automaton = constraint->automata[k];
        const bool *refused = automaton != NULL ? automaton_refused(automaton, place->states[k]) : NULL;
        if (refused != NULL) {
            sampler_refuse_all(sampler, refused);
        }
    }
}

/* Whether a verdict takes the unit out, instead of ending the text. */
static bool takes_out(Verdict verdict, bool may_end) {
    return verdict == REFUSED_BY_FORBID || (verdict == REFUSED_BY_MATCH && !may_end);
}

/* Tries every unit, and takes out what is refused. */
static bool refuse_rest(Constraint *constraint, const ConstraintDraw *draw, const ConstraintPlace *place,
                        bool may_end, Error *error) {
    for (uint32_t unit = 0; unit < constraint->vocab_size; unit++) {
        ConstraintPlace after;
        Verdict verdict =
            unit != constraint->rare ? judge(constraint, draw, place, unit, &after, error) : ADMITTED;
        if (verdict == NOT_FOLLOWED) {
            return false;
        }
        if (takes_out(verdict, may_end)) {
            sampler_refuse(draw->sampler, unit);
        }
    }
    return true;
}

ConstraintOutcome constraint_draw(Constraint *constraint, const ConstraintDraw *draw, ConstraintPlace *place,
                                  uint32_t *unit, Error *error) {
    Sampler *sampler = draw->sampler;
    bool may_end = constraint_may_end(constraint, place);
    bool left = sampler_weigh(sampler, draw->config, draw->logits, draw->recent);
    refuse_known(constraint, sampler, place, may_end);
    for (size_t refused = 0; left;) {
        uint32_t drawn = sampler_draw(sampler, random_uniform(draw->coins));
        if (drawn == SAMPLER_NONE) {
            left = sampler_weigh_again(sampler, draw->config, draw->logits, draw->recent);
            continue;
        }
        ConstraintPlace after;
        Verdict verdict = judge(constraint, draw, place, drawn, &after, error);
        if (verdict == ADMITTED) {
            *place = after;
            *unit = drawn;
            return CONSTRAINT_UNIT;
        }
        if (verdict == NOT_FOLLOWED) {
            return CONSTRAINT_FAILED;
        }
        if (!takes_out(verdict, may_end)) {
            return CONSTRAINT_COMPLETE;
        }
        sampler_refuse(sampler, drawn);
        if (++refused % DRAWS == 0 && !refuse_rest(constraint, draw, place, may_end, error)) {
            return CONSTRAINT_FAILED;
        }
    }
    return may_end && constraint->automata[MATCH] != NULL ? CONSTRAINT_COMPLETE : CONSTRAINT_STUCK;
}

bool constraint_is_large(const Constraint *constraint) {
    bool large = false;
    for (size_t k = 0; k < CONSTRAINT_PATTERNS; k++) {
        large = large || (constraint->automata[k] != NULL && automaton_is_large(constraint->automata[k]));
    }
    return large;
}

bool constraint_forget(Constraint *constraint, ConstraintPlace *const *places, size_t count, Error *error) {
    uint32_t *states = memory_allocate(count, sizeof *states, "the states of a pattern", error);
    bool done = states != NULL;
    for (size_t k = 0; done && k < CONSTRAINT_PATTERNS; k++) {
        if (constraint->automata[k] == NULL) {
            continue;
        }
        for (size_t n = 0; n < count; n++) {
            states[n] = places[n]->states[k];
        }
        done = automaton_forget(constraint->automata[k], states, count, error);
        for (size_t n = 0; done && n < count; n++) {
            places[n]->states[k] = states[n];
        }
    }
    free(states);
    return done;
}

bool constraint_verify(Constraint *constraint, const char *text, size_t length, Error *error) {
    bool holds = true;
    for (size_t k = 0; holds && k < CONSTRAINT_PATTERNS; k++) {
        Automaton *automaton = constraint->automata[k];
        holds = automaton == NULL || automaton_verify(automaton, text, length, error);
    }
    return holds;
}
