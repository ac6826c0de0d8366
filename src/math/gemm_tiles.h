/* Products of bfloat16 on the processor's tiles (AMX), our own: oneDNN 2.6 needs up to twice the time for what a
 * recurrence asks for, few rows against a matrix that lies in the second-level cache, and copies both operands of every
 * weight gradient. gemm_onednn.c hands over what these serve.
 *
 * The way a sum is made follows from the shape alone.
 */
#ifndef LETRA_MATH_GEMM_TILES_H
#define LETRA_MATH_GEMM_TILES_H

#include "math/gemm.h"

/* How a kind of product is made. Packed matrices and scratch are aligned to 64. */
typedef struct GemmTiles {
    size_t (*packed_size)(const GemmShape *shape);  /* bytes of a packed B; NULL: it is not packed */
    size_t (*scratch_size)(const GemmShape *shape); /* bytes that `run` needs; NULL: none */

    /* Packs B from reals, which are rounded: tile after tile down its rows, one column of tiles after the other. */
    void (*pack)(const GemmShape *shape, const real *b, void *packed);

    /* pack_window: packs some of the window_columns columns of transposed tiles. */
    size_t (*window_columns)(const GemmShape *shape);
    void (*pack_window)(const GemmShape *shape, const bfloat16 *b, Range part, void *packed);

    /* C (+)= A · B; `b` is packed, if it is, or operands. */
    void (*run)(const GemmShape *shape, const bfloat16 *a, const void *b, real *c, void *scratch);
} GemmTiles;

/* How the product is made: with a packed B and rows of A whose elements are adjacent, or a weight gradient, with a
 * transposed A and a plain B or a window. NULL where tiles do not serve: another precision, another way for the
 * operands to lie, another processor. */
const GemmTiles *gemm_tiles_for(const GemmShape *shape);

/* One product of a sum: as the arguments of `run`, with a packed B. */
typedef struct TileTerm {
    const GemmShape *shape;
    const bfloat16 *a;
    const void *packed;
} TileTerm;

/* C (+)= so many products (gemm_run_sum). */
void gemm_tiles_run_sum(const TileTerm *terms, size_t count, real *c);

/* Of these it chooses (gemm_tiles_window.c). */
extern const GemmTiles gemm_tiles_plain;
extern const GemmTiles gemm_tiles_window;

#endif
