/* Optimisers: from gradients to new parameters, one row of a table each. */
#ifndef LETRA_TRAIN_OPTIMIZER_H
#define LETRA_TRAIN_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"
#include "math/kernels.h"
#include "math/real.h"
#include "model/training_method.h"

/* One update's numbers. */
typedef struct OptimizerStep {
    uint64_t step; /* from 1 */
    double learning_rate;
    double weight_decay;
    double scale;          /* the gradients are clipped first: multiplied by it ... */
    double limit;          /* ... and then cut to ±limit; 0: not */
    const double *numbers; /* OPTIMIZER_NUMBERS of them */
} OptimizerStep;

typedef struct Optimizer {
    const char *name;   /* "adamw" */
    size_t block_count; /* blocks of state (moments) that it keeps, at most OPTIMIZER_BLOCKS_MAX */
    /* Updates the elements begin <= k < end. `moments` are block_count blocks. */
    void (*update)(const Kernels *kernels, const OptimizerStep *step, Range range, real *parameters,
                   const real *gradients, real *const *moments);
    /* What is good where the user says nothing; NAN: it has no such number. */
    double numbers[OPTIMIZER_NUMBERS];
    double rate;       /* the recipe's learning rate is that of AdamW times this */
    bool regularized;  /* the recipe's weight decay is meant for it */
    const char *title; /* "AdamW (Loshchilov & Hutter 2019)" */
} Optimizer;

enum { OPTIMIZER_BLOCKS_MAX = 2 };

size_t optimizer_count(void);
const Optimizer *optimizer_at(size_t index);

/* Whether the optimizer has that number. */
bool optimizer_uses(const Optimizer *optimizer, OptimizerNumber number);

#endif
