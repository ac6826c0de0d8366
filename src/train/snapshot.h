/* The last good state of a run, in memory: what it goes back to when it diverges.
 *
 * It is all that a step needs and leaves: parameters, moments, average, the carried state of the streams, the position
 * in the text, and what the rule of divergence.h remembered. Moments, and what the average is more than the parameters,
 * are rounded to bfloat16, which halves their memory: they are sums over many windows, and a run that has gone back
 * takes other steps anyway. What comes back is the same every time.
 *
 * A state is known to be good only when the next window was read with it, so it is copied within that step, before the
 * update:
 *
 *     snapshot_note      before the window is read: what the window changes
 *     snapshot_copy      by each member of the team, before the update: its share of the blocks
 *     snapshot_keep      after the step: what was noted is the last good state
 *
 * A checkpoint holds it, too (checkpoint.c): a run that is resumed goes back to where the uninterrupted one would.
 */
#ifndef LETRA_TRAIN_SNAPSHOT_H
#define LETRA_TRAIN_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "math/precision.h"
#include "math/real.h"
#include "train/divergence.h"
#include "train/optimizer.h"

typedef struct Trainer Trainer;

/* Where a run was, apart from its blocks. */
typedef struct SnapshotPlace {
    uint64_t step, chars;
    size_t position; /* of the batches */
    double loss_sum, loss_weight, grad_norm;
    double recent; /* of the divergence: level and recent loss */
} SnapshotPlace;

typedef struct Snapshot {
    real *parameters; /* owned, like all blocks */
    bfloat16 *moments[OPTIMIZER_BLOCKS_MAX];
    bfloat16 *average; /* less the parameters; NULL: there is none */
    real *state;
    SnapshotPlace place;
    real *noted_state; /* of what is not yet known to be good */
    SnapshotPlace noted;
} Snapshot;

/* Makes room. False and a message without memory. */
bool snapshot_create(Trainer *trainer, Error *error);
void snapshot_free(Snapshot *snapshot);

/* Bytes of it, with so many blocks that are rounded, for a layout and a carried state of so many elements. */
double snapshot_memory(size_t rounded, size_t block_elements, size_t state_elements);

/* Whether one is due in the step that comes. */
bool snapshot_is_due(const Trainer *trainer);

void snapshot_note(Trainer *trainer);
void snapshot_copy(Trainer *trainer, Range elements);
void snapshot_keep(Trainer *trainer);

/* All three at once, of a state that is taken to be good. */
void snapshot_take(Trainer *trainer);

/* Goes back. What the clock said, the losses of validations and the rollbacks stay as they are. False and a message
 * without memory, or if the place is none of the text's, which only a checkpoint can have brought. */
bool snapshot_restore(Trainer *trainer, Error *error);

#endif
