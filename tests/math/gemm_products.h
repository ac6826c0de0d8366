/* Products for tests of gemm: matrices that lie in memory in all ways, and what comes out of them. */
#ifndef LETRA_TESTS_MATH_GEMM_PRODUCTS_H
#define LETRA_TESTS_MATH_GEMM_PRODUCTS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/gemm.h"
#include "support/cmocka_all.h"
#include "support/near.h"

enum { LAYOUTS = 4 };

/* How a matrix lies in memory: rows one after the other or transposed, each without or with gaps between them. */
typedef struct Matrix {
    real *values;
    size_t rows, columns;
    size_t row_stride, column_stride;
    size_t room; /* elements */
} Matrix;

static inline Matrix matrix_create(size_t rows, size_t columns, size_t layout, real gap) {
    bool transposed = layout % 2 == 1;
    size_t length = (transposed ? rows : columns) + (layout < 2 ? 0 : 5);
    Matrix matrix = {.rows = rows,
                     .columns = columns,
                     .row_stride = transposed ? 1 : length,
                     .column_stride = transposed ? length : 1,
                     .room = length * (transposed ? columns : rows)};
    matrix.values = memory_allocate(matrix.room, sizeof(real), "a matrix", NULL);
    assert_non_null(matrix.values);
    for (size_t k = 0; k < matrix.room; k++) {
        matrix.values[k] = gap;
    }
    return matrix;
}

static inline real *at(const Matrix *matrix, size_t i, size_t j) {
    return &matrix->values[i * matrix->row_stride + j * matrix->column_stride];
}

/* Whole numbers in ±8, or normal ones: those that bf16 has. */
static inline void matrix_fill(Matrix *matrix, Random *random, bool whole) {
    for (size_t i = 0; i < matrix->rows; i++) {
        for (size_t j = 0; j < matrix->columns; j++) {
            *at(matrix, i, j) = whole ? (real)(int)(random_next(random) % 17) - 8
                                      : bfloat16_value(bfloat16_from((real)random_normal(random)));
        }
    }
}

static inline Matrix matrix_copy(const Matrix *matrix) {
    Matrix copy = *matrix;
    copy.values = memory_allocate(copy.room, sizeof(real), "a matrix", NULL);
    assert_non_null(copy.values);
    memcpy(copy.values, matrix->values, copy.room * sizeof(real));
    return copy;
}

/* A product: its operands, and C before it. */
typedef struct Product {
    GemmShape shape;
    Matrix a, b, c;
    bool whole;
} Product;

static const real canary = (real)-777;

/* One of the ways in which the operands can lie and the product be made, by number. */
static inline Product product_create(size_t m, size_t n, size_t k, size_t way, bool whole) {
    Random random = random_create(way, m << 20 | n << 10 | k);
    bool accumulate = way / 32 % 2 == 1;
    Product product = {.a = matrix_create(m, k, way % LAYOUTS, NAN),
                       .b = matrix_create(k, n, way / 4 % LAYOUTS, NAN),
                       .c = matrix_create(m, n, way / 16 % 2 == 0 ? 0 : 2, canary),
                       .whole = whole};
    matrix_fill(&product.a, &random, whole);
    matrix_fill(&product.b, &random, whole);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            *at(&product.c, i, j) = accumulate ? (real)(int)(random_next(&random) % 17) - 8 : (real)NAN;
        }
    }
    product.shape = (GemmShape){.m = m,
                                .n = n,
                                .k = k,
                                .a_row_stride = product.a.row_stride,
                                .a_column_stride = product.a.column_stride,
                                .b_row_stride = product.b.row_stride,
                                .b_column_stride = product.b.column_stride,
                                .c_row_stride = product.c.row_stride,
                                .pack_b = way / 64 % 2 == 1,
                                .accumulate = accumulate};
    return product;
}

enum { WAYS = 128, GAPS_IN_A = 2, GAPS_IN_C = 16, PACKED = 64 };

/* The ways in turn. With a packed B, oneDNN takes A and C with gaps to its reference, a thousand times slower, which
 * letra's products never ask for; all_ways has these ways too. */
static inline size_t next_way(size_t *way) {
    *way = (*way + 37) % WAYS; /* no divisor in common with 128: each comes in turn */
    return *way >= PACKED ? *way & ~(size_t)(GAPS_IN_A | GAPS_IN_C) : *way;
}

static inline void product_free(Product *product) {
    free(product->a.values);
    free(product->b.values);
    free(product->c.values);
}

/* Fails unless `c` is what the product should be, and nothing between its rows was written. */
static inline void check_result(const Product *product, const Matrix *c) {
    const GemmShape *shape = &product->shape;
    for (size_t i = 0; i < shape->m; i++) {
        for (size_t j = 0; j < shape->n; j++) {
            double sum = shape->accumulate ? (double)*at(&product->c, i, j) : 0;
            double size = fabs(sum);
            for (size_t l = 0; l < shape->k; l++) {
                double term = (double)*at(&product->a, i, l) * (double)*at(&product->b, l, j);
                sum += term;
                size += fabs(term);
            }
            double bound = product->whole ? 0 : (double)(shape->k + 1) * FLOAT_ROUNDING * size;
            check_near("c", i * shape->n + j, (double)*at(c, i, j), sum, bound);
        }
        for (size_t j = shape->n; j < c->row_stride; j++) {
            assert_true(c->values[i * c->row_stride + j] == canary);
        }
    }
}

/* Room for that many packed matrices. */
static inline Arena arena_for(const Gemm *gemm, size_t count) {
    Error error = {0};
    Arena arena = {0};
    for (size_t k = 0; k < count; k++) {
        PackedMatrix *counted = gemm_packed_create(gemm, &arena, &error);
        assert_non_null(counted);
        gemm_packed_free(counted);
    }
    size_t size = arena.used;
    assert_true(size > 0);
    assert_true(arena_create(&arena, size, "a test", &error));
    return arena;
}

static inline GemmContext *context_create(size_t threads) {
    Error error = {0};
    GemmContext *context = gemm_context_create(threads, &error);
    assert_non_null(context);
    return context;
}

#endif
