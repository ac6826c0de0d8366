/* The checksum of files (base/checksum.c). */
#include "base/checksum.h"

#include <string.h>

#include "support/cmocka_all.h"

/* Values that the algorithm's own programs give: a text shorter than a word, one of words, bytes and stripes. */
static void it_is_xxh64(void **state) {
    (void)state;
    static const char long_text[] = "Nobody inspects the spammish repetition";
    assert_true(checksum_of(0, "", 0) == 0xEF46DB3751D8E999u);
    assert_true(checksum_of(0, "a", 1) == 0xD24EC4F1A98C6E5Bu);
    assert_true(checksum_of(0, "abc", 3) == 0x44BC2CF5AD770999u);
    assert_true(checksum_of(0, long_text, strlen(long_text)) == 0xFBCEA83C8A378BF1u);
}

/* Each bit of each byte counts, at all lengths and whatever comes before. */
static void every_bit_counts(void **state) {
    (void)state;
    enum { LONGEST = 100 };
    unsigned char bytes[LONGEST] = {0};
    for (size_t length = 1; length <= LONGEST; length++) {
        uint64_t seed = length % 2 == 0 ? 0 : 0x123456789ABCDEFu;
        uint64_t whole = checksum_of(seed, bytes, length);
        assert_true(whole != checksum_of(seed, bytes, length - 1));
        assert_true(whole != checksum_of(seed + 1, bytes, length));
        for (size_t bit = 0; bit < 8 * length; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
            assert_true(whole != checksum_of(seed, bytes, length));
            bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_xxh64),
        cmocka_unit_test(every_bit_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
