/* Optimisers: from gradients to new parameters, one row of a table each. */
#ifndef LETRA_TRAIN_OPTIMIZER_H
#define LETRA_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/team.h"
#include "math/kernels.h"
#include "math/real.h"

/* One update's numbers. */
typedef struct OptimizerStep {
    uint64_t step; /* from 1 */
    double learning_rate;
    double weight_decay;
    double scale; /* the gradients are multiplied by it first: clipping */
} OptimizerStep;

typedef struct Optimizer {
    const char *name;   /* "adamw" */
    size_t block_count; /* blocks of state (moments) that it keeps, at most OPTIMIZER_BLOCKS_MAX */
    /* Updates the elements begin <= k < end. `moments` are block_count blocks. */
    void (*update)(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                   const real *gradients, real *const *moments);
} Optimizer;

enum { OPTIMIZER_BLOCKS_MAX = 2 };

size_t optimizer_count(void);
const Optimizer *optimizer_at(size_t index);

#endif
