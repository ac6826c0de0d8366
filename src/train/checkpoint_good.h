/* What a checkpoint holds of divergence: what the rule remembers and the last good state, but for its blocks, which
 * checkpoint.c keeps like all others. */
#ifndef LETRA_TRAIN_CHECKPOINT_GOOD_H
#define LETRA_TRAIN_CHECKPOINT_GOOD_H

#include "train/trainer_state.h"

enum {
    CHECKPOINT_GOOD_EXTRAS = 4, /* tensors */
    CHECKPOINT_GOOD_COUNTERS = 3,
    CHECKPOINT_GOOD_NUMBERS = 4,
    CHECKPOINT_DIVERGENCE_NUMBERS = 4
};

/* The arrays of the tensors: they must stay until these are written. */
typedef struct CheckpointGood {
    uint64_t counters[CHECKPOINT_GOOD_COUNTERS];
    double numbers[CHECKPOINT_GOOD_NUMBERS];
    double divergence[CHECKPOINT_DIVERGENCE_NUMBERS];
} CheckpointGood;

/* Lists the tensors after what is in `extras`; returns how many all are. */
size_t checkpoint_good_list(const Trainer *trainer, CheckpointGood *arrays, ExtraTensor *extras,
                            size_t count);

/* Whether the checkpoint has it: it was written since there is one. */
bool checkpoint_good_is_there(const ModelExtras *extras);

/* Takes it. False and a message if it is not as it must be, or no place that a run can have come from. */
bool checkpoint_good_take(Trainer *trainer, const ModelExtras *extras, Error *error);

#endif
