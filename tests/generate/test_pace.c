/* The pace: whichever way is faster is the one that is used, and finding out costs little. */
#include "generate/pace.h"

#include "support/cmocka_all.h"

/* Takes steps that take so long with one thread and with a team; returns the seconds that they took. */
static double take_steps(Pace *pace, size_t steps, double alone, double team) {
    double seconds = 0;
    for (size_t k = 0; k < steps; k++) {
        double step = pace->team ? team : alone;
        seconds += step;
        pace_note(pace, step);
    }
    return seconds;
}

static void test_one_thread_begins(void **state) {
    (void)state;
    Pace pace = {0};
    assert_false(pace.team);
    take_steps(&pace, 10, 1e-5, 1e-6);
    assert_false(pace.team); /* a short text is not worth a team */
}

static void test_a_faster_team_is_used(void **state) {
    (void)state;
    Pace pace = {0};
    double seconds = take_steps(&pace, 10000, 2e-4, 1e-4);
    assert_true(seconds < 10000 * 1e-4 * 1.05);
}

static void test_a_slower_team_costs_little(void **state) {
    (void)state;
    Pace pace = {0};
    double seconds = take_steps(&pace, 100000, 5e-6, 1e-5);
    assert_true(seconds < 100000 * 5e-6 * 1.05);
}

static void test_a_busy_machine_costs_little(void **state) {
    (void)state;
    Pace pace = {0};
    double seconds = take_steps(&pace, 200000, 1e-5, 4e-3); /* waiting for a thread that has no processor */
    assert_true(seconds < 200000 * 1e-5 * 1.1);
}

static void test_it_follows_when_the_machine_changes(void **state) {
    (void)state;
    Pace pace = {0};
    take_steps(&pace, 10000, 2e-4, 1e-4);
    double busy = take_steps(&pace, 10000, 2e-4, 1e-3);
    assert_true(busy < 10000 * 2e-4 * 1.5);
    double idle = take_steps(&pace, 100000, 2e-4, 1e-4);
    assert_true(idle < 100000 * 1e-4 * 1.2);
}

/* The first steps of a team that slept take long; they do not count. */
static void test_waking_up_does_not_count(void **state) {
    (void)state;
    Pace pace = {0};
    while (!pace.trial) {
        pace_note(&pace, 2e-5);
    }
    pace_note(&pace, 1e-3);
    while (pace.trial) {
        pace_note(&pace, 1e-5);
    }
    assert_true(pace.team);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_thread_begins),
        cmocka_unit_test(test_a_faster_team_is_used),
        cmocka_unit_test(test_a_slower_team_costs_little),
        cmocka_unit_test(test_a_busy_machine_costs_little),
        cmocka_unit_test(test_it_follows_when_the_machine_changes),
        cmocka_unit_test(test_waking_up_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
