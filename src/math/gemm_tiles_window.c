/* Weight gradients on tiles: see gemm_tiles.h.
 *
 *     C = Aᵀ · B        where both have k rows, those of a window
 *
 * One of them is the right operand, whose rows are taken two by two; the other has to be transposed, which takes
 * longer. So that is the one with fewer columns, or, where many products have one B, that B, once for all. If it is B,
 * what comes out is Cᵀ.
 */
#include "math/gemm_tiles.h"

#if defined(LETRA_X86)

#include "base/size.h"
#include "math/tile_vectors.h"

enum { DEPTH_AT_ONCE = 256 /* rows that are summed before others are taken */ };

/* The operands, and which is which. */
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
    return tiles_size(DEPTH_AT_ONCE, columns);
}

static size_t scratch_size(const GemmShape *shape) {
    bool swapped = shape->pack_window || shape->m > shape->n;
    size_t sum = swapped ? size_round_up(shape->m * shape->n * sizeof(float), TILE_ALIGNMENT) : 0;
    return panel_size(shape->m) + (shape->pack_window ? 0 : panel_size(shape->n)) + sum;
}

/* A right tile from rows that lie `stride` apart. */
TILE_VECTORS static void take_tile(const bfloat16 *from, size_t stride, size_t depth, size_t columns,
                                   __m512i tile[TILE_ROWS]) {
    __mmask16 mask = tile_mask(columns);
    __m512i order = tile_pairing();
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

/* Rows of one side as tiles, column of tiles after column of tiles; zeros where there are no more rows. What is read is
 * read row by row: a tile has half a cache line of each. */
TILE_VECTORS static void take_panel(const bfloat16 *from, size_t stride, size_t rows, size_t columns,
                                    bool transposed, char *panel) {
    size_t column_bytes = tiles_of(rows, TILE_DEPTH) * TILE_BYTES;
    for (size_t row = 0; row < rows; row += TILE_DEPTH, panel += TILE_BYTES) {
        char *to = panel;
        for (size_t column = 0; column < columns; column += TILE_ROWS, to += column_bytes) {
            size_t depth = tiles_part(row, rows, TILE_DEPTH);
            size_t count = tiles_part(column, columns, TILE_ROWS);
            __m512i tile[TILE_ROWS];
            take_tile(from + row * stride + column, stride, depth, count, tile);
            if (transposed) {
                tile_transpose(tile);
            }
            tile_store(tile, to);
        }
    }
}

/* Both sides as tiles, and what they are summed in. */
typedef struct Panels {
    const char *left, *right;
    size_t left_column, right_column; /* bytes from one column of tiles to the next */
    size_t rows, columns;             /* of the sum: columns of the left side, and of the right */
    float *sum;
    size_t stride; /* between rows of the sum */
} Panels;

/* Adds what `depth` tiles of rows make to the sum, or sets it. */
static void run_panels(const Panels *panels, size_t depth, bool add) {
    TileSizes now = {0};
    for (size_t j = 0; j < panels->columns; j += 2 * TILE_ROWS) {
        for (size_t i = 0; i < panels->rows; i += 2 * TILE_ROWS) {
            TileSizes sizes = tile_sizes(i, panels->rows, j, panels->columns);
            TileProduct product = {.left = panels->left + i / TILE_ROWS * panels->left_column,
                                   .left_stride = TILE_ROW_BYTES,
                                   .left_step = TILE_BYTES,
                                   .left_second = panels->left_column,
                                   .right = panels->right + j / TILE_ROWS * panels->right_column,
                                   .right_second = panels->right_column,
                                   .depth = depth};
            TileBlock block = {.products = &product,
                               .count = 1,
                               .c = panels->sum + i * panels->stride + j,
                               .c_stride = panels->stride * sizeof(float),
                               .add = add};
            tile_block_run(&block, &sizes, &now);
        }
    }
}

/* C (+)= the transposed of `from`, which has as many rows as C has columns. */
TILE_VECTORS static void put_transposed(const GemmShape *shape, const float *from, real *c) {
    for (size_t i = 0; i < shape->m; i += TILE_ROWS) {
        for (size_t j = 0; j < shape->n; j += TILE_ROWS) {
            size_t rows = tiles_part(i, shape->m, TILE_ROWS);
            size_t columns = tiles_part(j, shape->n, TILE_ROWS);
            __m512i tile[TILE_ROWS];
            for (size_t column = 0; column < TILE_ROWS; column++) {
                tile[column] = column < columns ? _mm512_maskz_loadu_epi32(tile_mask(rows),
                                                                           from + (j + column) * shape->m + i)
                                                : _mm512_setzero_si512();
            }
            tile_transpose(tile);
            __mmask16 mask = tile_mask(columns);
            for (size_t row = 0; row < rows; row++) {
                float *at = c + (i + row) * shape->c_row_stride + j;
                __m512 sum = (__m512)tile[row];
                sum = shape->accumulate ? _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, at)) : sum;
                _mm512_mask_storeu_ps(at, mask, sum);
            }
        }
    }
}

static void run_plain(const GemmShape *shape, const bfloat16 *a, const void *b, real *c, void *scratch) {
    Sides sides = sides_of(shape, a, b);
    char *left = scratch;
    char *right = left + panel_size(sides.left_columns);
    Panels panels = {.left = left,
                     .right = right,
                     .rows = sides.left_columns,
                     .columns = sides.right_columns,
                     .sum = sides.swapped ? (void *)(right + panel_size(sides.right_columns)) : c,
                     .stride = sides.swapped ? shape->m : shape->c_row_stride};
    for (size_t row = 0; row < shape->k; row += DEPTH_AT_ONCE) {
        size_t rows = tiles_part(row, shape->k, DEPTH_AT_ONCE);
        size_t depth = tiles_of(rows, TILE_DEPTH);
        take_panel(sides.left + row * sides.left_stride, sides.left_stride, rows, sides.left_columns, true,
                   left);
        take_panel(sides.right + row * sides.right_stride, sides.right_stride, rows, sides.right_columns,
                   false, right);
        panels.left_column = panels.right_column = depth * TILE_BYTES;
        run_panels(&panels, depth, row > 0 || (shape->accumulate && !sides.swapped));
    }
    tile_block_release();
    if (sides.swapped) {
        put_transposed(shape, panels.sum, c);
    }
}

/* --- weight gradients of many slices with one x --- */

static void pack_window(const GemmShape *shape, const bfloat16 *b, Range part, void *packed) {
    size_t column_bytes = tiles_of(shape->k, TILE_DEPTH) * TILE_BYTES;
    size_t begin = part.begin * TILE_ROWS;
    size_t end = part.end * TILE_ROWS < shape->n ? part.end * TILE_ROWS : shape->n;
    if (begin < end) {
        take_panel(b + begin, shape->b_row_stride, shape->k, end - begin, true,
                   (char *)packed + part.begin * column_bytes);
    }
}

static size_t window_columns(const GemmShape *shape) {
    return tiles_of(shape->n, TILE_ROWS);
}

static void run_window(const GemmShape *shape, const bfloat16 *a, const void *packed, real *c,
                       void *scratch) {
    Panels panels = {.right = scratch,
                     .left_column = tiles_of(shape->k, TILE_DEPTH) * TILE_BYTES,
                     .rows = shape->n,
                     .columns = shape->m,
                     .sum = (void *)((char *)scratch + panel_size(shape->m)),
                     .stride = shape->m};
    for (size_t row = 0; row < shape->k; row += DEPTH_AT_ONCE) {
        size_t rows = tiles_part(row, shape->k, DEPTH_AT_ONCE);
        size_t depth = tiles_of(rows, TILE_DEPTH);
        take_panel(a + row * shape->a_column_stride, shape->a_column_stride, rows, shape->m, false, scratch);
        panels.left = (const char *)packed + row / TILE_DEPTH * TILE_BYTES;
        panels.right_column = depth * TILE_BYTES;
        run_panels(&panels, depth, row > 0);
    }
    tile_block_release();
    put_transposed(shape, panels.sum, c);
}

static size_t window_size(const GemmShape *shape) {
    return tiles_size(shape->k, shape->n);
}

const GemmTiles gemm_tiles_plain = {.scratch_size = scratch_size, .run = run_plain};

const GemmTiles gemm_tiles_window = {.packed_size = window_size,
                                     .scratch_size = scratch_size,
                                     .window_columns = window_columns,
                                     .pack_window = pack_window,
                                     .run = run_window};

#endif
