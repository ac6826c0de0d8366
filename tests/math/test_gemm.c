/* The products, oneDNN's and those on tiles, against the definition, gemm_naive, and both against sums in double.
 *
 * Most products are of small whole numbers: every sum is exact, in whatever order it is made, so the results must be
 * equal. Those of other numbers are held to the bound of any summation in floats (Higham 2002, section 3.1): k + 1
 * terms differ from their true sum by at most (k + 1) roundings of the sum of their magnitudes. In bf16 the
 * operands are numbers that it holds exactly, so the same is asked of it. */
#include "math/gemm_products.h"

#include <omp.h>

#include "base/team.h"
#include "support/lesser.h"

static const size_t sizes[] = {1, 2, 3, 7, 16, 17, 33, 64, 65, 100, 257};

enum { SIZES = sizeof sizes / sizeof *sizes };

static const Member alone = {0, 1, NULL};

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

/* Runs the product, into a copy of C. */
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

/* A weight gradient whose B was packed as a window by three members, in one of sixteen ways: with gaps in A, B and C or
 * without, added or not. */
static void check_window(GemmContext *context, size_t m, size_t n, size_t k, size_t way, bool whole) {
    Error error = {0};
    size_t gaps = (way & 1) * 2 + (way >> 1 & 1) * 8 + (way >> 2 & 1) * 16;
    Product product = product_create(m, n, k, 1 + gaps + (way >> 3 & 1) * 32, whole);
    product.shape.precision = PRECISION_BF16;
    product.shape.pack_b = product.shape.pack_window = true;
    bfloat16 *a = matrix_operands(&product.a, PRECISION_BF16);
    bfloat16 *b = matrix_operands(&product.b, PRECISION_BF16);
    Matrix fast = matrix_copy(&product.c);
    const Gemm *gemm = gemm_get(context, &product.shape, &error);
    assert_non_null(gemm);
    Arena arena = arena_for(gemm, 1);
    PackedMatrix *packed = gemm_packed_create(gemm, &arena, &error);
    assert_non_null(packed);
    for (size_t member = 3; member-- > 0;) {
        gemm_pack_window(gemm, packed, b, (Member){member, 3, NULL});
    }
    gemm_run_packed(gemm, a, packed, fast.values, alone);
    check_result(&product, &fast);
    gemm_packed_free(packed);
    arena_free(&arena);
    free(fast.values);
    free(a);
    free(b);
    product_free(&product);
}

static void windows_are_packed_once(void **state) {
    (void)state;
    if (!gemm_packs_windows(PRECISION_BF16)) {
        skip();
    }
    GemmContext *context = context_create(3);
    size_t way = 0;
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            for (size_t l = 0; l < SIZES; l++, way++) {
                check_window(context, sizes[i], sizes[j], sizes[l], way % 16, true);
            }
        }
    }
    check_window(context, 65, 100, 600, 15, true);
    check_window(context, 256, 100, 700, 0, false); /* more rows than are summed at once */
    check_window(context, 33, 257, 1000, 15, false);
    gemm_context_free(context);
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

/* What a term of a sum was made with. */
typedef struct SumTerm {
    Product product;
    void *a;
    Arena arena;
    PackedMatrix *packed;
} SumTerm;

/* A term that gives its product to an m × n matrix, which the first of a sum may set, and the others add to. */
static GemmTerm sum_term(GemmContext *context, size_t m, size_t n, size_t k, size_t way, Precision precision,
                         SumTerm *term) {
    Error error = {0};
    term->product = product_create(m, n, k, way, true);
    term->product.shape.precision = precision;
    term->a = matrix_operands(&term->product.a, precision);
    const Gemm *gemm = gemm_get(context, &term->product.shape, &error);
    assert_non_null(gemm);
    term->arena = arena_for(gemm, 1);
    term->packed = gemm_packed_create(gemm, &term->arena, &error);
    assert_non_null(term->packed);
    gemm_pack(gemm, term->packed, term->product.b.values, alone);
    return (GemmTerm){gemm, term->a, term->packed};
}

static void sum_term_free(SumTerm *term) {
    gemm_packed_free(term->packed);
    arena_free(&term->arena);
    free(term->a);
    product_free(&term->product);
}

/* A sum of so many products of different lengths against the definition of one after the other. */
static void check_sum(GemmContext *context, size_t m, size_t n, size_t count, size_t way,
                      Precision precision) {
    SumTerm terms[GEMM_TERMS_MAX];
    GemmTerm given[GEMM_TERMS_MAX];
    size_t gap_in_c = way % 2 * 16;
    for (size_t k = 0; k < count; k++) {
        size_t lies = (way + k) % 2 * 2 + (way + k) / 2 % 4 * 4; /* rows of A are dense, or have gaps */
        size_t adds = k > 0 || way / 2 % 2 == 1 ? 32 : 0;
        given[k] = sum_term(context, m, n, sizes[(way + 3 * k) % SIZES], 64 + lies + gap_in_c + adds,
                            precision, &terms[k]);
    }
    Matrix fast = matrix_copy(&terms[0].product.c);
    Matrix naive = matrix_copy(&terms[0].product.c);
    gemm_run_sum(given, count, fast.values, alone);
    for (size_t k = 0; k < count; k++) {
        const Product *product = &terms[k].product;
        gemm_naive(&product->shape, product->a.values, product->b.values, naive.values);
    }
    assert_memory_equal(fast.values, naive.values, fast.room * sizeof(real));
    for (size_t k = 0; k < count; k++) {
        sum_term_free(&terms[k]);
    }
    free(fast.values);
    free(naive.values);
}

static void sums_of_products(void **state) {
    (void)state;
    for (size_t precision = 0; precision < precision_count(); precision++) {
        GemmContext *context = context_create(1);
        for (size_t count = 1; count <= GEMM_TERMS_MAX; count += count < 4 ? 1 : 6) {
            for (size_t way = 0; way < 2 * SIZES; way++) {
                check_sum(context, sizes[way % SIZES], sizes[(5 * way + count) % SIZES], count, way,
                          (Precision)precision);
            }
        }
        gemm_context_free(context);
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
        cmocka_unit_test(windows_are_packed_once),
        cmocka_unit_test(sums_keep_the_bound_of_floats),
        cmocka_unit_test(a_product_is_made_once),
        cmocka_unit_test(one_packed_matrix_serves_any_m),
        cmocka_unit_test(packing_stays_in_its_memory),
        cmocka_unit_test(sums_of_products),
        cmocka_unit_test(lesser_processors),
    };
    omp_set_num_threads(1); /* as team_run does for a team of one: oneDNN starts no threads of its own */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
