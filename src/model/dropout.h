/* Dropout over the rows of a window: one for each step and stream, each of so many numbers. The masks follow from a
 * key and the numbers of the elements (math/kernels.h): any member makes its part of them, and the way back makes them
 * again.
 */
#ifndef LETRA_MODEL_DROPOUT_H
#define LETRA_MODEL_DROPOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"
#include "math/kernels.h"
#include "math/precision.h"

typedef struct RowDropout {
    DropoutMask mask; /* of probability 0: nothing is left out */
    size_t batch;     /* B: row t·B + b is stream b's at step t */
    bool variational; /* a stream has the same mask at all steps (Gal & Ghahramani 2016) */
} RowDropout;

static inline bool dropout_is_on(const RowDropout *dropout) {
    return dropout->mask.probability > 0;
}

/* The number in the mask of the first element of a row. */
static inline uint64_t dropout_first(const RowDropout *dropout, size_t row, size_t width) {
    return (uint64_t)(dropout->variational ? row % dropout->batch : row) * width;
}

/* What is kept is multiplied by this. */
static inline real dropout_scale(const RowDropout *dropout) {
    return (real)(1.0 / (1.0 - dropout->mask.probability));
}

/* Takes some rows of reals through the mask, to operands of that precision; or gradients back. `out` may be `in` where
 * operands are reals. */
void dropout_rows(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out,
                  const real *in, Range rows, size_t width);

/* The same for some columns of a row, which is at `in`; `out` is the whole window's, and is not `in`. */
void dropout_part(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out,
                  const real *in, size_t row, Range columns, size_t width);

#endif
