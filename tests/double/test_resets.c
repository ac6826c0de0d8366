/* Resets in the double build: tests/support/resets.h says what is held to what. Losses and states came out the same bit
 * for bit; gradients, whose sums are cut in two, were off by no more than 1.7e-16. */
#include "support/cmocka_all.h"

#include "support/resets.h"

static const double tolerance = 2e-15;

/* L, H, E, V, T, B, threads. */
static const ResetSetting embedded = {2, 5, 3, 7, 7, 3, 1};
static const ResetSetting one_hot = {3, 4, 0, 6, 5, 2, 1};
static const ResetSetting slices = {2, 70, 20, 9, 6, 3, 3};
static const ResetSetting parts = {2, 20, 4, 9, 5, 50, 2}; /* of the streams */
static const ResetSetting large_vocabulary = {1, 6, 4, 1100, 6, 3, 2};

static void losses_and_states_start_anew(void **state) {
    (void)state;
    check_reset_forward(&embedded, tolerance);
    check_reset_forward(&one_hot, tolerance);
    check_reset_forward(&slices, tolerance);
    check_reset_forward(&parts, tolerance);
    check_reset_forward(&large_vocabulary, tolerance);
}

static void no_gradient_passes_a_reset(void **state) {
    (void)state;
    check_reset_gradients(&embedded, tolerance);
    check_reset_gradients(&one_hot, tolerance);
    check_reset_gradients(&slices, tolerance);
    check_reset_gradients(&parts, tolerance);
    check_reset_gradients(&large_vocabulary, tolerance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_states_start_anew),
        cmocka_unit_test(no_gradient_passes_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
