/* Matrix times vector against sums in double, in every precision and with every instruction set that runs here.
 *
 * The bounds follow from what a precision keeps: any summation in floats (Higham 2002, section 3.1), the rounding
 * of a weight to 8 bits, that of a weight and of x to whole numbers. */
#include "math/matvec.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "math/matvec_kernels.h"
#include "support/instruction_sets.h"
#include "support/near.h"

enum { STREAMS = 5, GAP = 3 };

static const size_t row_sizes[] = {1, 15, 16, 17, 63, 64, 65, 100, 130, 208, 257};
static const size_t column_sizes[] = {1, 2, 3, 4, 5, 31, 64, 65, 130, 2101};

enum {
    ROW_SIZES = sizeof row_sizes / sizeof *row_sizes,
    COLUMN_SIZES = sizeof column_sizes / sizeof *column_sizes
};

/* A product with its operands. y has GAP numbers between its rows, which must stay as they are. */
typedef struct Case {
    MatvecShape shape;
    real *weights, *x, *before, *y;
    size_t stride;
    Arena arena;
    Matvec *matvec;
} Case;

static Case create_case(size_t rows, size_t columns, Precision precision, bool add, InstructionSet set) {
    Case c = {.shape = {rows, columns, precision, add}, .stride = rows + GAP};
    Error error = {0};
    Random random = random_create(rows * 1000 + columns, 0);
    c.weights = memory_allocate(rows * columns, sizeof(real), "weights", &error);
    c.x = memory_allocate(STREAMS * columns, sizeof(real), "x", &error);
    c.before = memory_allocate(STREAMS * c.stride, sizeof(real), "y", &error);
    c.y = memory_allocate(STREAMS * c.stride, sizeof(real), "y", &error);
    assert_true(c.weights != NULL && c.x != NULL && c.before != NULL && c.y != NULL);
    for (size_t k = 0; k < rows * columns; k++) {
        c.weights[k] = (real)random_normal(&random);
    }
    for (size_t k = 0; k < STREAMS * columns; k++) {
        c.x[k] = (real)tanh(random_normal(&random));
    }
    for (size_t k = 0; k < STREAMS * c.stride; k++) {
        c.before[k] = (real)random_normal(&random);
    }
    Arena counted = {0};
    Matvec *unused = matvec_create(&c.shape, set, &counted, &error);
    assert_non_null(unused);
    matvec_free(unused);
    assert_true(arena_create(&c.arena, counted.used, "a matrix", &error));
    c.matvec = matvec_create(&c.shape, set, &c.arena, &error);
    assert_non_null(c.matvec);
    return c;
}

static void free_case(Case *c) {
    matvec_free(c->matvec);
    arena_free(&c->arena);
    free(c->weights);
    free(c->x);
    free(c->before);
    free(c->y);
}

static void run_case(Case *c, size_t streams) {
    memcpy(c->y, c->before, STREAMS * c->stride * sizeof(real));
    matvec_run(c->matvec, c->x, c->y, c->stride, streams);
}

static double largest_of(const real *x, size_t count) {
    double largest = 0;
    for (size_t k = 0; k < count; k++) {
        largest = fmax(largest, fabs((double)x[k]));
    }
    return largest;
}

/* How far the result for a row and a stream may be from the truth. */
static double bound_of(const Case *c, const real *row, const real *x, double magnitude) {
    size_t columns = c->shape.columns;
    double rounding = ((double)columns + 4) * FLOAT_ROUNDING * magnitude + FLT_MIN;
    if (c->shape.precision == PRECISION_BF16) {
        return rounding + 0x1p-8 * magnitude;
    }
    if (c->shape.precision == PRECISION_INT8) {
        double most = fmin(32767, floor((double)INT32_MAX / 127.0 / (double)columns));
        double weight_half = largest_of(row, columns) / 254.0 * 1.0001;
        double x_half = largest_of(x, columns) / most / 2 * 1.02;
        double error = 0;
        for (size_t k = 0; k < columns; k++) {
            error += weight_half * fabs((double)x[k]) + x_half * fabs((double)row[k]) + weight_half * x_half;
        }
        return rounding + error;
    }
    return rounding;
}

static void check_case(const Case *c, size_t streams) {
    size_t columns = c->shape.columns;
    for (size_t s = 0; s < STREAMS; s++) {
        const real *x = c->x + s * columns;
        for (size_t r = 0; r < c->stride; r++) {
            double before = (double)c->before[s * c->stride + r];
            double got = (double)c->y[s * c->stride + r];
            if (s >= streams || r >= c->shape.rows) {
                assert_true(got == before); /* not asked for */
                continue;
            }
            double sum = c->shape.add_to_y ? before : 0;
            double magnitude = fabs(sum);
            for (size_t k = 0; k < columns; k++) {
                double term = (double)c->weights[r * columns + k] * (double)x[k];
                sum += term;
                magnitude += fabs(term);
            }
            check_near("y", r, got, sum, bound_of(c, c->weights + r * columns, x, magnitude));
        }
    }
}

/* Calls `check` for every precision and instruction set. */
static void for_each_kernel(void (*check)(Precision precision, InstructionSet set)) {
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        for (size_t precision = 0; instruction_set_runs(set) && precision < PRECISIONS; precision++) {
            check((Precision)precision, set);
        }
    }
}

static void check_sizes(Precision precision, InstructionSet set) {
    for (size_t i = 0; i < ROW_SIZES; i++) {
        for (size_t j = 0; j < COLUMN_SIZES; j++) {
            Case c = create_case(row_sizes[i], column_sizes[j], precision, (i + j) % 2 == 0, set);
            matvec_pack(c.matvec, c.weights, row_sizes[i], row_sizes[i]);
            for (size_t streams = 0; streams <= STREAMS; streams++) {
                run_case(&c, streams);
                check_case(&c, streams);
            }
            free_case(&c);
        }
    }
}

static void test_products_at_odd_sizes(void **state) {
    (void)state;
    for_each_kernel(check_sizes);
}

static void check_bits(Precision precision, InstructionSet set) {
    Case c = create_case(150, 77, precision, true, set);
    matvec_pack(c.matvec, c.weights, 150, 150);
    real alone[STREAMS][150];
    for (size_t s = 0; s < STREAMS; s++) {
        memcpy(alone[s], c.before + s * c.stride, sizeof alone[s]);
        matvec_run(c.matvec, c.x + s * 77, alone[s], c.stride, 1);
    }
    for (size_t streams = 1; streams <= STREAMS; streams++) {
        run_case(&c, streams);
        for (size_t s = 0; s < streams; s++) {
            assert_memory_equal(c.y + s * c.stride, alone[s], sizeof alone[s]);
        }
    }
    free_case(&c);
}

static void test_a_stream_is_the_same_whatever_the_others(void **state) {
    (void)state;
    for_each_kernel(check_bits);
}

/* Rows 5 to 9 and 15 to 19 of a matrix whose blocks are 10 rows apart, packed as blocks and as they are. */
static void check_blocks(Precision precision, InstructionSet set) {
    enum { ROWS = 10, BLOCK = 5, STRIDE = 10, COLUMNS = 7 };
    Case c = create_case(ROWS, COLUMNS, precision, false, set);
    real spread[2 * STRIDE * COLUMNS];
    for (size_t k = 0; k < 2 * STRIDE * COLUMNS; k++) {
        spread[k] = 1000;
    }
    for (size_t r = 0; r < ROWS; r++) {
        memcpy(spread + (r / BLOCK * STRIDE + BLOCK + r % BLOCK) * COLUMNS, c.weights + r * COLUMNS,
               COLUMNS * sizeof(real));
    }
    matvec_pack(c.matvec, spread + BLOCK * COLUMNS, BLOCK, STRIDE);
    run_case(&c, STREAMS);
    check_case(&c, STREAMS);
    matvec_pack(c.matvec, c.weights, ROWS, ROWS); /* again, over what was there */
    run_case(&c, STREAMS);
    check_case(&c, STREAMS);
    free_case(&c);
}

static void test_rows_in_blocks(void **state) {
    (void)state;
    for_each_kernel(check_blocks);
}

/* Zeros, the largest numbers and the smallest: bounds still hold where the result is finite. */
static void check_extremes(Precision precision, InstructionSet set) {
    enum { ROWS = 4, COLUMNS = 6 };
    static const real rows[ROWS][COLUMNS] = {
        {0, 0, 0, 0, 0, 0},
        {FLT_MAX, 0, -FLT_MAX, 0, 0, FLT_MAX},
        {FLT_MIN / 4, -FLT_MIN / 2, 0, FLT_MIN / 8, FLT_MIN / 4, 0},
        {1, 0, -1, 0x1p-30F, 0, 0.5F},
    };
    static const real x[COLUMNS] = {0.5F, 0.25F, 0.25F, -1, 1, -0.25F};
    Case c = create_case(ROWS, COLUMNS, precision, false, set);
    memcpy(c.weights, rows, sizeof rows);
    memcpy(c.x, x, sizeof x);
    matvec_pack(c.matvec, c.weights, ROWS, ROWS);
    run_case(&c, 1);
    check_near("zeros", 0, (double)c.y[0], 0, 0);
    check_near("large", 1, (double)c.y[1], 0, 0.02 * FLT_MAX);
    check_near("small", 2, (double)c.y[2], 0, 6 * FLT_MIN);
    check_near("plain", 3, (double)c.y[3], 0.125, 0.01);
    memset(c.x, 0, sizeof x);
    run_case(&c, 1);
    for (size_t r = 0; r < ROWS; r++) {
        check_near("x of zeros", r, (double)c.y[r], 0, 0);
    }
    for (size_t k = 0; k < COLUMNS; k++) {
        c.x[k] = (real)NAN;
    }
    run_case(&c, 3); /* must do no harm */
    free_case(&c);
}

static void test_extreme_numbers(void **state) {
    (void)state;
    for_each_kernel(check_extremes);
}

/* What no sum can be made of counts as nothing in a row so long that its sums nearly fill their 32 bits. (That the
 * smallest numbers make no sum overflow, the sanitizers see: scaled, it would still be small.) */
static void check_no_numbers(InstructionSet set) {
    enum { COLUMNS = 2101 };
    Case c = create_case(1, COLUMNS, PRECISION_INT8, false, set);
    for (size_t k = 0; k < COLUMNS; k++) {
        c.weights[k] = 1;
        c.x[k] = (real)NAN;
    }
    c.x[7] = 0.5F;
    matvec_pack(c.matvec, c.weights, 1, 1);
    run_case(&c, 1);
    check_near("NaN", 0, (double)c.y[0], 0.5, 1e-5);
    for (size_t k = 0; k < COLUMNS; k++) {
        c.x[k] = FLT_MIN / 4;
    }
    run_case(&c, 1);
    check_near("small", 0, (double)c.y[0], 0, COLUMNS * FLT_MIN);
    c.x[7] = -(real)INFINITY;
    run_case(&c, 1);
    assert_true(!isfinite(c.y[0]));
    free_case(&c);
}

static void test_no_sum_of_int8_overflows(void **state) {
    (void)state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (instruction_set_runs(set)) {
            check_no_numbers(set);
        }
    }
}

static void test_int8_agrees_among_instruction_sets(void **state) {
    (void)state;
    enum { ROWS = 100, COLUMNS = 300 };
    Case portable = create_case(ROWS, COLUMNS, PRECISION_INT8, false, INSTRUCTION_SET_PORTABLE);
    matvec_pack(portable.matvec, portable.weights, ROWS, ROWS);
    run_case(&portable, STREAMS);
    for (InstructionSet set = 1; set < INSTRUCTION_SET_COUNT; set++) {
        if (!instruction_set_runs(set)) {
            continue;
        }
        Case c = create_case(ROWS, COLUMNS, PRECISION_INT8, false, set);
        matvec_pack(c.matvec, c.weights, ROWS, ROWS);
        run_case(&c, STREAMS);
        for (size_t k = 0; k < STREAMS * c.stride; k++) { /* a tie may be rounded to either side */
            check_near("y", k, (double)c.y[k], (double)portable.y[k], 2e-4);
        }
        free_case(&c);
    }
    free_case(&portable);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(precision_name(PRECISION_F32), "f32");
    assert_string_equal(precision_name(PRECISION_BF16), "bf16");
    assert_string_equal(precision_name(PRECISION_INT8), "int8");
    assert_null(precision_name(PRECISIONS));
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        assert_non_null(matvec_kernels_for(set)->name);
    }
    assert_string_equal(matvec_kernels_for(INSTRUCTION_SET_PORTABLE)->name, "portable");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_at_odd_sizes),
        cmocka_unit_test(test_a_stream_is_the_same_whatever_the_others),
        cmocka_unit_test(test_rows_in_blocks),
        cmocka_unit_test(test_extreme_numbers),
        cmocka_unit_test(test_no_sum_of_int8_overflows),
        cmocka_unit_test(test_int8_agrees_among_instruction_sets),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
