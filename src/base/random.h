/* Random numbers: a small generator whose whole state is a value, so that it can be passed, copied, saved
 * and restored. xoshiro256** (Blackman & Vigna 2018), seeded through splitmix64. */
#ifndef LETRA_BASE_RANDOM_H
#define LETRA_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state[4];
} Random;

/* The generator for a seed; different `stream`s of one seed are independent. */
Random random_create(uint64_t seed, uint64_t stream);

/* 64 uniform bits. */
uint64_t random_next(Random *random);

/* Uniform in [0, 1), with 53 bits. */
double random_uniform(Random *random);

/* Normal with mean 0 and variance 1 (Box & Muller 1958; one value a call, two numbers taken). */
double random_normal(Random *random);

/* The numbers 0 .. count - 1 in a random order (Fisher & Yates; Knuth, TAOCP 2, algorithm 3.4.2 P). */
void random_order(Random *random, uint32_t *order, size_t count);

/* A hash of (key, counter) with 64 uniform bits: random access, so that any part of a mask can be made by
 * any thread and come out the same (splitmix64's finaliser over both words). */
uint64_t random_at(uint64_t key, uint64_t counter);

#endif
