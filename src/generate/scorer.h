/* A scorer: a model that reads a text, piece by piece, and says of each unit how much it surprised. The state is
 * carried from piece to piece and is zero at the start; only the first unit of all is not predicted. Memory does not
 * grow with the text. It may go on learning as it reads (generate/dynamic.h).
 */
#ifndef LETRA_GENERATE_SCORER_H
#define LETRA_GENERATE_SCORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "generate/dynamic.h"
#include "math/compute.h"
#include "model/model_file.h"

/* Units that a scorer reads at once, at most. */
enum { SCORER_WINDOW = 256 };

/* What a unit was to the model right before it came. */
typedef struct UnitScore {
    uint32_t unit;
    double nats; /* -log of its probability; NAN of the first unit, of which nothing else is said */
    /* Where guesses are wanted: */
    uint32_t rank;      /* 1 + the units that were likelier */
    uint32_t likeliest; /* the likeliest unit, and its probability */
    double probability;
} UnitScore;

typedef struct ScorerConfig {
    bool guesses;
    /* Units that are read at once, at most; 0: as many as is good. The last bits of a score may depend on it. */
    size_t steps;
    const DynamicConfig *dynamic; /* it learns, after each segment; NULL: the model stays as it was trained */
} ScorerConfig;

typedef struct Scorer Scorer;

/* The model and the compute context must outlive it; the model is never changed. NULL and a message on failure. */
Scorer *scorer_create(const Model *model, Compute *compute, const ScorerConfig *config, Error *error);
void scorer_free(Scorer *scorer);

/* Reads `count` further units into as many scores. Where a piece ends, a window of the network ends; and so does a
 * segment of dynamic evaluation, which learns from it before the next one is scored. False and a message if what the
 * model predicts are no numbers. */
bool scorer_read(Scorer *scorer, const uint32_t *units, size_t count, UnitScore *scores, Error *error);

#endif
