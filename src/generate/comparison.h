/* Two models read the same text, side by side.
 *
 * Each has read it its own way: through its pipeline, in its unit. What they have in common are cells, the shortest
 * pieces of text that begin and end with a unit for both: characters of two models of characters, and also of one and a
 * model of bytes. The nats of a cell's units are added up. Where the two texts are not the same (the one pipeline
 * changes what the other does not), nothing can be compared. A cell that one of the models does not know is left out
 * for both, so that both have read the same before each other one.
 */
#ifndef LETRA_GENERATE_COMPARISON_H
#define LETRA_GENERATE_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/range.h"
#include "generate/passages.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/unit_store.h"

/* A model, and the text that it reads. */
typedef struct ComparedText {
    const char *name; /* of the model, for messages */
    const Model *model;
    const Vocab *vocab; /* the text's own */
    const UnitStore *units;
} ComparedText;

typedef struct Comparison {
    double nats[2];   /* sums over the predicted cells */
    size_t predicted; /* all cells of the part but the first, and ... */
    size_t left_out;  /* ... those that one of the models does not know */
    Passages passages;
} Comparison;

/* What a cell is for two models of these units: the larger of the two. */
Unit comparison_unit(Unit first, Unit second);

/* Compares them on a part of the first one's units. `progress` (may be NULL) gets the units of it that are done, and
 * returns false to stop. False and a message on failure: that the texts are not the same, says where. */
bool comparison_make(const ComparedText texts[2], Compute *compute, Range part,
                     bool (*progress)(void *context, size_t done, size_t count), void *context,
                     Comparison *comparison, Error *error);

#endif
