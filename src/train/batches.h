/* Batches: B streams that read the training part side by side, a window of T units at a time.
 *
 * Of N units each stream reads N / B, one after the other's; the last N mod B streams read one unit more. So in an
 * epoch every unit is predicted once, but for the first of each stream. The last window of an epoch is shorter; in
 * it a stream that is one unit shorter than the others has a target that is not scored.
 *
 * Of a text of records, record_batches.h says what the streams read.
 */
#ifndef LETRA_TRAIN_BATCHES_H
#define LETRA_TRAIN_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "text/unit_store.h"
#include "train/record_batches.h"

typedef struct Batches {
    const UnitStore *units; /* the whole text; not owned */
    Range part;             /* of it that is read */
    size_t steps;           /* T */
    size_t batch;           /* B */
    RecordBatches *records; /* what reads records instead; NULL: the text has none; not owned */
    uint64_t epoch;         /* of records: how many are over */
    size_t position;        /* units that each stream has read in this epoch; of records: windows */
} Batches;

/* What can be used of the T and B that were asked for: B is halved, down to 1, until every stream has a whole window to
 * predict, and a record if there are some (0: there are none). If that one stream is still shorter than a window, T is
 * as many units as it has to predict, but at least 1. B goes first, because it is only how many windows an update has
 * the mean of, and T how far back in the text gradients reach. */
void batches_fit(size_t units, size_t records, size_t *steps, size_t *batch);

/* Units that are predicted in an epoch. */
size_t batches_predictions(const Batches *batches);

/* The next window: fills ids and targets ([t][b], T × B each) and returns its steps; `*scored` is how many
 * targets are scored. At the end of an epoch it starts over, and sets `*first` in the first window of each:
 * the state must be zero there. 0 and a message if the text cannot be read. */
size_t batches_next(Batches *batches, uint32_t *ids, uint32_t *targets, size_t *scored, bool *first,
                    Error *error);

/* Goes to where a run stopped that predicted `units` in all; `position` says how far it was in its epoch. False if no
 * run can have come there. */
bool batches_resume(Batches *batches, uint64_t units);

#endif
