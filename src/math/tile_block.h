/* Tiles of the processor (AMX), and the one thing that is done with them: a block of C, two by two tiles at most, gets
 * what two rows of tiles of the left operand make with two columns of tiles of the right one, for one or more pairs of
 * operands.
 *
 * A tile is 16 rows of 64 bytes. An instruction multiplies two of them and adds to a third:
 *
 *     C (16 rows × 16 floats)  +=  left (16 rows × 32 bfloat16) · right (16 pairs of rows × 16 columns)
 *
 * where row p of `right` holds, column after column, what rows 2p and 2p + 1 of the matrix hold. With two by two of
 * them each operand that is loaded serves two multiplications, and eight tiles are all there are.
 */
#ifndef LETRA_MATH_TILE_BLOCK_H
#define LETRA_MATH_TILE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TILE_ROWS = 16,
    TILE_ROW_BYTES = 64,
    TILE_BYTES = TILE_ROWS * TILE_ROW_BYTES,
    TILE_DEPTH = 32, /* bfloat16 in a row of the left operand: rows of the right matrix in a tile */
    TILE_ALIGNMENT = 64
};

/* Rows and columns of a block's tiles; the second may have none. */
typedef struct TileSizes {
    size_t rows[2];
    size_t columns[2];
} TileSizes;

/* Operands that are multiplied. */
typedef struct TileProduct {
    const char *left;
    size_t left_stride; /* bytes between rows of a tile, ... */
    size_t left_step;   /* ... between one tile and the next along the sum, ... */
    size_t left_second; /* ... and between the two that are below each other */
    const char *right;  /* packed: TILE_BYTES to the next along the sum */
    size_t right_second;
    size_t depth; /* tiles along the sum */
    /* One tile more, filled up with zeros, and TILE_BYTES on the one below it; NULL: none. */
    const char *left_rest;
} TileProduct;

/* A block of C: the sum of so many products. */
typedef struct TileBlock {
    const TileProduct *products;
    size_t count;
    float *c;
    size_t c_stride; /* bytes */
    bool add;        /* to C, which is set otherwise */
} TileBlock;

/* How many of that size it takes. */
static inline size_t tiles_of(size_t elements, size_t size) {
    return (elements + size - 1) / size;
}

/* How much of that size is left from `at` to `end`. */
static inline size_t tiles_part(size_t at, size_t end, size_t size) {
    return end - at < size ? end - at : size;
}

/* Bytes of a matrix as tiles, right ones or left ones of it transposed. */
static inline size_t tiles_size(size_t rows, size_t columns) {
    return tiles_of(columns, TILE_ROWS) * tiles_of(rows, TILE_DEPTH) * TILE_BYTES;
}

/* The sizes of the block at that row and column, where C ends there. */
TileSizes tile_sizes(size_t row, size_t end_row, size_t column, size_t end_column);

/* Works on a block. The thread's tiles are made ready for those sizes unless they were for those of `now`, which is {0}
 * at first. Afterwards they must be given back. */
void tile_block_run(const TileBlock *block, const TileSizes *sizes, TileSizes *now);
void tile_block_release(void);

#endif
