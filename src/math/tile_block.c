/* Blocks of tiles: see tile_block.h.
 *
 * The instructions are written out here: gcc 12's own functions for them do not tell the compiler that memory is read.
 */
#include "math/tile_block.h"

#if defined(LETRA_X86)

#include <stdint.h>
#include <string.h>

/* --- instructions --- */

#define TILE_ZERO(tile) __asm__ volatile("tilezero %%tmm" #tile ::: "memory")
#define TILE_LOAD(tile, at, stride)                                                                          \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(at), "r"(stride) : "memory")
#define TILE_STORE(tile, at, stride)                                                                         \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(at), "r"(stride) : "memory")
#define TILE_MULTIPLY(sum, left, right)                                                                      \
    __asm__ volatile("tdpbf16ps %%tmm" #right ", %%tmm" #left ", %%tmm" #sum ::: "memory")

#define TILE_IF(condition, instruction)                                                                      \
    do {                                                                                                     \
        if (condition) {                                                                                     \
            instruction;                                                                                     \
        }                                                                                                    \
    } while (0)
#define TILE_ZERO_IF(condition, tile)                 TILE_IF(condition, TILE_ZERO(tile))
#define TILE_LOAD_IF(condition, tile, at, stride)     TILE_IF(condition, TILE_LOAD(tile, at, stride))
#define TILE_STORE_IF(condition, tile, at, stride)    TILE_IF(condition, TILE_STORE(tile, at, stride))
#define TILE_MULTIPLY_IF(condition, sum, left, right) TILE_IF(condition, TILE_MULTIPLY(sum, left, right))

/* The sizes of the tiles, as the processor reads them. */
typedef struct TileConfig {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} TileConfig;

/* Which tiles are what: a block of C is two by two of them. */
enum { C_00, C_01, C_10, C_11, LEFT_0, LEFT_1, RIGHT_0, RIGHT_1 };

/* The sizes from `at` on, of two tiles at most. */
static void split_pair(size_t at, size_t end, size_t pair[2]) {
    pair[0] = tiles_part(at, end, TILE_ROWS);
    pair[1] = tiles_part(at + pair[0], end, TILE_ROWS);
}

TileSizes tile_sizes(size_t row, size_t end_row, size_t column, size_t end_column) {
    TileSizes sizes = {0};
    split_pair(row, end_row, sizes.rows);
    split_pair(column, end_column, sizes.columns);
    return sizes;
}

static void set_tile(TileConfig *config, size_t tile, size_t rows, size_t row_bytes) {
    bool there = rows > 0 && row_bytes > 0;
    config->rows[tile] = (uint8_t)(there ? rows : 0);
    config->row_bytes[tile] = (uint16_t)(there ? row_bytes : 0);
}

static void set_tiles(const TileSizes *sizes) {
    TileConfig config = {.palette = 1};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            set_tile(&config, C_00 + 2 * i + j, sizes->rows[i], sizes->columns[j] * sizeof(float));
        }
        set_tile(&config, LEFT_0 + i, sizes->rows[i], TILE_ROW_BYTES);
        set_tile(&config, RIGHT_0 + i, TILE_ROWS, sizes->columns[i] * sizeof(float));
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(config));
}

void tile_block_release(void) {
    __asm__ volatile("tilerelease" ::: "memory");
}

/* --- a block --- */

/* Adds left · right to the tiles of C. (All loads come first: in turn with the products they took 5 % longer.) */
__attribute__((always_inline)) static inline void multiply(const char *left, size_t stride, size_t second,
                                                           const char *right, size_t right_second,
                                                           bool two_rows, bool two_columns) {
    TILE_LOAD(4, left, stride);
    TILE_LOAD(6, right, (size_t)TILE_ROW_BYTES);
    TILE_LOAD_IF(two_columns, 7, right + right_second, (size_t)TILE_ROW_BYTES);
    TILE_LOAD_IF(two_rows, 5, left + second, stride);
    TILE_MULTIPLY(0, 4, 6);
    TILE_MULTIPLY_IF(two_columns, 1, 4, 7);
    TILE_MULTIPLY_IF(two_rows, 2, 5, 6);
    TILE_MULTIPLY_IF(two_rows && two_columns, 3, 5, 7);
}

/* Takes the tiles of C, or zeros. */
__attribute__((always_inline)) static inline void start(const TileBlock *block, bool two_rows,
                                                        bool two_columns) {
    const char *c = (const char *)block->c;
    const char *below = c + TILE_ROWS * block->c_stride;
    if (!block->add) {
        TILE_ZERO(0);
        TILE_ZERO_IF(two_columns, 1);
        TILE_ZERO_IF(two_rows, 2);
        TILE_ZERO_IF(two_rows && two_columns, 3);
        return;
    }
    TILE_LOAD(0, c, block->c_stride);
    TILE_LOAD_IF(two_columns, 1, c + TILE_ROW_BYTES, block->c_stride);
    TILE_LOAD_IF(two_rows, 2, below, block->c_stride);
    TILE_LOAD_IF(two_rows && two_columns, 3, below + TILE_ROW_BYTES, block->c_stride);
}

/* Adds a product to them. */
__attribute__((always_inline)) static inline void add_product(const TileProduct *product, bool two_rows,
                                                              bool two_columns) {
    const char *right = product->right;
    for (size_t k = 0; k < product->depth; k++, right += TILE_BYTES) {
        multiply(product->left + k * product->left_step, product->left_stride, product->left_second, right,
                 product->right_second, two_rows, two_columns);
    }
    if (product->left_rest != NULL) {
        multiply(product->left_rest, TILE_ROW_BYTES, TILE_BYTES, right, product->right_second, two_rows,
                 two_columns);
    }
}

__attribute__((always_inline)) static inline void run_tiles(const TileBlock *block, bool two_rows,
                                                            bool two_columns) {
    char *c = (char *)block->c;
    char *below = c + TILE_ROWS * block->c_stride;
    start(block, two_rows, two_columns);
    for (size_t k = 0; k < block->count; k++) {
        add_product(&block->products[k], two_rows, two_columns);
    }
    TILE_STORE(0, c, block->c_stride);
    TILE_STORE_IF(two_columns, 1, c + TILE_ROW_BYTES, block->c_stride);
    TILE_STORE_IF(two_rows, 2, below, block->c_stride);
    TILE_STORE_IF(two_rows && two_columns, 3, below + TILE_ROW_BYTES, block->c_stride);
}

void tile_block_run(const TileBlock *block, const TileSizes *sizes, TileSizes *now) {
    if (memcmp(sizes, now, sizeof *now) != 0) {
        set_tiles(sizes);
        *now = *sizes;
    }
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

#endif
