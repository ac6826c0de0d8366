/* Parameters live in one block.
 *
 * A layout is a table of named matrices that lie one after the other in one aligned array of `real`s.
 * Parameters, gradients, moments and averages are blocks of the same layout, so that whatever works on all
 * of them (clipping, AdamW, averaging, saving) is one loop over one array:
 *
 *     offset 0            rows*columns        ...                 total
 *     | encoder.weight ...| rnn.weight_ih_l0 ...| ... decoder.bias |
 *
 * Each matrix starts at a multiple of 16 elements; the gaps hold zeros and stay zero.
 */
#ifndef LETRA_MATH_BLOCK_H
#define LETRA_MATH_BLOCK_H

#include <stddef.h>

#include "base/error.h"
#include "base/random.h"
#include "math/real.h"

/* How a matrix is filled before training. */
typedef enum Init {
    INIT_ZERO,
    INIT_UNIFORM, /* uniform in ±scale */
    INIT_NORMAL,  /* normal with mean 0 and deviation `scale` */
    INIT_CONSTANT /* `scale` */
} Init;

enum { LAYOUT_NAME_SIZE = 64 };

typedef struct LayoutRow {
    char name[LAYOUT_NAME_SIZE]; /* the tensor's name in the model file */
    size_t rows;
    size_t columns; /* 0: a vector of `rows` elements (a one-dimensional tensor) */
    size_t offset;  /* of its first element in the block */
    Init init;
    double scale;
} LayoutRow;

typedef struct Layout {
    LayoutRow *rows; /* owned */
    size_t count;
    size_t total; /* elements of a block, gaps included */
} Layout;         /* {0} is empty */

/* Adds a matrix (row-major, rows × columns; columns 0 is a vector) and returns its number in `*number` (may be
 * NULL). */
bool layout_add(Layout *layout, const char *name, size_t rows, size_t columns, Init init, double scale,
                size_t *number, Error *error);
void layout_free(Layout *layout);

/* The row of that name, NULL if there is none. */
const LayoutRow *layout_find(const Layout *layout, const char *name);

/* Elements of a row: rows × columns, or rows for a vector. */
size_t layout_row_elements(const LayoutRow *row);

/* All elements without the gaps: the number of parameters. */
size_t layout_parameters(const Layout *layout);

/* A zeroed block; freed with free(). NULL without memory. */
real *block_create(const Layout *layout, Error *error);

/* Fills the block as the rows' `init` says, row by row from one generator. */
void block_initialize(const Layout *layout, real *block, Random *random);

#endif
