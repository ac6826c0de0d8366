/* Tests of src/text/placed_text.c: where the bytes of several files stood, and what is refused. */
#include "text/corpus_fixture.h"

#include "text/placed_text.h"

static PlacedText read_files(const Pipeline *pipeline, char **paths, size_t count) {
    const PlacedTextFiles files = {paths, count, "compare", SIZE_MAX};
    PlacedText text;
    Error error = {0};
    if (!placed_text_read(pipeline, &files, &text, &error)) {
        fail_msg("%s", error.message);
    }
    return text;
}

/* The place of a byte, as a walk that begins with it finds it. */
static TextPlace place_of(const PlacedText *text, size_t at) {
    TextWalk walk = {.text = text, .unit = UNIT_CHAR};
    return text_walk_to(&walk, at);
}

/* The place of the first `wanted` of the text. */
static void check_place(const PlacedText *text, const char *wanted, const char *name, size_t line,
                        size_t unit) {
    const char *at = strstr(text->bytes.data, wanted);
    assert_non_null(at);
    TextPlace place = place_of(text, (size_t)(at - text->bytes.data));
    assert_string_equal(place.name, name);
    assert_int_equal(place.line, line);
    assert_int_equal(place.unit, unit);
}

static void places_are_those_of_the_files(void **state) {
    char *paths[] = {scratch_write_text(*state, "one", "eins\nzw\xC3\xB6lf acht\nneun"),
                     scratch_write_text(*state, "two", "zehn\n\n\xE6\xBC\xA2\xE5\xAD\x97 elf\n")};
    PlacedText text = read_files(&chars, paths, 2);
    assert_string_equal(text.bytes.data,
                        "eins\nzw\xC3\xB6lf acht\nneun\nzehn\n\n\xE6\xBC\xA2\xE5\xAD\x97 elf\n");
    check_place(&text, "eins", paths[0], 1, 1);
    check_place(&text, "acht", paths[0], 2, 7);
    check_place(&text, "\nneun", paths[0], 2, 11);
    check_place(&text, "zehn", paths[1], 1, 1);
    check_place(&text, "elf", paths[1], 3, 4);
    assert_int_equal(placed_text_units(&text, UNIT_CHAR), 34);
    assert_int_equal(placed_text_offset(&text, UNIT_CHAR, 0), 0);
    assert_int_equal(placed_text_offset(&text, UNIT_CHAR, 8), 9);
    assert_int_equal(placed_text_offset(&text, UNIT_CHAR, 34), text.bytes.length);
    placed_text_free(&text);
}

/* A file that comes in several pieces, one of which ends within a line. */
static void places_go_on_from_piece_to_piece(void **state) {
    enum { WORDS = 400000 };
    Bytes long_text = {0};
    for (unsigned k = 0; k < WORDS; k++) {
        assert_true(bytes_printf(&long_text, NULL, k % 1000 == 999 ? "%06u\n" : "%06u ", k));
    }
    char *paths[] = {scratch_write(*state, "long", long_text.data, long_text.length)};
    bytes_free(&long_text);
    PlacedText text = read_files(&chars, paths, 1);
    assert_int_equal(text.mark_count, 1);
    check_place(&text, "000000", paths[0], 1, 1);
    check_place(&text, "123456", paths[0], 124, 1 + 456 * 7);
    check_place(&text, "399999", paths[0], 400, 1 + 999 * 7);
    placed_text_free(&text);
}

static void records_have_borders_and_their_own_places(void **state) {
    Pipeline pipeline = {.unit = UNIT_CHAR};
    assert_true(pipeline_set_separator(&pipeline, pipeline_line_separator(&pipeline), NULL));
    char *paths[] = {scratch_write_text(*state, "names", "anna\n\notto\nzo\xC3\xAB\n")};
    PlacedText text = read_files(&pipeline, paths, 1);
    assert_string_equal(text.bytes.data, "\xFF"
                                         "anna\xFFotto\xFFzo\xC3\xAB\xFF");
    assert_int_equal(placed_text_units(&text, UNIT_CHAR), 11);
    check_place(&text, "anna", paths[0], 1, 1);
    check_place(&text, "tto", paths[0], 3, 2);
    check_place(&text, "\xC3\xAB", paths[0], 4, 3);
    placed_text_free(&text);
    pipeline_free(&pipeline);
}

static void text_from_no_file_has_lines(void **state) {
    (void)state;
    static char plain[] = "one\ntwo\xC3\xA9 three";
    const PlacedText text = {.bytes = {plain, sizeof plain - 1, sizeof plain}};
    TextPlace place = place_of(&text, 10);
    assert_null(place.name);
    assert_int_equal(place.line, 2);
    assert_int_equal(place.unit, 6);
    static char three[] = "\xFF"
                          "anna\xFFotto\xFF";
    const PlacedText records = {.bytes = {three, sizeof three - 1, sizeof three}, .records = true};
    place = place_of(&records, 8);
    assert_int_equal(place.line, 2);
    assert_int_equal(place.unit, 3);
    assert_int_equal(place_of(&records, 1).line, 1);
}

/* From place to place, there and back, it is where it is found from the beginning. */
static void a_walk_comes_to_the_same_places(void **state) {
    char *paths[] = {scratch_write_text(*state, "one", "eins\nzw\xC3\xB6lf acht\nneun"),
                     scratch_write_text(*state, "two", "zehn\n\n\xE6\xBC\xA2\xE5\xAD\x97 elf\n")};
    PlacedText text = read_files(&chars, paths, 2);
    for (size_t step = 1; step < text.bytes.length; step++) {
        TextWalk walk = {.text = &text, .unit = UNIT_CHAR};
        for (size_t k = 0; k < 2 * text.bytes.length; k++) {
            size_t at = k * step % text.bytes.length;
            if (((unsigned char)text.bytes.data[at] & 0xC0u) == 0x80u) {
                continue; /* no unit begins there */
            }
            TextPlace place = place_of(&text, at);
            TextPlace walked = text_walk_to(&walk, at);
            assert_string_equal(walked.name, place.name);
            assert_int_equal(walked.line, place.line);
            assert_int_equal(walked.unit, place.unit);
        }
    }
    placed_text_free(&text);
}

static void check_refused(const PlacedTextFiles *files, const char *words) {
    Error error = {0};
    PlacedText text;
    assert_false(placed_text_read(&chars, files, &text, &error));
    assert_contains(error.message, words);
    assert_null(text.bytes.data);
    assert_null(text.marks);
}

static void faults_are_named(void **state) {
    char *empty[] = {scratch_write_text(*state, "empty", "")};
    char *invalid[] = {scratch_write_text(*state, "invalid", "one\nb\xFF")};
    char *text[] = {scratch_write_text(*state, "text", "0123456789")};
    check_refused(&(PlacedTextFiles){empty, 1, "compare", SIZE_MAX},
                  "empty is empty: there is nothing to compare");
    check_refused(&(PlacedTextFiles){invalid, 1, "compare", SIZE_MAX},
                  "invalid: line 2, byte 5: 0xFF is not valid UTF-8");
    PlacedText just;
    assert_true(placed_text_read(&chars, &(PlacedTextFiles){text, 1, "compare", 10}, &just, NULL));
    placed_text_free(&just);
    check_refused(&(PlacedTextFiles){text, 1, "compare", 9},
                  "the text has more than 9 bytes, which is the most that can be searched");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        corpus_test(places_are_those_of_the_files),
        corpus_test(places_go_on_from_piece_to_piece),
        corpus_test(records_have_borders_and_their_own_places),
        cmocka_unit_test(text_from_no_file_has_lines),
        corpus_test(a_walk_comes_to_the_same_places),
        corpus_test(faults_are_named),
    };
    return cmocka_run_group_tests_name("placed text", tests, NULL, NULL);
}
