/* exp, tanh and the logistic function over all floats, to the bounds that math/vector_math.h states. The functions are
 * compiled here for the portable instruction set; test_kernels.c holds the others' exp to the same bound through the
 * cross-entropy, and tests/model/test_torch_reference.c holds the gates of this processor's set to PyTorch's. */
#include "support/cmocka_all.h"

#include <float.h>
#include <math.h>

#include "math/vector_math.h"
#include "support/near.h"

/* Every STRIDE-th bit pattern: all signs and exponents, and, the stride being odd, all last bits; infinities, NaN,
 * denormals. */
enum { STRIDE = 257 };

/* Calls `check` with all these floats but NaN. */
static void for_each_float(void (*check)(float x)) {
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += STRIDE) {
        float x = float_from_bits((uint32_t)bits);
        if (!isnan(x)) {
            check(x);
        }
    }
    static const float special[] = {0.0F, FLT_MIN, FLT_MAX, FLT_TRUE_MIN, INFINITY, 87,
                                    88,   0.625F,  1,       1.0F / 3};
    for (size_t k = 0; k < sizeof special / sizeof *special; k++) {
        check(special[k]);
        check(-special[k]);
        check(nextafterf(special[k], INFINITY));
        check(nextafterf(special[k], 0));
        check(-nextafterf(special[k], INFINITY));
        check(-nextafterf(special[k], 0));
    }
}

static double clamp(double x, double smallest, double largest) {
    return fmin(fmax(x, smallest), largest);
}

/* The unit in the last place of the float next to `x`, which is normal. */
static double unit_of(double x) {
    return ldexp(1, ilogb(x) - 23);
}

static void check_exp(float x) {
    double exact = exp(clamp((double)x, -87, 88));
    double got = (double)vector_exp(x);
    if (!(fabs(got - exact) <= 2 * unit_of(exact))) {
        fail_msg("vector_exp(%a) is %a, not %a", (double)x, got, exact);
    }
    assert_true(isnormal(got));
}

static void exp_is_within_two_units(void **state) {
    (void)state;
    for_each_float(check_exp);
}

static void check_tanh(float x) {
    double exact = tanh((double)x);
    double got = (double)vector_tanh(x);
    if (!(fabs(got - exact) <= 4e-7)) {
        fail_msg("vector_tanh(%a) is %a, not %a", (double)x, got, exact);
    }
    assert_true(fabs(got) <= 1);
    assert_true(got == -(double)vector_tanh(-x));
}

static void tanh_is_within_its_bound(void **state) {
    (void)state;
    for_each_float(check_tanh);
}

static void check_small_tanh(float x) {
    if (fabsf(x) < 0.625F && fabsf(x) >= 1e-30F) {
        double exact = tanh((double)x);
        if (!(fabs((double)vector_tanh(x) - exact) <= 3 * FLT_EPSILON * fabs(exact))) {
            fail_msg("vector_tanh(%a) is %a, not %a", (double)x, (double)vector_tanh(x), exact);
        }
    }
}

/* Small gates keep their digits. */
static void small_tanh_is_relatively_exact(void **state) {
    (void)state;
    for_each_float(check_small_tanh);
    assert_true(vector_tanh(0.0F) == 0);
}

static void check_sigmoid(float x) {
    double exact = 1 / (1 + exp(-(double)x));
    double got = (double)vector_sigmoid(x);
    if (!(fabs(got - exact) <= 2e-7)) {
        fail_msg("vector_sigmoid(%a) is %a, not %a", (double)x, got, exact);
    }
    assert_true(got >= 0 && got <= 1);
}

static void sigmoid_is_within_its_bound(void **state) {
    (void)state;
    for_each_float(check_sigmoid);
    assert_true(vector_sigmoid(0) == 0.5F);
}

static void check_log_sigmoid(float x) {
    double exact = x < 0 ? (double)x - log1p(exp((double)x)) : -log1p(exp(-(double)x));
    double got = (double)vector_log_sigmoid(x);
    if (!(got == exact || fabs(got - exact) <= 2e-38 + 3e-7 * fabs(exact))) {
        fail_msg("vector_log_sigmoid(%a) is %a, not %a", (double)x, got, exact);
    }
    assert_true(got <= 0);
}

static void log_sigmoid_is_within_its_bound(void **state) {
    (void)state;
    for_each_float(check_log_sigmoid);
}

static void exp_of_nothing_is_one(void **state) {
    (void)state;
    assert_true(vector_exp(0.0F) == 1);
    assert_true(vector_exp(-0.0F) == 1);
}

static void exp_is_clamped(void **state) {
    (void)state;
    assert_true(vector_exp(INFINITY) == vector_exp(88));
    assert_true(vector_exp(FLT_MAX) == vector_exp(88));
    assert_true(vector_exp(-INFINITY) == vector_exp(-87));
    assert_true(vector_exp(-FLT_MAX) == vector_exp(-87));
}

static void nan_stays_nan(void **state) {
    (void)state;
    for (uint32_t payload = 1; payload < 1u << 23; payload += 9973) {
        for (uint32_t sign = 0; sign < 2; sign++) {
            float x = float_from_bits(sign << 31 | 0x7F800000u | payload);
            assert_true(isnan(vector_exp(x)));
            assert_true(isnan(vector_tanh(x)));
            assert_true(isnan(vector_sigmoid(x)));
            assert_true(isnan(vector_log_sigmoid(x)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_two_units),
        cmocka_unit_test(tanh_is_within_its_bound),
        cmocka_unit_test(small_tanh_is_relatively_exact),
        cmocka_unit_test(sigmoid_is_within_its_bound),
        cmocka_unit_test(log_sigmoid_is_within_its_bound),
        cmocka_unit_test(exp_of_nothing_is_one),
        cmocka_unit_test(exp_is_clamped),
        cmocka_unit_test(nan_stays_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
