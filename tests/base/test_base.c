/* Tests of src/base that need no file of their own: memory, bytes, random numbers, digest, clock, the kernel's
 * files. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/kernel_file.h"
#include "base/memory.h"
#include "base/random.h"

/* --- memory --- */

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    for (size_t count = 0; count < 300; count += 7) {
        unsigned char *memory = memory_allocate(count, 3, "a test", NULL);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % MEMORY_ALIGNMENT, 0);
        for (size_t k = 0; k < count * 3; k++) {
            assert_int_equal(memory[k], 0);
            memory[k] = 0xFF; /* so that a block that is used again shows */
        }
        free(memory);
    }
}

static void memory_refuses_sizes_that_overflow(void **state) {
    (void)state;
    static const size_t sizes[][2] = {
        {SIZE_MAX, 2},    {SIZE_MAX / 2 + 1, 2}, {(size_t)1 << 33, (size_t)1 << 33},
        {PTRDIFF_MAX, 1}, {SIZE_MAX, 1},
    };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        Error error = {0};
        assert_null(memory_allocate(sizes[k][0], sizes[k][1], "a table", &error));
        assert_contains(error.message, "out of memory");
        assert_contains(error.message, "a table");
    }
}

static void memory_that_is_not_there_is_an_error(void **state) {
    (void)state;
    Error error = {0};
    assert_null(memory_allocate((size_t)1 << 56, 1, "the moon", &error));
    assert_contains(error.message, "out of memory");
    assert_contains(error.message, "the moon");
}

static void memory_is_checked_before_it_is_taken(void **state) {
    (void)state;
    Error error = {0};
    assert_true(memory_check(1, "looking", "", &error));
    if (memory_available() > 0) {
        assert_false(memory_check(1e18, "looking", ": look less", &error));
        assert_contains(error.message, "looking would take 1000000000.0 GB more memory, and ");
        assert_contains(error.message, " GB are free: look less");
    }
}

static void arrays_grow_and_keep_what_they_have(void **state) {
    (void)state;
    size_t *array = NULL;
    size_t room = 0;
    for (size_t k = 0; k < 1000; k++) {
        size_t *grown = memory_grow(array, k, &room, sizeof *array, "numbers", NULL);
        assert_non_null(grown);
        assert_true(k < room && room <= (k < 16 ? 16 : 2 * k));
        array = grown;
        array[k] = k;
    }
    for (size_t k = 0; k < 1000; k++) {
        assert_int_equal(array[k], k);
    }
    Error error = {0};
    size_t before = room;
    assert_null(memory_grow(array, room, &room, SIZE_MAX / 8, "numbers", &error));
    assert_contains(error.message, "out of memory");
    assert_contains(error.message, "numbers");
    assert_int_equal(room, before);
    assert_int_equal(array[999], 999);
    free(array);
}

static void memory_copies_text(void **state) {
    (void)state;
    char *copy = memory_copy_text("a\0b and more", 3, NULL);
    assert_non_null(copy);
    assert_memory_equal(copy, "a\0b", 4);
    free(copy);
    copy = memory_copy_text(NULL, 0, NULL);
    assert_non_null(copy);
    assert_string_equal(copy, "");
    free(copy);
}

/* --- bytes --- */

static void bytes_grow(void **state) {
    (void)state;
    Bytes bytes = {0};
    for (unsigned k = 0; k < 10000; k++) {
        unsigned char byte = (unsigned char)(k % 251);
        assert_true(bytes_append(&bytes, &byte, 1, NULL));
        assert_int_equal(bytes.data[bytes.length], 0);
    }
    assert_int_equal(bytes.length, 10000);
    for (unsigned k = 0; k < 10000; k++) {
        assert_int_equal((unsigned char)bytes.data[k], k % 251);
    }
    bytes_free(&bytes);
    assert_null(bytes.data);
    assert_int_equal(bytes.length, 0);
    assert_int_equal(bytes.capacity, 0);
}

static void bytes_print(void **state) {
    (void)state;
    Bytes bytes = {0};
    assert_true(bytes_append(&bytes, "a\0b", 3, NULL));
    assert_true(bytes_printf(&bytes, NULL, " %s %d%%", "ñ", 7));
    assert_int_equal(bytes.length, 9);
    assert_memory_equal(bytes.data, "a\0b ñ 7%", 10);
    assert_true(bytes_append(&bytes, NULL, 0, NULL));
    assert_int_equal(bytes.length, 9);
    bytes_free(&bytes);
}

static void bytes_without_memory_stay(void **state) {
    (void)state;
    Bytes bytes = {0};
    assert_true(bytes_append(&bytes, "stays", 5, NULL));
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 5, PTRDIFF_MAX, (size_t)1 << 56};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        Error error = {0};
        assert_false(bytes_reserve(&bytes, sizes[k], &error));
        assert_contains(error.message, "out of memory");
        assert_string_equal(bytes.data, "stays");
        assert_int_equal(bytes.length, 5);
    }
    bytes_free(&bytes);
}

/* malloc promises more than there is, and the system ends who uses it. */
static void bytes_grow_no_further_than_there_is_memory(void **state) {
    (void)state;
    Bytes bytes = {0};
    Error error = {0};
    size_t total = kernel_file_number("/proc/meminfo", "MemTotal:", 0);
    if (total == SIZE_MAX) {
        skip();
    }
    assert_false(
        bytes_reserve(&bytes, (total - total / 100) * 1024, &error)); /* the kernel has some itself */
    assert_contains(error.message, "out of memory");
    size_t room = (total - total / 100) * 64;
    assert_null(memory_grow(NULL, 0, &room, 8, "numbers", &error)); /* it would have twice as many */
    assert_contains(error.message, "out of memory");
    bytes_free(&bytes);
}

/* --- random numbers --- */

/* The same seed must give the same text in every version: these values were computed apart, in Python, from the
 * published algorithms. */
static void random_sequences_are_fixed(void **state) {
    (void)state;
    Random known = {{1, 2, 3, 4}}; /* the authors' own test of xoshiro256** */
    assert_true(random_next(&known) == 11520);
    assert_true(random_next(&known) == 0);
    assert_true(random_next(&known) == 1509978240);
    assert_true(random_next(&known) == 1215971899390074240);
    Random first = random_create(1, 0);
    assert_true(random_next(&first) == 0x959D71AA95271620);
    assert_true(random_next(&first) == 0xAF45AE3E6E52CE2A);
    assert_true(random_next(&first) == 0xD237C73D20340F7E);
    Random other = random_create(42, 7);
    assert_true(random_next(&other) == 0x6BB3C00125FD7C6A);
    assert_true(random_next(&other) == 0x1BD558F046227B44);
    assert_true(random_at(0, 0) == 0x48218226FF3CD4BF);
    assert_true(random_at(1, 0) == 0xDCE423FC82C0D5B8);
    assert_true(random_at(1, 1) == 0x5E41AB087439611E);
    assert_true(random_at(12345, 678) == 0x40C1EB9C4DCFC7A);
}

static void random_state_is_a_value(void **state) {
    (void)state;
    Random random = random_create(3, 0);
    random_next(&random);
    Random saved = random;
    uint64_t next = random_next(&random);
    assert_true(random_next(&saved) == next);
    Random stream = random_create(3, 1);
    Random seed = random_create(4, 0);
    Random same = random_create(3, 0);
    random_next(&same);
    assert_true(random_next(&same) == next);
    assert_true(random_next(&stream) != random_next(&seed));
}

enum { DRAWS = 1000000 };

static void random_uniform_has_the_right_moments(void **state) {
    (void)state;
    Random random = random_create(1, 0);
    double sum = 0;
    double squares = 0;
    double lagged = 0;
    double before = 0.5;
    unsigned buckets[64] = {0};
    unsigned odd = 0; /* in the last of the 53 bits */
    for (unsigned k = 0; k < DRAWS; k++) {
        double x = random_uniform(&random);
        odd += (unsigned)((uint64_t)(x * 0x1p53) & 1);
        assert_true(x >= 0 && x < 1);
        sum += x;
        squares += (x - 0.5) * (x - 0.5);
        lagged += (x - 0.5) * (before - 0.5);
        before = x;
        buckets[(unsigned)(x * 64)]++;
    }
    double chi_square = 0;
    for (unsigned k = 0; k < 64; k++) {
        double expected = DRAWS / 64.0;
        chi_square += (buckets[k] - expected) * (buckets[k] - expected) / expected;
    }
    /* Five standard deviations each. */
    assert_true(fabs(sum / DRAWS - 0.5) < 5 * sqrt(1.0 / 12 / DRAWS));
    assert_true(fabs(squares / DRAWS - 1.0 / 12) < 5 * sqrt(1.0 / 180 / DRAWS));
    assert_true(fabs(lagged / DRAWS) < 5 / 12.0 / sqrt(DRAWS));
    assert_true(fabs(chi_square - 63) < 5 * sqrt(2 * 63));
    assert_true(fabs(odd - DRAWS / 2.0) < 5 * sqrt(DRAWS) / 2);
}

static void random_normal_has_the_right_moments(void **state) {
    (void)state;
    Random random = random_create(1, 2);
    double moments[5] = {0};
    unsigned within = 0;
    for (unsigned k = 0; k < DRAWS; k++) {
        double x = random_normal(&random);
        assert_true(isfinite(x));
        within += fabs(x) < 1;
        double power = 1;
        for (unsigned m = 0; m < 5; m++) {
            moments[m] += power / DRAWS;
            power *= x;
        }
    }
    assert_true(fabs(moments[1]) < 5 * sqrt(1.0 / DRAWS));
    assert_true(fabs(moments[2] - 1) < 5 * sqrt(2.0 / DRAWS));
    assert_true(fabs(moments[3]) < 5 * sqrt(15.0 / DRAWS));
    assert_true(fabs(moments[4] - 3) < 5 * sqrt(96.0 / DRAWS));
    assert_true(fabs((double)within / DRAWS - 0.6826895) < 5 * sqrt(0.6826895 * 0.3173105 / DRAWS));
}

/* Counters that follow each other, and keys that do, must give bits that have nothing to do with each other. */
static void random_at_has_free_bits(void **state) {
    (void)state;
    enum { COUNT = 65536 };
    for (unsigned by_key = 0; by_key < 2; by_key++) {
        unsigned set[64] = {0};
        unsigned changed[64] = {0};
        uint64_t before = random_at(9, 9);
        for (unsigned k = 0; k < COUNT; k++) {
            uint64_t x = by_key ? random_at(k, 5) : random_at(5, k);
            for (unsigned bit = 0; bit < 64; bit++) {
                set[bit] += (unsigned)(x >> bit) & 1;
                changed[bit] += (unsigned)((x ^ before) >> bit) & 1;
            }
            before = x;
        }
        double deviation = sqrt(COUNT) / 2;
        for (unsigned bit = 0; bit < 64; bit++) {
            assert_true(fabs(set[bit] - COUNT / 2.0) < 5 * deviation);
            assert_true(fabs(changed[bit] - COUNT / 2.0) < 5 * deviation);
        }
    }
}

/* --- digest and clock --- */

static void digest_has_the_published_values(void **state) {
    (void)state;
    assert_true(digest_add(DIGEST_START, "", 0) == 0xCBF29CE484222325);
    assert_true(digest_add(DIGEST_START, "a", 1) == 0xAF63DC4C8601EC8C);
    assert_true(digest_add(DIGEST_START, "foobar", 6) == 0x85944171F73967E8);
    assert_true(digest_add(DIGEST_START, "\0", 1) == 0xAF63BD4C8601B7DF);
    assert_true(digest_add(digest_add(DIGEST_START, "foo", 3), "bar", 3) == 0x85944171F73967E8);
}

static double turned_by_hand(void *context) {
    return *(double *)context;
}

static void clock_is_what_one_is_handed(void **state) {
    (void)state;
    double now = 12.5;
    Clock clock = {turned_by_hand, &now, NULL};
    assert_true(clock_now(clock) == 12.5);
    now = 13;
    assert_true(clock_now(clock) == 13);
    double before = clock_now(clock_system());
    assert_true(clock_now(clock_system()) >= before);
}

/* --- the kernel's files --- */

static void numbers_of_the_kernels_files(void **state) {
    (void)state;
    char path[] = "/tmp/letra-kernel-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    fputs(
        "max 100000\nMemFree:   12 kB\nMemAvailable:   345 678 kB\nnegative -1\nhuge 99999999999999999999\n",
        file);
    fclose(file);
    assert_int_equal(kernel_file_number(path, "MemAvailable:", 0), 345);
    assert_int_equal(kernel_file_number(path, "MemAvailable:", 1), 678);
    assert_true(kernel_file_number(path, "MemAvailable:", 2) == SIZE_MAX);
    assert_int_equal(kernel_file_number(path, "max", 0), 100000);
    assert_true(kernel_file_number(path, "", 0) == SIZE_MAX);
    assert_true(kernel_file_number(path, "negative", 0) == SIZE_MAX);
    assert_true(kernel_file_number(path, "huge", 0) == SIZE_MAX);
    assert_true(kernel_file_number(path, "Swap", 0) == SIZE_MAX);
    unlink(path);
    assert_true(kernel_file_number(path, "max", 0) == SIZE_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(memory_refuses_sizes_that_overflow),
        cmocka_unit_test(memory_that_is_not_there_is_an_error),
        cmocka_unit_test(memory_is_checked_before_it_is_taken),
        cmocka_unit_test(memory_copies_text),
        cmocka_unit_test(arrays_grow_and_keep_what_they_have),
        cmocka_unit_test(bytes_grow),
        cmocka_unit_test(bytes_print),
        cmocka_unit_test(bytes_without_memory_stay),
        cmocka_unit_test(bytes_grow_no_further_than_there_is_memory),
        cmocka_unit_test(random_sequences_are_fixed),
        cmocka_unit_test(random_state_is_a_value),
        cmocka_unit_test(random_uniform_has_the_right_moments),
        cmocka_unit_test(random_normal_has_the_right_moments),
        cmocka_unit_test(random_at_has_free_bits),
        cmocka_unit_test(digest_has_the_published_values),
        cmocka_unit_test(clock_is_what_one_is_handed),
        cmocka_unit_test(numbers_of_the_kernels_files),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
