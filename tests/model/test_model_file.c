/* Tests of src/model/model_file.c, model_metadata.c and model_history.c: what is written comes back. What
 * must be refused is in test_model_file_hostile.c. */
#define _GNU_SOURCE /* memmem */
#include "model/model_fixture.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/kernel_file.h"
#include "base/memory.h"
#include "support/hidden_checksum.h"
#include "support/scratch.h"
#include "support/symbols.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 }; /* what is freed stays for a while */
#else
enum { SANITIZED = 0 };
#endif

static int setup(void **state) {
    *state = scratch_create();
    return 0;
}

static int teardown(void **state) {
    scratch_remove(*state);
    return 0;
}

/* NUL, newline, quotes, the ends of UTF-8's lengths, emoji with what joins them, the last code point. */
static const uint32_t odd_symbols[] = {0,      '\n',   ' ',     '"',     '\'',    '\\',    '{',    0x7F,
                                       0x80,   0xE9,   0x7FF,   0x800,   0x200D,  0x2028,  0xD7FF, 0xE000,
                                       0xFFFD, 0xFFFF, 0x10000, 0x1F468, 0x1F9D1, 0x10FFFF};
static const uint64_t odd_counts[COUNT(odd_symbols)] = {5, 1, INT64_MAX / 2, 0, 7};

static void check_round_trip(Scratch *scratch, const Model *model) {
    Error error = {0};
    char *path = scratch_path(scratch, "model.safetensors");
    if (!model_save(path, model, NULL, 0, &error)) {
        fail_msg("%s", error.message);
    }
    Model loaded;
    if (!model_load(path, &loaded, &error)) {
        fail_msg("%s", error.message);
    }
    assert_same_models(model, &loaded);
    assert_same_histories(&model->history, &loaded.history);
    model_free(&loaded);
}

static void test_characters_come_back(void **state) {
    Model model = make_model(
        vocab_create_from_numbers(UNIT_CHAR, odd_symbols, odd_counts, COUNT(odd_symbols), NULL), 2);
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/a\"b\\\\/\\n é 漢/g", NULL));
    assert_true(pipeline_add_rule(&model.pipeline, RULE_KEEP_LINES, "^\"\\d|漢", NULL));
    check_round_trip(*state, &model);
    model_free(&model);
}

static void test_one_hot_comes_back(void **state) {
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, 1, NULL), 0);
    check_round_trip(*state, &model);
    model_free(&model);
}

static void test_bytes_come_back(void **state) {
    uint32_t symbols[256];
    for (uint32_t k = 0; k < 256; k++) {
        symbols[k] = k;
    }
    Model model = make_model(vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 256, NULL), 2);
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/\xFF+/\xFE/g",
                                  NULL)); /* JSON cannot hold these */
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/a/b/", NULL));
    check_round_trip(*state, &model);
    model_free(&model);
}

/* A model that knows every code point. */
static Model make_large_model(void) {
    static uint32_t symbols[0x110000];
    size_t count = 0;
    for (uint32_t k = 0; k < 0x110000; k++) {
        if (k < 0xD800 || k > 0xDFFF) {
            symbols[count++] = k;
        }
    }
    return make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, count, NULL), 1);
}

static void test_every_code_point_comes_back(void **state) {
    Model model = make_large_model();
    check_round_trip(*state, &model);
    model_free(&model);
}

/* What this program does with an argument: loads that model and prints how much more memory it has meanwhile. */
static int load_alone(const char *path) {
    size_t before = memory_resident();
    Model model;
    if (!model_load(path, &model, NULL)) {
        return 1;
    }
    printf("%zu\n", kernel_file_number("/proc/self/status", "VmHWM:", 0) * 1024 - before);
    model_free(&model);
    return 0;
}

/* What it takes a process of its own, whose memory has no gaps from other tests. */
static size_t memory_to_load(const char *path) {
    char program[4096] = {0};
    char command[8300];
    char line[64] = {0};
    assert_true(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    snprintf(command, sizeof command, "'%s' '%s'", program, path);
    FILE *output = popen(command, "r"); /* NOLINT(cert-env33-c): this program again */
    assert_non_null(output);
    assert_non_null(fgets(line, sizeof line, output));
    assert_int_equal(pclose(output), 0);
    return strtoull(line, NULL, 10);
}

/* ... and the model is made of it piece by piece: its symbols and counts in JSON take a hundred bytes each. */
static void test_a_large_vocabulary_takes_little_memory(void **state) {
    if (SANITIZED || memory_resident() == 0) {
        skip();
    }
    Model model = make_large_model();
    char *path = scratch_path(*state, "large");
    assert_true(model_save(path, &model, NULL, 0, NULL));
    model_free(&model);
    Bytes file = scratch_read(*state, "large");
    assert_in_range(memory_to_load(path), file.length, 7 * file.length / 2);
    bytes_free(&file);
}

static void test_history_without_values_comes_back(void **state) {
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, 2, NULL), 1);
    model.history = (TrainingHistory){.best_val_loss = (double)NAN, .train_loss = (double)NAN};
    check_round_trip(*state, &model);
    model.history.method.learning_rate = (double)NAN;
    model.history.method.seed = (uint64_t)INT64_MAX;
    check_round_trip(*state, &model);
    model_free(&model);
}

/* --- checkpoints --- */

static void test_extras_come_back(void **state) {
    static const float floats[] = {1.5F, -2};
    static const double doubles[] = {0.1, -1e300, 0};
    static const uint64_t wides[] = {0, UINT64_MAX, 42, 1, 2};
    const ExtraTensor extra[] = {{"optim.m", TENSOR_F32, 2, floats},
                                 {"position.seconds", TENSOR_F64, 3, doubles},
                                 {"random.state", TENSOR_U64, 5, wides},
                                 {"stream.none", TENSOR_F32, 0, NULL}};
    Model model =
        make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, COUNT(odd_symbols), NULL), 2);
    Error error = {0};
    char *path = scratch_path(*state, "a.checkpoint.safetensors");
    assert_true(model_save(path, &model, extra, COUNT(extra), &error));
    Model loaded;
    ModelExtras *extras = NULL;
    assert_true(model_load_with_extras(path, &loaded, &extras, &error));
    assert_same_models(&model, &loaded);
    float floats_read[2];
    double doubles_read[3];
    uint64_t wides_read[5];
    assert_true(model_extras_copy(extras, "optim.m", TENSOR_F32, 2, floats_read, &error));
    assert_memory_equal(floats_read, floats, sizeof floats);
    assert_true(model_extras_copy(extras, "position.seconds", TENSOR_F64, 3, doubles_read, &error));
    assert_memory_equal(doubles_read, doubles, sizeof doubles);
    assert_true(model_extras_copy(extras, "random.state", TENSOR_U64, 5, wides_read, &error));
    assert_memory_equal(wides_read, wides, sizeof wides);
    assert_true(model_extras_copy(extras, "stream.none", TENSOR_F32, 0, NULL, &error));
    assert_int_equal(model_extras_count(extras, "random.state"), 5);
    assert_int_equal(model_extras_count(extras, "decoder.weight"), COUNT(odd_symbols) * 3);
    assert_int_equal(model_extras_count(extras, "optim.v"), 0);
    assert_false(model_extras_copy(extras, "optim.v", TENSOR_F32, 2, floats_read, &error));
    assert_contains(error.message, "a.checkpoint.safetensors: tensor optim.v is missing");
    assert_false(model_extras_copy(extras, "optim.m", TENSOR_F32, 3, floats_read, &error));
    assert_contains(error.message, "tensor optim.m is F32 of shape [2]; F32 of shape [3] expected");
    assert_false(model_extras_copy(extras, "optim.m", TENSOR_U64, 2, wides_read, &error));
    assert_contains(error.message, "tensor optim.m is F32 of shape [2]; U64 of shape [2] expected");
    model_extras_free(extras);
    model_free(&loaded);
    assert_true(model_load(path, &loaded, &error)); /* every command that takes a model takes a checkpoint */
    assert_same_models(&model, &loaded);
    model_free(&loaded);
    model_free(&model);
}

/* Puts other bytes in the place of some in a file. */
static void exchange(Bytes *file, const void *old, const void *new, size_t size) {
    char *place = memmem(file->data, file->length, old, size);
    assert_non_null(place);
    memcpy(place, new, size);
}

/* A run that goes on with such numbers would only say later that it came to nothing. */
static void test_extras_that_are_no_numbers_are_refused(void **state) {
    static const float floats[] = {1.5F, 1234.5F, -2};
    static const double doubles[] = {0.1, -1e300, 1234.5};
    static const float no_float = (float)NAN;
    static const double no_double = -(double)INFINITY;
    const ExtraTensor extra[] = {{"optim.m", TENSOR_F32, 3, floats}, {"position.x", TENSOR_F64, 3, doubles}};
    Model model =
        make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, COUNT(odd_symbols), NULL), 2);
    Error error = {0};
    char *path = scratch_path(*state, "a.checkpoint.safetensors");
    assert_true(model_save(path, &model, extra, COUNT(extra), &error));
    model_free(&model);
    Bytes file = scratch_read(*state, "a.checkpoint.safetensors");
    exchange(&file, &floats[1], &no_float, sizeof no_float);
    exchange(&file, &doubles[2], &no_double, sizeof no_double);
    hide_checksum(file.data, file.length);
    path = scratch_write(*state, "a.checkpoint.safetensors", file.data, file.length);
    bytes_free(&file);
    ModelExtras *extras = NULL;
    assert_true(model_load_with_extras(path, &model, &extras, &error));
    float floats_read[3] = {7, 7, 7};
    double doubles_read[3];
    assert_false(model_extras_copy(extras, "optim.m", TENSOR_F32, 3, floats_read, &error));
    assert_contains(error.message, "a.checkpoint.safetensors: tensor optim.m holds nan at index 1");
    assert_true(floats_read[0] == 7);
    assert_false(model_extras_copy(extras, "position.x", TENSOR_F64, 3, doubles_read, &error));
    assert_contains(error.message, "a.checkpoint.safetensors: tensor position.x holds inf at index 2");
    model_extras_free(extras);
    model_free(&model);
}

enum { ROWS_MAX = 16 };

/* Saves the model as a checkpoint with the first `rows` tensors of an average, whose numbers are 1, 2, 3 ... */
static char *save_with_average(Scratch *scratch, const Model *model, size_t rows) {
    const Layout *layout = &model->network->layout;
    ExtraTensor extra[ROWS_MAX];
    char names[ROWS_MAX][LAYOUT_NAME_SIZE + 8];
    float numbers[1024];
    assert_true(rows <= ROWS_MAX && layout->total <= COUNT(numbers));
    for (size_t k = 0; k < layout->total; k++) {
        numbers[k] = (float)(k + 1);
    }
    for (size_t k = 0; k < rows; k++) {
        const LayoutRow *row = &layout->rows[k];
        snprintf(names[k], sizeof names[k], "ema.%s", row->name);
        extra[k] = (ExtraTensor){names[k], TENSOR_F32, layout_row_elements(row), numbers + row->offset};
    }
    char *path = scratch_path(scratch, "a.checkpoint.safetensors");
    assert_true(model_save(path, model, extra, rows, NULL));
    return path;
}

/* Whoever writes text with a checkpoint gets what its validation measured; whoever goes on gets the parameters. */
static void test_a_checkpoint_is_loaded_as_its_average(void **state) {
    Model model =
        make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, COUNT(odd_symbols), NULL), 2);
    const Layout *layout = &model.network->layout;
    char *path = save_with_average(*state, &model, layout->count);
    Model loaded;
    ModelExtras *extras = NULL;
    assert_true(model_load(path, &loaded, NULL));
    for (size_t k = 0; k < layout->count; k++) {
        for (size_t n = 0; n < layout_row_elements(&layout->rows[k]); n++) {
            size_t at = layout->rows[k].offset + n;
            assert_true(loaded.parameters[at] == (real)(at + 1));
        }
    }
    model_free(&loaded);
    assert_true(model_load_with_extras(path, &loaded, &extras, NULL));
    assert_same_models(&model, &loaded);
    model_extras_free(extras);
    model_free(&loaded);
    model_free(&model);
}

static void test_an_average_with_gaps_is_refused(void **state) {
    Model model =
        make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, COUNT(odd_symbols), NULL), 2);
    char *path = save_with_average(*state, &model, model.network->layout.count - 1);
    Error error = {0};
    Model loaded;
    assert_false(model_load(path, &loaded, &error));
    assert_contains(error.message, "a.checkpoint.safetensors: tensor ema.decoder.bias is missing");
    static const float three[3] = {1, 2, 3};
    const ExtraTensor extra = {"ema.encoder.weight", TENSOR_F32, 3, three};
    assert_true(model_save(path, &model, &extra, 1, NULL));
    assert_false(model_load(path, &loaded, &error));
    assert_contains(error.message, "tensor ema.encoder.weight is F32 of shape [3]; F32 of shape [");
    model_free(&model);
}

static void check_checkpoint_path(const char *path, const char *expected) {
    char *checkpoint = model_checkpoint_path(path, NULL);
    assert_string_equal(checkpoint, expected);
    free(checkpoint);
}

static void test_checkpoint_paths(void **state) {
    (void)state;
    check_checkpoint_path("models/a.safetensors", "models/a.checkpoint.safetensors");
    check_checkpoint_path("a", "a.checkpoint.safetensors");
    check_checkpoint_path("a.safetensors.bak", "a.safetensors.bak.checkpoint.safetensors");
    check_checkpoint_path(".safetensors", ".checkpoint.safetensors");
}

/* --- the file itself --- */

/* Finds a tensor with nothing but the format's rules: the length, the JSON as text, the offsets. */
static const char *find_by_hand(const Bytes *file, const char *name, const char *dtype_and_shape) {
    unsigned long long length = 0;
    for (int k = 7; k >= 0; k--) {
        length = length << 8 | (unsigned char)file->data[k];
    }
    assert_true(length <= file->length - 8);
    assert_int_equal(file->data[8], '{');
    char wanted[200];
    snprintf(wanted, sizeof wanted, "\"%s\":{%s,\"data_offsets\":[", name, dtype_and_shape);
    const char *row = memmem(file->data + 8, length, wanted, strlen(wanted));
    if (row == NULL) {
        fail_msg("%s is not in the header", wanted);
        return NULL;
    }
    return file->data + 8 + length + strtoull(row + strlen(wanted), NULL, 10);
}

static void assert_text(const Bytes *file, const char *text) {
    if (memmem(file->data, file->length, text, strlen(text)) == NULL) {
        fail_msg("%s is not in the file", text);
    }
}

static void test_file_can_be_read_by_hand(void **state) {
    static const uint32_t symbols[] = {0, '"', 'a', 0x1F9D1};
    static const uint64_t counts[] = {4, 3, 2, 1};
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, counts, 4, NULL), 2);
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/b/a/", NULL));
    assert_true(model_save(scratch_path(*state, "m"), &model, NULL, 0, NULL));
    Bytes file = scratch_read(*state, "m");
    const Layout *layout = &model.network->layout;
    static const struct {
        const char *name;
        const char *dtype_and_shape;
    } tensors[] = {{"encoder.weight", "\"dtype\":\"F32\",\"shape\":[4,2]"},
                   {"rnn.weight_ih_l0", "\"dtype\":\"F32\",\"shape\":[12,2]"},
                   {"rnn.weight_hh_l0", "\"dtype\":\"F32\",\"shape\":[12,3]"},
                   {"rnn.bias_ih_l0", "\"dtype\":\"F32\",\"shape\":[12]"},
                   {"rnn.bias_hh_l0", "\"dtype\":\"F32\",\"shape\":[12]"},
                   {"rnn.weight_ih_l1", "\"dtype\":\"F32\",\"shape\":[12,3]"},
                   {"rnn.weight_hh_l1", "\"dtype\":\"F32\",\"shape\":[12,3]"},
                   {"decoder.weight", "\"dtype\":\"F32\",\"shape\":[4,3]"},
                   {"decoder.bias", "\"dtype\":\"F32\",\"shape\":[4]"}};
    for (size_t k = 0; k < COUNT(tensors); k++) {
        const LayoutRow *row = layout_find(layout, tensors[k].name);
        assert_non_null(row);
        assert_memory_equal(find_by_hand(&file, tensors[k].name, tensors[k].dtype_and_shape),
                            model.parameters + row->offset, layout_row_elements(row) * sizeof(float));
    }
    assert_text(&file, "\"format\":\"letra\"");
    assert_text(&file, "\"format_version\":\"1\"");
    assert_text(&file, "\"version\":\"0.1.0\"");
    assert_text(&file,
                "\"config\":\"{\\\"cell\\\":\\\"lstm\\\",\\\"layers\\\":2,\\\"hidden\\\":3,\\\"embed\\\":2,"
                "\\\"vocab\\\":4,\\\"unit\\\":\\\"char\\\",");
    assert_text(&file,
                "\"vocab\":\"[\\\"\\\\u0000\\\",\\\"\\\\\\\"\\\",\\\"a\\\",\\\"\xF0\x9F\xA7\x91\\\"]\"");
    assert_text(&file, "\"vocab_counts\":\"[4,3,2,1]\"");
    assert_text(
        &file,
        "\\\"normalization\\\":\\\"NFC\\\",\\\"newlines\\\":\\\"keep\\\",\\\"case\\\":\\\"keep\\\",\\\"invalid\\\":"
        "\\\"error\\\",\\\"join\\\":null,\\\"rules\\\":[{\\\"replace\\\":\\\"s/b/a/\\\"}]");
    assert_text(&file, "\\\"corpus_digest\\\":\\\"fedcba9876543210\\\"");
    bytes_free(&file);
    model_free(&model);
}

static void test_same_model_makes_the_same_bytes(void **state) {
    Model model = make_model(
        vocab_create_from_numbers(UNIT_CHAR, odd_symbols, odd_counts, COUNT(odd_symbols), NULL), 2);
    assert_true(model_save(scratch_path(*state, "one"), &model, NULL, 0, NULL));
    Model loaded;
    assert_true(model_load(scratch_path(*state, "one"), &loaded, NULL));
    assert_true(model_save(scratch_path(*state, "two"), &loaded, NULL, 0, NULL));
    Bytes one = scratch_read(*state, "one");
    Bytes two = scratch_read(*state, "two");
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.data, two.data, one.length);
    bytes_free(&one);
    bytes_free(&two);
    model_free(&loaded);
    model_free(&model);
}

/* --- saving that fails --- */

static void assert_unchanged(Scratch *scratch, const Bytes *before) {
    Bytes after = scratch_read(scratch, "m");
    assert_int_equal(before->length, after.length);
    assert_memory_equal(before->data, after.data, before->length);
    assert_int_equal(scratch_count(scratch), 1);
    bytes_free(&after);
}

static void test_failed_saves_keep_the_old_model(void **state) {
    Model model =
        make_model(vocab_create_from_numbers(UNIT_CHAR, odd_symbols, NULL, COUNT(odd_symbols), NULL), 2);
    char *path = scratch_path(*state, "m");
    Error error = {0};
    assert_true(model_save(path, &model, NULL, 0, &error));
    Bytes before = scratch_read(*state, "m");
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit low = {.rlim_cur = before.length - 1, .rlim_max = old.rlim_max};
    model.history.steps++;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    bool done = model_save(path, &model, NULL, 0, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_false(done);
    assert_contains(error.message, path);
    assert_contains(error.message, "File too large");
    assert_unchanged(*state, &before);
    /* A model that has left the numbers could not be read again. */
    const LayoutRow *row = layout_find(&model.network->layout, "rnn.bias_hh_l1");
    model.parameters[row->offset + 2] = (real)NAN;
    assert_false(model_save(path, &model, NULL, 0, &error));
    assert_contains(error.message, path);
    assert_contains(error.message, "tensor rnn.bias_hh_l1 holds nan at index 2");
    assert_unchanged(*state, &before);
    /* Nor a checkpoint that has. */
    model.parameters[row->offset + 2] = 0;
    static const float moments[] = {1, -(float)INFINITY};
    static const double numbers[] = {1, 2, (double)NAN};
    const ExtraTensor bad_moments = {"optim.moment1.decoder.bias", TENSOR_F32, 2, moments};
    const ExtraTensor bad_numbers = {"position.numbers", TENSOR_F64, 3, numbers};
    assert_false(model_save(path, &model, &bad_moments, 1, &error));
    assert_contains(error.message, path);
    assert_contains(error.message, "tensor optim.moment1.decoder.bias holds inf at index 1");
    assert_false(model_save(path, &model, &bad_numbers, 1, &error));
    assert_contains(error.message, "tensor position.numbers holds nan at index 2");
    assert_unchanged(*state, &before);
    /* Two tensors of one name. */
    const ExtraTensor extra = {"decoder.bias", TENSOR_F32, 1, model.parameters};
    assert_false(model_save(path, &model, &extra, 1, &error));
    assert_contains(error.message, "two tensors are called decoder.bias");
    assert_unchanged(*state, &before);
    bytes_free(&before);
    model_free(&model);
}

int main(int count, char **arguments) {
    if (count > 1) {
        return load_alone(arguments[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_characters_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_hot_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_code_point_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_large_vocabulary_takes_little_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_history_without_values_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_extras_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_is_loaded_as_its_average, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_average_with_gaps_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_extras_that_are_no_numbers_are_refused, setup, teardown),
        cmocka_unit_test(test_checkpoint_paths),
        cmocka_unit_test_setup_teardown(test_file_can_be_read_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_model_makes_the_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_saves_keep_the_old_model, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
