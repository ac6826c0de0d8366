/* Tests of src/text/unit_store.c: what goes in comes out, in memory and in a file, whatever the widths and borders. */
#include "support/cmocka_all.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/random.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "text/unit_store.h"

enum { BLOCK = 1 << 20, MANY = 3 * BLOCK + 12345 };

/* A million units of one byte, then one of two, one of four, and some of one. */
static uint32_t *make_units(void) {
    static const uint32_t ends[] = {256, 65536, 1 << 20, 7};
    uint32_t *units = malloc(MANY * sizeof *units);
    assert_non_null(units);
    for (size_t k = 0; k < MANY; k++) {
        units[k] = (uint32_t)(random_at(1, k) % ends[k / BLOCK]);
    }
    units[5] = 255; /* the largest there can be */
    units[BLOCK + 5] = 65535;
    units[2 * BLOCK + 5] = 65536;
    return units;
}

static void check_range(const UnitStore *store, const uint32_t *units, size_t begin, size_t count) {
    uint32_t *read = malloc((count + 1) * sizeof *read);
    assert_non_null(read);
    read[count] = 77;
    assert_true(unit_store_read(store, begin, count, read, NULL));
    assert_memory_equal(read, units + begin, count * sizeof *read);
    assert_int_equal(read[count], 77);
    free(read);
}

static void check_store(const UnitStore *store, const uint32_t *units) {
    static const size_t begins[] = {0, 5, BLOCK - 1, BLOCK, 2 * BLOCK - 3, 3 * BLOCK - 1, MANY - 1};
    assert_int_equal(unit_store_count(store), MANY);
    for (size_t k = 0; k < sizeof begins / sizeof *begins; k++) {
        size_t left = MANY - begins[k];
        check_range(store, units, begins[k], 0);
        check_range(store, units, begins[k], 1);
        check_range(store, units, begins[k], left < 100 ? left : 100);
    }
    check_range(store, units, 0, MANY);
}

/* A block takes no more bytes than its units need, and nothing but a little table grows with a file. */
static void check_room(const UnitStore *store, bool in_file) {
    size_t packed = BLOCK * (1 + 2 + 4) + (MANY - 3 * BLOCK);
    assert_int_equal(unit_store_file(store), in_file ? packed : 0);
    assert_true(unit_store_memory(store) >= (in_file ? 0 : packed));
    assert_true(unit_store_memory(store) < (in_file ? 0 : packed) + 1000);
}

/* Appended in pieces of all sizes; read before and after the last block is packed. */
static void check_kind(const char *folder) {
    uint32_t *units = make_units();
    Error error = {0};
    UnitStore *store = unit_store_create(folder, &error);
    if (store == NULL) {
        fail_msg("%s", error.message);
    }
    for (size_t k = 0, piece = 0; k < MANY; k += piece) {
        piece = 1 + (piece * 7 + 11) % 300007;
        piece = piece < MANY - k ? piece : MANY - k;
        assert_true(unit_store_append(store, units + k, piece, NULL));
    }
    check_store(store, units);
    assert_true(unit_store_finish(store, NULL));
    check_store(store, units);
    check_room(store, folder != NULL);
    unit_store_free(store);
    free(units);
}

static void units_come_back_from_memory(void **state) {
    (void)state;
    check_kind(NULL);
}

static void units_come_back_from_a_file(void **state) {
    Scratch *scratch = scratch_create();
    (void)state;
    check_kind(scratch->folder);
    assert_int_equal(scratch_count(scratch), 0); /* nothing was left there */
    scratch_remove(scratch);
}

static void maps_follow_one_another(void **state) {
    (void)state;
    static const uint32_t units[] = {0, 1, 2, 1, 0};
    static const uint32_t first[] = {5, 3, 4};
    static const uint32_t second[] = {9, 9, 9, 70000, 1, 0};
    static const uint32_t after_first[] = {5, 3, 4, 3, 5};
    static const uint32_t after_second[] = {0, 70000, 1, 70000, 0};
    UnitStore *store = unit_store_of(units, 5, NULL);
    assert_non_null(store);
    assert_true(unit_store_map(store, first, 3, NULL));
    check_range(store, after_first, 0, 5);
    assert_true(unit_store_map(store, second, 6, NULL));
    check_range(store, after_second, 0, 5);
    unit_store_free(store);
}

static void a_store_may_be_empty(void **state) {
    (void)state;
    UnitStore *store = unit_store_of(NULL, 0, NULL);
    assert_non_null(store);
    assert_int_equal(unit_store_count(store), 0);
    check_range(store, (uint32_t[]){0}, 0, 0);
    unit_store_free(store);
    unit_store_free(NULL);
}

static void a_folder_that_cannot_be_used_is_named(void **state) {
    (void)state;
    Error error = {0};
    assert_null(unit_store_create("/nowhere/at/all", &error));
    assert_string_equal(error.message,
                        "cannot keep the text (--cache): the folder /nowhere/at/all does not exist; "
                        "make it first");
}

static void a_full_disk_is_said(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = BLOCK + BLOCK / 2, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    UnitStore *store = unit_store_create(scratch->folder, NULL);
    uint32_t *units = calloc(BLOCK, sizeof *units);
    Error error = {0};
    bool done =
        store == NULL || units == NULL ||
        (unit_store_append(store, units, BLOCK, NULL) && unit_store_append(store, units, BLOCK, &error));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(done);
    assert_contains(error.message, "cannot keep the text in the folder ");
    assert_contains(error.message, "File too large after 1.0 MB; give --cache one with more room");
    unit_store_free(store);
    free(units);
    scratch_remove(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_come_back_from_memory),
        cmocka_unit_test(units_come_back_from_a_file),
        cmocka_unit_test(maps_follow_one_another),
        cmocka_unit_test(a_store_may_be_empty),
        cmocka_unit_test(a_folder_that_cannot_be_used_is_named),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests_name("unit_store", tests, NULL, NULL);
}
