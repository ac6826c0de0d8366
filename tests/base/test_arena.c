/* Tests of base/arena.c: arrays that live together, and those that share a place. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "support/cmocka_all.h"

enum { ARRAYS = 8 };

/* Counts and sizes of arrays: odd ones, whole lines, nothing. */
static const size_t arrays[ARRAYS][2] = {{1, 1},  {3, 8}, {64, 1},   {0, 4},
                                         {65, 1}, {7, 0}, {1000, 4}, {5, 13}};

/* Takes them all; returns how many came as NULL. */
static size_t take_arrays(Arena *arena, unsigned char *taken[ARRAYS]) {
    size_t missing = 0;
    for (size_t k = 0; k < ARRAYS; k++) {
        taken[k] = arena_take(arena, arrays[k][0], arrays[k][1]);
        missing += taken[k] == NULL ? 1 : 0;
    }
    return missing;
}

static void arena_takes_what_it_counted(void **state) {
    (void)state;
    unsigned char *taken[ARRAYS];
    Arena counting = {0};
    Arena arena;
    assert_int_equal(take_arrays(&counting, taken), ARRAYS);
    assert_int_equal(counting.used, 64 + 64 + 64 + 0 + 128 + 0 + 4032 + 128);
    assert_true(arena_create(&arena, counting.used, "a test", NULL));
    assert_int_equal(take_arrays(&arena, taken), 0);
    assert_int_equal(arena.used, counting.used);
    assert_int_equal(arena.size, counting.used);
    arena_free(&arena);
    assert_null(arena.memory);
    assert_int_equal(arena.used, 0);
}

static void assert_all_bytes(const unsigned char *bytes, size_t count, unsigned char value) {
    for (size_t k = 0; k < count; k++) {
        assert_int_equal(bytes[k], value);
    }
}

static void arena_arrays_are_aligned_and_apart(void **state) {
    (void)state;
    unsigned char *taken[ARRAYS];
    Arena arena;
    assert_true(arena_create(&arena, 4608, "a test", NULL));
    assert_int_equal(take_arrays(&arena, taken), 0);
    for (size_t k = 0; k < ARRAYS; k++) {
        size_t bytes = arrays[k][0] * arrays[k][1];
        assert_int_equal((uintptr_t)taken[k] % MEMORY_ALIGNMENT, 0);
        assert_true(taken[k] >= (unsigned char *)arena.memory);
        assert_true(taken[k] + bytes <= (unsigned char *)arena.memory + arena.size);
        assert_all_bytes(taken[k], bytes, 0); /* also: not written through another one */
        memset(taken[k], (int)k + 1, bytes);
    }
    for (size_t k = 0; k < ARRAYS; k++) {
        assert_all_bytes(taken[k], arrays[k][0] * arrays[k][1], (unsigned char)(k + 1));
    }
    arena_free(&arena);
}

/* Two arrays that together, or the second by itself, are more than a size can say: no memory for them. */
/* Two parts that work one after the other: what each needs only then lies in the same place, and nothing else does. */
static size_t take_in_turn(Arena *arena, unsigned char *own[2], unsigned char *shared[2]) {
    static const size_t sizes[2] = {100, 1000};
    for (size_t k = 0; k < 2; k++) {
        arena_next_turn(arena);
        own[k] = arena_take(arena, 64, 1);
        shared[k] = arena_take(arena_of_turn(arena), sizes[k], 1);
    }
    return arena_counted(arena);
}

static void arrays_in_turn_share_their_place(void **state) {
    (void)state;
    unsigned char *own[2], *shared[2];
    Arena second = {0};
    Arena counting = {.second = &second};
    Arena arena;
    Arena turns;
    assert_int_equal(take_in_turn(&counting, own, shared), 64 + 64 + 1024);
    assert_true(arena_create_both(&arena, &turns, &counting, "a test", NULL));
    take_in_turn(&arena, own, shared);
    assert_ptr_equal(shared[0], shared[1]);
    for (size_t k = 0; k < 2; k++) {
        memset(own[k], 1 + (int)k, 64);
    }
    memset(shared[1], 3, 1000);
    assert_all_bytes(own[0], 64, 1);
    assert_all_bytes(own[1], 64, 2);
    assert_true(shared[1] + 1024 <= (unsigned char *)arena.memory + arena.size);
    arena_free(&arena);
    Arena alone = {0}; /* without a second one each has its own place */
    assert_int_equal(take_in_turn(&alone, own, shared), 64 + 128 + 64 + 1024);
}

static void check_arena_too_large(size_t first, size_t count, size_t size) {
    Error error = {0};
    Arena counting = {0};
    Arena arena;
    arena_take(&counting, first, 1);
    arena_take(&counting, count, size);
    size_t used = counting.used;
    assert_true(used >= SIZE_MAX - MEMORY_ALIGNMENT);
    arena_take(&counting, 1000, 1000);
    assert_true(counting.used >= used); /* it stays too large */
    assert_false(arena_create(&arena, counting.used, "the whole world", &error));
    assert_contains(error.message, "out of memory");
    assert_contains(error.message, "the whole world");
    assert_null(arena.memory);
}

static void arena_refuses_sizes_that_overflow(void **state) {
    (void)state;
    check_arena_too_large(1, SIZE_MAX, 1);
    check_arena_too_large(1, SIZE_MAX, SIZE_MAX);
    check_arena_too_large(0, SIZE_MAX / 4 + 1, 4);
    check_arena_too_large(0, SIZE_MAX / 8 + 2, 8);
    check_arena_too_large(1, SIZE_MAX - 10, 1);
    check_arena_too_large(SIZE_MAX / 2 + 1, SIZE_MAX / 2 + 1, 1);
    check_arena_too_large(SIZE_MAX / 2 + 1, SIZE_MAX / 8 + 1000, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_takes_what_it_counted),
        cmocka_unit_test(arena_arrays_are_aligned_and_apart),
        cmocka_unit_test(arrays_in_turn_share_their_place),
        cmocka_unit_test(arena_refuses_sizes_that_overflow),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
