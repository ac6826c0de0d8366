/* Products on tiles: see gemm_tiles.h.
 *
 * The instructions are written out here: gcc 12's own functions for them do not tell the compiler that memory is read.
 */
#include "math/gemm_tiles.h"

#if defined(LETRA_X86)

#include <immintrin.h>
#include <string.h>

#include "base/size.h"

/* For functions that make vectors; the tiles are the assembler's. */
#define VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

enum {
    TILE_ROWS = 16,
    TILE_ROW_BYTES = 64,
    TILE_BYTES = TILE_ROWS * TILE_ROW_BYTES,
    TILE_DEPTH = 32,     /* bfloat16 in a row of the left operand: rows of the right matrix in a tile */
    ROWS_AT_ONCE = 64,   /* of A, which meet a column of tiles of B while that is near */
    DEPTH_AT_ONCE = 256, /* rows that a weight gradient sums before it goes on to others */
    ALIGNMENT = 64
};

/* --- tiles --- */

#define TILE_ZERO(tile) __asm__ volatile("tilezero %%tmm" #tile ::: "memory")
#define TILE_LOAD(tile, at, stride)                                                                          \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(at), "r"(stride) : "memory")
#define TILE_STORE(tile, at, stride)                                                                         \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(at), "r"(stride) : "memory")
#define TILE_MULTIPLY(sum, left, right)                                                                      \
    __asm__ volatile("tdpbf16ps %%tmm" #right ", %%tmm" #left ", %%tmm" #sum ::: "memory")

/* The sizes of the tiles, as the processor reads them. */
typedef struct TileSizes {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} TileSizes;

/* Which tiles are what: a block of C is two by two of them. */
enum { C_00, C_01, C_10, C_11, LEFT_0, LEFT_1, RIGHT_0, RIGHT_1 };

/* Rows and columns of a block's tiles; the second may have none. */
typedef struct BlockSizes {
    size_t rows[2];
    size_t columns[2];
} BlockSizes;

/* The sizes from `at` on, of two tiles at most. */
static void split_pair(size_t at, size_t end, size_t pair[2]) {
    size_t left = end - at;
    pair[0] = left < TILE_ROWS ? left : TILE_ROWS;
    left -= pair[0];
    pair[1] = left < TILE_ROWS ? left : TILE_ROWS;
}

static void set_tile(TileSizes *sizes, size_t tile, size_t rows, size_t row_bytes) {
    bool there = rows > 0 && row_bytes > 0;
    sizes->rows[tile] = (uint8_t)(there ? rows : 0);
    sizes->row_bytes[tile] = (uint16_t)(there ? row_bytes : 0);
}

/* Makes the tiles ready for blocks of those sizes, unless they are. */
static void set_tiles(const BlockSizes *block, BlockSizes *now) {
    if (memcmp(block, now, sizeof *now) == 0) {
        return;
    }
    *now = *block;
    TileSizes sizes = {.palette = 1};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            set_tile(&sizes, C_00 + 2 * i + j, block->rows[i], block->columns[j] * sizeof(float));
        }
        set_tile(&sizes, LEFT_0 + i, block->rows[i], TILE_ROW_BYTES);
        set_tile(&sizes, RIGHT_0 + i, TILE_ROWS, block->columns[i] * sizeof(float));
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(sizes));
}

static void release_tiles(void) {
    __asm__ volatile("tilerelease" ::: "memory");
}

/* --- a block --- */

/* Operands of a block, whose tiles are set. */
typedef struct Block {
    const char *left;
    size_t left_stride; /* bytes between rows of a tile, ... */
    size_t left_step;   /* ... between one tile and the next along the sum, ... */
    size_t left_second; /* ... and between the two that are below each other */
    const char *right;  /* packed */
    size_t right_second;
    float *c;
    size_t c_stride;       /* bytes */
    size_t depth;          /* tiles along the sum */
    const char *left_rest; /* one tile more, filled up with zeros, and the one below it; NULL: none */
    bool add;              /* to C */
} Block;

/* Adds left · right to the tiles of C. */
__attribute__((always_inline)) static inline void multiply(const char *left, size_t stride, size_t second,
                                                           const char *right, size_t right_second,
                                                           bool two_rows, bool two_columns) {
    TILE_LOAD(4, left, stride);
    TILE_LOAD(6, right, (size_t)TILE_ROW_BYTES);
    TILE_MULTIPLY(0, 4, 6);
    if (two_columns) {
        TILE_LOAD(7, right + right_second, (size_t)TILE_ROW_BYTES);
        TILE_MULTIPLY(1, 4, 7);
    }
    if (two_rows) {
        TILE_LOAD(5, left + second, stride);
        TILE_MULTIPLY(2, 5, 6);
    }
    if (two_rows && two_columns) {
        TILE_MULTIPLY(3, 5, 7);
    }
}

__attribute__((always_inline)) static inline void run_tiles(const Block *block, bool two_rows,
                                                            bool two_columns) {
    char *c = (char *)block->c;
    char *below = c + TILE_ROWS * block->c_stride;
    if (block->add) {
        TILE_LOAD(0, c, block->c_stride);
        if (two_columns) {
            TILE_LOAD(1, c + TILE_ROW_BYTES, block->c_stride);
        }
        if (two_rows) {
            TILE_LOAD(2, below, block->c_stride);
        }
        if (two_rows && two_columns) {
            TILE_LOAD(3, below + TILE_ROW_BYTES, block->c_stride);
        }
    } else {
        TILE_ZERO(0);
        if (two_columns) {
            TILE_ZERO(1);
        }
        if (two_rows) {
            TILE_ZERO(2);
        }
        if (two_rows && two_columns) {
            TILE_ZERO(3);
        }
    }
    const char *right = block->right;
    for (size_t k = 0; k < block->depth; k++, right += TILE_BYTES) {
        multiply(block->left + k * block->left_step, block->left_stride, block->left_second, right,
                 block->right_second, two_rows, two_columns);
    }
    if (block->left_rest != NULL) {
        multiply(block->left_rest, TILE_ROW_BYTES, TILE_BYTES, right, block->right_second, two_rows,
                 two_columns);
    }
    TILE_STORE(0, c, block->c_stride);
    if (two_columns) {
        TILE_STORE(1, c + TILE_ROW_BYTES, block->c_stride);
    }
    if (two_rows) {
        TILE_STORE(2, below, block->c_stride);
    }
    if (two_rows && two_columns) {
        TILE_STORE(3, below + TILE_ROW_BYTES, block->c_stride);
    }
}

static void run_block(const Block *block, const BlockSizes *sizes) {
    if (sizes->rows[1] > 0 && sizes->columns[1] > 0) {
        run_tiles(block, true, true);
    } else if (sizes->rows[1] > 0) {
        run_tiles(block, true, false);
    } else if (sizes->columns[1] > 0) {
        run_tiles(block, false, true);
    } else {
        run_tiles(block, false, false);
    }
}

/* --- vectors of pairs --- */

/* Transposes 16 × 16 numbers of four bytes. */
VECTORS static void transpose(__m512i rows[TILE_ROWS]) {
    __m512i pairs[TILE_ROWS];
    for (size_t k = 0; k < TILE_ROWS; k += 2) {
        pairs[k] = _mm512_unpacklo_epi32(rows[k], rows[k + 1]);
        pairs[k + 1] = _mm512_unpackhi_epi32(rows[k], rows[k + 1]);
    }
    __m512i fours[TILE_ROWS];
    for (size_t k = 0; k < TILE_ROWS; k += 4) {
        fours[k] = _mm512_unpacklo_epi64(pairs[k], pairs[k + 2]);
        fours[k + 1] = _mm512_unpackhi_epi64(pairs[k], pairs[k + 2]);
        fours[k + 2] = _mm512_unpacklo_epi64(pairs[k + 1], pairs[k + 3]);
        fours[k + 3] = _mm512_unpackhi_epi64(pairs[k + 1], pairs[k + 3]);
    }
    /* Lane l of fours[4q + j] is column 4l + j of rows 4q to 4q + 3. */
    for (size_t j = 0; j < 4; j++) {
        __m512i even_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0x88);
        __m512i odd_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0xDD);
        __m512i even_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0x88);
        __m512i odd_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0xDD);
        rows[j] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        rows[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, 0xDD);
        rows[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        rows[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xDD);
    }
}

/* The first `count` of 16 elements. */
static __mmask16 first_of(size_t count) {
    return (__mmask16)(count < TILE_ROWS ? (1u << count) - 1 : 0xFFFFu);
}

/* What takes 16 elements of one row and 16 of the next to pairs. */
VECTORS static __m512i pairing(void) {
    return _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                            20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
}

/* --- packing B --- */

static size_t tiles_of(size_t elements, size_t size) {
    return (elements + size - 1) / size;
}

size_t gemm_tiles_packed_size(const GemmShape *shape) {
    return tiles_of(shape->n, TILE_ROWS) * tiles_of(shape->k, TILE_DEPTH) * TILE_BYTES;
}

/* A tile from rows of B that lie `stride` apart. */
VECTORS static void pack_rows(const float *from, size_t stride, size_t depth, size_t columns,
                              __m512i tile[TILE_ROWS]) {
    __mmask16 mask = first_of(columns);
    __m512i order = pairing();
    for (size_t p = 0; p < TILE_ROWS; p++) {
        bool first = 2 * p < depth;
        bool second = 2 * p + 1 < depth;
        __m512 low = first ? _mm512_maskz_loadu_ps(mask, from + 2 * p * stride) : _mm512_setzero_ps();
        __m512 high = second ? _mm512_maskz_loadu_ps(mask, from + (2 * p + 1) * stride) : _mm512_setzero_ps();
        tile[p] = _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

/* A tile from columns of B that lie `stride` apart, each of adjacent elements. */
VECTORS static void pack_columns(const float *from, size_t stride, size_t depth, size_t columns,
                                 __m512i tile[TILE_ROWS]) {
    __mmask16 low_mask = first_of(depth);
    __mmask16 high_mask = first_of(depth < TILE_ROWS ? 0 : depth - TILE_ROWS);
    for (size_t column = 0; column < TILE_ROWS; column++) {
        const float *at = from + column * stride;
        bool there = column < columns;
        __m512 low = there ? _mm512_maskz_loadu_ps(low_mask, at) : _mm512_setzero_ps();
        __m512 high =
            there && high_mask != 0 ? _mm512_maskz_loadu_ps(high_mask, at + TILE_ROWS) : _mm512_setzero_ps();
        tile[column] = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    }
    transpose(tile);
}

static void store_tile(const __m512i tile[TILE_ROWS], char *to) {
    memcpy(to, tile, TILE_BYTES);
}

VECTORS void gemm_tiles_pack(const GemmShape *shape, const real *b, void *packed) {
    char *to = packed;
    bool by_columns = shape->b_row_stride == 1 && shape->b_column_stride != 1;
    for (size_t column = 0; column < shape->n; column += TILE_ROWS) {
        for (size_t row = 0; row < shape->k; row += TILE_DEPTH, to += TILE_BYTES) {
            const float *from = b + row * shape->b_row_stride + column * shape->b_column_stride;
            size_t depth = shape->k - row < TILE_DEPTH ? shape->k - row : TILE_DEPTH;
            size_t columns = shape->n - column < TILE_ROWS ? shape->n - column : TILE_ROWS;
            __m512i tile[TILE_ROWS];
            if (by_columns) {
                pack_columns(from, shape->b_column_stride, depth, columns, tile);
            } else {
                pack_rows(from, shape->b_row_stride, depth, columns, tile);
            }
            store_tile(tile, to);
        }
    }
}

/* --- a packed B --- */

/* What of the rows does not fill a tile: two tiles of 16 rows, filled up with zeros. */
typedef struct Rest {
    bfloat16 rows[2 * TILE_ROWS][TILE_DEPTH];
} Rest;

static void copy_rest(const bfloat16 *from, size_t stride, size_t rows, size_t count, Rest *rest) {
    memset(rest, 0, sizeof *rest);
    for (size_t row = 0; row < rows; row++) {
        memcpy(rest->rows[row], from + row * stride, count * sizeof(bfloat16));
    }
}

/* Two columns of tiles of C, at most, in rows `first` to `end`. */
static void run_columns(const GemmShape *shape, const bfloat16 *a, const char *packed, Range rows,
                        size_t column, real *c, BlockSizes *now) {
    size_t depth = shape->k / TILE_DEPTH;
    size_t left_over = shape->k % TILE_DEPTH;
    size_t column_bytes = tiles_of(shape->k, TILE_DEPTH) * TILE_BYTES;
    Rest rest __attribute__((aligned(ALIGNMENT)));
    for (size_t row = rows.begin; row < rows.end; row += 2 * TILE_ROWS) {
        const bfloat16 *left = a + row * shape->a_row_stride;
        BlockSizes sizes;
        split_pair(row, rows.end, sizes.rows);
        split_pair(column, shape->n, sizes.columns);
        if (left_over > 0) {
            copy_rest(left + depth * TILE_DEPTH, shape->a_row_stride, sizes.rows[0] + sizes.rows[1],
                      left_over, &rest);
        }
        Block block = {.left = (const char *)left,
                       .left_stride = shape->a_row_stride * sizeof(bfloat16),
                       .left_step = TILE_ROW_BYTES,
                       .left_second = TILE_ROWS * shape->a_row_stride * sizeof(bfloat16),
                       .right = packed + column / TILE_ROWS * column_bytes,
                       .right_second = column_bytes,
                       .c = c + row * shape->c_row_stride + column,
                       .c_stride = shape->c_row_stride * sizeof(float),
                       .depth = depth,
                       .left_rest = left_over > 0 ? (const char *)&rest : NULL,
                       .add = shape->accumulate};
        set_tiles(&sizes, now);
        run_block(&block, &sizes);
    }
}

void gemm_tiles_run_packed(const GemmShape *shape, const bfloat16 *a, const void *packed, real *c) {
    BlockSizes now = {0};
    for (size_t row = 0; row < shape->m; row += ROWS_AT_ONCE) {
        size_t end = shape->m - row < ROWS_AT_ONCE ? shape->m : row + ROWS_AT_ONCE;
        for (size_t column = 0; column < shape->n; column += 2 * TILE_ROWS) {
            run_columns(shape, a, packed, (Range){row, end}, column, c, &now);
        }
    }
    release_tiles();
}

/* --- weight gradients ---
 *
 * C = Aᵀ · B, where both have k rows. One of them is the right operand, whose rows are taken two by two; the other has
 * to be transposed, which takes longer, so that is the one with fewer columns. If it is B, what comes out is Cᵀ. */

typedef struct Sides {
    const bfloat16 *left, *right;
    size_t left_stride, right_stride; /* between rows */
    size_t left_columns, right_columns;
    bool swapped; /* the left side is B */
} Sides;

static Sides sides_of(const GemmShape *shape, const bfloat16 *a, const bfloat16 *b) {
    if (shape->m <= shape->n) {
        return (Sides){a, b, shape->a_column_stride, shape->b_row_stride, shape->m, shape->n, false};
    }
    return (Sides){b, a, shape->b_row_stride, shape->a_column_stride, shape->n, shape->m, true};
}

/* The scratch: both sides' tiles of DEPTH_AT_ONCE rows, and Cᵀ. */
static size_t panel_size(size_t columns) {
    return tiles_of(columns, TILE_ROWS) * (DEPTH_AT_ONCE / TILE_DEPTH) * TILE_BYTES;
}

size_t gemm_tiles_scratch_size(const GemmShape *shape) {
    size_t swapped = shape->m > shape->n ? shape->m * shape->n * sizeof(float) : 0;
    return panel_size(shape->m) + panel_size(shape->n) + size_round_up(swapped, ALIGNMENT);
}

/* A right tile from rows that lie `stride` apart. */
VECTORS static void take_tile(const bfloat16 *from, size_t stride, size_t depth, size_t columns,
                              __m512i tile[TILE_ROWS]) {
    __mmask16 mask = first_of(columns);
    __m512i order = pairing();
    for (size_t p = 0; p < TILE_ROWS; p++) {
        __m256i low = _mm256_setzero_si256();
        __m256i high = low;
        if (2 * p < depth) {
            low = _mm256_maskz_loadu_epi16(mask, from + 2 * p * stride);
        }
        if (2 * p + 1 < depth) {
            high = _mm256_maskz_loadu_epi16(mask, from + (2 * p + 1) * stride);
        }
        tile[p] = _mm512_permutexvar_epi16(order, _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
    }
}

/* Rows of one side as tiles, column of tiles after column of tiles; zeros where there are no more rows. */
VECTORS static void take_panel(const bfloat16 *from, size_t stride, size_t rows, size_t columns,
                               bool transposed, char *to) {
    for (size_t column = 0; column < columns; column += TILE_ROWS) {
        for (size_t row = 0; row < rows; row += TILE_DEPTH, to += TILE_BYTES) {
            size_t depth = rows - row < TILE_DEPTH ? rows - row : TILE_DEPTH;
            size_t count = columns - column < TILE_ROWS ? columns - column : TILE_ROWS;
            __m512i tile[TILE_ROWS];
            take_tile(from + row * stride + column, stride, depth, count, tile);
            if (transposed) {
                transpose(tile);
            }
            store_tile(tile, to);
        }
    }
}

/* Adds what `depth` tiles of rows make to C. */
static void run_panels(const char *left, const char *right, const Sides *sides, size_t depth, float *c,
                       size_t c_stride, bool add) {
    BlockSizes now = {0};
    size_t column_bytes = depth * TILE_BYTES;
    for (size_t j = 0; j < sides->right_columns; j += 2 * TILE_ROWS) {
        for (size_t i = 0; i < sides->left_columns; i += 2 * TILE_ROWS) {
            BlockSizes sizes;
            split_pair(i, sides->left_columns, sizes.rows);
            split_pair(j, sides->right_columns, sizes.columns);
            Block block = {.left = left + i / TILE_ROWS * column_bytes,
                           .left_stride = TILE_ROW_BYTES,
                           .left_step = TILE_BYTES,
                           .left_second = column_bytes,
                           .right = right + j / TILE_ROWS * column_bytes,
                           .right_second = column_bytes,
                           .c = c + i * c_stride + j,
                           .c_stride = c_stride * sizeof(float),
                           .depth = depth,
                           .add = add};
            set_tiles(&sizes, &now);
            run_block(&block, &sizes);
        }
    }
}

/* C (+)= the transposed of `from`, which has as many rows as C has columns. */
VECTORS static void put_transposed(const GemmShape *shape, const float *from, real *c) {
    for (size_t i = 0; i < shape->m; i += TILE_ROWS) {
        for (size_t j = 0; j < shape->n; j += TILE_ROWS) {
            size_t rows = shape->m - i < TILE_ROWS ? shape->m - i : TILE_ROWS;
            size_t columns = shape->n - j < TILE_ROWS ? shape->n - j : TILE_ROWS;
            __m512i tile[TILE_ROWS];
            for (size_t column = 0; column < TILE_ROWS; column++) {
                tile[column] = column < columns ? _mm512_maskz_loadu_epi32(first_of(rows),
                                                                           from + (j + column) * shape->m + i)
                                                : _mm512_setzero_si512();
            }
            transpose(tile);
            __mmask16 mask = first_of(columns);
            for (size_t row = 0; row < rows; row++) {
                float *at = c + (i + row) * shape->c_row_stride + j;
                __m512 sum = (__m512)tile[row];
                sum = shape->accumulate ? _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, at)) : sum;
                _mm512_mask_storeu_ps(at, mask, sum);
            }
        }
    }
}

void gemm_tiles_run(const GemmShape *shape, const bfloat16 *a, const bfloat16 *b, real *c, void *scratch) {
    Sides sides = sides_of(shape, a, b);
    char *left = scratch;
    char *right = left + panel_size(sides.left_columns);
    float *sum = sides.swapped ? (float *)(right + panel_size(sides.right_columns)) : c;
    size_t sum_stride = sides.swapped ? shape->m : shape->c_row_stride;
    for (size_t row = 0; row < shape->k; row += DEPTH_AT_ONCE) {
        size_t rows = shape->k - row < DEPTH_AT_ONCE ? shape->k - row : DEPTH_AT_ONCE;
        take_panel(sides.left + row * sides.left_stride, sides.left_stride, rows, sides.left_columns, true,
                   left);
        take_panel(sides.right + row * sides.right_stride, sides.right_stride, rows, sides.right_columns,
                   false, right);
        run_panels(left, right, &sides, tiles_of(rows, TILE_DEPTH), sum, sum_stride,
                   row > 0 || (shape->accumulate && !sides.swapped));
    }
    release_tiles();
    if (sides.swapped) {
        put_transposed(shape, sum, c);
    }
}

bool gemm_tiles_serve(const GemmShape *shape) {
    if (shape->precision != PRECISION_BF16 || gemm_bf16_speed() != BF16_TILES) {
        return false;
    }
    if (shape->pack_b) {
        return shape->a_column_stride == 1 && (shape->b_row_stride == 1 || shape->b_column_stride == 1);
    }
    return shape->a_row_stride == 1 && shape->b_column_stride == 1;
}

#endif
