/* The matrix product as it is defined, and the products of builds that have nothing else: in double precision, and to
 * be watched by ThreadSanitizer, which cannot see into oneDNN's. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/gemm.h"

void gemm_naive(const GemmShape *shape, const real *a, const real *b, real *c) {
    for (size_t i = 0; i < shape->m; i++) {
        for (size_t j = 0; j < shape->n; j++) {
            real sum = shape->accumulate ? c[i * shape->c_row_stride + j] : 0;
            for (size_t l = 0; l < shape->k; l++) {
                sum += a[i * shape->a_row_stride + l * shape->a_column_stride] *
                       b[l * shape->b_row_stride + j * shape->b_column_stride];
            }
            c[i * shape->c_row_stride + j] = sum;
        }
    }
}

#ifdef LETRA_NAIVE_PRODUCTS

/* The products that were made with a context hang in a list, to be freed with it. */
struct Gemm {
    GemmShape shape;
    Gemm *next;
};

struct PackedMatrix {
    real *values; /* k × n, in the arena */
};

struct GemmContext {
    Gemm *gemms;
};

GemmContext *gemm_context_create(size_t threads, Error *error) {
    (void)threads;
    return memory_allocate(1, sizeof(GemmContext), "the products", error);
}

void gemm_context_free(GemmContext *context) {
    if (context == NULL) {
        return;
    }
    while (context->gemms != NULL) {
        Gemm *next = context->gemms->next;
        free(context->gemms);
        context->gemms = next;
    }
    free(context);
}

const Gemm *gemm_get(GemmContext *context, const GemmShape *shape, Error *error) {
    Gemm *gemm = memory_allocate(1, sizeof *gemm, "a product", error);
    if (gemm != NULL) {
        *gemm = (Gemm){*shape, context->gemms};
        context->gemms = gemm;
    }
    return gemm;
}

PackedMatrix *gemm_packed_create(const Gemm *gemm, Arena *arena, Error *error) {
    PackedMatrix *packed = memory_allocate(1, sizeof *packed, "a packed matrix", error);
    if (packed != NULL) {
        packed->values = arena_take(arena, gemm->shape.n * gemm->shape.k, sizeof(real));
    }
    return packed;
}

void gemm_packed_free(PackedMatrix *packed) {
    free(packed);
}

void gemm_pack(const Gemm *gemm, PackedMatrix *packed, const real *b, Member member) {
    (void)member;
    const GemmShape *shape = &gemm->shape;
    for (size_t l = 0; l < shape->k; l++) {
        for (size_t j = 0; j < shape->n; j++) {
            packed->values[l * shape->n + j] = b[l * shape->b_row_stride + j * shape->b_column_stride];
        }
    }
}

bool gemm_packs_windows(Precision precision) {
    (void)precision;
    return false;
}

void gemm_pack_window(const Gemm *gemm, PackedMatrix *packed, const void *b, Member member) {
    (void)gemm;
    (void)packed;
    (void)b;
    (void)member;
}

void gemm_run_packed(const Gemm *gemm, const void *a, const PackedMatrix *b, real *c, Member member) {
    (void)member;
    GemmShape shape = gemm->shape;
    shape.b_row_stride = shape.n;
    shape.b_column_stride = 1;
    gemm_naive(&shape, a, b->values, c);
}

void gemm_run_sum(const GemmTerm *terms, size_t count, real *c, Member member) {
    for (size_t k = 0; k < count; k++) {
        gemm_run_packed(terms[k].gemm, terms[k].a, terms[k].b, c, member);
    }
}

void gemm_run(const Gemm *gemm, const void *a, const void *b, real *c, Member member) {
    (void)member;
    gemm_naive(&gemm->shape, a, b, c);
}

bool gemm_succeeded(const GemmContext *context, Error *error) {
    (void)context;
    (void)error;
    return true;
}

InstructionSet gemm_instruction_set(void) {
    return INSTRUCTION_SET_PORTABLE;
}

Bf16Speed gemm_bf16_speed(void) {
    return BF16_NONE;
}

#endif
