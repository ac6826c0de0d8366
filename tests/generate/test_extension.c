/* What searches are made of: the best extensions, and texts as a tree. */
#include "generate/extension.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "generate/trail.h"
#include "support/cmocka_all.h"

enum { OFFERED = 300 };

static int compare(const void *left, const void *right) {
    const Extension *a = left;
    const Extension *b = right;
    if (a->score > b->score || a->score < b->score) {
        return a->score < b->score ? 1 : -1;
    }
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Many of the scores are the same; the order of the offers must not matter. */
static void test_the_best_are_kept_in_order(void **state) {
    (void)state;
    Random random = random_create(1, 0);
    for (size_t room = 1; room <= OFFERED + 1; room += 25) {
        Extension all[OFFERED];
        ExtensionList list;
        assert_true(extension_list_create(&list, room, NULL));
        for (uint32_t k = 0; k < OFFERED; k++) {
            all[k] = (Extension){(double)(random_next(&random) % 20), (k * 7) % OFFERED % 9,
                                 (k * 7) % OFFERED / 9};
            extension_list_offer(&list, all[k]);
        }
        extension_list_sort(&list);
        qsort(all, OFFERED, sizeof *all, compare);
        assert_int_equal(list.count, room < OFFERED ? room : OFFERED);
        for (size_t k = 0; k < list.count; k++) {
            assert_int_equal(compare(&list.items[k], &all[k]), 0);
        }
        extension_list_free(&list);
    }
}

/* Probabilities 1/2, 1/4, 1/8, 1/8 and 0, of logits that are shifted; the first is excluded. */
static void test_units_by_log_probability(void **state) {
    (void)state;
    const real logits[] = {(real)log(4) + 50, (real)log(2) + 50, 50, 50, -INFINITY};
    const bool excluded[] = {true, false, false, false, false};
    ExtensionList list;
    assert_true(extension_list_create(&list, 10, NULL));
    extension_list_offer_units(&list, 7, -1, logits, 5, excluded);
    extension_list_sort(&list);
    assert_int_equal(list.count, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(list.items[k].unit, k + 1);
        assert_int_equal(list.items[k].parent, 7);
        assert_float_equal(list.items[k].score, (float)(log(k == 0 ? 0.25 : 0.125) - 1), 1e-5);
    }
    extension_list_free(&list);
}

static void test_units_of_no_number_are_not_offered(void **state) {
    (void)state;
    const real faults[] = {(real)NAN, (real)INFINITY};
    const bool excluded[2] = {false};
    for (size_t k = 0; k < 2; k++) {
        const real logits[] = {1, faults[k]};
        ExtensionList list;
        assert_true(extension_list_create(&list, 10, NULL));
        extension_list_offer_units(&list, 0, 0, logits, 2, excluded);
        assert_int_equal(list.count, 0);
        extension_list_free(&list);
    }
}

static void test_texts_share_their_beginning(void **state) {
    (void)state;
    Trail trail = {0};
    uint32_t node = TRAIL_START, branch = TRAIL_START, units[1000];
    for (uint32_t k = 0; k < 1000; k++) {
        assert_true(trail_add(&trail, node, k, &node, NULL));
        if (k == 499) {
            assert_true(trail_add(&trail, node, 9999, &branch, NULL));
        }
    }
    assert_int_equal(trail_length(&trail, TRAIL_START), 0);
    assert_int_equal(trail_length(&trail, node), 1000);
    assert_int_equal(trail_length(&trail, branch), 501);
    assert_int_equal(trail_last(&trail, node, 3, units), 3);
    assert_true(units[0] == 997 && units[1] == 998 && units[2] == 999);
    assert_int_equal(trail_last(&trail, branch, 1000, units), 501);
    assert_true(units[0] == 0 && units[499] == 499 && units[500] == 9999);
    assert_int_equal(trail_last(&trail, TRAIL_START, 5, units), 0);
    trail_free(&trail);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_best_are_kept_in_order),
        cmocka_unit_test(test_units_by_log_probability),
        cmocka_unit_test(test_units_of_no_number_are_not_offered),
        cmocka_unit_test(test_texts_share_their_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
