/* Batches: every unit is predicted exactly once an epoch, but for each stream's first.
 *
 * The texts here count: unit k is k itself, so that a window says where it comes from. */
#include "train/batches.h"

#include <stdlib.h>

#include "model/pass.h"
#include "support/cmocka_all.h"
#include "support/symbols.h"

enum { OFFSET = 7, UNITS_MAX = 3000, WINDOW_MAX = 200 * 33 }; /* the part begins OFFSET units into the text */

typedef struct Fixture {
    uint32_t units[OFFSET + UNITS_MAX + 10];
    uint32_t seen[OFFSET + UNITS_MAX + 10]; /* how often each unit was predicted */
    uint32_t ids[WINDOW_MAX], targets[WINDOW_MAX];
    uint32_t last[UNITS_MAX]; /* what each stream read last */
    UnitStore *store;         /* of the units */
} Fixture;

static int create_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    for (uint32_t k = 0; k < sizeof fixture->units / sizeof *fixture->units; k++) {
        fixture->units[k] = k;
    }
    fixture->store = unit_store_of(fixture->units, sizeof fixture->units / sizeof *fixture->units, NULL);
    assert_non_null(fixture->store);
    *state = fixture;
    return 0;
}

static int free_fixture(void **state) {
    Fixture *fixture = *state;
    unit_store_free(fixture->store);
    free(fixture);
    return 0;
}

static Batches make_batches(const Fixture *fixture, size_t count, size_t batch, size_t steps) {
    return (Batches){
        .units = fixture->store, .part = {OFFSET, OFFSET + count}, .steps = steps, .batch = batch};
}

/* Looks at one window: every stream goes on where it was, every target is the unit after the one that is read, and
 * nothing beyond the part is read. Returns how many targets are scored. */
static size_t check_window(Fixture *fixture, const Batches *batches, size_t steps, bool first) {
    size_t scored = 0;
    for (size_t t = 0; t < steps; t++) {
        for (size_t b = 0; b < batches->batch; b++) {
            uint32_t id = fixture->ids[t * batches->batch + b];
            uint32_t target = fixture->targets[t * batches->batch + b];
            assert_in_range(id, batches->part.begin, batches->part.end - 1);
            if (!first || t > 0) {
                assert_int_equal(id, fixture->last[b] + 1);
            }
            fixture->last[b] = id;
            if (target != PASS_NO_TARGET) {
                assert_int_equal(target, id + 1);
                assert_in_range(target, batches->part.begin, batches->part.end - 1);
                fixture->seen[target]++;
                scored++;
            }
        }
    }
    return scored;
}

/* Windows in an epoch: the longest stream has ceil(N / B) units, of which all but the first are predicted. */
static size_t windows_of(const Batches *batches) {
    size_t units = batches->part.end - batches->part.begin;
    size_t longest = (units + batches->batch - 1) / batches->batch;
    return (longest - 1 + batches->steps - 1) / batches->steps;
}

/* Reads an epoch; returns its windows. */
static size_t read_epoch(Fixture *fixture, Batches *batches) {
    size_t windows = windows_of(batches);
    size_t predicted = 0;
    for (size_t k = 0; k < windows; k++) {
        size_t scored = SIZE_MAX;
        bool first = k > 0;
        size_t steps = batches_next(batches, fixture->ids, fixture->targets, &scored, &first, NULL);
        assert_int_equal(first, k == 0);
        assert_in_range(steps, 1, batches->steps);
        if (k + 1 < windows) {
            assert_int_equal(steps, batches->steps);
        }
        assert_int_equal(check_window(fixture, batches, steps, first), scored);
        predicted += scored;
    }
    assert_int_equal(predicted, batches_predictions(batches));
    return windows;
}

/* Two epochs of `count` units: each unit predicted once in each, but for the first of B streams. */
static void check_counts(Fixture *fixture, size_t count, size_t batch, size_t steps) {
    Batches batches = make_batches(fixture, count, batch, steps);
    memset(fixture->seen, 0, sizeof fixture->seen);
    read_epoch(fixture, &batches);
    read_epoch(fixture, &batches);
    size_t skipped = 0;
    size_t skipped_last = 0;
    for (size_t k = OFFSET; k < OFFSET + count; k++) {
        if (fixture->seen[k] == 0) {
            size_t length = k - skipped_last;
            if (skipped > 0) { /* streams are as long as one another, but for one unit */
                assert_in_range(length, count / batch, (count + batch - 1) / batch);
            } else {
                assert_int_equal(k, OFFSET);
            }
            skipped_last = k;
            skipped++;
        } else if (fixture->seen[k] != 2) {
            fail_msg("N %zu, B %zu, T %zu: unit %zu was predicted %u times in two epochs", count, batch,
                     steps, k - OFFSET, fixture->seen[k]);
        }
    }
    assert_int_equal(skipped, batch);
    assert_in_range(OFFSET + count - skipped_last, count / batch, (count + batch - 1) / batch);
    assert_int_equal(batches_predictions(&batches), count - batch);
    assert_int_equal(fixture->seen[OFFSET - 1] + fixture->seen[OFFSET + count], 0);
}

static void every_unit_once(void **state) {
    Fixture *fixture = *state;
    const size_t counts[] = {2, 3, 9, 64, 65, 66, 100, 127, 129, 257, 1000, 1023, 2999};
    const size_t steps[] = {1, 2, 3, 7, 16, 64, 200};
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            for (size_t batch = 1; batch <= 33 && batch * 2 <= counts[n]; batch++) {
                check_counts(fixture, counts[n], batch, steps[s]);
            }
        }
    }
}

/* Whatever was asked for, after fitting it to the text it works. */
static void every_unit_once_after_fitting(void **state) {
    Fixture *fixture = *state;
    for (size_t count = 2; count <= 300; count++) {
        size_t steps = 1 + count % 70;
        size_t batch = 1 + count % 41;
        batches_fit(count, 0, &steps, &batch);
        check_counts(fixture, count, batch, steps);
    }
}

/* By hand: 11 units in 3 streams of 3, 4 and 4, windows of 2 steps. */
static void windows_by_hand(void **state) {
    (void)state;
    const uint32_t text[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    const uint32_t none = PASS_NO_TARGET;
    uint32_t ids[6];
    uint32_t targets[6];
    size_t scored = 0;
    bool first = false;
    UnitStore *store = unit_store_of(text, 11, NULL);
    assert_non_null(store);
    Batches batches = {.units = store, .part = {0, 11}, .steps = 2, .batch = 3};
    assert_int_equal(batches_predictions(&batches), 8);
    assert_int_equal(batches_next(&batches, ids, targets, &scored, &first, NULL), 2);
    assert_true(first);
    assert_int_equal(scored, 6);
    assert_memory_equal(ids, ((uint32_t[]){10, 13, 17, 11, 14, 18}), sizeof ids);
    assert_memory_equal(targets, ((uint32_t[]){11, 14, 18, 12, 15, 19}), sizeof targets);
    assert_int_equal(batches_next(&batches, ids, targets, &scored, &first, NULL), 1);
    assert_false(first);
    assert_int_equal(scored, 2);
    assert_memory_equal(ids, ((uint32_t[]){12, 15, 19}), 3 * sizeof *ids);
    assert_memory_equal(targets, ((uint32_t[]){none, 16, 20}), 3 * sizeof *targets);
    assert_int_equal(batches_next(&batches, ids, targets, &scored, &first, NULL), 2);
    assert_true(first);
    assert_int_equal(ids[0], 10);
    unit_store_free(store);
}

/* A copy that knows nothing but the position goes on with the same windows. */
static void position_is_all_there_is(void **state) {
    Fixture *fixture = *state;
    const size_t count = 500;
    Batches batches = make_batches(fixture, count, 6, 9);
    size_t windows = windows_of(&batches);
    for (size_t k = 0; k < 2 * windows + 3; k++) {
        Batches copy = make_batches(fixture, count, 6, 9);
        copy.position = batches.position;
        uint32_t ids[54];
        uint32_t targets[54];
        size_t scored[2] = {0, 1};
        bool first[2] = {true, false};
        size_t steps = batches_next(&batches, ids, targets, &scored[0], &first[0], NULL);
        assert_int_equal(batches_next(&copy, fixture->ids, fixture->targets, &scored[1], &first[1], NULL),
                         steps);
        assert_memory_equal(ids, fixture->ids, steps * 6 * sizeof *ids);
        assert_memory_equal(targets, fixture->targets, steps * 6 * sizeof *ids);
        assert_int_equal(scored[0], scored[1]);
        assert_int_equal(first[0], first[1]);
        assert_int_equal(first[0], k % windows == 0);
    }
}

static void check_fit(size_t count, size_t steps, size_t batch, size_t steps_left, size_t batch_left) {
    size_t fitted_steps = steps;
    size_t fitted_batch = batch;
    batches_fit(count, 0, &fitted_steps, &fitted_batch);
    if (fitted_steps != steps_left || fitted_batch != batch_left) {
        fail_msg("%zu units: T %zu, B %zu became T %zu, B %zu instead of T %zu, B %zu", count, steps, batch,
                 fitted_steps, fitted_batch, steps_left, batch_left);
    }
}

static void fitting_by_hand(void **state) {
    (void)state;
    check_fit(1000000, 64, 32, 64, 32);
    check_fit(32 * 65, 64, 32, 64, 32); /* each stream has exactly a window to predict */
    check_fit(32 * 65 - 1, 64, 32, 64, 16);
    check_fit(200, 64, 32, 64, 2);
    check_fit(65, 64, 32, 64, 1);
    check_fit(64, 64, 32, 63, 1);
    check_fit(1000, 64, 50, 64, 12); /* 50, 25, 12 */
    check_fit(2, 64, 32, 1, 1);
    check_fit(2, 1, 1, 1, 1);
    check_fit(3, 1, 32, 1, 1);
}

/* B and T never grow, and what is left can be read: each stream has a whole window to predict. */
static void fitting_never_grows(void **state) {
    (void)state;
    for (size_t count = 2; count < 400; count += count < 20 ? 1 : 17) {
        for (size_t asked = 1; asked < 130; asked += 3) {
            size_t steps = asked;
            size_t batch = 130 - asked;
            batches_fit(count, 0, &steps, &batch);
            assert_in_range(steps, 1, asked);
            assert_in_range(batch, 1, 130 - asked);
            assert_true(count / batch >= steps + 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_once), cmocka_unit_test(every_unit_once_after_fitting),
        cmocka_unit_test(windows_by_hand), cmocka_unit_test(position_is_all_there_is),
        cmocka_unit_test(fitting_by_hand), cmocka_unit_test(fitting_never_grows),
    };
    return cmocka_run_group_tests(tests, create_fixture, free_fixture);
}
