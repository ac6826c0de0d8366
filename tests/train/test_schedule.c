/* Schedules: their values by hand, the warm-up, what other programs do, and that every row of the table is one that can
 * be used. */
#include "train/schedule.h"

#include <math.h>

#include "support/cmocka_all.h"
#include "support/tables.h"

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-12)) {
        fail_msg("%.15g instead of %.15g", value, expected);
    }
}

/* The factor when so much of the run is done, without warm-up. */
static double at_progress(const char *name, double progress) {
    const ScheduleNumbers none = {.warmup = 0};
    const ScheduleMoment moment = {.step = 1, .progress = progress};
    return schedule_factor(schedule_find(name), &none, &moment);
}

/* The factor when so many epochs are over, without warm-up. */
static double at_epoch(const char *name, double decay, double every, double after, double epochs) {
    const ScheduleNumbers numbers = {.decay = decay, .every = every, .after = after};
    const ScheduleMoment moment = {.step = 1, .epochs = epochs};
    return schedule_factor(schedule_find(name), &numbers, &moment);
}

static void cosine_by_hand(void **state) {
    (void)state;
    assert_near(at_progress("cosine", 0), 1.0);
    assert_near(at_progress("cosine", 0.25), 0.01 + 0.99 * (2 + sqrt(2)) / 4);
    assert_near(at_progress("cosine", 1.0 / 3), 0.01 + 0.99 * 0.75);
    assert_near(at_progress("cosine", 0.5), 0.505);
    assert_near(at_progress("cosine", 2.0 / 3), 0.01 + 0.99 * 0.25);
    assert_near(at_progress("cosine", 1), 0.01); /* the end is a hundredth of the top */
}

static void linear_by_hand(void **state) {
    (void)state;
    assert_near(at_progress("linear", 0), 1.0);
    assert_near(at_progress("linear", 0.25), 0.7525);
    assert_near(at_progress("linear", 0.5), 0.505);
    assert_near(at_progress("linear", 1), 0.01);
}

static void constant_stays(void **state) {
    (void)state;
    assert_near(at_progress("constant", 0), 1.0);
    assert_near(at_progress("constant", 0.7), 1.0);
    assert_near(at_progress("constant", 1), 1.0);
}

/* --- with the epochs --- */

static void step_by_hand(void **state) {
    (void)state;
    assert_near(at_epoch("step", 0.5, 5, 4, 0), 1);
    assert_near(at_epoch("step", 0.5, 5, 4, 3.999), 1);
    assert_near(at_epoch("step", 0.5, 5, 4, 4), 0.5);
    assert_near(at_epoch("step", 0.5, 5, 4, 8.999), 0.5);
    assert_near(at_epoch("step", 0.5, 5, 4, 9), 0.25);
    assert_near(at_epoch("step", 0.5, 5, 4, 49.5), 1.0 / 1024);
    assert_near(at_epoch("step", 0.1, 0.25, 0, 0),
                0.1); /* from the beginning, if that is what is asked for */
    assert_near(at_epoch("step", 0.1, 0.25, 0, 0.6), 0.001);
}

static void exponential_by_hand(void **state) {
    (void)state;
    assert_near(at_epoch("exponential", 0.25, 2, 3, 0), 1);
    assert_near(at_epoch("exponential", 0.25, 2, 3, 3), 1);
    assert_near(at_epoch("exponential", 0.25, 2, 3, 4), 0.5);
    assert_near(at_epoch("exponential", 0.25, 2, 3, 5), 0.25);
    assert_near(at_epoch("exponential", 0.25, 2, 3, 6), 0.125);
    assert_near(at_epoch("exponential", 0.81, 1, 0, 0.5), 0.9);
}

/* What char-rnn's loop does to its learning rate (train.lua), in epochs of seven steps: at the end of an epoch, and not
 * before the tenth. */
static void step_is_what_char_rnn_does(void **state) {
    (void)state;
    enum { STEPS = 7 };
    double rate = 1;
    for (int i = 1; i <= 50 * STEPS; i++) {
        assert_near(at_epoch("step", 0.97, 1, 10, (double)(i - 1) / STEPS), rate);
        double epoch = (double)i / STEPS;
        if (i % STEPS == 0 && epoch >= 10) {
            rate *= 0.97;
        }
    }
    assert_near(rate, pow(0.97, 41));
}

/* What torch-rnn's does: it counts epochs from one and looks before the last step of each, so that the first fall comes
 * when four are over, but for that step. */
static void step_is_what_torch_rnn_does(void **state) {
    (void)state;
    enum { STEPS = 7, EVERY = 5 };
    double rate = 1;
    for (int i = 1; i <= 50 * STEPS; i++) {
        int epoch = i / STEPS + 1;
        double before = rate;
        if (i % STEPS == 0 && epoch % EVERY == 0) {
            rate *= 0.5;
        }
        double ours = at_epoch("step", 0.5, EVERY, EVERY - 1, (double)(i - 1) / STEPS);
        assert_near(ours, i % STEPS == 0 ? before : rate);
    }
    assert_near(rate, 1.0 / 1024);
}

/* --- the numbers --- */

static void numbers_are_chosen(void **state) {
    (void)state;
    const ScheduleNumbers open = {.warmup = 30, .decay = -1, .every = 2, .after = -1};
    ScheduleNumbers numbers = schedule_numbers(schedule_find("step"), &open, 20);
    assert_near(numbers.warmup, 30);
    assert_near(numbers.every, 2);
    assert_near(numbers.after, 2);                   /* after the first two epochs */
    assert_near(numbers.decay, pow(0.01, 1.0 / 10)); /* the last of ten falls is at the end */
    numbers = schedule_numbers(schedule_find("exponential"), &open, 20);
    assert_near(numbers.after, 0);
    assert_near(numbers.decay, pow(0.01, 1.0 / 10));
    const ScheduleNumbers late = {.decay = -1, .every = 2, .after = 12};
    assert_near(schedule_numbers(schedule_find("step"), &late, 20).decay, pow(0.01, 1.0 / 5));
    assert_near(schedule_numbers(schedule_find("exponential"), &late, 20).decay, pow(0.01, 1.0 / 4));
    assert_near(schedule_numbers(schedule_find("step"), &late, 1).decay,
                0.1); /* a run that does not come so far */
    const ScheduleNumbers all = {.decay = 0.97, .every = 1, .after = 10};
    numbers = schedule_numbers(schedule_find("step"), &all, 50);
    assert_near(numbers.decay, 0.97);
    assert_near(numbers.every, 1);
    assert_near(numbers.after, 10);
    numbers = schedule_numbers(schedule_find("cosine"), &all, 50);
    assert_true(isnan(numbers.decay) && isnan(numbers.every) && isnan(numbers.after));
}

static void warm_up_by_hand(void **state) {
    (void)state;
    const ScheduleNumbers fifty = {.warmup = 50};
    const ScheduleNumbers none = {.warmup = 0};
    for (uint64_t step = 1; step <= 50; step++) {
        const ScheduleMoment moment = {.step = step};
        assert_near(schedule_factor(schedule_find("constant"), &fifty, &moment), (double)step / 50);
        assert_near(schedule_factor(schedule_find("constant"), &none, &moment), 1);
    }
    const ScheduleMoment later[] = {{.step = 51}, {.step = UINT64_MAX}};
    assert_near(schedule_factor(schedule_find("constant"), &fifty, &later[0]), 1);
    assert_near(schedule_factor(schedule_find("constant"), &fifty, &later[1]), 1);
    /* It is a factor of the schedule's own. */
    const ScheduleMoment half[] = {{.step = 25, .progress = 0.5}, {.step = 500, .progress = 0.5}};
    assert_near(schedule_factor(schedule_find("cosine"), &fifty, &half[0]), 0.5 * 0.505);
    assert_near(schedule_factor(schedule_find("cosine"), &fifty, &half[1]), 0.505);
}

/* A run may go a little beyond its bound. */
static void progress_is_limited(void **state) {
    (void)state;
    assert_near(at_progress("cosine", 1.2), 0.01);
    assert_near(at_progress("cosine", INFINITY), 0.01);
    assert_near(at_progress("cosine", -0.5), 1.0);
}

/* Every row: a name by which it is found, and a factor that starts at 1, never rises and stays above 0. */
static void every_row_is_a_schedule(void **state) {
    (void)state;
    const ScheduleNumbers asked = SCHEDULE_AUTO;
    assert_true(schedule_count() >= 5);
    for (size_t k = 0; k < schedule_count(); k++) {
        const Schedule *schedule = schedule_at(k);
        assert_ptr_equal(schedule_find(schedule->name), schedule);
        ScheduleNumbers numbers = schedule_numbers(schedule, &asked, 10);
        double before = 1;
        for (int hundredth = 0; hundredth <= 100; hundredth++) {
            const ScheduleMoment moment = {
                .step = 50, .epochs = hundredth / 10.0, .progress = hundredth / 100.0};
            double factor = schedule_factor(schedule, &numbers, &moment);
            assert_true(factor > 0.0099 && factor <= before);
            assert_true(hundredth > 0 || factor == 1);
            before = factor;
        }
        assert_true(before < 0.0101 || strcmp(schedule->name, "constant") == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_by_hand),
        cmocka_unit_test(linear_by_hand),
        cmocka_unit_test(constant_stays),
        cmocka_unit_test(step_by_hand),
        cmocka_unit_test(exponential_by_hand),
        cmocka_unit_test(step_is_what_char_rnn_does),
        cmocka_unit_test(step_is_what_torch_rnn_does),
        cmocka_unit_test(numbers_are_chosen),
        cmocka_unit_test(warm_up_by_hand),
        cmocka_unit_test(progress_is_limited),
        cmocka_unit_test(every_row_is_a_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
