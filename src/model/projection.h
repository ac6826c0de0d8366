/* A projection: y (+)= x · Wᵀ for the weights of a gated layer, cut into slices of units.
 *
 * W has gates × H rows (PyTorch's order: all units of the first gate, then all of the second ...) and K
 * columns. A slice is a range of the units with all their gates. The pre-activations of a window are stored
 * slice after slice, each a dense matrix that one thread owns:
 *
 *     y:  | slice 0: rows × (gate 0, gate 1, ...) | slice 1: rows × (gate 0, gate 1, ...) | ...
 *
 * Where their gradients dy are put: see "where dy lives" below.
 *
 * The number of slices follows from H alone, so results do not depend on the number of threads. Each slice of
 * W is a packed matrix of its own, small enough to stay in its core's cache from step to step.
 */
#ifndef LETRA_MODEL_PROJECTION_H
#define LETRA_MODEL_PROJECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/team.h"
#include "math/compute.h"
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

/* The units of a slice. */
Range slices_units(const Slices *slices, size_t slice);

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

/* Where a row begins. */
const void *gradient_rows_at(const GradientRows *gradients, size_t row);

/* Writes `count` reals as operands of a row, from column `column` on. They may be in place. */
void gradient_rows_put(const GradientRows *gradients, const Kernels *kernels, size_t row, size_t column,
                       const real *values, size_t count);

/* Makes rows zero: those beyond a window that is shorter than T, which the products read as well. */
void gradient_rows_clear(const GradientRows *gradients, Range rows);

/* What backward does about the input. */
typedef enum InputGradient {
    INPUT_GRADIENT_NONE,
    INPUT_GRADIENT_WINDOW, /* projection_backward_window will be called */
    INPUT_GRADIENT_STEP    /* projection_backward_step will be called */
} InputGradient;

/* Three uses: the recurrent product of a step (model/recurrence.c: rows B, added to y, gradient_rows T·B, the input's
 * gradient step by step); what reads a window, at once or step by step (model/input.c and residual_block.c:
 * gradient_rows T·B, of a table V, rows the same or B, the input's gradient for the window); and writing, where rows
 * are few and there is no way back (streaming). */
typedef struct ProjectionShape {
    Slices slices;
    size_t input; /* K, columns of W: of x, or if `blocks` of the part of x that belongs to a head: H / N */
    /* W is one matrix for each head, and the rows of a head's units multiply its own part of x. */
    bool blocks;
    size_t rows;          /* rows of x and y in a forward product, and of dy in that of a step */
    size_t row_parts;     /* range_part(rows, 1, row_parts, k) is what such a product takes; 0 or 1: all */
    bool add_to_y;        /* forward adds to y instead of setting it */
    size_t gradient_rows; /* rows of x and dy in a weight gradient; 0: none will be asked for */
    InputGradient input_gradient;
    bool add_to_x_gradient; /* projection_backward_window adds to dx instead of setting it */
    bool streaming;         /* rows are few, there is no way back: forward streams its weights */
    /* Of a streaming projection's weights; otherwise of all operands: the weights, which are rounded when they are
     * packed, x and dy. y and dx are reals. */
    Precision precision;
} ProjectionShape;

typedef struct Projection Projection;

/* Big arrays come from the arena, which may be counting. NULL and a message on failure. */
Projection *projection_create(const ProjectionShape *shape, Compute *compute, Arena *arena, Error *error);
void projection_free(Projection *projection);

/* Takes new weights: packs them for both directions. Ends without a barrier. */
void projection_pack(Projection *projection, const real *weights, Member member);

/* One slice of y (rows × gates·units, at `y`) from x (rows × K): of one part of the rows, or, where they are not
 * cut, of the first `rows` rows; then more may be made, up to the shape's. */
void projection_forward(const Projection *projection, size_t slice, const void *x, real *y, size_t rows,
                        Member member);

/* For a step: dx of one slice of the H inputs (rows × units, at `dx`) from dy of all slices, as one rows × gates·H
 * matrix whose columns are in the order of W's rows, head after head; of one part of the rows, or all. */
void projection_backward_step(const Projection *projection, size_t slice, const void *dy, real *dx,
                              size_t rows, Member member);

/* Takes x of a window, all of its rows, for projection_backward_weights. Every member takes its share: they must meet
 * before that. */
void projection_take_window(const Projection *projection, const void *x, Member member);

/* Adds the rows of one slice to dW (W's shape and order): dyᵀ · x over gradient_rows rows of the slice's dy. */
void projection_backward_weights(const Projection *projection, size_t slice, const void *dy, const void *x,
                                 real *weight_gradient, Member member);

/* All of the way back over a window of gradient_rows, with a barrier inside: adds to dW what the member's slices
 * give, and makes some rows of dx (rows × K) from all of dy, slice after slice. Begins where all members are done
 * with dy; ends without a barrier. */
void projection_backward_window(const Projection *projection, const void *dy, const void *x, real *dx,
                                real *weight_gradient, Member member);

#endif
