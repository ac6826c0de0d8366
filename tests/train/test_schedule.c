/* Schedules: their values by hand, the warm-up, and that every row of the table is one that can be used. */
#include "train/schedule.h"

#include <math.h>

#include "support/cmocka_all.h"
#include "support/tables.h"

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-12)) {
        fail_msg("%.15g instead of %.15g", value, expected);
    }
}

static void cosine_by_hand(void **state) {
    (void)state;
    const Schedule *cosine = schedule_find("cosine");
    assert_non_null(cosine);
    assert_near(cosine->factor(0), 1.0);
    assert_near(cosine->factor(0.25), 0.01 + 0.99 * (2 + sqrt(2)) / 4);
    assert_near(cosine->factor(1.0 / 3), 0.01 + 0.99 * 0.75);
    assert_near(cosine->factor(0.5), 0.505);
    assert_near(cosine->factor(2.0 / 3), 0.01 + 0.99 * 0.25);
    assert_near(cosine->factor(1), 0.01); /* the end is a hundredth of the top */
}

static void linear_by_hand(void **state) {
    (void)state;
    const Schedule *linear = schedule_find("linear");
    assert_non_null(linear);
    assert_near(linear->factor(0), 1.0);
    assert_near(linear->factor(0.25), 0.7525);
    assert_near(linear->factor(0.5), 0.505);
    assert_near(linear->factor(1), 0.01);
}

static void constant_stays(void **state) {
    (void)state;
    const Schedule *constant = schedule_find("constant");
    assert_non_null(constant);
    assert_near(constant->factor(0), 1.0);
    assert_near(constant->factor(0.7), 1.0);
    assert_near(constant->factor(1), 1.0);
}

static void warm_up_by_hand(void **state) {
    (void)state;
    const Schedule *constant = schedule_find("constant");
    for (uint64_t step = 1; step <= 50; step++) {
        assert_near(schedule_factor(constant, step, 0), (double)step / 50);
    }
    assert_near(schedule_factor(constant, 51, 0), 1);
    assert_near(schedule_factor(constant, UINT64_MAX, 0), 1);
    /* It is a factor of the schedule's own. */
    assert_near(schedule_factor(schedule_find("cosine"), 25, 0.5), 0.5 * 0.505);
    assert_near(schedule_factor(schedule_find("cosine"), 500, 0.5), 0.505);
}

/* A run may go a little beyond its bound. */
static void progress_is_limited(void **state) {
    (void)state;
    const Schedule *cosine = schedule_find("cosine");
    assert_near(schedule_factor(cosine, 100, 1.2), 0.01);
    assert_near(schedule_factor(cosine, 100, INFINITY), 0.01);
    assert_near(schedule_factor(cosine, 100, -0.5), 1.0);
}

/* Every row: a name by which it is found, and a factor that starts at 1, never rises and stays above 0. */
static void every_row_is_a_schedule(void **state) {
    (void)state;
    assert_true(schedule_count() >= 3);
    for (size_t k = 0; k < schedule_count(); k++) {
        const Schedule *schedule = schedule_at(k);
        assert_ptr_equal(schedule_find(schedule->name), schedule);
        assert_near(schedule->factor(0), 1.0);
        for (int hundredth = 1; hundredth <= 100; hundredth++) {
            double factor = schedule->factor(hundredth / 100.0);
            assert_true(factor > 0 && factor <= schedule->factor((hundredth - 1) / 100.0));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_by_hand),      cmocka_unit_test(linear_by_hand),
        cmocka_unit_test(constant_stays),      cmocka_unit_test(warm_up_by_hand),
        cmocka_unit_test(progress_is_limited), cmocka_unit_test(every_row_is_a_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
