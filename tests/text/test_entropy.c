/* Tests of src/text/entropy.c: the models against figures that were worked out by hand, and against a slow twin. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/near.h"
#include "support/symbols.h"
#include "text/entropy.h"

enum { SYMBOLS = 150, LENGTH = 60000, FITTED = 40000 };

static Entropies measured(const uint32_t *units, size_t count, size_t vocab, Range fitted, Range part,
                          size_t pairs_max) {
    Entropies entropies;
    UnitStore *store = unit_store_of(units, count, NULL);
    assert_non_null(store);
    assert_true(entropy_measure(store, vocab, fitted, part, pairs_max, &entropies, NULL));
    unit_store_free(store);
    return entropies;
}

/* Fitted on "abaa", with a third symbol that is not in it: N 4, T 2, V 3, so
 *
 *     p(a) = (3 + 2/3) / 6 = 11/18    p(b) = 5/18    p(c) = 2/18
 *
 * and of the pairs ab, ba, aa: c(a.) 2, T(a) 2, c(b.) 1, T(b) 1, so
 *
 *     p(a|b) = (1 + 11/18) / 2 = 29/36    p(c|a) = (0 + 2 · 2/18) / 4 = 1/18    p(.|c) = p(.)
 */
static void figures_by_hand(void **state) {
    (void)state;
    static const uint32_t units[] = {0, 1, 0, 0, /* measured: */ 1, 0, 2, 0};
    Entropies entropies = measured(units, 8, 3, (Range){0, 4}, (Range){4, 8}, ENTROPY_PAIRS_MAX);
    assert_int_equal(entropies.predicted, 3);
    assert_true(entropies.complete);
    check_near("unigram", 0, entropies.unigram, -(log(11.0 / 18) + log(2.0 / 18) + log(11.0 / 18)) / 3,
               1e-12);
    check_near("bigram", 0, entropies.bigram, -(log(29.0 / 36) + log(1.0 / 18) + log(11.0 / 18)) / 3, 1e-12);
}

/* With room for two pairs, ab and ba: c(a.) 1, T(a) 1, so p(a|a) = (0 + 11/18) / 2. */
static void pairs_without_room_are_left_to_the_unigrams(void **state) {
    (void)state;
    static const uint32_t units[] = {0, 1, 0, 0, 1, 0, 0};
    Entropies entropies = measured(units, 7, 3, (Range){0, 4}, (Range){4, 7}, 2);
    assert_false(entropies.complete);
    check_near("bigram", 0, entropies.bigram, -(log(29.0 / 36) + log(11.0 / 36)) / 2, 1e-12);
    entropies = measured(units, 7, 3, (Range){0, 4}, (Range){4, 7}, 0);
    check_near("bigram", 0, entropies.bigram, entropies.unigram, 1e-12);
}

static void parts_that_are_too_short_are_not_measured(void **state) {
    (void)state;
    static const uint32_t units[] = {0, 1, 0};
    Entropies entropies = measured(units, 3, 2, (Range){0, 3}, (Range){3, 3}, ENTROPY_PAIRS_MAX);
    assert_true(isnan(entropies.unigram) && isnan(entropies.bigram));
    assert_int_equal(entropies.predicted, 0);
    entropies = measured(units, 3, 2, (Range){0, 1}, (Range){1, 3}, ENTROPY_PAIRS_MAX);
    assert_int_equal(entropies.predicted, 1);
    check_near("unigram", 0, entropies.unigram, -log(0.75), 1e-12); /* p(a) = (1 + 1/2) / (1 + 1) */
}

/* The same with a matrix of all pairs. */
static Entropies slow_twin(const uint32_t *units) {
    double *pairs = calloc((size_t)SYMBOLS * SYMBOLS, sizeof *pairs);
    double counts[SYMBOLS] = {0};
    double different = 0;
    assert_non_null(pairs);
    for (size_t k = 0; k < FITTED; k++) {
        different += counts[units[k]]++ == 0;
        if (k > 0) {
            pairs[units[k - 1] * SYMBOLS + units[k]]++;
        }
    }
    Entropies entropies = {.predicted = LENGTH - FITTED - 1};
    for (size_t k = FITTED + 1; k < LENGTH; k++) {
        const double *row = pairs + (size_t)units[k - 1] * SYMBOLS;
        double sum = 0;
        double followers = 0;
        for (size_t u = 0; u < SYMBOLS; u++) {
            sum += row[u];
            followers += row[u] > 0;
        }
        double one = (counts[units[k]] + different / SYMBOLS) / (FITTED + different);
        double two = sum > 0 ? (row[units[k]] + followers * one) / (sum + followers) : one;
        entropies.unigram -= log(one) / (double)entropies.predicted;
        entropies.bigram -= log(two) / (double)entropies.predicted;
    }
    free(pairs);
    return entropies;
}

/* Far more pairs than the table begins with, and parts that begin and end anywhere. */
static void slow_twin_agrees(void **state) {
    (void)state;
    uint32_t *units = malloc(LENGTH * sizeof *units);
    assert_non_null(units);
    for (size_t k = 0; k < LENGTH; k++) {
        uint64_t drawn = random_at(3, k);
        units[k] = (uint32_t)(drawn % SYMBOLS * (drawn >> 40 & 1)); /* half of them are the first symbol */
    }
    Entropies twin = slow_twin(units);
    Entropies entropies =
        measured(units, LENGTH, SYMBOLS, (Range){0, FITTED}, (Range){FITTED, LENGTH}, ENTROPY_PAIRS_MAX);
    check_near("unigram", 0, entropies.unigram, twin.unigram, 1e-9);
    check_near("bigram", 0, entropies.bigram, twin.bigram, 1e-9);
    assert_int_equal(entropies.predicted, twin.predicted);
    free(units);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_by_hand),
        cmocka_unit_test(pairs_without_room_are_left_to_the_unigrams),
        cmocka_unit_test(parts_that_are_too_short_are_not_measured),
        cmocka_unit_test(slow_twin_agrees),
    };
    return cmocka_run_group_tests_name("entropy", tests, NULL, NULL);
}
