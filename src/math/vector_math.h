/* exp, tanh and the logistic function, written so that the compiler can vectorise a loop over them.
 *
 * In the float build: within 2 units in the last place for exp, and within 1.5e-7 (absolute) for tanh and
 * sigmoid, over all floats (a test compares with libm); NaN stays NaN. exp clamps its argument to
 * [-87, 88], so it never gives infinity or a denormal number. The double build uses libm.
 */
#ifndef LETRA_MATH_VECTOR_MATH_H
#define LETRA_MATH_VECTOR_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "math/real.h"

#ifdef LETRA_REAL_DOUBLE

static inline real vector_exp(real x) {
    return exp(x);
}

static inline real vector_tanh(real x) {
    return tanh(x);
}

#else

static inline uint32_t vector_bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float vector_float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = n ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n e^r, and e^r is a polynomial (Cephes, expf). Adding
 * 1.5 × 2^23 leaves n, rounded, in the last bits of the sum. */
static inline real vector_exp(real x) {
    const float shift = 0x1.8p23F;
    float limited = x > 88.0F ? 88.0F : x; /* NaN compares false and stays */
    limited = limited < -87.0F ? -87.0F : limited;
    float shifted = limited * 1.44269504088896341F + shift;
    float n = shifted - shift;
    float r = limited - n * 0.693359375F;
    r = r - n * -2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * (r * r) + r + 1.0F;
    return p * vector_float_of((vector_bits_of(shifted) << 23) + 0x3F800000u);
}

/* 1 - 2 / (e^2|x| + 1) with the sign of x; near zero an odd polynomial (Cephes, tanhf), where the
 * difference would lose digits. */
static inline real vector_tanh(real x) {
    float magnitude = fabsf(x);
    float e = vector_exp(2.0F * magnitude);
    float far = 1.0F - 2.0F / (e + 1.0F);
    float z = x * x;
    float p = -5.70498872745e-3F;
    p = p * z + 2.06390887954e-2F;
    p = p * z + -5.37397155531e-2F;
    p = p * z + 1.33314422036e-1F;
    p = p * z + -3.33332819422e-1F;
    float near = p * z * x + x;
    return magnitude < 0.625F ? near : copysignf(far, x);
}

#endif

/* 1 / (1 + e^-x) */
static inline real vector_sigmoid(real x) {
    return (real)1 / ((real)1 + vector_exp(-x));
}

#endif
