/* Tests of src/text/split.c. */
#include "support/cmocka_all.h"

#include <math.h>

#include "text/split.h"

static void check(size_t count, double val, double test, size_t train_end, size_t val_end) {
    Split split = split_units(count, val, test);
    assert_int_equal(split.train.begin, 0);
    assert_int_equal(split.train.end, train_end);
    assert_int_equal(split.val.begin, train_end);
    assert_int_equal(split.val.end, val_end);
    assert_int_equal(split.test.begin, val_end);
    assert_int_equal(split.test.end, count);
}

static void test_parts_by_position(void **state) {
    (void)state;
    check(1000, 0.1, 0, 900, 1000);
    check(1000, 0.1, 0.05, 850, 950);
    check(1000, 0, 0, 1000, 1000);
    check(1115394, 0.1, 0, 1003855, 1115394);
}

static void test_rounds_to_the_nearest(void **state) {
    (void)state;
    check(14, 0.1, 0, 13, 14);
    check(15, 0.1, 0, 13, 15);
    check(4, 0.1, 0.1, 4, 4);
    check(0, 0.5, 0.5, 0, 0);
    check(1, 0.5, 0.5, 0, 1);
}

static void test_odd_fractions_stay_inside(void **state) {
    (void)state;
    check(10, 0.7, 0.7, 0, 7);
    check(10, 2, 1, 0, 10);
    check(10, -1, (double)NAN, 10, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_by_position),
        cmocka_unit_test(test_rounds_to_the_nearest),
        cmocka_unit_test(test_odd_fractions_stay_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
