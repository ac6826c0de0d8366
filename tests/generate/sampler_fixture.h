/* A sampler for a test, and logits for it. */
#ifndef LETRA_TESTS_GENERATE_SAMPLER_FIXTURE_H
#define LETRA_TESTS_GENERATE_SAMPLER_FIXTURE_H

#include <math.h>

#include "generate/sampler.h"
#include "support/cmocka_all.h"

enum { LARGEST = 4096 };

static const double coin_below_one = 1.0 - 0x1p-53;

static const RecentUnits nothing = {NULL, 0};

static inline Sampler *create(size_t size) {
    Error error = {0};
    Sampler *sampler = sampler_create(size, &error);
    assert_non_null(sampler);
    return sampler;
}

static inline uint32_t next_of(const SamplerConfig *config, const real *logits, size_t size, double coin) {
    Sampler *sampler = create(size);
    uint32_t unit = sampler_next(sampler, config, logits, nothing, coin);
    sampler_free(sampler);
    return unit;
}

/* Probabilities as logits; 0 is -infinity. The shift must not matter. */
static inline void set_logits(real *logits, const double *probabilities, size_t size) {
    for (size_t k = 0; k < size; k++) {
        logits[k] = (real)(log(probabilities[k]) + 3.0);
    }
}

#endif
