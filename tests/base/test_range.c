/* Parts of a length (base/range.c). */
#include "base/range.h"

#include "support/cmocka_all.h"

/* Each part begins where the one before ended, and none is larger than another by more than one grain; only the
 * length's end may lie between two grains. */
static void check_parts(size_t length, size_t grain, size_t parts) {
    size_t grains = (length + grain - 1) / grain;
    size_t next = 0;
    for (size_t part = 0; part < parts; part++) {
        Range range = range_part(length, grain, parts, part);
        assert_int_equal(range.begin, next);
        assert_true(range.end >= range.begin && range.end <= length);
        assert_true(range.end % grain == 0 || range.end == length);
        size_t whole = (range.end - range.begin + grain - 1) / grain;
        assert_in_range(whole, grains / parts, (grains + parts - 1) / parts);
        next = range.end;
    }
    assert_int_equal(next, length);
}

static void parts_cover_a_length_in_grains(void **state) {
    (void)state;
    static const size_t grains[] = {1, 3, 16, 17, 64, 1000};
    static const size_t parts[] = {1, 2, 3, 7, 8, 31, 200};
    for (size_t g = 0; g < sizeof grains / sizeof *grains; g++) {
        for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
            for (size_t length = 0; length <= 300; length++) {
                check_parts(length, grains[g], parts[p]);
            }
            check_parts(1000003, grains[g], parts[p]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_cover_a_length_in_grains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
