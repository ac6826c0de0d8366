/* A projection: y (+)= x · Wᵀ for the weights of a gated layer, cut into slices of units.
 *
 * W has gates × H rows (PyTorch's order: all units of the first gate, then all of the second ...) and K
 * columns. A slice is a range of the units with all their gates. The pre-activations of a window are stored
 * slice after slice, each a dense matrix that one thread owns:
 *
 *     y:  | slice 0: rows × (gate 0, gate 1, ...) | slice 1: rows × (gate 0, gate 1, ...) | ...
 *
 * Where their gradients dy are put: see "where dy lives" in model/slices.h. Each slice of W is a packed matrix of its
 * own, small enough to stay in its core's cache from step to step.
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
#include "model/slices.h"

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

/* For a step: dx of one slice of the H inputs (rows × units, at `dx`) from dy of all slices of a window, its rows from
 * `first` on; of one part of the rows, or all. */
void projection_backward_step(const Projection *projection, size_t slice, const void *dy, size_t first,
                              real *dx, size_t rows, Member member);

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
