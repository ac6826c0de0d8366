/* The sampler: distributions worked out by hand, and coins at their edges. Large vocabularies and samples have
 * test_sampler_large.c. */
#include "generate/sampler_fixture.h"

#include <stdlib.h>

#include "base/random.h"

/* Finds what the sampler's distribution is: coins on a fine grid, between its lines. */
static void check_distribution_after(RecentUnits recent, const SamplerConfig *config, const real *logits,
                                     const double *expected, size_t size) {
    enum { COINS = 20000 };
    size_t drawn[16] = {0};
    assert_true(size <= 16);
    Sampler *sampler = create(size);
    uint32_t before = 0;
    for (size_t k = 0; k < COINS; k++) {
        uint32_t unit = sampler_next(sampler, config, logits, recent, ((double)k + 0.5) / COINS);
        assert_in_range(unit, before, size - 1); /* in the order of the units */
        before = unit;
        drawn[unit]++;
    }
    sampler_free(sampler);
    for (size_t k = 0; k < size; k++) {
        double share = (double)drawn[k] / COINS;
        if (fabs(share - expected[k]) > 1.5 / COINS || (expected[k] <= 0 && drawn[k] > 0)) {
            fail_msg("unit %zu: %f of the coins instead of %f", k, share, expected[k]);
        }
    }
}

static void check_distribution(const SamplerConfig *config, const real *logits, const double *expected,
                               size_t size) {
    check_distribution_after(nothing, config, logits, expected, size);
}

static void test_default_cuts_nothing(void **state) {
    (void)state;
    SamplerConfig config = sampler_default();
    const double probabilities[] = {0.1, 0.2, 0.3, 0.4};
    real logits[4];
    set_logits(logits, probabilities, 4);
    check_distribution(&config, logits, probabilities, 4);
}

static void test_edges_of_the_distribution(void **state) {
    (void)state;
    SamplerConfig config = sampler_default();
    const double probabilities[] = {0, 0.5, 0, 0.25, 0.25, 0};
    real logits[6];
    set_logits(logits, probabilities, 6);
    assert_int_equal(next_of(&config, logits, 6, 0.0), 1);
    assert_int_equal(next_of(&config, logits, 6, 0.4999), 1);
    assert_int_equal(next_of(&config, logits, 6, 0.5001), 3);
    assert_int_equal(next_of(&config, logits, 6, 0.7499), 3);
    assert_int_equal(next_of(&config, logits, 6, 0.7501), 4);
    assert_int_equal(next_of(&config, logits, 6, coin_below_one), 4);
    assert_int_equal(next_of(&config, logits, 6, -1.0), 1); /* not a coin, and still no harm */
    assert_int_equal(next_of(&config, logits, 6, 1.0), 4);
}

static void test_coin_on_the_border_goes_up(void **state) {
    (void)state;
    SamplerConfig config = sampler_default();
    const real logits[4] = {1, 1, 1, 1};
    assert_int_equal(next_of(&config, logits, 4, 0.25), 1);
    assert_int_equal(next_of(&config, logits, 4, nextafter(0.25, 0)), 0);
    assert_int_equal(next_of(&config, logits, 4, 0.75), 3);
    assert_int_equal(next_of(&config, logits, 4, nextafter(0.75, 0)), 2);
}

static void test_one_symbol(void **state) {
    (void)state;
    SamplerConfig all = {.temperature = 0.7, .top_k = 3, .top_p = 0.5, .typical_p = 1, .min_p = 0.1};
    SamplerConfig plain = sampler_default();
    SamplerConfig greedy = {.temperature = 0, .top_p = 1, .typical_p = 1};
    const real logits[1] = {-12};
    const double coins[] = {0, 0.5, coin_below_one};
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(next_of(&all, logits, 1, coins[k]), 0);
        assert_int_equal(next_of(&plain, logits, 1, coins[k]), 0);
        assert_int_equal(next_of(&greedy, logits, 1, coins[k]), 0);
    }
}

static void test_greedy_takes_the_lowest_on_a_tie(void **state) {
    (void)state;
    SamplerConfig config = {.temperature = 0, .top_p = 1, .typical_p = 1};
    const real logits[5] = {-3, 2, 1, 2, 0};
    assert_int_equal(next_of(&config, logits, 5, 0.0), 1);
    assert_int_equal(next_of(&config, logits, 5, coin_below_one), 1);
    const real equal[3] = {5, 5, 5};
    assert_int_equal(next_of(&config, equal, 3, 0.9), 0);
}

static void test_tiny_temperature_is_greedy(void **state) {
    (void)state;
    const real logits[4] = {1.0F, 1.5F, 1.4999F, -60.0F};
    const double temperatures[] = {1e-6, 1e-30, 1e-310};
    for (size_t k = 0; k < 3; k++) {
        SamplerConfig config = {.temperature = temperatures[k], .top_p = 1, .typical_p = 1};
        assert_int_equal(next_of(&config, logits, 4, 0.0), 1);
        assert_int_equal(next_of(&config, logits, 4, coin_below_one), 1);
    }
}

static void test_temperature_is_a_power(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.2, 0.3, 0.4};
    real logits[4];
    set_logits(logits, probabilities, 4);
    /* 0.5 squares them: 1 4 9 16 of 30. */
    SamplerConfig cold = {.temperature = 0.5, .top_p = 1, .typical_p = 1};
    const double squared[] = {1.0 / 30, 4.0 / 30, 9.0 / 30, 16.0 / 30};
    check_distribution(&cold, logits, squared, 4);
    /* 2 takes the square root. */
    SamplerConfig hot = {.temperature = 2, .top_p = 1, .typical_p = 1};
    double roots = sqrt(1) + sqrt(2) + sqrt(3) + sqrt(4);
    const double rooted[] = {1 / roots, sqrt(2) / roots, sqrt(3) / roots, 2 / roots};
    check_distribution(&hot, logits, rooted, 4);
}

static void test_top_k(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    SamplerConfig config = sampler_default();
    config.top_k = 2;
    const double two[] = {0, 4.0 / 7, 0, 3.0 / 7, 0};
    check_distribution(&config, logits, two, 5);
    config.top_k = 3;
    const double three[] = {0, 8.0 / 17, 0, 6.0 / 17, 3.0 / 17};
    check_distribution(&config, logits, three, 5);
    config.top_k = 1;
    const double one[] = {0, 1, 0, 0, 0};
    check_distribution(&config, logits, one, 5);
    config.top_k = 5;
    check_distribution(&config, logits, probabilities, 5);
    config.top_k = 1000;
    check_distribution(&config, logits, probabilities, 5);
}

static void test_top_k_ties_by_index(void **state) {
    (void)state;
    SamplerConfig config = sampler_default();
    config.top_k = 3;
    const real logits[6] = {0, 1, 1, 1, 1, 0};
    const double expected[] = {0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0};
    check_distribution(&config, logits, expected, 6);
}

static void test_top_p(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    SamplerConfig config = sampler_default();
    config.top_p = 0.6; /* 0.4 is not enough, 0.4 + 0.3 is */
    const double two[] = {0, 4.0 / 7, 0, 3.0 / 7, 0};
    check_distribution(&config, logits, two, 5);
    config.top_p = 0.71;
    const double three[] = {0, 8.0 / 17, 0, 6.0 / 17, 3.0 / 17};
    check_distribution(&config, logits, three, 5);
    config.top_p = 0.96;
    check_distribution(&config, logits, probabilities, 5);
    config.top_p = 0.39;
    const double one[] = {0, 1, 0, 0, 0};
    check_distribution(&config, logits, one, 5);
    config.top_p = 1e-300;
    check_distribution(&config, logits, one, 5);
}

static void test_top_p_of_units_alike(void **state) {
    (void)state;
    real logits[100] = {0};
    SamplerConfig config = sampler_default();
    config.top_p = 0.55; /* 55 of 100 are just enough */
    assert_int_equal(next_of(&config, logits, 100, coin_below_one), 54);
    config.top_p = 0.551;
    assert_int_equal(next_of(&config, logits, 100, coin_below_one), 55);
    assert_int_equal(next_of(&config, logits, 100, 0), 0);
}

static void test_min_p(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    SamplerConfig config = sampler_default();
    config.min_p = 0.3; /* of 0.4: at least 0.12 */
    const double three[] = {0, 8.0 / 17, 0, 6.0 / 17, 3.0 / 17};
    check_distribution(&config, logits, three, 5);
    config.min_p = 0.2; /* 0.08 */
    const double four[] = {2.0 / 19, 8.0 / 19, 0, 6.0 / 19, 3.0 / 19};
    check_distribution(&config, logits, four, 5);
    config.min_p = 1;
    const double one[] = {0, 1, 0, 0, 0};
    check_distribution(&config, logits, one, 5);
    const real tied[3] = {2, 1, 2};
    const double both[] = {0.5, 0, 0.5};
    check_distribution(&config, tied, both, 3);
}

static void test_typical_p(void **state) {
    (void)state;
    /* Surprises of 1, 2, 3 and 3 bits, an entropy of 1.75: nearest are the second, the first, the third. */
    const double probabilities[] = {0.5, 0.25, 0.125, 0.125};
    real logits[4];
    set_logits(logits, probabilities, 4);
    SamplerConfig config = sampler_default();
    config.typical_p = 0.2;
    const double one[] = {0, 1, 0, 0};
    check_distribution(&config, logits, one, 4);
    config.typical_p = 0.6;
    const double two[] = {2.0 / 3, 1.0 / 3, 0, 0};
    check_distribution(&config, logits, two, 4);
    config.typical_p = 0.8;
    const double three[] = {4.0 / 7, 2.0 / 7, 1.0 / 7, 0};
    check_distribution(&config, logits, three, 4);
    config.typical_p = 0.9;
    check_distribution(&config, logits, probabilities, 4);
    config.top_k = 1; /* comes before: nothing else is left, and that is no surprise */
    const double first[] = {1, 0, 0, 0};
    check_distribution(&config, logits, first, 4);
}

static void test_repeat_penalty(void **state) {
    (void)state;
    const double probabilities[] = {0.5, 0.25, 0.125, 0.125};
    real logits[4];
    set_logits(logits, probabilities, 4);
    const uint32_t units[] = {0, 2, 0};
    const RecentUnits recent = {units, 3};
    SamplerConfig config = sampler_default();
    check_distribution_after(recent, &config, logits, probabilities, 4);
    config.repeat_penalty = 2; /* squared, and once, however often it came */
    const double squared[] = {16.0 / 41, 16.0 / 41, 1.0 / 41, 8.0 / 41};
    check_distribution_after(recent, &config, logits, squared, 4);
    check_distribution(&config, logits, probabilities, 4);
    config.repeat_penalty = 0.5; /* the root: what came is likelier */
    double roots = sqrt(0.5) + 0.25 + sqrt(0.125) + 0.125;
    const double rooted[] = {sqrt(0.5) / roots, 0.25 / roots, sqrt(0.125) / roots, 0.125 / roots};
    check_distribution_after(recent, &config, logits, rooted, 4);
    config.repeat_penalty = 3; /* before greedy, too: 0.125 is less than 0.25 */
    config.temperature = 0;
    const double second[] = {0, 1, 0, 0};
    check_distribution_after(recent, &config, logits, second, 4);
}

static void test_temperature_comes_first(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    /* Squared: 4 64 1 36 9 of 114. The likeliest alone has 0.56 now: enough for p = 0.5, which 0.4 is not. */
    SamplerConfig config = {.temperature = 0.5, .top_p = 0.5, .typical_p = 1};
    const double one[] = {0, 1, 0, 0, 0};
    check_distribution(&config, logits, one, 5);
    /* 36 / 64 is more than half the likeliest, 0.3 / 0.4 is more than 0.6: only the squares fall below. */
    config = (SamplerConfig){.temperature = 0.5, .top_p = 1, .typical_p = 1, .min_p = 0.6};
    check_distribution(&config, logits, one, 5);
}

static void test_top_k_comes_before_top_p(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    /* After top-k 2 they are 4/7 and 3/7: the first reaches 0.55, which 0.4 does not. */
    SamplerConfig config = {.temperature = 1, .top_k = 2, .top_p = 0.55, .typical_p = 1};
    const double one[] = {0, 1, 0, 0, 0};
    check_distribution(&config, logits, one, 5);
    config.top_p = 0.6;
    const double two[] = {0, 4.0 / 7, 0, 3.0 / 7, 0};
    check_distribution(&config, logits, two, 5);
}

static void test_min_p_cuts_what_top_p_left(void **state) {
    (void)state;
    const double probabilities[] = {0.1, 0.4, 0.05, 0.3, 0.15};
    real logits[5];
    set_logits(logits, probabilities, 5);
    SamplerConfig config = {
        .temperature = 1, .top_p = 0.9, .typical_p = 1, .min_p = 0.3}; /* top-p leaves 4, min-p 3 of them */
    const double three[] = {0, 8.0 / 17, 0, 6.0 / 17, 3.0 / 17};
    check_distribution(&config, logits, three, 5);
    config =
        (SamplerConfig){.temperature = 1, .top_p = 0.6, .typical_p = 1, .min_p = 0.3}; /* top-p leaves 2 */
    const double two[] = {0, 4.0 / 7, 0, 3.0 / 7, 0};
    check_distribution(&config, logits, two, 5);
}

static void test_infinite_logits(void **state) {
    (void)state;
    SamplerConfig configs[4] = {sampler_default(), sampler_default(), sampler_default(), sampler_default()};
    configs[1].temperature = 0;
    configs[2].top_k = 3;
    configs[3].top_p = 0.99;
    const real below[4] = {-INFINITY, 0, -INFINITY, -1};
    const real none[3] = {-INFINITY, -INFINITY, -INFINITY};
    const real above[4] = {0, INFINITY, 3, -INFINITY};
    for (size_t k = 0; k < 4; k++) {
        assert_int_equal(next_of(&configs[k], below, 4, 0), 1);
        assert_int_not_equal(next_of(&configs[k], below, 4, coin_below_one), 2);
        assert_int_equal(next_of(&configs[k], none, 3, 0), 0);
        assert_int_equal(next_of(&configs[k], none, 3, 0.9), 0);
        assert_int_equal(next_of(&configs[k], above, 4, 0), 1);
        assert_int_equal(next_of(&configs[k], above, 4, coin_below_one), 1);
    }
}

static void test_not_a_number(void **state) {
    (void)state;
    SamplerConfig configs[4] = {sampler_default(), sampler_default(), sampler_default(), sampler_default()};
    configs[1].temperature = 0;
    configs[2].top_k = 2;
    configs[3].top_p = 0.99;
    const real some[5] = {NAN, NAN, 0, NAN, 0};
    const real all[3] = {NAN, NAN, NAN};
    for (size_t k = 0; k < 4; k++) {
        assert_int_equal(next_of(&configs[k], some, 5, 0), 2);
        assert_int_equal(next_of(&configs[k], some, 5, 0.99), configs[k].temperature > 0 ? 4 : 2);
        assert_int_equal(next_of(&configs[k], all, 3, 0.7), 0);
    }
}

static void test_huge_logits_do_not_overflow(void **state) {
    (void)state;
    SamplerConfig config = sampler_default();
    const real logits[4] = {-3e38F, 3e38F, 3e38F, 0};
    const double expected[] = {0, 0.5, 0.5, 0};
    check_distribution(&config, logits, expected, 4);
}

static void an_excluded_unit_is_never_drawn(void **state) {
    (void)state;
    static const real logits[][4] = {{1, 9, 2, 3}, {1, INFINITY, 2, 3}, {-INFINITY, 5, -INFINITY, -INFINITY}};
    static const uint32_t greedy[] = {3, 3, 0};
    static const SamplerConfig configs[] = {{1, 0, 1, 0, 1, 1, 0},
                                            {1, 1, 1, 0, 1, 1, 0},
                                            {1, 0, 0.5, 0, 1, 1, 0},
                                            {50, 0, 1, 0.01, 1, 1, 0},
                                            {0, 0, 1, 0, 1, 1, 0}};
    Sampler *sampler = sampler_create(4, NULL);
    sampler_exclude(sampler, 1);
    for (size_t k = 0; k < 3; k++) {
        for (size_t c = 0; c < 5; c++) {
            for (unsigned percent = 0; percent < 100; percent++) {
                assert_int_not_equal(sampler_next(sampler, &configs[c], logits[k], nothing, percent / 100.0),
                                     1);
            }
        }
        assert_int_equal(sampler_next(sampler, &configs[4], logits[k], nothing, 0.5), greedy[k]);
    }
    sampler_exclude(sampler, SIZE_MAX);
    assert_int_equal(sampler_next(sampler, &configs[4], logits[0], nothing, 0.5), 1);
    sampler_free(sampler);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_cuts_nothing),
        cmocka_unit_test(test_edges_of_the_distribution),
        cmocka_unit_test(test_coin_on_the_border_goes_up),
        cmocka_unit_test(test_one_symbol),
        cmocka_unit_test(test_greedy_takes_the_lowest_on_a_tie),
        cmocka_unit_test(test_tiny_temperature_is_greedy),
        cmocka_unit_test(test_temperature_is_a_power),
        cmocka_unit_test(test_top_k),
        cmocka_unit_test(test_top_k_ties_by_index),
        cmocka_unit_test(test_top_p),
        cmocka_unit_test(test_top_p_of_units_alike),
        cmocka_unit_test(test_min_p),
        cmocka_unit_test(test_typical_p),
        cmocka_unit_test(test_repeat_penalty),
        cmocka_unit_test(test_temperature_comes_first),
        cmocka_unit_test(test_top_k_comes_before_top_p),
        cmocka_unit_test(test_min_p_cuts_what_top_p_left),
        cmocka_unit_test(test_infinite_logits),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_huge_logits_do_not_overflow),
        cmocka_unit_test(an_excluded_unit_is_never_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
