/* Which precision a trained model should write in: the fastest one whose loss agrees with that of float weights.
 */
#ifndef LETRA_TRAIN_WRITING_PRECISION_H
#define LETRA_TRAIN_WRITING_PRECISION_H

#include <stdint.h>

#include "base/error.h"
#include "base/range.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/unit_store.h"

/* Losses that differ by no more nats a unit agree. */
#define WRITING_PRECISION_AGREES 0.002

/* The mean loss, in nats per unit, of the model with its weights stored like that, over a bounded and always the
 * same selection of `part` (at least 2 units) of `units`. */
bool writing_precision_loss(const Model *model, Compute *compute, const UnitStore *units, Range part,
                            Precision precision, double *loss, Error *error);

/* The precision of the fewest bits whose loss agrees with PRECISION_F32's. Fewer bits are never slower, so nothing
 * is timed: the same model gets the same answer on a busy machine. */
bool writing_precision_choose(const Model *model, Compute *compute, const UnitStore *units, Range part,
                              Precision *chosen, Error *error);

#endif
