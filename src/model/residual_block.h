/* The block around an xLSTM cell (model/cells/mlstm.c and slstm.c, which say what happens in it): it adds to its input
 * x, which is of width H, and has two products over the whole window, of which one makes two vectors of width I and the
 * other comes back to H. Here are the ways to x, there and back, and the products.
 */
#ifndef LETRA_MODEL_RESIDUAL_BLOCK_H
#define LETRA_MODEL_RESIDUAL_BLOCK_H

#include "model/embedding.h"
#include "model/projection.h"

enum { UP_GATES = 2 }; /* vectors that W_up makes, as gates of a projection */

/* Into so many parts, at most, work is cut that goes row by row: sums over rows do not depend on threads then. */
enum { RESIDUAL_PARTS = 16 };

typedef struct ResidualBlock {
    size_t hidden; /* H */
    const Kernels *kernels;
    Precision precision; /* of operands: x, and what the products read */
    bool first;          /* it is in the first layer, and reads rows of the embedding */
    Embedding embedding; /* of a first layer */
    Slices up_slices, down_slices;
    Projection *up, *down;
} ResidualBlock;

/* For I and so many rows of the products. False and a message on failure; residual_block_free is due in either case. */
bool residual_block_create(ResidualBlock *block, const CellShape *shape, size_t inner, size_t rows,
                           Compute *compute, Arena *arena, Error *error);
void residual_block_free(ResidualBlock *block);

/* Takes new weights, as Cell.pack. Ends without a barrier. */
void residual_block_pack(ResidualBlock *block, const real *up, const real *down, const real *embedding,
                         Member member);

/* Makes x of the window, where it is made: begins and ends where all members have met. */
void residual_block_start(const ResidualBlock *block, const CellWindow *window, Member member);

/* Row t·B + b of x as reals: in its place, or made from operands in `scratch`. */
const real *residual_block_input(const ResidualBlock *block, const CellWindow *window, size_t row,
                                 real *scratch);

/* Where the gradient of x goes, T·B rows ... */
real *residual_block_input_gradient(const ResidualBlock *block, const CellWindow *window);

/* ... and on to the embedding: begins where all members are done with it, and ends without a barrier. */
void residual_block_finish(const ResidualBlock *block, const CellWindow *window, Member member);

/* Writes reals as operands of the products, from element `at` on. */
void residual_block_put(const ResidualBlock *block, void *operands, size_t at, const real *values,
                        size_t count);

#endif
