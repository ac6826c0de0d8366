/* Tests of src/model/model_file.c on files that are made to do harm: each is refused with a message that says what is
 * wrong, which the sanitizers watch. Those that are merely damaged have test_model_file_damage.c. */
#include "model/damaged_file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

/* Of a residual cell in one head, whose layers have as many units as there are symbols: V = E = H = 5. */
static int setup_residual(void **state) {
    NetworkConfig config = {.cells = cell_list_of(cell_find("mlstm")),
                            .layers = 2,
                            .hidden = 5,
                            .heads = 1,
                            .embed = 5,
                            .vocab = 5};
    Model model = make_model_of(&config, make_vocab());
    set_example(state, &model);
    return 0;
}

/* The header as JSON, to be changed. */
static json_t *header_of(const Example *example) {
    json_t *header = json_loadb(example->file.data + 8, example->header_length, 0, NULL);
    assert_non_null(header);
    return header;
}

/* The file with another header, which is dropped. */
static char *write_with(const Example *example, json_t *header) {
    char *text = json_dumps(header, JSON_COMPACT);
    assert_non_null(text);
    uint64_t length = strlen(text);
    Bytes bytes = {0};
    size_t data = 8 + example->header_length;
    assert_true(bytes_append(&bytes, &length, sizeof length, NULL));
    assert_true(bytes_append(&bytes, text, length, NULL));
    assert_true(bytes_append(&bytes, example->file.data + data, example->file.length - data, NULL));
    char *path = write_bad(example, bytes.data, bytes.length);
    bytes_free(&bytes);
    free(text);
    json_decref(header);
    return path;
}

/* The file with another text in its metadata; without it if `text` is NULL. */
static char *write_metadata(const Example *example, const char *key, const char *text) {
    json_t *header = header_of(example);
    json_t *metadata = json_object_get(header, "__metadata__");
    if (text == NULL) {
        assert_int_equal(json_object_del(metadata, key), 0);
    } else {
        assert_int_equal(json_object_set_new(metadata, key, json_string(text)), 0);
    }
    return write_with(example, header);
}

static void check_metadata(const Example *example, const char *key, const char *text, const char *words) {
    assert_refused(write_metadata(example, key, text), words);
}

static void test_format_and_version(void **state) {
    const Example *example = *state;
    check_metadata(example, "format", NULL, "no letra model");
    check_metadata(example, "format", "pt", "`letra import` brings a PyTorch state dict");
    check_metadata(example, "format_version", NULL, "\"format_version\" is missing");
    check_metadata(example, "format_version", "2",
                   "was written by a newer letra (format version 2); this program reads version 1");
    check_metadata(example, "format_version", "0", "\"format_version\" is 0; this program reads version 1");
    check_metadata(example, "format_version", "1\x1B", "\"format_version\" is 1\\u001B");
    check_metadata(example, "version", "0123456789012345678901234567890123456789",
                   "\"version\" is no string of less");
    check_metadata(example, "version", "\x1B[2J", "\"version\" is no string of less than 32 printable bytes");
}

/* A configuration with one member changed. */
static void check_config(const Example *example, const char *member, const char *value, const char *words) {
    static const char *const members[][2] = {{"cell", "\"lstm\""}, {"layers", "2"}, {"hidden", "3"},
                                             {"embed", "2"},       {"vocab", "5"},  {"unit", "\"char\""}};
    Bytes text = {0};
    for (size_t k = 0; k < COUNT(members); k++) {
        bool changed = strcmp(members[k][0], member) == 0;
        if (changed && value == NULL) {
            continue;
        }
        assert_true(bytes_printf(&text, NULL, "%s\"%s\":%s", text.length == 0 ? "{" : ",", members[k][0],
                                 changed ? value : members[k][1]));
    }
    if (strcmp(member, "forget_bias") == 0 || strcmp(member, "zoneout") == 0 ||
        strcmp(member, "heads") == 0) {
        assert_true(bytes_printf(&text, NULL, ",\"%s\":%s", member, value));
    }
    assert_true(bytes_printf(&text, NULL, "}"));
    check_metadata(example, "config", text.data, words);
    bytes_free(&text);
}

static void test_config(void **state) {
    const Example *example = *state;
    check_metadata(example, "config", NULL, "the metadata lack \"config\"");
    check_metadata(example, "config", "", "\"config\": no valid JSON at byte 0");
    check_metadata(example, "config", "{\"cell\":}", "\"config\": no valid JSON at byte 9");
    check_metadata(example, "config", "[]", "\"config\": no JSON object");
    check_metadata(example, "config", "{}", "\"config\": cell is no string");
    check_config(example, "cell", "\"gruu\\u001b\"", "there is no cell \"gruu\\u001B\"");
    check_config(example, "cell", "\"none\"", "there are: lstm");
    check_config(example, "layers", NULL, "layers is missing");
    check_config(example, "layers", "\"2\"", "layers is no integer from 0 up");
    check_config(example, "layers", "0", "layers of a network must be from 1 to 64, not 0");
    check_config(example, "layers", "65", "layers of a network must be from 1 to 64, not 65");
    check_config(example, "layers", "1", "tensor rnn.bias_hh_l1 belongs to no parameter");
    check_config(example, "layers", "3", "tensor rnn.weight_ih_l2 is missing");
    check_config(example, "hidden", "-3", "hidden is no integer from 0 up");
    check_config(example, "hidden", "0", "hidden of a network must be from 1");
    check_config(example, "hidden", "9223372036854775807", "hidden of a network must be from 1 to 16384");
    check_config(example, "embed", "2.0", "embed is no integer from 0 up");
    check_config(example, "embed", "0", "tensor rnn.weight_ih_l0 has shape [12, 2]; [12, 5] expected");
    check_config(example, "embed", "3", "tensor encoder.weight has shape [5, 2]; [5, 3] expected");
    check_config(example, "vocab", "0", "vocab of a network must be from 1");
    check_config(example, "vocab", "6", "tensor encoder.weight has shape [5, 2]; [6, 2] expected");
    check_config(example, "vocab", "99999999999", "vocab of a network must be from 1 to 1114112");
    check_config(example, "unit", "\"word\"", "unit is none of: char byte grapheme");
    check_config(example, "unit", NULL, "unit is none of");
    check_config(example, "unit", "\"byte\"", "\"vocab\": element 0 is no integer from 0 to 255");
    check_config(example, "heads", "-1", "heads is no integer from 0 up"); /* of which an LSTM has none */
    check_config(example, "forget_bias", "\"1\"", "forget_bias is no number");
    check_config(example, "zoneout", "null", "zoneout is no number");
    check_config(example, "zoneout", "1", "zoneout of a network must be from 0 to below 1, not 1");
    check_config(example, "zoneout", "-0.5", "zoneout of a network must be from 0 to below 1, not -0.5");
}

/* The configuration of a residual cell. */
static char *write_residual(const Example *example, const char *cell, const char *embed, const char *heads) {
    char text[256];
    snprintf(text, sizeof text,
             "{\"cell\":\"%s\",\"layers\":2,\"hidden\":5,\"embed\":%s,\"vocab\":5,\"unit\":\"char\"%s%s}",
             cell, embed, heads == NULL ? "" : ",\"heads\":", heads == NULL ? "" : heads);
    return write_metadata(example, "config", text);
}

static void check_heads(const Example *example, const char *heads, const char *words) {
    assert_refused(write_residual(example, "mlstm", "5", heads), words);
}

static void test_heads(void **state) {
    const Example *example = *state;
    check_heads(example, "3", "mlstm divides its units among heads: 5 units are no multiple of 3 heads");
    check_heads(example, "6", "5 units are no multiple of 6 heads");
    check_heads(example, "5", "tensor layers.0.mlstm.gate_weight has shape [2, 30]; [10, 30] expected");
    check_heads(example, "\"2\"", "heads is no integer from 0 up");
    check_heads(example, "1.0", "heads is no integer from 0 up");
    check_heads(example, "null", "heads is no integer from 0 up");
    check_heads(example, "-1", "heads is no integer from 0 up");
    check_heads(example, "4611686018427387904", "5 units are no multiple of 4611686018427387904 heads");
    check_heads(example, "18446744073709551617", "\"config\": no valid JSON");
    assert_refused(write_residual(example, "slstm", "5", "3"), "slstm divides its units among heads");
    assert_refused(write_residual(example, "lstm,slstm", "5", "3"), "slstm divides its units among heads");
    /* None, or 0, are one. */
    assert_true(try_to_load(write_residual(example, "mlstm", "5", NULL)));
    assert_true(try_to_load(write_residual(example, "mlstm", "5", "0")));
}

/* With one-hot vectors as wide as its units a residual cell would find nothing to add to. */
static void test_residual_cells_need_an_embedding(void **state) {
    const Example *example = *state;
    static const char *const cells[] = {"mlstm", "slstm", "slstm,mlstm"};
    for (size_t k = 0; k < COUNT(cells); k++) {
        assert_refused(write_residual(example, cells[k], "0", "1"),
                       "adds to its input: as the first layer it needs an embedding of 5 numbers");
        assert_refused(write_residual(example, cells[k], "4", "1"), "needs an embedding of 5 numbers");
    }
}

static void test_large_claims_take_no_memory(void **state) {
    const Example *example = *state;
    struct rusage before;
    struct rusage after;
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    check_config(example, "hidden", "16384",
                 "tensor rnn.weight_ih_l0 has shape [12, 2]; [65536, 2] expected");
    check_config(example, "embed", "16384", "tensor encoder.weight has shape [5, 2]; [5, 16384] expected");
    check_config(example, "vocab", "1114112",
                 "tensor encoder.weight has shape [5, 2]; [1114112, 2] expected");
    check_config(example, "layers", "64", "tensor rnn.weight_ih_l2 is missing");
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 16 * 1024);
}

static void test_vocabulary(void **state) {
    const Example *example = *state;
    check_metadata(example, "vocab", NULL, "the metadata lack \"vocab\"");
    check_metadata(example, "vocab", "[\"a\"", "\"vocab\": no valid JSON at byte 4");
    check_metadata(example, "vocab", "{}", "\"vocab\": no JSON array");
    check_metadata(example, "vocab", " ", "\"vocab\": no JSON array");
    check_metadata(example, "vocab", "[]", "\"vocab\" has 0 elements");
    check_metadata(example, "vocab", "[", "\"vocab\": no valid JSON at byte 1");
    check_metadata(example, "vocab", "[,\"a\"]", "\"vocab\": no valid JSON at byte");
    check_metadata(example, "vocab", "[\"a\" \"b\"]", "at byte 5: ',' or ']' expected instead of '\"'");
    check_metadata(example, "vocab", "[ \"a\" , \"b\",]", "\"vocab\": no valid JSON at byte");
    check_metadata(example, "vocab", "[\"a\",\"b\",\"c\",\"d\",\"e\"] ]",
                   "at byte 22: nothing more expected instead of ']'");
    check_metadata(example, "vocab", "[\"a\",\"b\",\"c\",\"d\"]",
                   "\"vocab\" has 4 elements, but the configuration says vocab 5");
    check_metadata(example, "vocab", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]", "\"vocab\" has 6 elements");
    check_metadata(example, "vocab", "[\"a\",\"b\",\"cd\",\"d\",\"e\"]",
                   "element 2 is no string of one character");
    check_metadata(example, "vocab", "[\"\",\"b\",\"c\",\"d\",\"e\"]",
                   "the vocabulary has a border between records, but the pipeline makes none");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"separator\":\"x\"}",
                   "the pipeline makes records, but the vocabulary has no border between them");
    check_metadata(
        example, "pipeline", "{\"normalization\":\"NFC\",\"separator\":\"(\"}",
        "separator does not compile: --separator '(': missing closing parenthesis at offset 1 of the pattern");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"separator\":\"\"}",
                   "the pattern is empty");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"min_count\":-1}",
                   "min_count is no integer from 0 up");
    check_metadata(example, "vocab", "[\"\",\"\",\"c\",\"d\",\"e\"]",
                   "border, does not come after the one before it");
    check_metadata(example, "vocab", "[[],\"b\",\"c\",\"d\",\"e\"]",
                   "element 0 is no string of one character");
    check_metadata(example, "vocab", "[1,2,3,4,5]", "element 0 is no string of one character");
    check_metadata(example, "vocab", "[\"a\",\"b\",\"b\",\"d\",\"e\"]", "symbol 2 of the vocabulary");
    check_metadata(example, "vocab", "[\"b\",\"a\",\"c\",\"d\",\"e\"]", "symbol 1 of the vocabulary");
    check_metadata(example, "vocab", "[\"\\ud800\",\"b\",\"c\",\"d\",\"e\"]", "\"vocab\": no valid JSON");
    Bytes flood = {0};
    assert_true(bytes_printf(&flood, NULL, "["));
    for (size_t k = 0; k < 100000; k++) {
        assert_true(bytes_printf(&flood, NULL, "[],"));
    }
    assert_true(bytes_printf(&flood, NULL, "1]"));
    check_metadata(example, "vocab", flood.data, "\"vocab\": element 0 is no string");
    check_metadata(example, "training", flood.data, "\"training\": more than");
    bytes_free(&flood);
    check_metadata(example, "vocab_counts", "[1,2,3,4]", "\"vocab_counts\" has 4 elements");
    check_metadata(example, "vocab_counts", "[1,2,3,4,-5]", "\"vocab_counts\": element 4 is no integer");
    check_metadata(example, "vocab_counts", "[1,2,3,4,1.5]", "\"vocab_counts\": element 4 is no integer");
    check_metadata(example, "vocab_counts", "[1,9223372036854775807,3,4,5]",
                   "element 1 is no integer from 0 up, or too");
    check_metadata(example, "vocab_counts", "[0,0,0,0,0]", "\"vocab_counts\": all are 0");
}

static void test_pipeline(void **state) {
    const Example *example = *state;
    check_metadata(example, "pipeline", "[]", "\"pipeline\": no JSON object");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFQC\"}",
                   "normalization is nothing that this program knows");
    check_metadata(example, "pipeline", "{\"normalization\":7}",
                   "normalization is nothing that this program knows");
    check_metadata(example, "pipeline", "{}", "normalization is missing");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"newlines\":\"crlf\"}",
                   "newlines is nothing that this program knows");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"case\":\"UPPER\"}",
                   "case is nothing that this program knows");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"invalid\":null}",
                   "invalid is nothing that this program knows");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"replacements\":\"s/a/b/\"}",
                   "replacements is no array");
    check_metadata(example, "pipeline", "{\"normalization\":\"NFC\",\"replacements\":[\"s/a/b/\",7]}",
                   "replacement 2 is neither a string nor an array of bytes");
    static const char *const rules[][2] = {
        {"{\"from\":\"a\"}", "rules is no array"},
        {"[{\"from\":\"a\"},7]", "rule 2 is nothing that this program knows"},
        {"[{}]", "rule 1 is nothing that this program knows"},
        {"[{\"run\":\"rm\"}]", "rule 1 is nothing that this program knows"},
        {"[{\"from\":\"a\",\"to\":\"b\"}]", "rule 1 is nothing that this program knows"},
        {"[{\"from\":7}]", "rule 1 is neither a string nor an array of bytes"},
        {"[{\"replace\":[115,256]}]", "rule 1 is neither a string nor an array of bytes"},
        {"[{\"to\":\"\"}]", "rule 1 is empty or holds a NUL"},
        {"[{\"replace\":\"s/a\\u0000/b/\"}]", "rule 1 is empty or holds a NUL"},
        {"[{\"replace\":\"s/(\\u001b/b/\"}]", "rule 1 does not compile: --replace 's/(\\u001B/b/'"},
        {"[{\"drop-lines\":\"(\\n\\u001b\"}]", "rule 1 does not compile: --drop-lines '(\\u000A\\u001B'"},
        {"[{\"replace\":[115,47,255,47,47]}]", "not valid UTF-8"},
        {"[{\"keep-lines\":[255]}]", "not valid UTF-8"},
    };
    for (size_t k = 0; k < COUNT(rules); k++) {
        char pipeline[200];
        (void)snprintf(pipeline, sizeof pipeline, "{\"normalization\":\"NFC\",\"rules\":%s}", rules[k][0]);
        check_metadata(example, "pipeline", pipeline, rules[k][1]);
    }
}

/* A pipeline of so many rules. */
static char *make_rules(size_t count, const char *rule) {
    Bytes json = {0};
    assert_true(bytes_printf(&json, NULL, "{\"normalization\":\"NFC\",\"rules\":["));
    for (size_t k = 0; k < count; k++) {
        assert_true(bytes_printf(&json, NULL, "%s{\"drop-lines\":\"%s\"}", k > 0 ? "," : "", rule));
    }
    assert_true(bytes_printf(&json, NULL, "]}"));
    return json.data;
}

/* Thousands of rules are fine, and saved as they are loaded; those that would take minutes to compile are not. */
static void test_many_rules(void **state) {
    const Example *example = *state;
    Model model;
    Error error = {0};
    char *few = make_rules(3000, "a");
    char *large = make_rules(3000, "(a)(?:\\\\1*){900}");
    char *path = write_metadata(example, "pipeline", few);
    assert_true(model_load(path, &model, &error));
    assert_int_equal(model.pipeline.rule_count, 3000);
    path = scratch_path(example->scratch, "again");
    assert_true(model_save(path, &model, NULL, 0, &error));
    model_free(&model);
    assert_true(try_to_load(path));
    struct rusage before;
    struct rusage after;
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    check_metadata(example, "pipeline", large, "with this one the rules take more than");
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 16 * 1024);
    free(few);
    free(large);
}

/* Lists of lists take far more memory than they take in a file. */
static void test_nested_values_take_no_memory(void **state) {
    const Example *example = *state;
    static const char *const shapes[] = {"[],", "{},", "{\"\":1},"};
    for (size_t k = 0; k < COUNT(shapes); k++) {
        Bytes flood = {0};
        struct rusage before;
        struct rusage after;
        assert_true(bytes_printf(&flood, NULL, "{\"normalization\":\"NFC\",\"rules\":["));
        for (size_t n = 0; n < 100000; n++) {
            assert_true(bytes_append(&flood, shapes[k], strlen(shapes[k]), NULL));
        }
        assert_true(bytes_printf(&flood, NULL, "1]}"));
        char *path = write_metadata(example, "pipeline", flood.data);
        assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
        assert_refused(path, k < 2 ? "rule 1 is nothing that this program knows" : "more than");
        assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
        assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 64 * 1024);
        bytes_free(&flood);
    }
}

static void test_training_history(void **state) {
    const Example *example = *state;
    check_metadata(example, "training", "1", "\"training\": no valid JSON");
    check_metadata(example, "training", "{\"steps\":-1}", "\"training\": steps is no integer from 0 up");
    check_metadata(example, "training", "{\"steps\":1.5}", "steps is no integer from 0 up");
    check_metadata(example, "training", "{\"seed\":\"18446744073709551616\"}",
                   "seed is no integer from 0 up");
    check_metadata(example, "training", "{\"seed\":\"-1\"}", "seed is no integer from 0 up");
    check_metadata(example, "training", "{\"corpus_digest\":12}",
                   "corpus_digest is no string of hexadecimal digits");
    check_metadata(example, "training", "{\"val_fraction\":1.5}", "val_fraction is no number from 0 to 1");
    check_metadata(example, "training", "{\"best_val_loss\":\"1\"}",
                   "best_val_loss is neither a number nor null");
    check_metadata(example, "training", "{\"epochs\":1e999}", "\"training\": no valid JSON");
    check_metadata(example, "training", "{\"optimizer\":\"a\\u001bb\"}",
                   "optimizer is no string of less than 32");
    check_metadata(example, "training", "{\"optimizer\":\"01234567890123456789012345678901\"}",
                   "optimizer is no string");
    check_metadata(example, "training", "{\"schedule\":null}", "schedule is no string");
    check_metadata(example, "training", "{\"finished\":1}", "finished is neither true nor false");
    static const char *const precisions[] = {"\"int4\"", "\"\"", "\"int8\\u0000\"", "1", "null", "[]"};
    for (size_t k = 0; k < COUNT(precisions); k++) {
        char json[64];
        snprintf(json, sizeof json, "{\"sampling_precision\":%s}", precisions[k]);
        check_metadata(example, "training", json, "sampling_precision is none of f32, bf16 and int8");
    }
}

static void test_what_may_be_missing(void **state) {
    const Example *example = *state;
    static const char *const keys[] = {"vocab_counts", "pipeline", "training", "version"};
    for (size_t k = 0; k < COUNT(keys); k++) {
        assert_true(try_to_load(write_metadata(example, keys[k], NULL)));
    }
    Model model;
    assert_true(model_load(write_metadata(example, "training", "{\"steps\":7,\"new\":[]}"), &model, NULL));
    assert_int_equal(model.history.steps, 7);
    assert_int_equal(model.history.sampling_precision, PRECISION_F32); /* files from before it was there */
    assert_true(model.history.best_val_loss != model.history.best_val_loss);
    assert_string_equal(model.history.version, "0.1.0");
    model_free(&model);
    assert_true(model_load(write_metadata(example, "vocab_counts", NULL), &model, NULL));
    assert_int_equal(vocab_count(model.vocab, 4), 1);
    model_free(&model);
}

/* --- tensors --- */

static void test_tensors(void **state) {
    const Example *example = *state;
    json_t *header = header_of(example);
    json_t *row = json_object_get(header, "rnn.weight_hh_l0");
    json_object_set_new(row, "shape", json_pack("[i, i]", 3, 12));
    assert_refused(write_with(example, header),
                   "tensor rnn.weight_hh_l0 has shape [3, 12]; [12, 3] expected");

    header = header_of(example);
    json_object_set_new(json_object_get(header, "decoder.bias"), "shape", json_pack("[i, i]", 5, 1));
    assert_refused(write_with(example, header), "tensor decoder.bias has shape [5, 1]; [5] expected");

    header = header_of(example);
    json_object_set_new(json_object_get(header, "decoder.bias"), "dtype", json_string("I32"));
    assert_refused(write_with(example, header), "tensor decoder.bias has type I32; F32 expected");

    header = header_of(example);
    json_object_set(header, "other", json_object_get(header, "encoder.weight"));
    json_object_del(header, "encoder.weight");
    assert_refused(write_with(example, header), "tensor encoder.weight is missing");

    header = header_of(example);
    json_object_set(header, "again", json_object_get(header, "encoder.weight"));
    assert_refused(write_with(example, header), "overlap");

    header = header_of(example);
    json_object_set_new(
        header, "rnn.extra\n",
        json_pack("{s:s, s:[i], s:[i, i]}", "dtype", "F32", "shape", 0, "data_offsets", 0, 0));
    assert_refused(write_with(example, header), "tensor rnn.extra\\u000A belongs to no parameter");
}

static void test_numbers_that_are_not_finite(void **state) {
    Example *example = *state;
    static const float nan_value = NAN;
    static const float infinity = -INFINITY;
    char *data = example->file.data + 8 + example->header_length;
    char before[4];
    memcpy(before, data + 36, 4);
    memcpy(data + 36, &nan_value, 4); /* the encoder has 10 numbers */
    assert_refused(write_bad(example, example->file.data, example->file.length),
                   "tensor encoder.weight holds nan at index 9");
    memcpy(data + 36, before, 4);
    memcpy(example->file.data + example->file.length - 4, &infinity, 4);
    assert_refused(write_bad(example, example->file.data, example->file.length),
                   "tensor decoder.bias holds inf at index 4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_format_and_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_config, setup, teardown),
        cmocka_unit_test_setup_teardown(test_heads, setup_residual, teardown),
        cmocka_unit_test_setup_teardown(test_residual_cells_need_an_embedding, setup_residual, teardown),
        cmocka_unit_test_setup_teardown(test_large_claims_take_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vocabulary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pipeline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nested_values_take_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_training_history, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_may_be_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tensors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_that_are_not_finite, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
