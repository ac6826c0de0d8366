/* Scoring a text: one pass with the state carried, zero state at its start, every unit after the first
 * predicted exactly once. */
#ifndef LETRA_GENERATE_SCORE_H
#define LETRA_GENERATE_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/unit_store.h"

typedef struct Score {
    double nats; /* sum over the predicted units */
    size_t predicted;
} Score;

/* Called now and then with the units done so far; returns false to stop early. May be NULL. */
typedef bool (*ScoreProgress)(void *context, size_t done, size_t count);

/* Scores a part (at least 2 units) of `units`. False and a message on failure or when stopped. */
bool score_units(const Model *model, Compute *compute, const UnitStore *units, Range part,
                 ScoreProgress progress, void *context, Score *score, Error *error);

#endif
