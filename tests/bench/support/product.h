/* A large product straight through oneDNN, fp32 or bf16, for machine.c: what the library makes of the arithmetic. */
#ifndef LETRA_TESTS_BENCH_SUPPORT_PRODUCT_H
#define LETRA_TESTS_BENCH_SUPPORT_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Seconds that each of `threads` threads, all at once, takes for a product of its own of two size × size matrices. 0
 * and a message on failure. */
double product_seconds(size_t size, bool bf16, size_t threads, Error *error);

#endif
