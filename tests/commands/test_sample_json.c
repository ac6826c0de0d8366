/* Samples as JSON: what the objects hold, also of texts and options that no string of JSON can. */
#include "model/model_fixture.h"

#include <string.h>

#include "commands/command.h"
#include "commands/options_json.h"
#include "commands/sample_json.h"
#include "support/symbols.h"

/* The object of a model of a vocabulary, as compact JSON; freed by the caller. */
static char *object_of(Vocab *vocab, const Bytes *prime, const char *text, const WriterPiece *last) {
    Model model = {.vocab = vocab};
    Bytes written = {0};
    json_t *settings = json_pack("{s:i}", "length", 4);
    assert_non_null(vocab);
    assert_true(bytes_append(&written, text, strlen(text), NULL));
    SampleRun run = {.model = &model, .path = "models/a.safetensors", .prime = prime, .seed = 7};
    json_t *object = sample_json_make(&run, settings, &written, last);
    assert_non_null(object);
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(8));
    assert_non_null(line);
    json_decref(object);
    json_decref(settings);
    bytes_free(&written);
    vocab_free(vocab);
    return line;
}

static void test_an_object(void **state) {
    (void)state;
    const uint32_t symbols[] = {'\n', 'a', 0xE9};
    const WrittenUnit units[] = {{1, -0.5F}, {2, -1.25F}};
    Bytes prime = {.data = (char[]){"a\n"}, .length = 2};
    char *line = object_of(
        vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL), &prime, "a\xC3\xA9",
        &(WriterPiece){.sample = 3, .end = WRITER_STOP, .stop = {"\n", 1}, .units = units, .unit_count = 2});
    assert_string_equal(
        line, "{\"index\":3,\"seed\":7,\"prime\":\"a\\n\",\"text\":\"a\xC3\xA9\",\"symbols\":[\"a\","
              "\"\xC3\xA9\"],\"log_probabilities\":[-0.5,-1.25],\"log_probability\":-1.75,"
              "\"end\":\"stop\",\"stop\":\"\\n\",\"model\":\"models/a.safetensors\","
              "\"settings\":{\"length\":4}}");
    free(line);
}

static void test_bytes_are_numbers_where_they_are_no_text(void **state) {
    (void)state;
    const uint32_t symbols[] = {'a', 0xC3, 0xE9};
    const WrittenUnit units[] = {{0, -1}, {2, -2}};
    char *line =
        object_of(vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 3, NULL), &(Bytes){0}, "a\xE9",
                  &(WriterPiece){.end = WRITER_STOP, .stop = {"\xC3", 1}, .units = units, .unit_count = 2});
    assert_non_null(strstr(line, "\"prime\":\"\",\"text\":[97,233],\"symbols\":[97,233],"));
    assert_non_null(strstr(line, "\"stop\":[195],"));
    free(line);
}

static void test_the_end_of_a_record_and_what_is_not_there(void **state) {
    (void)state;
    const Symbol symbols[] = {symbol_border(), {"a", 1}};
    const WrittenUnit units[] = {{0, -0.25F}};
    char *line = object_of(vocab_create(UNIT_CHAR, symbols, NULL, 2, NULL), NULL, "",
                           &(WriterPiece){.end = WRITER_RECORD, .units = units, .unit_count = 1});
    assert_non_null(strstr(line,
                           "\"prime\":null,\"text\":\"\",\"symbols\":[\"\"],\"log_probabilities\":[-0.25],"
                           "\"log_probability\":-0.25,\"end\":\"record\",\"stop\":null,"));
    free(line);
}

static void test_ends_and_broken_models(void **state) {
    (void)state;
    static const struct {
        WriterEnd end;
        const char *words;
    } ends[] = {
        {WRITER_LENGTH, "\"end\":\"length\""},         {WRITER_COMPLETE, "\"end\":\"pattern\""},
        {WRITER_INCOMPLETE, "\"end\":\"incomplete\""}, {WRITER_STUCK, "\"end\":\"stuck\""},
        {WRITER_UNFIT, "\"end\":\"unfit\""},           {WRITER_INTERRUPTED, "\"end\":\"interrupted\""}};
    const uint32_t symbols[] = {'a'};
    const WrittenUnit units[] = {{0, NAN}};
    for (size_t k = 0; k < ROWS(ends); k++) {
        char *line = object_of(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 1, NULL), NULL, "a",
                               &(WriterPiece){.end = ends[k].end, .units = units, .unit_count = 1});
        assert_non_null(strstr(line, ends[k].words));
        assert_non_null(strstr(line, "\"log_probabilities\":[null],\"log_probability\":null,"));
        free(line);
    }
}

/* --- options --- */

typedef struct Values {
    bool flag;
    const char *text, *none, *raw;
    OptionTexts texts;
    uint64_t size, all;
    double real;
    size_t choice;
} Values;

static const char *colour(size_t index) {
    static const char *const names[] = {"red", "green"};
    return index < ROWS(names) ? names[index] : NULL;
}

static void test_options_of_all_kinds(void **state) {
    (void)state;
    static const Option rows[] = {
        {.kind = OPTION_HEADING, .help = "words"},
        {.name = "no-flag", .kind = OPTION_FLAG, .offset = offsetof(Values, flag)},
        {.name = "a-text-of-it", .kind = OPTION_TEXT, .offset = offsetof(Values, text)},
        {.name = "none", .kind = OPTION_TEXT, .offset = offsetof(Values, none)},
        {.name = "raw", .kind = OPTION_TEXT, .offset = offsetof(Values, raw)},
        {.name = "texts", .kind = OPTION_TEXTS, .offset = offsetof(Values, texts)},
        {.name = "size", .kind = OPTION_SIZE, .offset = offsetof(Values, size)},
        {.name = "all",
         .kind = OPTION_INTEGER,
         .offset = offsetof(Values, all),
         .word = "all",
         .word_value = (double)UINT64_MAX},
        {.name = "real", .kind = OPTION_REAL, .offset = offsetof(Values, real)},
        {.name = "choice", .kind = OPTION_CHOICE, .offset = offsetof(Values, choice), .choices = colour},
    };
    const char *items[] = {"x", "\xFF"};
    Values values = {0};
    values.flag = true;
    values.text = "\"\n";
    values.none = NULL;
    values.raw = "\xFF";
    values.texts = (OptionTexts){.items = items, .count = 2};
    values.size = 1000;
    values.all = UINT64_MAX;
    values.real = 0.8;
    values.choice = 1;
    json_t *object = options_to_json(&(OptionTable){rows, ROWS(rows)}, &values);
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(8));
    assert_non_null(line);
    assert_string_equal(line, "{\"no_flag\":true,\"a_text_of_it\":\"\\\"\\n\",\"none\":null,\"raw\":[255],"
                              "\"texts\":[\"x\",[255]],\"size\":1000,\"all\":\"all\",\"real\":0.8,"
                              "\"choice\":\"green\"}");
    free(line);
    json_decref(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_object),
        cmocka_unit_test(test_bytes_are_numbers_where_they_are_no_text),
        cmocka_unit_test(test_the_end_of_a_record_and_what_is_not_there),
        cmocka_unit_test(test_ends_and_broken_models),
        cmocka_unit_test(test_options_of_all_kinds),
    };
    return cmocka_run_group_tests_name("sample_json", tests, NULL, NULL);
}
