/* The sampler on large vocabularies and in large samples: its cuts against sorting, its frequencies against theirs. */
#include "generate/sampler_fixture.h"

#include <stdlib.h>

#include "base/random.h"

/* --- cuts of large vocabularies, against sorting --- */

typedef struct Ranked {
    double weight;
    uint32_t unit;
} Ranked;

static int compare_ranked(const void *a, const void *b) {
    const Ranked *x = a;
    const Ranked *y = b;
    if (x->weight > y->weight || x->weight < y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : 1;
}

/* Logits with many ties, rising, falling or random. */
static void fill_logits(real *logits, size_t size, size_t kind, Random *random) {
    for (size_t k = 0; k < size; k++) {
        switch (kind) {
        case 0: logits[k] = (real)random_normal(random); break;
        case 1: logits[k] = (real)(random_next(random) % 4); break;
        case 2: logits[k] = (real)k / 500; break;
        default: logits[k] = -(real)k / 500; break;
        }
    }
}

/* Sorts, cuts and draws. */
static uint32_t next_by_sorting(const SamplerConfig *config, const real *logits, size_t size, double coin) {
    static Ranked ranked[LARGEST];
    static double kept[LARGEST];
    double sum = 0;
    for (size_t k = 0; k < size; k++) {
        ranked[k] = (Ranked){exp((double)logits[k] / config->temperature), (uint32_t)k};
        kept[k] = 0;
    }
    qsort(ranked, size, sizeof *ranked, compare_ranked);
    size_t count = config->top_k > 0 && config->top_k < size ? config->top_k : size;
    for (size_t k = 0; k < count; k++) {
        sum += ranked[k].weight;
    }
    double goal = config->top_p * sum;
    double total = 0;
    for (size_t k = 0; k < count && total < goal * (1 - 1e-9); k++) {
        kept[ranked[k].unit] = ranked[k].weight;
        total += ranked[k].weight;
    }
    double reached = 0;
    size_t unit = 0;
    for (; unit + 1 < size; unit++) {
        reached += kept[unit];
        if (reached > coin * total) {
            break;
        }
    }
    return (uint32_t)unit;
}

static void test_cuts_equal_sorting(void **state) {
    (void)state;
    static real logits[LARGEST];
    const size_t sizes[] = {2, 3, 7, 65, 1000, LARGEST};
    Random random = random_create(5, 0);
    for (size_t round = 0; round < 240; round++) {
        size_t size = sizes[round % 6];
        fill_logits(logits, size, round / 6 % 4, &random);
        SamplerConfig config = {.temperature = 0.8, .top_p = 1, .typical_p = 1};
        config.top_k = round % 3 != 1 ? 1 + random_next(&random) % size : 0;
        config.top_p = round % 3 != 0 ? 0.01 + 0.98 * random_uniform(&random) : 1;
        Sampler *sampler = create(size);
        for (size_t k = 0; k < 20; k++) {
            double coin = random_uniform(&random);
            assert_int_equal(sampler_next(sampler, &config, logits, nothing, coin),
                             next_by_sorting(&config, logits, size, coin));
        }
        sampler_free(sampler);
    }
}

/* --- a large sample --- */

/* Pearson's chi-square of a million draws. */
static double chi_square(RecentUnits recent, const SamplerConfig *config, const real *logits,
                         const double *expected, size_t size) {
    enum { DRAWS = 1000000 };
    double drawn[8] = {0};
    assert_true(size <= 8);
    Random random = random_create(1, 2);
    Sampler *sampler = create(size);
    for (size_t k = 0; k < DRAWS; k++) {
        drawn[sampler_next(sampler, config, logits, recent, random_uniform(&random))]++;
    }
    sampler_free(sampler);
    double sum = 0;
    for (size_t k = 0; k < size; k++) {
        if (expected[k] > 0) {
            double difference = drawn[k] - DRAWS * expected[k];
            sum += difference * difference / (DRAWS * expected[k]);
        } else {
            assert_true(drawn[k] <= 0);
        }
    }
    return sum;
}

static void test_large_samples_fit(void **state) {
    (void)state;
    const double probabilities[] = {0.3, 0.02, 0.18, 0.2, 0.1, 0.1, 0.05, 0.05};
    real logits[8];
    set_logits(logits, probabilities, 8);
    SamplerConfig config = sampler_default();
    /* Above these values lies one sample in ten thousand (7 and 2 degrees of freedom). */
    assert_true(chi_square(nothing, &config, logits, probabilities, 8) < 29.9);
    config.top_p = 0.65;
    const double three[] = {30.0 / 68, 0, 18.0 / 68, 20.0 / 68, 0, 0, 0, 0};
    assert_true(chi_square(nothing, &config, logits, three, 8) < 18.5);
    config = sampler_default();
    config.top_k = 3;
    assert_true(chi_square(nothing, &config, logits, three, 8) < 18.5);
    config = sampler_default();
    config.min_p = 0.5;
    assert_true(chi_square(nothing, &config, logits, three, 8) < 18.5);
    /* The test can fail: a distribution a little beside the right one. */
    const double beside[] = {0.303, 0.02, 0.177, 0.2, 0.1, 0.1, 0.05, 0.05};
    config = sampler_default();
    assert_true(chi_square(nothing, &config, logits, beside, 8) > 29.9);
}

static void test_large_samples_fit_the_newer_cuts(void **state) {
    (void)state;
    const double probabilities[] = {0.5, 0.25, 0.125, 0.125};
    real logits[4];
    set_logits(logits, probabilities, 4);
    SamplerConfig config = sampler_default();
    config.typical_p = 0.6;
    const double two[] = {2.0 / 3, 1.0 / 3, 0, 0};
    assert_true(chi_square(nothing, &config, logits, two, 4) < 15.1);
    config = sampler_default();
    config.repeat_penalty = 2;
    const uint32_t units[] = {0, 2};
    const double squared[] = {16.0 / 41, 16.0 / 41, 1.0 / 41, 8.0 / 41};
    assert_true(chi_square((RecentUnits){units, 2}, &config, logits, squared, 4) < 21.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_equal_sorting),
        cmocka_unit_test(test_large_samples_fit),
        cmocka_unit_test(test_large_samples_fit_the_newer_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
