/* The packed form of a matrix, and the kernels that run over it: matvec_isa.c, compiled once for each instruction
 * set (math/instruction_set.h) and once more for processors that multiply bytes (VNNI).
 *
 * The rows are packed in panels of MATVEC_PANEL, the last one as wide as there are rows, rounded up to
 * MATVEC_GRAIN. A panel holds, group of columns after group of columns, one lane of 32 bits for each row:
 *
 *     panel:  | group 0: row 0, row 1, ... row 63 | group 1: row 0, row 1, ... row 63 | ...
 *
 *     f32     a group is 1 column
 *     bf16    2 columns: the even one is in the low half of the lane. The whole lane, read as a float, is the odd
 *             one: its high half was rounded such that the low half, whatever it is, brings it nearest.
 *     int8    4 columns, the first in the lowest byte
 *
 * So a vector of lanes is read once and goes, lane by lane, into the sums of as many rows: nothing is left to be
 * added up across a vector. What is missing at the end of a group or of the last panel is 0.
 */
#ifndef LETRA_MATH_MATVEC_KERNELS_H
#define LETRA_MATH_MATVEC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "math/matvec.h"

enum {
    MATVEC_PANEL = 64,
    MATVEC_GRAIN = 16,
    MATVEC_STREAMS = 4, /* that share one reading of the weights */
    MATVEC_INT8_MOST = 127
};

typedef struct MatvecMatrix {
    MatvecShape shape;
    size_t groups;
    real *lanes; /* 32 bits each; `real`s in the double build */
    /* int8 only: */
    float *scales;        /* of each row */
    int32_t *corrections; /* of each row: -2^15 × the sum of its whole numbers, modulo 2^32 */
    float quantum_most;   /* x is stored as whole numbers up to this, so that no sum overflows 32 bits */
    uint8_t *quantized;   /* MATVEC_STREAMS × quantized_size: x in a form that is the kernels' own */
    size_t quantized_size;
} MatvecMatrix;

typedef struct MatvecKernels {
    const char *name; /* "avx512" */
    void (*run[PRECISIONS])(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride,
                            size_t streams);
} MatvecKernels;

/* The kernels for an instruction set, or the best ones below it that this build has. */
const MatvecKernels *matvec_kernels_for(InstructionSet instruction_set);

#endif
