/* Comparing numbers that were computed in different ways. */
#ifndef LETRA_TESTS_SUPPORT_NEAR_H
#define LETRA_TESTS_SUPPORT_NEAR_H

#include "support/cmocka_all.h"

#include <math.h>

/* Half a unit in the last place of a float between 1 and 2: the relative error of one rounding. */
#define FLOAT_ROUNDING 0x1p-24

/* Fails unless |got - expected| <= tolerance (which no NaN is), and says where. */
static inline void check_near(const char *what, size_t index, double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance)) {
        fail_msg("%s[%zu] is %.9g, not %.9g ± %.3g", what, index, got, expected, tolerance);
    }
}

#endif
