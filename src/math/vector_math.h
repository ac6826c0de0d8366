/* exp, tanh, the logistic function and its logarithm, written so that the compiler can vectorise a loop over them.
 *
 * In the float build: within 2 units in the last place for exp, within 4e-7 (absolute) for tanh and 2e-7 for the
 * logistic function, within 3e-7 of its size (or 2e-38) for its logarithm, over all floats (a test compares with libm;
 * from 1e-30 on tanh keeps its digits, too); NaN stays NaN. exp clamps its argument to [-87, 88], so it never gives
 * infinity or a denormal number. The double build uses libm.
 *
 * A division takes as long as all else in tanh. Where several are needed at once, vector_tanh_ratio leaves it open, so
 * that they can share one.
 */
#ifndef LETRA_MATH_VECTOR_MATH_H
#define LETRA_MATH_VECTOR_MATH_H

#include <math.h>

#include "math/float_bits.h"
#include "math/real.h"

/* A number that is still to be divided. */
typedef struct VectorRatio {
    real numerator;
    real denominator; /* of tanh: from 0.0048 to 1.1 */
} VectorRatio;

/* From here on the float of tanh is 1. Not defined here: where gcc 12 knows it, it works both polynomials out for it
 * and chooses between them and those of x, in seven instructions instead of the two that limit x (the gates of an LSTM
 * take a fifth longer). */
extern const float vector_tanh_limit;

#ifdef LETRA_REAL_DOUBLE

static inline real vector_exp(real x) {
    return exp(x);
}

static inline VectorRatio vector_tanh_ratio(real x) {
    return (VectorRatio){tanh(x), 1};
}

static inline real vector_log1p_of_share(real u) {
    return log1p(u);
}

#else

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
    return p * float_from_bits((float_bits(shifted) << 23) + 0x3F800000u);
}

/* An odd polynomial over an even one, fitted to tanh up to vector_tanh_limit (the coefficients are those of Eigen's
 * generic_fast_tanh_float; Jacob & Guennebaud 2010). */
static inline VectorRatio vector_tanh_ratio(real x) {
    float limited = vector_tanh_limit < x ? vector_tanh_limit : x; /* NaN compares false and stays */
    limited = -vector_tanh_limit > limited ? -vector_tanh_limit : limited;
    float z = limited * limited;
    float p = -2.76076847742355e-16F;
    p = p * z + 2.00018790482477e-13F;
    p = p * z + -8.60467152213735e-11F;
    p = p * z + 5.12229709037114e-08F;
    p = p * z + 1.48572235717979e-05F;
    p = p * z + 6.37261928875436e-04F;
    p = p * z + 4.89352455891786e-03F;
    float q = 1.19825839466702e-06F;
    q = q * z + 1.18534705686654e-04F;
    q = q * z + 2.26843463243900e-03F;
    q = q * z + 4.89352518554385e-03F;
    return (VectorRatio){limited * p, q};
}

/* log(1 + u) for 0 <= u <= 1: 2 artanh(s) with s = u / (2 + u) <= 1/3, whose series is 2 (s + s³/3 + s⁵/5 + ...). */
static inline real vector_log1p_of_share(real u) {
    float s = u / (2.0F + u);
    float z = s * s;
    float p = 1.0F / 13.0F;
    p = p * z + 1.0F / 11.0F;
    p = p * z + 1.0F / 9.0F;
    p = p * z + 1.0F / 7.0F;
    p = p * z + 1.0F / 5.0F;
    p = p * z + 1.0F / 3.0F;
    return 2.0F * s + 2.0F * s * z * p;
}

#endif

static inline real vector_tanh(real x) {
    VectorRatio ratio = vector_tanh_ratio(x);
    return ratio.numerator / ratio.denominator;
}

/* The logistic function 1 / (1 + e^-x) of an x whose half has this hyperbolic tangent. */
static inline real vector_sigmoid_of(real tanh_of_half) {
    return (real)0.5 + (real)0.5 * tanh_of_half;
}

static inline real vector_sigmoid(real x) {
    return vector_sigmoid_of(vector_tanh((real)0.5 * x));
}

/* The logarithm of the logistic function. */
static inline real vector_log_sigmoid(real x) {
    real size = x < 0 ? -x : x; /* NaN stays */
    real least = x < 0 ? x : 0;
    return least - vector_log1p_of_share(vector_exp(-size));
}

#endif
