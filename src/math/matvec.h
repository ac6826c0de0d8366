/* Matrix times vector, for the few vectors of a step: y (+)= W · x for each of some streams.
 *
 * Such a product does two operations for each weight that it reads, so what counts is how fast the weights stream
 * from the cache. They are packed once, in one of three precisions; x, the sums and y are always `real`s. A sum
 * is made in the order of the columns, whatever the number of streams and whoever makes it: what a stream
 * computes does not depend, to the last bit, on how many there are.
 */
#ifndef LETRA_MATH_MATVEC_H
#define LETRA_MATH_MATVEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "math/instruction_set.h"
#include "math/precision.h"
#include "math/real.h"

typedef struct MatvecShape {
    size_t rows;
    size_t columns;
    Precision precision;
    bool add_to_y; /* y += instead of y = */
} MatvecShape;

typedef struct Matvec Matvec;

/* Big arrays come from the arena, which may be counting. NULL and a message without memory. */
Matvec *matvec_create(const MatvecShape *shape, InstructionSet instruction_set, Arena *arena, Error *error);
void matvec_free(Matvec *matvec);

/* Takes finite weights. The rows come in blocks of `block` rows of `columns` numbers, which lie one after the
 * other; the next block begins `block_stride` rows after the one before it. (A plain matrix is one block.) */
void matvec_pack(Matvec *matvec, const real *weights, size_t block, size_t block_stride);

/* Row s of y (`rows` numbers, `y_stride` apart) from row s of x (`columns` numbers, one after the other). One
 * thread at a time. */
void matvec_run(const Matvec *matvec, const real *x, real *y, size_t y_stride, size_t streams);

#endif
