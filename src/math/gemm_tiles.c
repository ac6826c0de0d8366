/* Products on tiles with a packed matrix, and the choice among those on tiles: see gemm_tiles.h. */
#include "math/gemm_tiles.h"

#if defined(LETRA_X86)

#include "math/tile_vectors.h"

enum { NEAR_BYTES = 32 * 1024 /* of a first-level cache, and something is left */ };

/* --- packing B --- */

static size_t packed_size(const GemmShape *shape) {
    return tiles_size(shape->k, shape->n);
}

/* A tile from rows of B that lie `stride` apart. */
TILE_VECTORS static void pack_rows(const float *from, size_t stride, size_t depth, size_t columns,
                                   __m512i tile[TILE_ROWS]) {
    __mmask16 mask = tile_mask(columns);
    __m512i order = tile_pairing();
    for (size_t p = 0; p < TILE_ROWS; p++) {
        bool first = 2 * p < depth;
        bool second = 2 * p + 1 < depth;
        __m512 low = first ? _mm512_maskz_loadu_ps(mask, from + 2 * p * stride) : _mm512_setzero_ps();
        __m512 high = second ? _mm512_maskz_loadu_ps(mask, from + (2 * p + 1) * stride) : _mm512_setzero_ps();
        tile[p] = _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

/* A tile from columns of B that lie `stride` apart, each of adjacent elements. */
TILE_VECTORS static void pack_columns(const float *from, size_t stride, size_t depth, size_t columns,
                                      __m512i tile[TILE_ROWS]) {
    __mmask16 low_mask = tile_mask(depth);
    __mmask16 high_mask = tile_mask(depth < TILE_ROWS ? 0 : depth - TILE_ROWS);
    for (size_t column = 0; column < TILE_ROWS; column++) {
        const float *at = from + column * stride;
        bool there = column < columns;
        __m512 low = there ? _mm512_maskz_loadu_ps(low_mask, at) : _mm512_setzero_ps();
        __m512 high =
            there && high_mask != 0 ? _mm512_maskz_loadu_ps(high_mask, at + TILE_ROWS) : _mm512_setzero_ps();
        tile[column] = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    }
    tile_transpose(tile);
}

TILE_VECTORS static void pack(const GemmShape *shape, const real *b, void *packed) {
    char *to = packed;
    bool by_columns = shape->b_row_stride == 1 && shape->b_column_stride != 1;
    for (size_t column = 0; column < shape->n; column += TILE_ROWS) {
        for (size_t row = 0; row < shape->k; row += TILE_DEPTH, to += TILE_BYTES) {
            const float *from = b + row * shape->b_row_stride + column * shape->b_column_stride;
            size_t depth = tiles_part(row, shape->k, TILE_DEPTH);
            size_t columns = tiles_part(column, shape->n, TILE_ROWS);
            __m512i tile[TILE_ROWS];
            if (by_columns) {
                pack_columns(from, shape->b_column_stride, depth, columns, tile);
            } else {
                pack_rows(from, shape->b_row_stride, depth, columns, tile);
            }
            tile_store(tile, to);
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

/* What a term gives to a block at that row and column; `rest` is room for what does not fill a tile. */
static TileProduct block_product(const TileTerm *term, size_t row, size_t column, const TileSizes *sizes,
                                 Rest *rest) {
    const GemmShape *shape = term->shape;
    size_t depth = shape->k / TILE_DEPTH;
    size_t left_over = shape->k % TILE_DEPTH;
    size_t column_bytes = tiles_of(shape->k, TILE_DEPTH) * TILE_BYTES;
    const bfloat16 *left = term->a + row * shape->a_row_stride;
    if (left_over > 0) {
        copy_rest(left + depth * TILE_DEPTH, shape->a_row_stride, sizes->rows[0] + sizes->rows[1], left_over,
                  rest);
    }
    return (TileProduct){.left = (const char *)left,
                         .left_stride = shape->a_row_stride * sizeof(bfloat16),
                         .left_step = TILE_ROW_BYTES,
                         .left_second = TILE_ROWS * shape->a_row_stride * sizeof(bfloat16),
                         .right = (const char *)term->packed + column / TILE_ROWS * column_bytes,
                         .right_second = column_bytes,
                         .depth = depth,
                         .left_rest = left_over > 0 ? (const char *)rest : NULL};
}

/* Two columns of tiles of C, at most, in those rows. */
static void run_columns(const TileTerm *terms, size_t count, Range rows, size_t column, real *c,
                        TileSizes *now) {
    const GemmShape *shape = terms[0].shape;
    Rest rests[GEMM_TERMS_MAX] __attribute__((aligned(TILE_ALIGNMENT)));
    TileProduct products[GEMM_TERMS_MAX];
    for (size_t row = rows.begin; row < rows.end; row += 2 * TILE_ROWS) {
        TileSizes sizes = tile_sizes(row, rows.end, column, shape->n);
        for (size_t k = 0; k < count; k++) {
            products[k] = block_product(&terms[k], row, column, &sizes, &rests[k]);
        }
        TileBlock block = {.products = products,
                           .count = count,
                           .c = c + row * shape->c_row_stride + column,
                           .c_stride = shape->c_row_stride * sizeof(float),
                           .add = shape->accumulate};
        tile_block_run(&block, &sizes, now);
    }
}

/* Rows of A that stay in the first-level cache while all of B passes by, or two tiles of them. (Tried: cutting longer
 * sums so that these stay there, too. It was slower.) */
static size_t rows_at_once(const TileTerm *terms, size_t count) {
    size_t row_bytes = terms[0].shape->k * sizeof(bfloat16);
    for (size_t k = 1; k < count; k++) {
        row_bytes += terms[k].shape->k * sizeof(bfloat16);
    }
    size_t rows = NEAR_BYTES / row_bytes / (2 * TILE_ROWS) * (2 * TILE_ROWS);
    return rows < 2 * TILE_ROWS ? 2 * TILE_ROWS : rows;
}

void gemm_tiles_run_sum(const TileTerm *terms, size_t count, real *c) {
    const GemmShape *shape = terms[0].shape;
    TileSizes now = {0};
    size_t rows = rows_at_once(terms, count);
    for (size_t row = 0; row < shape->m; row += rows) {
        size_t end = row + tiles_part(row, shape->m, rows);
        for (size_t column = 0; column < shape->n; column += 2 * TILE_ROWS) {
            run_columns(terms, count, (Range){row, end}, column, c, &now);
        }
    }
    tile_block_release();
}

static void run(const GemmShape *shape, const bfloat16 *a, const void *packed, real *c, void *scratch) {
    (void)scratch;
    TileTerm term = {shape, a, packed};
    gemm_tiles_run_sum(&term, 1, c);
}

static const GemmTiles packed_tiles = {.packed_size = packed_size, .pack = pack, .run = run};

const GemmTiles *gemm_tiles_for(const GemmShape *shape) {
    if (!gemm_packs_windows(shape->precision)) {
        return NULL;
    }
    if (shape->pack_window || !shape->pack_b) {
        bool serves = shape->a_row_stride == 1 && shape->b_column_stride == 1;
        const GemmTiles *tiles = shape->pack_window ? &gemm_tiles_window : &gemm_tiles_plain;
        return serves ? tiles : NULL;
    }
    bool serves = shape->a_column_stride == 1 && (shape->b_row_stride == 1 || shape->b_column_stride == 1);
    return serves ? &packed_tiles : NULL;
}

#else

const GemmTiles *gemm_tiles_for(const GemmShape *shape) {
    (void)shape;
    return NULL;
}

void gemm_tiles_run_sum(const TileTerm *terms, size_t count, real *c) {
    (void)terms;
    (void)count;
    (void)c;
}

#endif
