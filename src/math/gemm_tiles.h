/* Products of bfloat16 on the processor's tiles (AMX), our own: oneDNN's need about twice the time for what a
 * recurrence asks for, few rows against a matrix that lies in the second-level cache, and weight gradients, whose
 * operands lie the wrong way round (tests/bench/results.md). gemm_onednn.c hands over what these serve.
 *
 * A tile is 16 rows of 64 bytes. An instruction multiplies two of them and adds to a third:
 *
 *     C (16 rows × 16 floats)  +=  left (16 rows × 32 bfloat16) · right (16 pairs of rows × 16 columns)
 *
 * where row p of `right` holds, column after column, what rows 2p and 2p + 1 of the matrix hold. Four tiles of C, two by
 * two, are worked on at once, so that each operand that is loaded serves two multiplications.
 *
 * The way a sum is made follows from the shape alone.
 */
#ifndef LETRA_MATH_GEMM_TILES_H
#define LETRA_MATH_GEMM_TILES_H

#include <stdbool.h>
#include <stddef.h>

#include "math/gemm.h"

/* Whether the product is one that these make: of bfloat16, on a processor with tiles, with a packed B and rows of A
 * whose elements are adjacent, or with a transposed A and a plain B (a weight gradient). */
bool gemm_tiles_serve(const GemmShape *shape);

/* Bytes of a packed B, aligned to 64: tile after tile down its k rows, one column of tiles after the other. */
size_t gemm_tiles_packed_size(const GemmShape *shape);

/* Packs B from reals, which are rounded. */
void gemm_tiles_pack(const GemmShape *shape, const real *b, void *packed);

/* C (+)= A · B with a packed B. */
void gemm_tiles_run_packed(const GemmShape *shape, const bfloat16 *a, const void *packed, real *c);

/* Bytes that gemm_tiles_run needs, aligned to 64. */
size_t gemm_tiles_scratch_size(const GemmShape *shape);

/* C (+)= A · B with a transposed A and a plain B. */
void gemm_tiles_run(const GemmShape *shape, const bfloat16 *a, const bfloat16 *b, real *c, void *scratch);

#endif
