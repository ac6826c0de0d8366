/* Matrix products: the one place where they are made, and the one file (gemm_onednn.c) that knows oneDNN.
 *
 *     C (m × n)  =  A (m × k) · B (k × n)        or  C += A · B
 *
 * A product is made once for its shape and then run by one thread at a time per member of a team; inside a
 * product no thread waits for another. B may be packed into the form that the processor likes best (weights:
 * packed once per update, used many times). In the double build the same interface runs gemm_naive.
 */
#ifndef LETRA_MATH_GEMM_H
#define LETRA_MATH_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/team.h"
#include "math/instruction_set.h"
#include "math/precision.h"
#include "math/real.h"

typedef struct GemmShape {
    size_t m, n, k;
    size_t a_row_stride;    /* elements between rows of A as m × k ... */
    size_t a_column_stride; /* ... and between its columns (1, or a transposed A: row stride 1) */
    size_t b_row_stride;    /* the same for B as k × n, before packing */
    size_t b_column_stride;
    size_t c_row_stride; /* columns of C are adjacent */
    bool pack_b;
    bool pack_window;    /* packed by gemm_pack_window: B of operands, A transposed (a_row_stride 1) */
    bool accumulate;     /* C += instead of C = */
    Precision precision; /* of A and B (PRECISION_BF16 where gemm_bf16_speed is not BF16_NONE); C has reals */
} GemmShape;

typedef struct GemmContext GemmContext;   /* owns every product that was made with it */
typedef struct Gemm Gemm;                 /* owned by its context */
typedef struct PackedMatrix PackedMatrix; /* owned by who made it */

/* For teams of at most `threads` members. NULL and a message without memory. */
GemmContext *gemm_context_create(size_t threads, Error *error);
void gemm_context_free(GemmContext *context);

/* The product of that shape, made now or before. NULL and a message when it cannot be made. Not to be
 * called by several threads at once. */
const Gemm *gemm_get(GemmContext *context, const GemmShape *shape, Error *error);

/* Room for a packed B of this product (it serves any product with the same n, k and strides of B, whatever
 * its m), its memory from the arena (nothing is made while that counts: the
 * result is then a valid object that must not be used). NULL and a message without memory. To be freed with
 * gemm_packed_free before the arena and the context are. */
PackedMatrix *gemm_packed_create(const Gemm *gemm, Arena *arena, Error *error);
void gemm_packed_free(PackedMatrix *packed);

/* Packs B, from reals whatever the precision (its strides as in the shape). */
void gemm_pack(const Gemm *gemm, PackedMatrix *packed, const real *b, Member member);

/* Whether products of that precision may have B packed as a window: the x of a weight gradient, which many slices of dy
 * multiply. */
bool gemm_packs_windows(Precision precision);

/* Packs the member's share of such a B (its strides as in the shape, b_column_stride 1). */
void gemm_pack_window(const Gemm *gemm, PackedMatrix *packed, const void *b, Member member);

/* Runs a product whose B is packed, or plain. */
void gemm_run_packed(const Gemm *gemm, const void *a, const PackedMatrix *b, real *c, Member member);
void gemm_run(const Gemm *gemm, const void *a, const void *b, real *c, Member member);

/* One product of a sum, with a packed B. */
typedef struct GemmTerm {
    const Gemm *gemm;
    const void *a;
    const PackedMatrix *b;
} GemmTerm;

enum { GEMM_TERMS_MAX = 16 };

/* C (+)= the products of so many terms, one after the other: all with the same rows and columns of C, to which all but
 * the first add. On tiles C stays in them from the first to the last. */
void gemm_run_sum(const GemmTerm *terms, size_t count, real *c, Member member);

/* False and a message if anything that was packed or run with the context since it was made has failed. */
bool gemm_succeeded(const GemmContext *context, Error *error);

/* The definition, in plain C, for reals: what the fast path is tested against. */
void gemm_naive(const GemmShape *shape, const real *a, const real *b, real *c);

/* The widest vectors that the products use (and DNNL_MAX_CPU_ISA allows): our own kernels follow it. */
InstructionSet gemm_instruction_set(void);

/* What products of bfloat16 run on, under the same limit; slowest first. */
typedef enum Bf16Speed {
    BF16_NONE,         /* the processor cannot multiply them */
    BF16_VECTORS,      /* AVX512-BF16, slower than f32: Intel's without AMX */
    BF16_FAST_VECTORS, /* AVX512-BF16, faster than f32: AMD's */
    BF16_TILES         /* AMX */
} Bf16Speed;
Bf16Speed gemm_bf16_speed(void);

/* Whether they are faster than those of f32. */
static inline bool gemm_bf16_is_faster(void) {
    return gemm_bf16_speed() >= BF16_FAST_VECTORS;
}

#endif
