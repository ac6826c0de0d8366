/* Tests of src/text/count_table.c: counts are those of a plain array, however many keys there are. */
#include "text/count_table.h"

#include <stdlib.h>

#include "base/random.h"
#include "support/cmocka_all.h"

enum { KEYS = 20000, DRAWN = 100000 };

/* Keys that differ in high bits alone, in low ones alone, and in all of them. */
static uint64_t key_of(size_t k, int shift) {
    return shift < 0 ? (k + 1) * 0x9E3779B97F4A7C15u : (uint64_t)(k + 1) << shift;
}

static void counts_are_those_of_an_array(void **state) {
    (void)state;
    for (int shift = -1; shift <= 32; shift += 11) {
        CountTable table = {.most = KEYS};
        Random random = random_create(1, 0);
        uint32_t *counts = calloc(KEYS, sizeof *counts);
        assert_non_null(counts);
        size_t different = 0;
        for (size_t n = 0; n < DRAWN; n++) {
            size_t k = (size_t)(random_uniform(&random) * KEYS);
            uint32_t count = 0;
            assert_true(count_table_add(&table, key_of(k, shift), &count, NULL));
            different += counts[k] == 0;
            assert_int_equal(count, ++counts[k]);
        }
        assert_int_equal(table.used, different);
        for (size_t k = 0; k < KEYS; k++) {
            assert_int_equal(count_table_find(&table, key_of(k, shift)), counts[k]);
        }
        free(counts);
        count_table_free(&table);
    }
}

static void without_room_new_keys_are_not_counted(void **state) {
    (void)state;
    CountTable table = {.most = 2};
    const uint64_t keys[] = {7, UINT64_MAX, 9, 7, 9, UINT64_MAX};
    const uint32_t expected[] = {1, 1, 0, 2, 0, 2};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        uint32_t count = 99;
        assert_true(count_table_add(&table, keys[k], &count, NULL));
        assert_int_equal(count, expected[k]);
    }
    assert_int_equal(count_table_find(&table, 9), 0);
    assert_int_equal(table.used, 2);
    count_table_free(&table);
}

static void an_empty_table_has_no_key(void **state) {
    (void)state;
    CountTable table = {.most = 10};
    assert_int_equal(count_table_find(&table, 1), 0);
    count_table_free(&table);
}

static void counts_end_at_the_largest_number(void **state) {
    (void)state;
    CountTable table = {.most = 10};
    uint32_t count = 0;
    assert_true(count_table_add(&table, 5, &count, NULL));
    for (size_t k = 0; k < table.slot_count; k++) {
        table.counts[k] = table.keys[k] == 5 ? UINT32_MAX - 1 : 0;
    }
    for (size_t k = 0; k < 3; k++) {
        assert_true(count_table_add(&table, 5, &count, NULL));
        assert_int_equal(count, UINT32_MAX);
    }
    count_table_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_an_array),
        cmocka_unit_test(without_room_new_keys_are_not_counted),
        cmocka_unit_test(an_empty_table_has_no_key),
        cmocka_unit_test(counts_end_at_the_largest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
