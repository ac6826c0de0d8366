/* Scoring a text: one pass with the state carried, zero state at its start, every unit after the first
 * predicted exactly once. */
#ifndef LETRA_GENERATE_SCORE_H
#define LETRA_GENERATE_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "generate/scorer.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/unit_store.h"

typedef struct Score {
    double nats; /* sum over the predicted units */
    size_t predicted;
} Score;

/* Mean nats of a unit. */
double score_mean(Score score);

/* Who watches; what is NULL is not called. Either returns false to stop early, `see` with a message. */
typedef struct ScoreWatch {
    /* Called now and then with the units done so far. */
    bool (*progress)(void *context, size_t done, size_t count);
    /* Called with all units of the part, piece by piece, the first one included. */
    bool (*see)(void *context, const UnitScore *scores, size_t count, Error *error);
    void *context; /* of both */
} ScoreWatch;

/* Scores a part (at least 2 units) of `units`. False and a message on failure or when stopped. */
bool score_units(const Model *model, Compute *compute, const ScorerConfig *config, const UnitStore *units,
                 Range part, const ScoreWatch *watch, Score *score, Error *error);

#endif
