/* A constraint: see constraint.h. What may come is asked of the automata of the patterns (text/automaton.h). */
#include "generate/constraint.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/automaton.h"

enum { FORBID, MATCH };

/* After so many draws that were refused every unit is judged, and one is drawn from what is left. The number is the
 * same whatever is remembered, so that a text only depends on its coins. */
enum { DRAWS = 12 };

struct Constraint {
    Automaton *automata[CONSTRAINT_PATTERNS]; /* FORBID, MATCH; NULL: there is none */
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

/* What the patterns say of a unit, and in `*after` where it leads. What both refuse is as if it were not there, and
 * ends nothing. */
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

/* Whether a verdict takes the unit out, instead of ending the text. */
static bool takes_out(Verdict verdict, bool may_end) {
    return verdict == REFUSED_BY_FORBID || (verdict == REFUSED_BY_MATCH && !may_end);
}

/* Takes out a unit by itself, if it is refused. */
static bool refuse_one(Constraint *constraint, const ConstraintDraw *draw, const ConstraintPlace *place,
                       bool may_end, uint32_t unit, Error *error) {
    ConstraintPlace after;
    Verdict verdict = judge(constraint, draw, place, unit, &after, error);
    if (takes_out(verdict, may_end)) {
        sampler_refuse(draw->sampler, unit);
    }
    return verdict != NOT_FOLLOWED;
}

/* Takes out all that is refused, but for what would end the text. */
static bool refuse_all(Constraint *constraint, const ConstraintDraw *draw, const ConstraintPlace *place,
                       bool may_end, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < CONSTRAINT_PATTERNS; k++) {
        Automaton *automaton = constraint->automata[k];
        if (automaton != NULL && (k == FORBID || !may_end)) {
            const bool *refused = automaton_refused(automaton, place->states[k], error);
            done = refused != NULL;
            if (done) {
                sampler_refuse_all(draw->sampler, refused);
            }
        }
    }
    bool each = draw->last && constraint->automata[FORBID] != NULL; /* which looks at the text's end */
    for (uint32_t unit = 0; done && each && unit < constraint->vocab_size; unit++) {
        done = unit == constraint->rare || refuse_one(constraint, draw, place, may_end, unit, error);
    }
    bool has_border = constraint->border != VOCAB_UNKNOWN;
    return done && (!has_border || refuse_one(constraint, draw, place, may_end, constraint->border, error));
}

/* Draws a unit and judges it; `*drawn` is SAMPLER_NONE, and the unit refused, where there is none. */
static Verdict try_draw(Constraint *constraint, const ConstraintDraw *draw, const ConstraintPlace *place,
                        uint32_t *drawn, ConstraintPlace *after, Error *error) {
    *drawn = sampler_draw(draw->sampler, random_uniform(draw->coins));
    return *drawn != SAMPLER_NONE ? judge(constraint, draw, place, *drawn, after, error) : REFUSED_BY_MATCH;
}

/* The outcome of a draw that takes nothing out any more. */
static ConstraintOutcome conclude(Verdict verdict, uint32_t drawn, const ConstraintPlace *after,
                                  ConstraintPlace *place, uint32_t *unit) {
    if (verdict == ADMITTED) {
        *place = *after;
        *unit = drawn;
        return CONSTRAINT_UNIT;
    }
    return verdict == NOT_FOLLOWED ? CONSTRAINT_FAILED : CONSTRAINT_COMPLETE;
}

/* Draws from what is left when everything that is refused is taken out. */
static ConstraintOutcome draw_from_rest(Constraint *constraint, const ConstraintDraw *draw, bool may_end,
                                        ConstraintPlace *place, uint32_t *unit, Error *error) {
    ConstraintPlace after;
    uint32_t drawn = SAMPLER_NONE;
    if (!refuse_all(constraint, draw, place, may_end, error)) {
        return CONSTRAINT_FAILED;
    }
    Verdict verdict = try_draw(constraint, draw, place, &drawn, &after, error);
    if (drawn == SAMPLER_NONE &&
        sampler_weigh_again(draw->sampler, draw->config, draw->logits, draw->recent)) {
        verdict = try_draw(constraint, draw, place, &drawn, &after, error);
    }
    if (drawn == SAMPLER_NONE) {
        return may_end && constraint->automata[MATCH] != NULL ? CONSTRAINT_COMPLETE : CONSTRAINT_STUCK;
    }
    return conclude(verdict, drawn, &after, place, unit);
}

ConstraintOutcome constraint_draw(Constraint *constraint, const ConstraintDraw *draw, ConstraintPlace *place,
                                  uint32_t *unit, Error *error) {
    bool may_end = constraint_may_end(constraint, place);
    if (!sampler_weigh(draw->sampler, draw->config, draw->logits, draw->recent)) {
        return CONSTRAINT_STUCK;
    }
    for (size_t k = 0; k < DRAWS; k++) {
        ConstraintPlace after;
        uint32_t drawn = SAMPLER_NONE;
        Verdict verdict = try_draw(constraint, draw, place, &drawn, &after, error);
        if (!takes_out(verdict, may_end)) {
            return conclude(verdict, drawn, &after, place, unit);
        }
    }
    return draw_from_rest(constraint, draw, may_end, place, unit, error);
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

bool constraint_verify(Constraint *constraint, const char *text, size_t length, bool *holds, Error *error) {
    *holds = true;
    bool done = true;
    for (size_t k = 0; done && *holds && k < CONSTRAINT_PATTERNS; k++) {
        Automaton *automaton = constraint->automata[k];
        done = automaton == NULL || automaton_verify(automaton, text, length, holds, error);
    }
    return done;
}
