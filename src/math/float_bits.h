/* A float and its bits, as IEEE 754 lays them out: sign 1, exponent 8, fraction 23. Made for loops that the compiler
 * vectorises. */
#ifndef LETRA_MATH_FLOAT_BITS_H
#define LETRA_MATH_FLOAT_BITS_H

#include <stdint.h>
#include <string.h>

static inline uint32_t float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
