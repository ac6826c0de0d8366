/* Tests of src/model/import.c and import_vocab.c. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "model/import.h"
#include "model/safetensors.h"
#include "support/scratch.h"
#include "support/symbols.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The sizes of the examples. */
enum { V = 3, H = 4, E = 2, GATES = 4 * H, WIDE = 512, WIDE_GATES = 4 * WIDE };

static int setup(void **state) {
    *state = scratch_create();
    return 0;
}

static int teardown(void **state) {
    scratch_remove(*state);
    return 0;
}

/* A row of a state dict: its numbers count on from `first`, so that each tells where it comes from. */
typedef struct Row {
    const char *name;
    size_t rows;
    size_t columns; /* 0: a vector */
    float first;
} Row;

static char *write_dict(Scratch *scratch, const Row *rows, size_t count) {
    static Tensor tensors[200];
    assert_true(count <= COUNT(tensors));
    for (size_t k = 0; k < count; k++) {
        size_t elements = rows[k].rows * (rows[k].columns == 0 ? 1 : rows[k].columns);
        float *values = calloc(elements + 1, sizeof *values);
        assert_non_null(values);
        for (size_t i = 0; i < elements; i++) {
            values[i] = rows[k].first + (float)i;
        }
        tensors[k] = (Tensor){.name = rows[k].name,
                              .dtype = DTYPE_F32,
                              .rank = rows[k].columns == 0 ? 1 : 2,
                              .shape = {rows[k].rows, rows[k].columns},
                              .data = values,
                              .bytes = elements * sizeof *values};
    }
    char *path = scratch_path(scratch, "dict.safetensors");
    Error error = {0};
    json_t *metadata = json_pack("{s:s}", "format", "pt");
    if (!safetensors_write(path, tensors, count, metadata, &error)) {
        fail_msg("%s", error.message);
    }
    json_decref(metadata);
    for (size_t k = 0; k < count; k++) {
        free((void *)tensors[k].data);
    }
    return path;
}

/* Imports a state dict with a vocabulary that must go well. */
static Model import(Scratch *scratch, const Row *rows, size_t count, const char *vocab) {
    Error error = {0};
    Model model;
    if (!import_state_dict(write_dict(scratch, rows, count), scratch_write_text(scratch, "vocab.json", vocab),
                           "9.9", false, &model, &error)) {
        fail_msg("%s", error.message);
    }
    return model;
}

static void assert_refused(Scratch *scratch, const Row *rows, size_t count, const char *vocab,
                           const char *words) {
    Error error = {0};
    Model model;
    if (import_state_dict(write_dict(scratch, rows, count), scratch_write_text(scratch, "vocab.json", vocab),
                          "9.9", false, &model, &error)) {
        model_free(&model);
        fail_msg("a state dict was imported that should be refused with \"%s\"", words);
    }
    assert_contains(error.message, words);
    assert_contains(error.message, scratch->folder);
    assert_null(model.network);
}

/* The rows of a tensor must begin with these numbers; the further ones of each row count on in steps of
 * `step`. */
static void assert_rows(const Model *model, const char *name, const float *firsts, size_t count, float step) {
    const LayoutRow *row = layout_find(&model->network->layout, name);
    assert_non_null(row);
    assert_int_equal(row->rows, count);
    size_t columns = row->columns == 0 ? 1 : row->columns;
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < columns; i++) {
            float value = (float)model->parameters[row->offset + k * columns + i];
            if (value != firsts[k] + step * (float)i) {
                fail_msg("%s[%zu][%zu] is %g, not %g", name, k, i, (double)value,
                         (double)(firsts[k] + step * (float)i));
            }
        }
    }
}

/* The tensor is just as it was written. */
static void assert_as_written(const Model *model, const char *name, float first) {
    const LayoutRow *row = layout_find(&model->network->layout, name);
    assert_non_null(row);
    for (size_t k = 0; k < layout_row_elements(row); k++) {
        assert_true((float)model->parameters[row->offset + k] == first + (float)k);
    }
}

static const Row embedded[] = {
    {"embedding.weight", V, E, 100},
    {"lstm.weight_ih_l0", GATES, E, 200},
    {"lstm.weight_hh_l0", GATES, H, 300},
    {"lstm.bias_ih_l0", GATES, 0, 400},
    {"lstm.bias_hh_l0", GATES, 0, 500},
    {"lstm.weight_ih_l1", GATES, H, 600},
    {"lstm.weight_hh_l1", GATES, H, 700},
    {"lstm.bias_ih_l1", GATES, 0, 800},
    {"lstm.bias_hh_l1", GATES, 0, 900},
    {"fc.weight", V, H, 1000},
    {"fc.bias", V, 0, 1100},
};

static void test_imports_an_embedded_network(void **state) {
    Model model = import(*state, embedded, COUNT(embedded), "[\"a\",\"b\",\"\\u6f22\"]");
    const NetworkConfig *config = &model.network->config;
    assert_string_equal(config->cells.cells[0]->name, "lstm");
    assert_int_equal(config->layers, 2);
    assert_int_equal(config->hidden, H);
    assert_int_equal(config->embed, E);
    assert_int_equal(config->vocab, V);
    assert_as_written(&model, "encoder.weight", 100);
    assert_as_written(&model, "rnn.weight_ih_l0", 200);
    assert_as_written(&model, "rnn.weight_hh_l0", 300);
    assert_as_written(&model, "rnn.bias_ih_l0", 400);
    assert_as_written(&model, "rnn.bias_hh_l0", 500);
    assert_as_written(&model, "rnn.weight_ih_l1", 600);
    assert_as_written(&model, "rnn.weight_hh_l1", 700);
    assert_as_written(&model, "rnn.bias_ih_l1", 800);
    assert_as_written(&model, "rnn.bias_hh_l1", 900);
    assert_as_written(&model, "decoder.weight", 1000);
    assert_as_written(&model, "decoder.bias", 1100);
    assert_int_equal(vocab_unit(model.vocab), UNIT_CHAR);
    assert_int_equal(vocab_number(model.vocab, 2), 0x6F22);
    assert_int_equal(model.pipeline.unit, UNIT_CHAR);
    assert_int_equal(model.pipeline.rule_count, 0);
    assert_string_equal(model.history.version, "9.9");
    assert_true(isnan(model.history.best_val_loss));
    assert_int_equal(model.history.steps, 0);
    model_free(&model);
}

static void test_sorts_the_symbols(void **state) {
    /* c b a in the file, so that ours is the reverse. */
    Model model = import(*state, embedded, COUNT(embedded), "{\"b\":1,\"c\":0,\"a\":2}");
    assert_rows(&model, "encoder.weight", (const float[]){104, 102, 100}, V, 1);
    assert_rows(&model, "decoder.weight", (const float[]){1008, 1004, 1000}, V, 1);
    assert_rows(&model, "decoder.bias", (const float[]){1102, 1101, 1100}, V, 1);
    assert_as_written(&model, "rnn.weight_ih_l0", 200);
    assert_int_equal(vocab_number(model.vocab, 0), 'a');
    model_free(&model);
}

static void test_imports_one_hot_and_missing_biases(void **state) {
    static const Row rows[] = {{"rnn.weight_ih_l0", GATES, V, 0},
                               {"rnn.weight_hh_l0", GATES, H, 100},
                               {"decoder.weight", V, H, 200}};
    Model model = import(*state, rows, COUNT(rows), "[98, 255, 0]");
    assert_int_equal(model.network->config.embed, 0);
    assert_int_equal(vocab_unit(model.vocab), UNIT_BYTE);
    assert_int_equal(model.pipeline.unit, UNIT_BYTE);
    assert_int_equal(vocab_number(model.vocab, 2), 255);
    /* 0 was 2, 98 was 0, 255 was 1. */
    const LayoutRow *input = layout_find(&model.network->layout, "rnn.weight_ih_l0");
    static const float columns[] = {2, 0, 1};
    for (size_t k = 0; k < (size_t)GATES * V; k++) {
        assert_true((float)model.parameters[input->offset + k] == (float)(k - k % V) + columns[k % V]);
    }
    assert_rows(&model, "decoder.weight", (const float[]){208, 200, 204}, V, 1);
    assert_rows(&model, "decoder.bias", (const float[]){0, 0, 0}, V, 0);
    assert_rows(&model, "rnn.bias_hh_l0", (const float[GATES]){0}, GATES, 0);
    model_free(&model);
}

/* With E = H shapes do not tell embedding and decoder apart. */
static void check_names(Scratch *scratch, const char *encoder, const char *decoder, const char *bias) {
    const Row rows[] = {{"weight_ih_l0", GATES, H, 0},
                        {"weight_hh_l0", GATES, H, 100},
                        {decoder, V, H, 200},
                        {encoder, V, H, 300},
                        {"bias_ih_l0", GATES, 0, 400},
                        {"bias_hh_l0", GATES, 0, 500},
                        {bias == NULL ? "" : bias, V, 0, 600}};
    Model model = import(scratch, rows, COUNT(rows) - (bias == NULL), "[\"a\",\"b\",\"c\"]");
    assert_as_written(&model, "encoder.weight", 300);
    assert_as_written(&model, "decoder.weight", 200);
    model_free(&model);
}

static void test_names_decide_where_shapes_do_not(void **state) {
    check_names(*state, "encoder.weight", "decoder.weight", "decoder.bias");
    check_names(*state, "a.weight", "b.weight", "b.bias");
    check_names(*state, "b.weight", "a.weight", "a.bias");
    check_names(*state, "model.embed.weight", "model.x.weight", NULL);
    check_names(*state, "wte.weight", "lm_head.weight", NULL);
    check_names(*state, "char_emb", "out", "out_bias");
    static const Row rows[] = {{"weight_ih_l0", GATES, H, 0},
                               {"weight_hh_l0", GATES, H, 0},
                               {"one.weight", V, H, 0},
                               {"two.weight", V, H, 0}};
    assert_refused(*state, rows, COUNT(rows), "[\"a\",\"b\",\"c\"]", "neither shapes nor names tell");
    assert_refused(*state, rows, COUNT(rows), "[\"a\",\"b\",\"c\"]",
                   "there is: one.weight [3, 4], two.weight [3, 4]");
}

static void test_imports_tied_weights(void **state) {
    static const Row rows[] = {{"rnn.weight_ih_l0", GATES, H, 0},
                               {"rnn.weight_hh_l0", GATES, H, 100},
                               {"decoder.bias", V, 0, 200},
                               {"encoder.weight", V, H, 300}};
    Model model = import(*state, rows, COUNT(rows), "[\"b\",\"a\",\"c\"]");
    assert_rows(&model, "encoder.weight", (const float[]){304, 300, 308}, V, 1);
    assert_rows(&model, "decoder.weight", (const float[]){304, 300, 308}, V, 1);
    model_free(&model);
}

/* --- what is refused --- */

typedef struct Change {
    const char *name; /* of the row that is changed; NULL: a row is added */
    Row row;          /* name NULL: the row is left out */
    const char *words;
} Change;

static const Change changes[] = {
    {"lstm.weight_ih_l0", {NULL, 0, 0, 0}, "the recurrent layers lack weight_ih_l0"},
    {"lstm.weight_hh_l1", {NULL, 0, 0, 0}, "the recurrent layers lack weight_hh_l1"},
    {"lstm.bias_hh_l1", {NULL, 0, 0, 0}, "the recurrent layers lack bias_hh_l1"},
    {"fc.weight", {NULL, 0, 0, 0}, "do not fit the recurrent layers"},
    {"lstm.weight_hh_l0",
     {"lstm.weight_hh_l0", 2 * H, H, 0},
     "weight_hh_l0 has shape [8, 4]; for H units an LSTM's is [4 H, H], a GRU's [3 H, H]"},
    {"lstm.weight_hh_l0",
     {"lstm.weight_hh_l0", GATES + 1, H, 0},
     "weight_hh_l0 has shape [17, 4]; for H units an LSTM's is [4 H, H]"},
    {"lstm.weight_hh_l0", {"lstm.weight_hh_l0", GATES, 0, 0}, "weight_hh_l0 has shape [16]; for H units"},
    {"lstm.weight_ih_l0",
     {"lstm.weight_ih_l0", GATES, 0, 0},
     "weight_ih_l0 has shape [16]; [16, E] expected"},
    {"lstm.weight_ih_l1",
     {"lstm.weight_ih_l1", GATES, E, 0},
     "lstm.weight_ih_l1 has shape [16, 2]; [16, 4] expected"},
    {"lstm.bias_hh_l0", {"lstm.bias_hh_l0", H, 0, 0}, "tensor lstm.bias_hh_l0 has shape [4]; [16] expected"},
    {"lstm.bias_hh_l0", {"gru.bias_hh_l0", GATES, 0, 0}, "belong to two recurrent modules"},
    {"lstm.weight_ih_l1",
     {"lstm.weight_ih_l99", GATES, H, 0},
     "tensor lstm.weight_ih_l99: more than 64 layers"},
    {NULL, {"lstm.weight_ih_l00", GATES, E, 0}, "are the same parameter"},
    {NULL, {"lstm.weight_ih_l0_reverse", GATES, E, 0}, "the network is bidirectional"},
    {NULL, {"lstm.weight_hr_l0", E, H, 0}, "proj_size"},
    {NULL, {"norm.weight", V, 0, 0}, "norm.weight [3]"},
    {NULL, {"mid.weight", V, H, 0}, "mid.weight [3, 4]"},
    {NULL, {"hidden.weight", H, H, 0}, "tensor hidden.weight has 4 rows, but the vocabulary has 3 symbols"},
    {"embedding.weight", {"embedding.weight", V, E + 1, 0}, "do not fit the recurrent layers"},
    {"fc.weight", {"fc.weight", V, H + 1, 0}, "a matrix [3, 4] and perhaps a vector [3] for the decoder"},
    {"fc.bias", {"fc.bi\nas", V + 1, 0, 0}, "tensor fc.bi\\u000Aas has 4 rows"},
    {"fc.bias", {"fc.bias", V, 0, INFINITY}, "tensor fc.bias holds inf at index 0"},
};

static void test_refuses_what_is_no_such_network(void **state) {
    for (size_t k = 0; k < COUNT(changes); k++) {
        Row rows[COUNT(embedded) + 1];
        size_t count = 0;
        for (size_t i = 0; i < COUNT(embedded); i++) {
            bool changed = changes[k].name != NULL && strcmp(changes[k].name, embedded[i].name) == 0;
            if (!changed) {
                rows[count++] = embedded[i];
            } else if (changes[k].row.name != NULL) {
                rows[count++] = changes[k].row;
            }
        }
        if (changes[k].name == NULL) {
            rows[count++] = changes[k].row;
        }
        assert_refused(*state, rows, count, "[\"a\",\"b\",\"c\"]", changes[k].words);
    }
    assert_refused(*state, embedded, 1, "[\"a\",\"b\",\"c\"]", "no tensor's name ends in weight_ih_l0");
    static const Row either[] = {
        {"weight_ih_l0", 12, V, 0}, {"weight_hh_l0", 12, V, 0}, {"decoder.weight", V, V, 0}};
    assert_refused(*state, either, COUNT(either), "[\"a\",\"b\",\"c\"]",
                   "it cannot be told whether there is no embedding");
    assert_refused(*state, embedded + 1, 8, "[\"a\",\"b\",\"c\"]", "there is no decoder");
}

/* 64 layers of 512 units would take 500 MB; that all but the first are tiny must be found out before. */
static void test_claims_of_layers_take_no_memory(void **state) {
    enum { LAYERS = 64, ROWS = 2 * LAYERS + 1 };
    char names[LAYERS][2][32];
    Row rows[ROWS];
    for (size_t k = 0; k < LAYERS; k++) {
        snprintf(names[k][0], sizeof names[k][0], "weight_ih_l%zu", k);
        snprintf(names[k][1], sizeof names[k][1], "weight_hh_l%zu", k);
        rows[2 * k] = (Row){names[k][0], k == 0 ? WIDE_GATES : 1, k == 0 ? V : 1, 0};
        rows[2 * k + 1] = (Row){names[k][1], k == 0 ? WIDE_GATES : 1, k == 0 ? WIDE : 1, 0};
    }
    rows[ROWS - 1] = (Row){"decoder.weight", V, WIDE, 0};
    struct rusage before;
    struct rusage after;
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_refused(*state, rows, COUNT(rows), "[\"a\",\"b\",\"c\"]",
                   "tensor weight_ih_l1 has shape [1, 1]; [2048, 512] expected");
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 100 * 1024);
}

static void check_vocab(Scratch *scratch, const char *vocab, const char *words) {
    assert_refused(scratch, embedded, COUNT(embedded), vocab, words);
}

static void test_refuses_vocabularies(void **state) {
    check_vocab(*state, "", "a vocabulary is a JSON array of characters");
    check_vocab(*state, "abc", "no valid JSON at byte 3");
    check_vocab(*state, "[\"a\",\"b\",", "no valid JSON at byte 9");
    check_vocab(*state, "[]", "the vocabulary is empty");
    check_vocab(*state, "{}", "the vocabulary is empty");
    check_vocab(*state, "[\"a\",\"b\"]", "has 3 rows, but the vocabulary has 2 symbols");
    check_vocab(*state, "[\"a\",\"<pad>\",\"c\"]", "element 1 is \"<pad>\", which is not one character");
    check_vocab(*state, "[\"a\",\"\",\"c\"]", "element 1 is \"\", which is not one character");
    check_vocab(*state, "[\"a\",7,\"c\"]", "element 1 is no string, as the first one is");
    check_vocab(*state, "[7,\"a\",8]", "element 1 is no integer from 0 to 255, as the first one is");
    check_vocab(*state, "[7,256,8]", "element 1 is no integer from 0 to 255");
    check_vocab(*state, "[\"a\",\"b\",\"a\"]", "the symbol 'a' (U+0061) is there twice");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"b\":2}", "duplicate");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"c\":1}", "the index 1 is there twice");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"c\":3}", "the index of \"c\" is no integer from 0 to 2");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"c\":-1}", "the index of \"c\" is no integer from 0 to 2");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"c\":\"2\"}", "the index of \"c\" is no integer from 0 to 2");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"cd\":2}", "the key \"cd\" is not one character");
    check_vocab(*state, "{\"a\":0,\"b\":1,\"\":2}", "the key \"\" is not one character");
    Error error = {0};
    Model model;
    char *dict = write_dict(*state, embedded, COUNT(embedded));
    assert_false(import_state_dict(dict, scratch_path(*state, "none.json"), "1", false, &model, &error));
    assert_contains(error.message, "none.json");
    char *vocab = scratch_write_text(*state, "v.json", "[\"a\",\"b\",\"c\"]");
    assert_false(import_state_dict(scratch_path(*state, "none"), vocab, "1", false, &model, &error));
    assert_contains(error.message, "none");
}

/* More symbols than any tensor has rows are not made before they are refused. */
static void test_claims_of_symbols_take_no_memory(void **state) {
    static const char *const elements[] = {"1", "\"a\"", "[]", "{}"};
    for (size_t k = 0; k < COUNT(elements); k++) {
        Bytes vocab = {0};
        struct rusage before;
        struct rusage after;
        for (size_t n = 0; n < 500000; n++) {
            assert_true(bytes_printf(&vocab, NULL, "%s%s", n == 0 ? "[" : ",", elements[k]));
        }
        assert_true(bytes_append(&vocab, "]", 1, NULL));
        assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
        check_vocab(*state, vocab.data, "more than 4128 values");
        assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
        assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 16 * 1024);
        bytes_free(&vocab);
    }
}

/* What was imported is a model like any other. */
static void test_imported_models_are_saved_and_loaded(void **state) {
    Model model = import(*state, embedded, COUNT(embedded), "[\"c\",\"\\u0000\",\"\xF0\x9F\xA6\x8A\"]");
    Error error = {0};
    char *path = scratch_path(*state, "model");
    assert_true(model_save(path, &model, NULL, 0, &error));
    Model loaded;
    assert_true(model_load(path, &loaded, &error));
    assert_memory_equal(model.parameters, loaded.parameters, model.network->layout.total * sizeof(real));
    assert_int_equal(vocab_number(loaded.vocab, 0), 0);
    assert_int_equal(vocab_number(loaded.vocab, 2), 0x1F98A);
    model_free(&loaded);
    model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_imports_an_embedded_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sorts_the_symbols, setup, teardown),
        cmocka_unit_test_setup_teardown(test_imports_one_hot_and_missing_biases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_decide_where_shapes_do_not, setup, teardown),
        cmocka_unit_test_setup_teardown(test_imports_tied_weights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_what_is_no_such_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claims_of_layers_take_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_vocabularies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claims_of_symbols_take_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_imported_models_are_saved_and_loaded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
