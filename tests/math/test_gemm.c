/* oneDNN's products against the definition, gemm_naive, and both against sums in double.
 *
 * Most products are of small whole numbers: every sum is exact, in whatever order it is made, so the results must be
 * equal. Those of other numbers are held to the bound of any summation in floats (Higham 2002, section 3.1): k + 1
 * terms differ from their true sum by at most (k + 1) roundings of the sum of their magnitudes. In bf16 the
 * operands are numbers that it holds exactly, so the same is asked of it. */
#include "support/cmocka_all.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/team.h"
#include "math/gemm.h"
#include "support/lesser.h"
#include "support/near.h"

static const size_t sizes[] = {1, 2, 3, 7, 16, 17, 33, 64, 65, 100, 257};

enum { SIZES = sizeof sizes / sizeof *sizes, LAYOUTS = 4 };

static const Member alone = {0, 1, NULL};

/* How a matrix lies in memory: rows one after the other or transposed, each without or with gaps between them. */
typedef struct Matrix {
    real *values;
    size_t rows, columns;
    size_t row_stride, column_stride;
    size_t room; /* elements */
} Matrix;

static Matrix matrix_create(size_t rows, size_t columns, size_t layout, real gap) {
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

static real *at(const Matrix *matrix, size_t i, size_t j) {
    return &matrix->values[i * matrix->row_stride + j * matrix->column_stride];
}

/* Whole numbers in ±8, or normal ones: those that bf16 has. */
static void matrix_fill(Matrix *matrix, Random *random, bool whole) {
    for (size_t i = 0; i < matrix->rows; i++) {
        for (size_t j = 0; j < matrix->columns; j++) {
            *at(matrix, i, j) = whole ? (real)(int)(random_next(random) % 17) - 8
                                      : bfloat16_value(bfloat16_from((real)random_normal(random)));
        }
    }
}

/* The matrix as a product of that precision reads it, allocated. */
static void *matrix_operands(const Matrix *matrix, Precision precision) {
    void *operands = memory_allocate(matrix->room, operand_size(precision), "operands", NULL);
    assert_non_null(operands);
    if (precision == PRECISION_F32) {
        memcpy(operands, matrix->values, matrix->room * sizeof(real));
        return operands;
    }
    for (size_t k = 0; k < matrix->room; k++) {
        ((bfloat16 *)operands)[k] = bfloat16_from(matrix->values[k]);
    }
    return operands;
}

/* The precisions that this processor's products have. */
static size_t precision_count(void) {
    return gemm_bf16_speed() == BF16_NONE ? PRECISION_BF16 : PRECISION_BF16 + 1;
}

static Matrix matrix_copy(const Matrix *matrix) {
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
static Product product_create(size_t m, size_t n, size_t k, size_t way, bool whole) {
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
static size_t next_way(size_t *way) {
    *way = (*way + 37) % WAYS; /* no divisor in common with 128: each comes in turn */
    return *way >= PACKED ? *way & ~(size_t)(GAPS_IN_A | GAPS_IN_C) : *way;
}

static void product_free(Product *product) {
    free(product->a.values);
    free(product->b.values);
    free(product->c.values);
}

/* Fails unless `c` is what the product should be, and nothing between its rows was written. */
static void check_result(const Product *product, const Matrix *c) {
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

static Arena arena_for(const Gemm *gemm, size_t count) {
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

/* Runs the product through oneDNN, into a copy of C. */
static Matrix run(GemmContext *context, const Product *product) {
    Error error = {0};
    Matrix c = matrix_copy(&product->c);
    void *a = matrix_operands(&product->a, product->shape.precision);
    const Gemm *gemm = gemm_get(context, &product->shape, &error);
    if (gemm == NULL) {
        fail_msg("%s", error.message);
    }
    if (product->shape.pack_b) {
        Arena arena = arena_for(gemm, 1);
        PackedMatrix *packed = gemm_packed_create(gemm, &arena, &error);
        assert_non_null(packed);
        gemm_pack(gemm, packed, product->b.values, alone);
        gemm_run_packed(gemm, a, packed, c.values, alone);
        gemm_packed_free(packed);
        arena_free(&arena);
    } else {
        void *b = matrix_operands(&product->b, product->shape.precision);
        gemm_run(gemm, a, b, c.values, alone);
        free(b);
    }
    free(a);
    return c;
}

/* Both ways to the product against the definition; if it is of whole numbers, against each other. */
static void check_product(GemmContext *context, size_t m, size_t n, size_t k, size_t way, bool whole,
                          Precision precision) {
    Product product = product_create(m, n, k, way, whole);
    product.shape.precision = precision;
    Matrix fast = run(context, &product);
    Matrix naive = matrix_copy(&product.c);
    gemm_naive(&product.shape, product.a.values, product.b.values, naive.values);
    if (whole) {
        for (size_t i = 0; i < naive.room; i++) {
            if (naive.values[i] != fast.values[i]) {
                fail_msg("%s, %zu × %zu × %zu, way %zu: C[%zu] is %g, not %g", precision_name(precision), m,
                         n, k, way, i, (double)fast.values[i], (double)naive.values[i]);
            }
        }
    } else {
        check_result(&product, &naive);
        check_result(&product, &fast);
    }
    free(fast.values);
    free(naive.values);
    product_free(&product);
}

static GemmContext *context_create(size_t threads) {
    Error error = {0};
    GemmContext *context = gemm_context_create(threads, &error);
    assert_non_null(context);
    return context;
}

/* Every combination of sizes, each in one of the ways, in turn; small ones in several. */
static void odd_sizes(void **state) {
    (void)state;
    size_t way = 0;
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            GemmContext *context = context_create(1);
            for (size_t l = 0; l < SIZES; l++) {
                size_t ways = sizes[i] * sizes[j] * sizes[l] < 20000 ? 4 : 1;
                for (size_t w = 0; w < ways * precision_count(); w++) {
                    check_product(context, sizes[i], sizes[j], sizes[l], next_way(&way), true,
                                  (Precision)(w / ways));
                }
            }
            gemm_context_free(context);
        }
    }
}

/* Every way, for some combinations of sizes. */
static void all_ways(void **state) {
    (void)state;
    static const size_t some[][3] = {{1, 1, 1},  {1, 65, 7},   {17, 1, 33},
                                     {3, 16, 1}, {65, 33, 17}, {16, 64, 64}};
    for (size_t s = 0; s < sizeof some / sizeof *some; s++) {
        GemmContext *context = context_create(1);
        for (size_t way = 0; way < WAYS * precision_count(); way++) {
            check_product(context, some[s][0], some[s][1], some[s][2], way % WAYS, true,
                          (Precision)(way / WAYS));
        }
        gemm_context_free(context);
    }
}

static void sums_keep_the_bound_of_floats(void **state) {
    (void)state;
    static const size_t some[][3] = {
        {1, 257, 257}, {64, 65, 100}, {33, 100, 257}, {257, 17, 1000}, {7, 3, 5000}};
    GemmContext *context = context_create(1);
    size_t way = 0;
    for (size_t s = 0; s < sizeof some / sizeof *some; s++) {
        for (size_t w = 0; w < 6 * precision_count(); w++) {
            check_product(context, some[s][0], some[s][1], some[s][2], next_way(&way), false,
                          (Precision)(w / 6));
        }
    }
    gemm_context_free(context);
}

static void a_product_is_made_once(void **state) {
    (void)state;
    Error error = {0};
    GemmContext *context = context_create(2);
    Product product = product_create(5, 6, 7, 64, true);
    const Gemm *gemm = gemm_get(context, &product.shape, &error);
    assert_non_null(gemm);
    size_t *const fields[] = {&product.shape.m,
                              &product.shape.n,
                              &product.shape.k,
                              &product.shape.a_row_stride,
                              &product.shape.a_column_stride,
                              &product.shape.b_row_stride,
                              &product.shape.b_column_stride,
                              &product.shape.c_row_stride};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        *fields[f] += 20;
        assert_ptr_not_equal(gemm_get(context, &product.shape, &error), gemm);
        *fields[f] -= 20;
        assert_ptr_equal(gemm_get(context, &product.shape, &error), gemm);
    }
    product.shape.accumulate = true;
    assert_ptr_not_equal(gemm_get(context, &product.shape, &error), gemm);
    product.shape.accumulate = false;
    product.shape.pack_b = false;
    assert_ptr_not_equal(gemm_get(context, &product.shape, &error), gemm);
    product.shape.pack_b = true;
    assert_ptr_equal(gemm_get(context, &product.shape, &error), gemm);
    if (gemm_bf16_speed() != BF16_NONE) {
        product.shape.precision = PRECISION_BF16;
        assert_ptr_not_equal(gemm_get(context, &product.shape, &error), gemm);
    }
    product_free(&product);
    gemm_context_free(context);
    gemm_context_free(NULL);
}

/* Products of any m with a B that was packed for m = 64, 1, 2 ... by turns. */
static void check_packing(size_t packing_m, size_t n, size_t k, size_t way, Precision precision) {
    static const size_t ms[] = {64, 1, 2, 7, 63, 65, 300, 1000};
    enum { MS = sizeof ms / sizeof *ms };
    Error error = {0};
    GemmContext *context = context_create(1);
    Product packing = product_create(ms[packing_m % MS], n, k, way, true);
    packing.shape.precision = precision;
    const Gemm *gemm = gemm_get(context, &packing.shape, &error);
    Arena arena = arena_for(gemm, 1);
    PackedMatrix *packed = gemm_packed_create(gemm, &arena, &error);
    gemm_pack(gemm, packed, packing.b.values, alone);
    for (size_t i = 0; i < 2 * MS; i++) {
        Product product = product_create(ms[i / 2], n, k, way + 32 * (i % 2), true);
        product.shape.precision = precision;
        const Gemm *other = gemm_get(context, &product.shape, &error);
        assert_non_null(other);
        free(product.b.values);
        product.b = matrix_copy(&packing.b);
        Matrix c = matrix_copy(&product.c);
        void *a = matrix_operands(&product.a, precision);
        gemm_run_packed(other, a, packed, c.values, alone);
        check_result(&product, &c);
        free(a);
        free(c.values);
        product_free(&product);
    }
    gemm_packed_free(packed);
    arena_free(&arena);
    product_free(&packing);
    gemm_context_free(context);
}

/* One packed matrix serves products of any m, accumulating or not, whichever of them packed it. */
static void one_packed_matrix_serves_any_m(void **state) {
    (void)state;
    static const size_t shapes[][2] = {{256, 64}, {100, 257}, {1, 33}, {33, 1}, {17, 65}, {64, 1024}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (size_t precision = 0; precision < precision_count(); precision++) {
            check_packing(s, shapes[s][0], shapes[s][1], 64 + s % 4 * 4, (Precision)precision);
        }
    }
}

/* Packing writes into its own memory only, all of which the arena was asked for. */
static void packing_stays_in_its_memory(void **state) {
    (void)state;
    Error error = {0};
    GemmContext *context = context_create(1);
    for (size_t s = 0; s < SIZES; s++) {
        Product product = product_create(3, sizes[s], sizes[SIZES - 1 - s], 64 + s % 16, true);
        const Gemm *gemm = gemm_get(context, &product.shape, &error);
        Arena arena = arena_for(gemm, 3);
        size_t one = arena.size / 3;
        PackedMatrix *packed[3];
        for (size_t k = 0; k < 3; k++) {
            packed[k] = gemm_packed_create(gemm, &arena, &error);
            assert_non_null(packed[k]);
        }
        assert_int_equal(arena.used, arena.size);
        gemm_pack(gemm, packed[1], product.b.values, alone);
        for (size_t k = 0; k < one; k++) {
            assert_int_equal(arena.memory[k], 0);
            assert_int_equal(arena.memory[2 * one + k], 0);
        }
        for (size_t k = 0; k < 3; k++) {
            gemm_packed_free(packed[k]);
        }
        arena_free(&arena);
        product_free(&product);
    }
    gemm_context_free(context);
}

/* A team that runs one product at once: every member its own operands. */
typedef struct TeamWork {
    const Gemm *gemm;
    Product products[5];
    Matrix results[5];
    PackedMatrix *packed[5];
    PackedMatrix *shared; /* packed by the last member from its B */
} TeamWork;

enum { MEMBERS = 5, ROUNDS = 20 };

static void work_at_once(void *context, Member member) {
    TeamWork *work = context;
    const Product *product = &work->products[member.index];
    Matrix *c = &work->results[member.index];
    for (size_t round = 0; round < ROUNDS; round++) {
        memcpy(c->values, product->c.values, c->room * sizeof(real));
        team_barrier(member);
        if (product->shape.pack_b) {
            gemm_pack(work->gemm, work->packed[member.index], product->b.values, member);
            gemm_run_packed(work->gemm, product->a.values, work->packed[member.index], c->values, member);
        } else {
            gemm_run(work->gemm, product->a.values, product->b.values, c->values, member);
        }
    }
}

/* All read one packed matrix. */
static void work_on_one_matrix(void *context, Member member) {
    TeamWork *work = context;
    const Product *product = &work->products[member.index];
    if (member.index == member.count - 1) {
        gemm_pack(work->gemm, work->shared, product->b.values, member);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        memcpy(work->results[member.index].values, product->c.values, product->c.room * sizeof(real));
        team_barrier(member);
        gemm_run_packed(work->gemm, product->a.values, work->shared, work->results[member.index].values,
                        member);
    }
}

static void check_team(size_t members, size_t way) {
    Error error = {0};
    TeamWork work = {0};
    GemmContext *context = context_create(members);
    for (size_t k = 0; k < members; k++) {
        work.products[k] = product_create(65, 100, 33, way, true);
        Random random = random_create(way, k);
        matrix_fill(&work.products[k].a, &random, true);
        matrix_fill(&work.products[k].b, &random, true);
        work.results[k] = matrix_copy(&work.products[k].c);
    }
    work.gemm = gemm_get(context, &work.products[0].shape, &error);
    Arena arena = arena_for(work.gemm, MEMBERS + 1);
    for (size_t k = 0; k < MEMBERS; k++) {
        work.packed[k] = gemm_packed_create(work.gemm, &arena, &error);
    }
    work.shared = gemm_packed_create(work.gemm, &arena, &error);
    team_run(members, work_at_once, &work);
    for (size_t k = 0; k < members; k++) {
        check_result(&work.products[k], &work.results[k]);
    }
    if (work.products[0].shape.pack_b) {
        for (size_t k = 0; k + 1 < members; k++) {
            memcpy(work.products[k].b.values, work.products[members - 1].b.values,
                   work.products[k].b.room * sizeof(real));
        }
        team_run(members, work_on_one_matrix, &work);
        for (size_t k = 0; k < members; k++) {
            check_result(&work.products[k], &work.results[k]);
        }
    }
    for (size_t k = 0; k < members; k++) {
        free(work.results[k].values);
        product_free(&work.products[k]);
    }
    for (size_t k = 0; k < MEMBERS; k++) {
        gemm_packed_free(work.packed[k]);
    }
    gemm_packed_free(work.shared);
    arena_free(&arena);
    gemm_context_free(context);
}

static void teams_run_one_product_at_once(void **state) {
    (void)state;
    size_t way = 0;
    for (size_t members = 2; members <= MEMBERS; members++) {
        for (size_t w = 0; w < 6; w++) {
            check_team(members, next_way(&way));
        }
    }
}

static void lesser_processors(void **state) {
    (void)state;
    run_again_as_lesser_processors();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_sizes),
        cmocka_unit_test(all_ways),
        cmocka_unit_test(sums_keep_the_bound_of_floats),
        cmocka_unit_test(a_product_is_made_once),
        cmocka_unit_test(one_packed_matrix_serves_any_m),
        cmocka_unit_test(packing_stays_in_its_memory),
        cmocka_unit_test(teams_run_one_product_at_once),
        cmocka_unit_test(lesser_processors),
    };
    omp_set_num_threads(1); /* as team_run does for a team of one: oneDNN starts no threads of its own */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
