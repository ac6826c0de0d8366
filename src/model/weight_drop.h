/* Weight drop: DropConnect on a layer's recurrent weights (Merity, Keskar & Socher 2018, "Regularizing and Optimizing
 * LSTM Language Models"). For a whole update some of the weights are zero, the same at every step and in every stream,
 * and the others are multiplied by 1 / (1 - probability). It is done around the cell, which takes masked copies for
 * its weights: which of them are recurrent its table says.
 */
#ifndef LETRA_MODEL_WEIGHT_DROP_H
#define LETRA_MODEL_WEIGHT_DROP_H

#include "base/arena.h"
#include "base/team.h"
#include "math/kernels.h"
#include "model/cell.h"

/* A row of the cell's table. */
typedef struct DroppedWeights {
    size_t elements; /* 0: they are not recurrent, and the rest is nothing */
    DropoutMask mask;
    const real *whole; /* as packed last */
    real *masked;
    real *gradient; /* d loss / d masked */
} DroppedWeights;

/* Of one layer. {0} drops nothing. */
typedef struct WeightDrop {
    DroppedWeights *rows; /* owned; NULL: the layer has no weight drop */
    size_t count;
    bool on; /* the weights as packed last are masked */
} WeightDrop;

/* Makes it for a probability above 0. The arrays come from the arena, which may be counting; also on failure there is
 * something to free. */
bool weight_drop_create(WeightDrop *drop, const Cell *cell, const CellSizes *sizes, double probability,
                        Arena *arena, Error *error);
void weight_drop_free(WeightDrop *drop);

/* Puts the copies into the place of the recurrent ones among `parameters` (one for each row), and names their masks; by
 * one thread. */
void weight_drop_place(WeightDrop *drop, uint64_t key, const real **parameters);

/* Makes the member's share of the copies. Ends without a barrier. */
void weight_drop_mask(const WeightDrop *drop, const Kernels *kernels, Member member);

/* Puts the gradients of the copies into the place of the others, in the same way. */
void weight_drop_place_gradients(const WeightDrop *drop, real **gradients);

/* Sets the member's share of them to zero, before the way back. */
void weight_drop_start(const WeightDrop *drop, Member member);

/* After it: takes the member's share of a row's gradients back through the mask, and adds it to `sums`. Begins where
 * all have met; ends without a barrier. */
void weight_drop_add(const DroppedWeights *row, const Kernels *kernels, real *sums, Member member);

#endif
