/* Batches of records: B streams, each of which reads one whole record after the other; a stream that is done with one
 * takes the next of an order that is drawn anew for each epoch. So records of any length lie close together and nothing
 * is padded, but for the end of an epoch, where the last streams read alone.
 *
 *     stream 0:  | Anna | Bartholomew      | Li |  ...
 *     stream 1:  | Guinevere  | Otto | Ada  |      ...
 *
 * A record that goes over the end of a window goes on in the next. Where one begins the state must be zero: its first
 * unit is a border (text/records.h).
 */
#ifndef LETRA_TRAIN_RECORD_BATCHES_H
#define LETRA_TRAIN_RECORD_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "text/records.h"
#include "text/unit_store.h"

typedef struct RecordBatches RecordBatches;

/* For the records that lie in `part`, at least one, which begins and ends with a border. Units and records must outlive
 * it. NULL and a message without memory. */
RecordBatches *record_batches_create(const UnitStore *units, const Records *records, Range part, size_t batch,
                                     uint64_t seed, Error *error);
/* Frees it; NULL does nothing. */
void record_batches_free(RecordBatches *batches);

/* Begins an epoch: its order is that of the seed and the number. */
void record_batches_start(RecordBatches *batches, uint64_t epoch);

/* The next window of at most `steps` units of each stream: fills ids and targets ([t][b], steps × B each; NULL: it is
 * passed over) and returns its steps; `*scored` is how many targets are scored. 0 at the end of the epoch, and with a
 * message if the text cannot be read. */
size_t record_batches_next(RecordBatches *batches, size_t steps, uint32_t *ids, uint32_t *targets,
                           size_t *scored, Error *error);
/* Whether the epoch is over. */
bool record_batches_ended(const RecordBatches *batches);

#endif
