/* Packing weights for matrix times vector: see matvec.h and, for the packed form, matvec_kernels.h. */
#include "math/matvec.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/size.h"
#include "base/team.h"
#include "math/float_bits.h"
#include "math/instruction_set.h"
#include "math/matvec_kernels.h"

struct Matvec {
    MatvecMatrix matrix;
    const MatvecKernels *kernels;
};

/* Where the rows of one panel come from, and where they go to. */
typedef struct Panel {
    const real *rows[MATVEC_PANEL];
    size_t count; /* rows */
    size_t width; /* lanes of a group */
    size_t first; /* number of its first row */
    real *lanes;
} Panel;

/* --- the choice of kernels --- */

KERNELS_DECLARE(MatvecKernels, matvec_kernels)

static const MatvecKernels *const table[INSTRUCTION_SET_COUNT] = KERNELS_TABLE(matvec_kernels);

#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
extern const MatvecKernels matvec_kernels_avx512vnni; /* only these are compiled for it */
static const MatvecKernels *const bytes_kernels = &matvec_kernels_avx512vnni;
#else
static const MatvecKernels *const bytes_kernels = NULL;
#endif

const MatvecKernels *matvec_kernels_for(InstructionSet instruction_set) {
    if (instruction_set >= INSTRUCTION_SET_AVX512_VNNI && bytes_kernels != NULL) {
        return bytes_kernels;
    }
    return table[kernels_row(instruction_set)];
}

/* --- making --- */

static size_t columns_of_group(Precision precision) {
    static const size_t columns[PRECISIONS] = {1, 2, 4};
    return columns[precision];
}

static void take_int8_arrays(MatvecMatrix *matrix, size_t rows, Arena *arena) {
    size_t columns = matrix->shape.columns;
    matrix->scales = arena_take(arena, rows, sizeof *matrix->scales);
    matrix->corrections = arena_take(arena, rows, sizeof *matrix->corrections);
    matrix->quantized_size = size_round_up(2 * columns, MEMORY_ALIGNMENT);
    matrix->quantized = arena_take(arena, MATVEC_STREAMS, matrix->quantized_size);
    double most = (double)INT32_MAX / ((double)MATVEC_INT8_MOST * (double)columns);
    matrix->quantum_most = (float)fmax(1, fmin(INT16_MAX, floor(most)));
}

Matvec *matvec_create(const MatvecShape *shape, InstructionSet instruction_set, Arena *arena, Error *error) {
    Matvec *matvec = memory_allocate(1, sizeof *matvec, "a matrix", error);
    if (matvec == NULL) {
        return NULL;
    }
    MatvecMatrix *matrix = &matvec->matrix;
    matrix->shape = *shape;
#ifdef LETRA_REAL_DOUBLE
    matrix->shape.precision = PRECISION_F32;
#endif
    size_t rows = size_round_up(shape->rows, MATVEC_GRAIN);
    size_t in_group = columns_of_group(matrix->shape.precision);
    matvec->kernels = matvec_kernels_for(instruction_set);
    matrix->groups = (shape->columns + in_group - 1) / in_group;
    matrix->lanes = arena_take(arena, rows * matrix->groups, sizeof(real));
    if (matrix->shape.precision == PRECISION_INT8) {
        take_int8_arrays(matrix, rows, arena);
    }
    return matvec;
}

void matvec_free(Matvec *matvec) {
    free(matvec);
}

/* --- packing --- */

static void pack_full(const MatvecMatrix *matrix, const Panel *panel) {
    for (size_t k = 0; k < matrix->shape.columns; k++) {
        real *group = panel->lanes + k * panel->width;
        for (size_t r = 0; r < panel->count; r++) {
            group[r] = panel->rows[r][k];
        }
    }
}

#ifndef LETRA_REAL_DOUBLE

static const uint32_t magnitude_bits = 0x7FFFFFFF;

/* The high half of a lane such that the lane, with `low` for its other half, is nearest to x (its bits): 0 for
 * `low` gives x rounded to bf16. It stays clear of infinity, and of denormal numbers, which would be slow: where
 * low is not 0, a zero becomes the smallest normal number. */
static uint32_t high_half(uint32_t x, uint32_t low) {
    uint32_t magnitude = x & magnitude_bits;
    uint32_t half = magnitude + 0x8000 < low ? 0 : (magnitude + 0x8000 - low) >> 16;
    uint32_t least = low > 0 ? 0x0080 : 0;
    half = half > 0x7F7F ? 0x7F7F : half;
    /* cppcheck-suppress knownConditionTrueFalse ; it takes every x for 0 */
    half = half < 0x0080 ? least : half;
    return (x & ~magnitude_bits) | half << 16;
}

static void pack_bf16(const MatvecMatrix *matrix, const Panel *panel) {
    uint32_t *lanes = (uint32_t *)(void *)panel->lanes;
    for (size_t g = 0; g < matrix->groups; g++) {
        bool both = 2 * g + 1 < matrix->shape.columns;
        for (size_t r = 0; r < panel->count; r++) {
            const real *weights = panel->rows[r] + 2 * g;
            uint32_t even = high_half(float_bits(weights[0]), 0) >> 16;
            lanes[g * panel->width + r] = even | (both ? high_half(float_bits(weights[1]), even) : 0);
        }
    }
}

/* The whole numbers of one row. */
static void pack_int8_row(MatvecMatrix *matrix, const Panel *panel, size_t r) {
    size_t columns = matrix->shape.columns;
    const real *row = panel->rows[r];
    int8_t *lanes = (int8_t *)(void *)panel->lanes;
    float largest = 0;
    int32_t sum = 0;
    for (size_t k = 0; k < columns; k++) {
        largest = fmaxf(largest, fabsf(row[k]));
    }
    float scale = largest / (float)MATVEC_INT8_MOST;
    float inverse = scale >= FLT_MIN ? 1 / scale : 0;
    for (size_t k = 0; k < columns; k++) {
        int8_t whole = (int8_t)lrintf(row[k] * inverse);
        lanes[(k / 4 * panel->width + r) * 4 + k % 4] = whole;
        sum += whole;
    }
    matrix->scales[panel->first + r] = scale;
    matrix->corrections[panel->first + r] = (int32_t)(0u - ((uint32_t)sum << 15));
}

static void pack_int8(MatvecMatrix *matrix, const Panel *panel) {
    for (size_t r = 0; r < panel->count; r++) {
        pack_int8_row(matrix, panel, r);
    }
}

#endif

static void pack_panel(MatvecMatrix *matrix, const Panel *panel) {
    switch (matrix->shape.precision) {
#ifndef LETRA_REAL_DOUBLE
    case PRECISION_BF16: pack_bf16(matrix, panel); return;
    case PRECISION_INT8: pack_int8(matrix, panel); return;
#endif
    default: pack_full(matrix, panel); return;
    }
}

void matvec_pack(Matvec *matvec, const real *weights, size_t block, size_t block_stride) {
    MatvecMatrix *matrix = &matvec->matrix;
    for (size_t first = 0; first < matrix->shape.rows; first += MATVEC_PANEL) {
        size_t left = matrix->shape.rows - first;
        Panel panel = {.count = left < MATVEC_PANEL ? left : MATVEC_PANEL, .first = first};
        panel.width = size_round_up(panel.count, MATVEC_GRAIN);
        panel.lanes = matrix->lanes + first * matrix->groups;
        for (size_t r = 0; r < panel.count; r++) {
            size_t row = (first + r) / block * block_stride + (first + r) % block;
            panel.rows[r] = weights + row * matrix->shape.columns;
        }
        pack_panel(matrix, &panel);
    }
}

void matvec_run(const Matvec *matvec, const real *x, real *y, size_t y_stride, size_t streams) {
    const MatvecMatrix *matrix = &matvec->matrix;
    matvec->kernels->run[matrix->shape.precision](matrix, x, y, y_stride, streams);
}
