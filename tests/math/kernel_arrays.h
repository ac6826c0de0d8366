/* Arrays for tests of kernels, each of which is tried in every instruction set that this machine runs. */
#ifndef LETRA_TESTS_MATH_KERNEL_ARRAYS_H
#define LETRA_TESTS_MATH_KERNEL_ARRAYS_H

#include <stdlib.h>

#include "base/random.h"
#include "math/kernels.h"
#include "support/cmocka_all.h"
#include "support/instruction_sets.h"

static const size_t sizes[] = {0, 1, 5, 16, 17, 1000};

enum { SIZES = sizeof sizes / sizeof *sizes, CANARIES = 16 };

/* Runs `check` with the kernels of every instruction set. */
static inline void with_every_set(void (*check)(const Kernels *kernels)) {
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (instruction_set_runs(set)) {
            check(kernels_for(set));
        }
    }
}

/* `count` uniform numbers in ±scale that begin in the middle of a vector, with canaries on both sides. */
typedef struct Array {
    real *memory;
    real *x;
    size_t count;
} Array;

static const real canary = (real)-777;

static inline Array array_random(size_t count, uint64_t seed, double scale) {
    Array array = {.memory = malloc((count + 2 * CANARIES + 3) * sizeof(real)), .count = count};
    assert_non_null(array.memory);
    for (size_t k = 0; k < count + 2 * CANARIES + 3; k++) {
        array.memory[k] = canary;
    }
    array.x = array.memory + CANARIES + 3;
    Random random = random_create(seed, 0);
    for (size_t k = 0; k < count; k++) {
        array.x[k] = (real)((2 * random_uniform(&random) - 1) * scale);
    }
    return array;
}

/* Frees it, unless something beside it was written. */
static inline void array_free(Array *array) {
    for (size_t k = 0; k < CANARIES; k++) {
        assert_true(array->x[-1 - (ptrdiff_t)k] == canary);
        assert_true(array->x[array->count + k] == canary);
    }
    free(array->memory);
}

#endif
