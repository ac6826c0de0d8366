/* Tests of src/text/source.c: a text read in pieces of any size is the text read whole. tests/fuzz/fuzz_reading.c looks
 * for texts of which that is not so; those that it found are here. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/scratch.h"
#include "text/source.h"
#include "text/symbol_set.h"

/* What a reading comes to. */
typedef struct Result {
    bool done;
    Error error;
    Source source;
    Bytes text;
    SymbolSet *set;
    Bytes units; /* the numbers of the symbols, as bytes */
    size_t pieces;
} Result;

static bool take(void *context, const Piece *piece, Error *error) {
    Result *result = context;
    size_t count = 0;
    uint32_t *units = malloc(piece->length * sizeof *units);
    assert_non_null(units);
    result->pieces++;
    assert_true(symbol_set_encode_adding(result->set, piece->text, piece->length, units, &count, error));
    assert_true(bytes_append(&result->units, (const char *)units, count * sizeof *units, error));
    assert_true(bytes_append(&result->text, piece->text, piece->length, error));
    free(units);
    return true;
}

static Result read_file(const Pipeline *pipeline, char *path, size_t piece_size) {
    Result result = {.set = symbol_set_create(pipeline->unit, NULL),
                     .source = {.pipeline = pipeline,
                                .paths = &path,
                                .path_count = 1,
                                .purpose = "read",
                                .piece_size = piece_size}};
    assert_non_null(result.set);
    result.done = source_read(&result.source, (Sink){take, &result}, &result.error);
    return result;
}

static void free_result(Result *result) {
    text_report_free(&result->source.report);
    bytes_free(&result->text);
    bytes_free(&result->units);
    symbol_set_free(result->set);
}

static void check_equal(const Bytes *one, const Bytes *other) {
    assert_int_equal(one->length, other->length);
    assert_true(one->length == 0 || memcmp(one->data, other->data, one->length) == 0);
}

/* Reads the file whole and in pieces of 1 to 40 bytes; returns how many pieces the smallest ones made. */
static size_t check_pieces(const Pipeline *pipeline, char *path) {
    size_t most = 0;
    Result whole = read_file(pipeline, path, 0);
    for (size_t size = 1; size <= 40; size++) {
        Result pieces = read_file(pipeline, path, size);
        most = size == 1 ? pieces.pieces : most;
        assert_int_equal(pieces.done, whole.done);
        assert_string_equal(pieces.error.message, whole.error.message);
        if (whole.done) {
            check_equal(&pieces.text, &whole.text);
            check_equal(&pieces.units, &whole.units);
            check_equal(&pieces.source.report.invalid_at, &whole.source.report.invalid_at);
            assert_true(pieces.source.report.digest == whole.source.report.digest);
            assert_int_equal(pieces.source.report.invalid, whole.source.report.invalid);
        }
        free_result(&pieces);
    }
    free_result(&whole);
    return most;
}

/* The same with every unit and every way with bytes that are no UTF-8; returns how many pieces characters made. */
static size_t check_text(Scratch *scratch, const char *text) {
    char *path = scratch_write_text(scratch, "file", text);
    size_t pieces = 0;
    for (int unit = 0; unit < UNITS; unit++) {
        for (int invalid = 0; invalid < INVALIDS; invalid++) {
            const Pipeline pipeline = {
                .unit = (Unit)unit, .unify_newlines = invalid != 0, .invalid = (Invalid)invalid};
            size_t found = check_pieces(&pipeline, path);
            pieces = unit == UNIT_CHAR ? found : pieces;
        }
    }
    return pieces;
}

static void pieces_of_any_size_make_the_whole(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    assert_true(check_text(scratch, "The lazy dog\nand the fox\r\nthat jumped\rover it") > 20);
    assert_true(check_text(scratch, "漢字仮名交じり文漢字漢字") > 1);
    check_text(scratch, "\xEF\xBB\xBF"
                        "cafe\xCC\x81 e\xCC\x81\n\xCC\x81x");
    assert_true(check_text(scratch, "ひらがなカタカナ") > 1);
    assert_true(check_text(scratch, "한국어 한글") > 1);
    assert_true(check_text(scratch, "на дворе трава") > 1);
    assert_true(check_text(scratch, "हिन्दी में कविता") > 1);
    check_text(scratch, "\xD8\x80 \xD8\x80 \xCC\x81 x か\xE3\x82\x99か");
    check_text(scratch, "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB 👨‍👩‍👧🇪🇸🇪🇸");
    check_text(scratch, "one\ntwo \xE6\xBC\nthree");
    check_text(scratch, "ends in \xE6\xBC");
    check_text(scratch, "\xFF\xFEh\x01i\x01\n");
    scratch_remove(scratch);
}

/* What is left out of a text joins what stood beside it: 漢, half an ideograph, a mark; and half an ideograph, a sign
 * that is written before (U+0600), 漢. */
static void no_piece_ends_beside_what_is_left_out(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    check_text(scratch, "漢\xE6\xCC\x81漢字");
    check_text(scratch, "字\xE5\xD8\x80漢字");
    scratch_remove(scratch);
}

/* A text of which nothing is left: the message names the rule that took the last of it. */
static void pieces_are_emptied_by_the_same_rule(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    Pipeline pipeline = {.unit = UNIT_CHAR};
    assert_true(pipeline_add_rule(&pipeline, RULE_KEEP_LINES, "a", NULL));
    assert_true(pipeline_add_rule(&pipeline, RULE_DROP_LINES, "b", NULL));
    assert_true(check_pieces(&pipeline, scratch_write_text(scratch, "both", "ab\nab\nxyz\n")) == 0);
    char *path = scratch_path(scratch, "both");
    Result result = read_file(&pipeline, path, 1);
    assert_false(result.done);
    assert_contains(result.error.message, "after --drop-lines 'b'");
    free_result(&result);
    assert_true(pipeline_set_separator(&pipeline, pipeline_line_separator(&pipeline), NULL));
    path = scratch_write_text(scratch, "records", "\nab\n\n");
    assert_int_equal(check_pieces(&pipeline, path), 0);
    pipeline_free(&pipeline);
    assert_true(pipeline_add_rule(&pipeline, RULE_DROP_LINES, "b", NULL));
    assert_true(pipeline_set_separator(&pipeline, pipeline_line_separator(&pipeline), NULL));
    assert_int_equal(check_pieces(&pipeline, path), 0);
    pipeline_free(&pipeline);
    scratch_remove(scratch);
}

/* What rules of a stranger make of a text: forty times twice as long would be more than there is memory. */
static void rules_cannot_blow_a_text_up(void **state) {
    (void)state;
    static const char *const expressions[] = {"s/./$0$0/g", "s/(?:)/x/g"};
    Scratch *scratch = scratch_create();
    char *path = scratch_write_text(scratch, "text", "abcdefgh\n");
    for (size_t kind = 0; kind < 2; kind++) {
        Pipeline pipeline = {.unit = UNIT_CHAR};
        for (size_t k = 0; k < 40; k++) {
            assert_true(pipeline_add_rule(&pipeline, RULE_REPLACE, expressions[kind], NULL));
        }
        Result result = read_file(&pipeline, path, 1);
        assert_false(result.done);
        assert_contains(result.error.message, expressions[kind]);
        assert_contains(result.error.message,
                        "the text grows to more than 1048720 bytes"); /* 16 times 9, and 1 MiB */
        free_result(&result);
        pipeline_free(&pipeline);
    }
    scratch_remove(scratch);
}

/* All rules together have a limit, since each is compiled before the first is used. */
static void rules_have_a_limit(void **state) {
    (void)state;
    Pipeline pipeline = {.unit = UNIT_CHAR};
    Pipeline bytes = {.unit = UNIT_BYTE};
    Error error = {0};
    size_t count = 0;
    while (pipeline_add_rule(&pipeline, RULE_DROP_LINES, "(a)(?:\\1*){900}", &error)) {
        count++;
    }
    assert_in_range(count, 100, 1000);
    assert_contains(error.message, "with this one the rules take more than 1048576 bytes of memory");
    assert_int_equal(pipeline.rule_count, count);
    count = 0;
    char comment[2000];
    (void)snprintf(comment, sizeof comment, "\xFF(?#%01990d)", 0);
    while (pipeline_add_rule(&bytes, RULE_KEEP_LINES, comment, &error)) {
        count++;
    }
    assert_in_range(count, 30, 40); /* an array of numbers in a model file */
    pipeline_free(&pipeline);
    pipeline_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_make_the_whole),
        cmocka_unit_test(no_piece_ends_beside_what_is_left_out),
        cmocka_unit_test(pieces_are_emptied_by_the_same_rule),
        cmocka_unit_test(rules_cannot_blow_a_text_up),
        cmocka_unit_test(rules_have_a_limit),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
