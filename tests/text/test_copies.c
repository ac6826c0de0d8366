/* Tests of src/text/copies.c: texts worked by hand, borders of characters and records, and random texts against a
 * finder that compares every unit with every other. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "text/copies.h"
#include "text/matching_statistics.h"

/* A text beside a corpus. */
typedef struct Case {
    Bytes row;
    int32_t *matching;
    CopiedText text;
} Case;

static Case make_case(const char *text, size_t length, const char *corpus, size_t corpus_length, Unit unit) {
    Case made = {0};
    assert_true(bytes_append(&made.row, text, length, NULL));
    assert_true(bytes_append(&made.row, corpus, corpus_length, NULL));
    made.matching = matching_statistics(made.row.data, made.row.length, length, NULL);
    assert_non_null(made.matching);
    made.text = (CopiedText){made.row.data, length, made.matching, unit, false};
    return made;
}

static void free_case(Case *made) {
    free(made->matching);
    bytes_free(&made->row);
}

/* Copies as they are found. */
typedef struct Found {
    Copy items[64];
    size_t count;
    size_t longest;
    CopiesCover cover;
} Found;

static void take(void *context, const Copy *copy) {
    Found *into = context;
    if (copy->units >= into->cover.least) {
        assert_true(into->count < 64);
        into->items[into->count++] = *copy;
    }
    into->longest = copy->units > into->longest ? copy->units : into->longest;
    copies_cover(&into->cover, copy);
}

/* The copies of at least `least` units as "begin+units begin+units ...; longest; units of the text". */
static const char *found(const char *text, const char *corpus, Unit unit, bool records, size_t least,
                         char out[256]) {
    Case made = make_case(text, strlen(text), corpus, strlen(corpus), unit);
    made.text.records = records;
    Found copies = {.cover = {.least = least}};
    size_t units = copies_find(&made.text, take, &copies);
    size_t used = 0;
    for (size_t k = 0; k < copies.count; k++) {
        used +=
            (size_t)snprintf(out + used, 256 - used, "%zu+%zu ", copies.items[k].unit, copies.items[k].units);
    }
    snprintf(out + used, 256 - used, "; %zu; %zu", copies.longest, units);
    free_case(&made);
    return out;
}

static void by_hand(void **state) {
    (void)state;
    char out[256];
    assert_string_equal(found("the cat sat", "a cat sits", UNIT_CHAR, false, 1, out), "0+1 3+6 9+2 ; 6; 11");
    assert_string_equal(found("the cat sat", "a cat sits", UNIT_CHAR, false, 2, out), "3+6 9+2 ; 6; 11");
    assert_string_equal(found("the cat sat", "a cat sits", UNIT_CHAR, false, 7, out), "; 6; 11");
    assert_string_equal(found("abcde", "abcd bcde", UNIT_CHAR, false, 3, out), "0+4 1+4 ; 4; 5");
    assert_string_equal(found("xyz", "abc", UNIT_CHAR, false, 1, out), "; 0; 3");
    assert_string_equal(found("abc", "xabcx", UNIT_CHAR, false, 1, out), "0+3 ; 3; 3");
}

/* é is C3 A9, è is C3 A8, ǩ is C7 A9: they have bytes in common, but no character. */
static void characters_are_whole(void **state) {
    (void)state;
    char out[256];
    assert_string_equal(found("aé", "aè", UNIT_CHAR, false, 1, out), "0+1 ; 1; 2");
    assert_string_equal(found("éb", "ǩb", UNIT_CHAR, false, 1, out), "1+1 ; 1; 2");
    assert_string_equal(found("é", "è", UNIT_CHAR, false, 1, out), "; 0; 1");
    assert_string_equal(found("éb", "ǩb", UNIT_BYTE, false, 1, out), "1+2 ; 2; 3");
    assert_string_equal(found("漢字だ", "漢字た", UNIT_CHAR, false, 1, out), "0+2 ; 2; 3");
    /* A letter with a mark is one grapheme, and no copy of the letter alone. */
    assert_string_equal(found("xe\xCC\x81y", "xe y", UNIT_GRAPHEME, false, 1, out), "0+1 2+1 ; 1; 3");
}

static void white_space_alone_is_no_copy(void **state) {
    (void)state;
    char out[256];
    assert_string_equal(found("a    b", "x     y", UNIT_CHAR, false, 1, out), "; 0; 6");
    assert_string_equal(found("a \n\t b", "x \n\t y", UNIT_CHAR, false, 1, out), "; 0; 6");
    assert_string_equal(found("a\xE3\x80\x80\xC2\xA0z", "x\xE3\x80\x80\xC2\xA0y", UNIT_CHAR, false, 1, out),
                        "; 0; 4");
    assert_string_equal(found("a    b", "x    b", UNIT_CHAR, false, 1, out), "1+5 ; 5; 6");
    assert_string_equal(found("  b  ", "b  ", UNIT_CHAR, false, 1, out), "2+3 ; 3; 5");
}

#define B "\xFF" /* a border; in a literal of its own, as letters could be digits of it */

static void no_copy_goes_beyond_a_record(void **state) {
    (void)state;
    static const char text[] = B "otto" B "anna" B "ott" B "an" B "an";
    static const char corpus[] = B "otto" B "anton" B "an" B;
    char out[256];
    assert_string_equal(found(B "anna" B "otto" B, B "otto" B "anna" B "otto" B, UNIT_CHAR, true, 2, out),
                        "0+4 4+4 ; 4; 8");
    Case made = make_case(text, sizeof text - 1, corpus, sizeof corpus - 1, UNIT_CHAR);
    made.text.records = true;
    CopiedRecords records = copies_count_records(&made.text);
    assert_int_equal(records.count, 4); /* the last is not over */
    assert_int_equal(records.copied, 2);
    free_case(&made);
}

/* How many units lie in copies of at least `least`, as copies are told of one after the other. */
static size_t covered_by(const Copy *items, size_t count, size_t least) {
    CopiesCover cover = {.least = least};
    for (size_t k = 0; k < count; k++) {
        copies_cover(&cover, &items[k]);
    }
    return cover.units;
}

static void share_is_of_the_union(void **state) {
    (void)state;
    static const Copy items[] = {{0, 5, 0, 5}, {2, 8, 2, 6}, {10, 13, 10, 3}, {20, 29, 20, 9}};
    assert_int_equal(covered_by(items, 4, 3), 8 + 3 + 9);
    assert_int_equal(covered_by(items, 4, 4), 8 + 9);
    assert_int_equal(covered_by(items, 4, 6), 6 + 9);
    assert_int_equal(covered_by(items, 4, 10), 0);
}

/* --- random texts --- */

enum { LONGEST = 60, SYMBOLS = 8, BORDER = SYMBOLS - 1 };

/* Some that share bytes, white space, and the border. */
static const char *const symbols[SYMBOLS] = {"a", "é", "è", "漢", "漣", " ", "\u3000", "\xFF"};

typedef struct RandomText {
    size_t units[LONGEST];
    size_t count;
    Bytes bytes;
} RandomText;

static RandomText make_random(Random *random, size_t letters, bool records) {
    RandomText text = {.count = 1 + random_next(random) % LONGEST};
    for (size_t k = 0; k < text.count; k++) {
        bool border = records && (k == 0 || random_next(random) % 5 == 0);
        text.units[k] = border ? BORDER : random_next(random) % letters;
        const char *symbol = symbols[text.units[k]];
        assert_true(bytes_append(&text.bytes, symbol, strlen(symbol), NULL));
    }
    return text;
}

/* The end of the longest agreement from a unit on; the unit itself if there is none. */
static size_t naive_end(const RandomText *text, const RandomText *corpus, size_t first) {
    size_t longest = 0;
    for (size_t other = 0; other < corpus->count; other++) {
        size_t common = 0;
        while (first + common < text->count && other + common < corpus->count &&
               text->units[first + common] == corpus->units[other + common] &&
               text->units[first + common] != BORDER) {
            common++;
        }
        longest = common > longest ? common : longest;
    }
    return first + longest;
}

static bool naive_blank(const RandomText *text, size_t first, size_t end) {
    for (size_t k = first; k < end; k++) {
        if (text->units[k] != 5 && text->units[k] != 6) {
            return false;
        }
    }
    return true;
}

/* Compares what was found with what the definition says. */
static void check_random(const RandomText *text, const RandomText *corpus, size_t least, const Found *copies,
                         size_t units) {
    size_t next = 0;
    size_t reached = 0;
    size_t borders = 0;
    size_t sum = 0;
    bool covers[LONGEST] = {false};
    for (size_t k = 0; k < text->count; k++) {
        borders += text->units[k] == BORDER;
        size_t end = naive_end(text, corpus, k);
        if (end > reached && end - k >= least && !naive_blank(text, k, end)) {
            assert_true(next < copies->count);
            assert_int_equal(copies->items[next].unit, k - borders);
            assert_int_equal(copies->items[next].units, end - k);
            next++;
            memset(covers + k, true, end - k);
        }
        reached = end > reached ? end : reached;
    }
    assert_int_equal(next, copies->count);
    assert_int_equal(units, text->count - borders);
    for (size_t k = 0; k < text->count; k++) {
        sum += covers[k];
    }
    assert_int_equal(copies->cover.units, sum);
}

static void as_defined_on_random_texts(void **state) {
    (void)state;
    Random random = random_create(2, 0);
    for (int round = 0; round < 4000; round++) {
        size_t letters = 1 + random_next(&random) % BORDER;
        bool records = round % 2 == 1;
        RandomText text = make_random(&random, letters, records);
        RandomText corpus = make_random(&random, letters, records);
        Case made =
            make_case(text.bytes.data, text.bytes.length, corpus.bytes.data, corpus.bytes.length, UNIT_CHAR);
        made.text.records = records;
        for (size_t least = 1; least < 5; least++) {
            Found copies = {.cover = {.least = least}};
            size_t units = copies_find(&made.text, take, &copies);
            check_random(&text, &corpus, least, &copies, units);
        }
        free_case(&made);
        bytes_free(&text.bytes);
        bytes_free(&corpus.bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(characters_are_whole),
        cmocka_unit_test(white_space_alone_is_no_copy),
        cmocka_unit_test(no_copy_goes_beyond_a_record),
        cmocka_unit_test(share_is_of_the_union),
        cmocka_unit_test(as_defined_on_random_texts),
    };
    return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
