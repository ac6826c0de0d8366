/* Filling gaps: what may stand in the gaps of a text, so that it follows from what stands before them and what stands
 * after follows from it.
 *
 * What is looked for is the likeliest whole text: log p(fill | before) + log p(after | before, fill), in nats. A beam
 * of N beginnings grows unit by unit. At every length that a gap may have, each of them is tried as a filling: the
 * model reads the text after the gap and says how likely it is then. First only the next FILL_LOOK units of it are
 * read; the N best fillings of all lengths read on, up to the next gap, whose beginnings they are, or as far as
 * FILL_AFTER units behind the last one.
 *
 * Most beginnings in a beam differ only in what was written long ago, and those that are likely by themselves seldom
 * end where the text after the gap joins on. So of beginnings whose last units are alike only the best is kept, as long
 * as there are others.
 *
 * The likelihood alone would favour the shortest fillings, since each further unit makes a text less likely. So a
 * filling is compared with the likeliest beginning of its own length: its score is the log-probability of the whole
 * less that of the beginning, or what it costs to join on. In a gap of one length it makes no difference; a gap that
 * nothing follows gets the greatest length. The end of a record counts, and by that the model says itself how long one
 * is: there the score is the log-probability of the whole.
 */
#ifndef LETRA_GENERATE_FILL_H
#define LETRA_GENERATE_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/typed_text.h"

enum {
    FILL_SESSIONS = 3, /* of N streams each, at a time */
    FILL_LOOK = 8,     /* units after a gap that every filling is tried with */
    FILL_AFTER = 64    /* units after the last gap that count */
};

typedef struct FillConfig {
    size_t least, most; /* units of a filling */
    size_t width;       /* N, at least 1 */
} FillConfig;

/* A text with its gaps filled. */
typedef struct Filling {
    Units *fills;     /* owned; of each gap */
    double nats;      /* log p of the fillings, and of what stands after the first gap and counts */
    size_t predicted; /* so many units */
    double score;     /* nats less those of the likeliest beginnings of these lengths */
} Filling;

typedef struct Fillings {
    Filling *items; /* owned; the best first; at most N, all different */
    size_t count;
    size_t gaps;
} Fillings;
void fillings_free(Fillings *fillings);

/* Called after every step; false: it is to end. */
typedef bool (*FillProgress)(void *context);

/* Fills the gaps between the `count` >= 2 parts of a text: gap k is between parts k and k + 1, which only at the ends
 * may be empty. What the model has as the rare symbol is never written, nor a border; a record ends where the last part
 * does. Memory: FILL_SESSIONS sessions (generate/session.h) of N streams. False and a message without memory, or where
 * the model's predictions are no finite numbers; an interruption leaves no fillings and is no failure. */
bool fill_gaps(const Model *model, Compute *compute, Precision precision, Clock clock, const Units *parts,
               size_t count, const FillConfig *config, FillProgress progress, void *context,
               Fillings *fillings, Error *error);

#endif
