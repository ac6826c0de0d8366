/* Precisions: how the numbers are stored that products multiply. Sums are always made in `real`s.
 *
 * bfloat16 is the upper half of a float: 8 exponent bits and 8 significant ones. Rounding a float to it keeps its
 * range, so that training with it needs no scaling of the loss (Kalamkar et al. 2019, "A Study of BFLOAT16 for Deep
 * Learning Training").
 */
#ifndef LETRA_MATH_PRECISION_H
#define LETRA_MATH_PRECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/float_bits.h"
#include "math/real.h"

/* The most exact first. The double build has reals only. */
typedef enum Precision {
    PRECISION_F32,
    PRECISION_BF16,
    PRECISION_INT8, /* of weights alone: whole numbers in ±127 and a scale for each row; see matvec.h */
    PRECISIONS
} Precision;

/* "f32", "bf16", "int8"; NULL for PRECISIONS and beyond. */
const char *precision_name(size_t precision);

typedef uint16_t bfloat16;

/* Of both operands of a product that is made in `precision`: what streams its weights (math/matvec.h) stores only them
 * like that, and multiplies reals by them. */
static inline Precision operand_precision(bool streaming, Precision precision) {
    return streaming ? PRECISION_F32 : precision;
}

/* Bytes of an operand of a product, in PRECISION_F32 or PRECISION_BF16. */
static inline size_t operand_size(Precision precision) {
    return precision == PRECISION_BF16 ? sizeof(bfloat16) : sizeof(real);
}

/* Where element `index` is in an array of operands. */
static inline const void *operand_at(const void *operands, Precision precision, size_t index) {
    return (const char *)operands + index * operand_size(precision);
}

/* The nearest bfloat16, of two the even one; NaN stays NaN. Made for loops that the compiler vectorises. */
static inline bfloat16 bfloat16_from(real x) {
    float number = (float)x;
    uint32_t bits = float_bits(number);
    uint32_t rounded = bits + 0x7FFFu + ((bits >> 16) & 1u);
    return (bfloat16)((number == number ? rounded : 0x7FC00000u) >>
                      16); /* NOLINT(misc-redundant-expression) */
}

static inline real bfloat16_value(bfloat16 x) {
    return float_from_bits((uint32_t)x << 16);
}

#endif
