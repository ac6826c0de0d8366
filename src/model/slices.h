/* The slices of a layer's units, and the gradients that are stored slice after slice.
 *
 * How many there are follows from H alone, so that results do not depend on the number of threads.
 */
#ifndef LETRA_MODEL_SLICES_H
#define LETRA_MODEL_SLICES_H

#include <stddef.h>

#include "base/range.h"
#include "math/kernels.h"
#include "math/precision.h"
#include "math/real.h"

/* How the H units of a layer are cut: each of its heads into as many slices. */
typedef struct Slices {
    size_t hidden; /* H */
    size_t gates;
    size_t count;
    size_t heads; /* N */
} Slices;

/* H must be a multiple of N. */
Slices slices_create(size_t hidden, size_t gates, size_t heads);

/* The head that a slice belongs to. */
size_t slices_head(const Slices *slices, size_t slice);

/* The units of a slice. */
Range slices_units(const Slices *slices, size_t slice);

/* Columns of a slice's rows: gates·units. */
size_t slices_width(const Slices *slices, size_t slice);

/* Where the slice begins in an array of `rows` rows that is stored slice after slice. */
size_t slices_offset(const Slices *slices, size_t slice, size_t rows);

/* --- where dy lives ---
 *
 * y of a slice becomes what is made of it (gates), and that its gradient dy, row by row, in one array. As bfloat16 dy
 * has an array of its own, or the place of gates that were kept as bfloat16 (model/recurrence_layer.h), or of reals
 * that nobody needs any more, at half their places. Either way its slices follow each other as those of y do. Rows
 * beyond a window that is shorter than T are zero: the products read them. */

/* Where dy of the slice begins, of `rows` rows of gates·units operands. */
const void *slices_gradient(const Slices *slices, size_t slice, size_t rows, Precision precision,
                            const void *dy);

/* The same rows, to be written. */
typedef struct GradientRows {
    void *operands;
    size_t width; /* gates·units */
    Precision precision;
} GradientRows;

GradientRows slices_gradient_rows(const Slices *slices, size_t slice, size_t rows, Precision precision,
                                  void *dy);

/* Writes `count` reals as operands of a row, from column `column` on. They may be in place. */
void gradient_rows_put(const GradientRows *gradients, const Kernels *kernels, size_t row, size_t column,
                       const real *values, size_t count);

/* Makes rows zero: those beyond a window that is shorter than T, which the products read as well. */
void gradient_rows_clear(const GradientRows *gradients, Range rows);

#endif
