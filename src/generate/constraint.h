/* A constraint: holds what is written to patterns, by construction.
 *
 * A unit that is drawn is refused where no text that matches could begin with what was written and it; then another is
 * drawn. Refusing and drawing again draws exactly from the model's distribution over what may come, renormalised
 * (rejection sampling, von Neumann 1951); where that takes many draws, all that is refused is taken out first. Where
 * the text may end, a draw that is refused ends it: so a text ends as often as the model would have written something
 * else there, and always where the pattern is over.
 */
#ifndef LETRA_GENERATE_CONSTRAINT_H
#define LETRA_GENERATE_CONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "generate/sampler.h"
#include "text/normalize.h"
#include "text/vocab.h"

enum { CONSTRAINT_PATTERNS = 2 };

/* What of the patterns was written so far; {{0}} is nothing. */
typedef struct ConstraintPlace {
    uint32_t states[CONSTRAINT_PATTERNS];
} ConstraintPlace;

typedef struct Constraint Constraint; /* remembers what the patterns allow: for one thread at a time */

/* Every text matches `match` as a whole, and nothing in it matches `forbid`; one of them may be NULL. The vocabulary
 * must outlive it. NULL and a message that shows what is wrong. */
Constraint *constraint_create(const char *match, const char *forbid, Normalization normalization,
                              const Vocab *vocab, Error *error);
/* Frees it; NULL does nothing. */
void constraint_free(Constraint *constraint);

/* What comes next. */
typedef enum ConstraintOutcome {
    CONSTRAINT_UNIT,     /* the unit that was drawn */
    CONSTRAINT_COMPLETE, /* nothing: the text is over */
    CONSTRAINT_STUCK,    /* nothing: the pattern wants more, and no unit that can be drawn may come */
    CONSTRAINT_FAILED    /* the patterns could not be followed, or no memory: a message */
} ConstraintOutcome;

/* What a unit is drawn from, and where. */
typedef struct ConstraintDraw {
    Sampler *sampler; /* the logits' */
    const SamplerConfig *config;
    const real *logits;
    RecentUnits recent;
    Random *coins; /* one for each draw, of those that are refused too */
    bool last;     /* the text ends behind this unit; then no forbidden match may end with it */
} ConstraintDraw;

/* Draws the next unit at `*place`, and moves it on. The border between records comes only where the text may end. */
ConstraintOutcome constraint_draw(Constraint *constraint, const ConstraintDraw *draw, ConstraintPlace *place,
                                  uint32_t *unit, Error *error);

/* Whether the text may end here. */
bool constraint_may_end(const Constraint *constraint, const ConstraintPlace *place);

/* Whether it remembers so much that it is time to forget. */
bool constraint_is_large(const Constraint *constraint);
/* Forgets all but these places, which change, and those that begin. False and a message without memory. */
bool constraint_forget(Constraint *constraint, ConstraintPlace *const *places, size_t count, Error *error);

/* Whether a whole text fits the patterns, by PCRE2's ordinary matcher. False and a message without memory. */
bool constraint_verify(Constraint *constraint, const char *text, size_t length, bool *holds, Error *error);

#endif
