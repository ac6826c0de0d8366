/* Tests of src/generate/recent.c: the last units, however they come. */
#include "generate/recent.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 0, 1, 2 ... in parts of some size: the last ones are the last ones, for every window. */
static void check_parts(size_t part) {
    static uint32_t units[5 * RECENT_MAX];
    static Recent recent;
    recent.count = 0;
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        units[k] = (uint32_t)k;
    }
    for (size_t done = 0; done + part <= sizeof units / sizeof units[0]; done += part) {
        recent_add(&recent, units + done, part);
        size_t there = done + part < RECENT_MAX ? done + part : RECENT_MAX;
        for (size_t window = 0; window <= RECENT_MAX; window += 1 + window / 2) {
            RecentUnits last = recent_last(&recent, window);
            assert_int_equal(last.count, window < there ? window : there);
            if (last.count > 0) {
                assert_memory_equal(last.units, units + done + part - last.count, last.count * sizeof *units);
            }
        }
    }
}

static void the_last_units_are_kept(void **state) {
    (void)state;
    const size_t parts[] = {1, 2, 7, 100, RECENT_MAX - 1, RECENT_MAX, RECENT_MAX + 1, 5 * RECENT_MAX};
    for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
        check_parts(parts[k]);
    }
    Recent empty = {.count = 0};
    recent_add(&empty, NULL, 0);
    assert_int_equal(recent_last(&empty, 10).count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_units_are_kept),
    };
    return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
