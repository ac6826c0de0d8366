/* Transcripts: what is written is read again to the last bit, and what strangers or accidents made of one is refused
 * with a word on where it is wrong. */
#include "ui/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "generate/writer_fixture.h"
#include "support/scratch.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A transcript of one turn. */
typedef struct Example {
    SmallModel small;
    Scratch *scratch;
    Writer *writer;
    WriterState state;
    TranscriptModel model;
    Bytes file;
} Example;

static const char answer[] = "\x1B\xFF\0b"; /* no UTF-8, and a NUL */

/* Writes it after the prompt. */
static void write_example(Example *example) {
    Error error = {0};
    TextList settings = {0};
    Turn turn = {.record_ended = true};
    const Turn *turns[] = {&turn};
    char *path = scratch_path(example->scratch, "good");
    assert_true(bytes_append(&turn.prompt, PROMPT_TEXT, strlen(PROMPT_TEXT), &error));
    assert_true(bytes_append(&turn.answer, answer, sizeof answer - 1, &error));
    assert_true(text_list_add(&settings, "/stop \\n\"", &error));
    assert_true(writer_save(example->writer, &example->state, &error));
    assert_true(transcript_write(path, &example->model, &settings, turns, 1, &example->state, &error));
    text_list_free(&settings);
    bytes_free(&turn.prompt);
    bytes_free(&turn.answer);
    example->file = scratch_read(example->scratch, "good");
}

static int setup(void **state) {
    void *small = NULL;
    Example *example = calloc(1, sizeof *example);
    assert_non_null(example);
    create_model(&small);
    example->small = *(SmallModel *)small;
    free(small);
    example->scratch = scratch_create();
    example->writer = create_writer(&example->small, 1, SEED);
    writer_read(example->writer, prompt, PROMPT);
    example->model = (TranscriptModel){.file = "a model",
                                       .digest = transcript_digest(&example->small.model),
                                       .state_size = writer_state_size(example->writer),
                                       .vocab_size = 5};
    write_example(example);
    *state = example;
    return 0;
}

static int teardown(void **state) {
    Example *example = *state;
    bytes_free(&example->file);
    writer_state_free(&example->state);
    writer_free(example->writer);
    scratch_remove(example->scratch);
    small_model_free(&example->small);
    free(example);
    return 0;
}

static void test_read_as_it_was_written(void **state) {
    Example *example = *state;
    Error error = {0};
    Transcript transcript;
    assert_true(
        transcript_read(scratch_path(example->scratch, "good"), &example->model, &transcript, &error));
    assert_int_equal(transcript.turn_count, 1);
    assert_string_equal(transcript.turns[0].prompt.data, PROMPT_TEXT);
    assert_int_equal(transcript.turns[0].answer.length, sizeof answer - 1);
    assert_memory_equal(transcript.turns[0].answer.data, answer, sizeof answer);
    assert_true(transcript.turns[0].record_ended);
    assert_int_equal(transcript.settings.count, 1);
    assert_string_equal(transcript.settings.items[0], "/stop \\n\"");
    const WriterState *read = &transcript.state;
    const WriterState *saved = &example->state;
    assert_int_equal(read->size, saved->size);
    assert_memory_equal(read->session, saved->session, saved->size * sizeof *saved->session);
    assert_memory_equal(&read->coins, &saved->coins, sizeof saved->coins);
    assert_int_equal(read->recent.count, PROMPT);
    assert_memory_equal(read->recent.units, prompt, sizeof prompt);
    assert_int_equal(read->unstopped, saved->unstopped);
    transcript_free(&transcript);
}

/* Before anything was read, what comes next has the logarithms of frequencies: some are -infinity. */
static void test_the_start_of_a_text(void **state) {
    Example *example = *state;
    Error error = {0};
    Transcript transcript;
    char *path = scratch_path(example->scratch, "start");
    writer_reset(example->writer);
    assert_true(writer_save(example->writer, &example->state, &error));
    assert_true(transcript_write(path, &example->model, &(TextList){0}, NULL, 0, &example->state, &error));
    assert_true(transcript_read(path, &example->model, &transcript, &error));
    assert_int_equal(transcript.turn_count, 0);
    assert_memory_equal(transcript.state.session, example->state.session,
                        example->state.size * sizeof *example->state.session);
    transcript_free(&transcript);
}

/* The file with `from` replaced by `to`. */
static char *write_changed(Example *example, const char *from, const char *to) {
    const char *place = strstr(example->file.data, from);
    Bytes changed = {0};
    if (place == NULL) {
        fail_msg("%s is not in the file", from);
        return NULL;
    }
    const char *rest = place + strlen(from);
    assert_true(bytes_append(&changed, example->file.data, (size_t)(place - example->file.data), NULL) &&
                bytes_append(&changed, to, strlen(to), NULL) &&
                bytes_append(&changed, rest, strlen(rest), NULL));
    char *path = scratch_write(example->scratch, "changed", changed.data, changed.length);
    bytes_free(&changed);
    return path;
}

static void test_damage_is_named(void **state) {
    static const struct {
        const char *from, *to, *words;
    } changes[] = {
        {"\"letra transcript\"", "7", "is no transcript"},
        {"\"version\": 1", "\"version\": 1e99", "version 0"},
        {"\"a model\"", "\"a \\u001bmodel\"", NULL},
        {"\"digest\": \"", "\"digest\": \"0", "was made with another model, a model"},
        {"\"digest\"", "\"other\"", "was made with another model, a model"},
        {"\"settings\": [", "\"settings\": 1, \"s\": [", "settings is no array"},
        {"\"settings\": [", "\"settings\": [null, ", "settings is neither a string nor an array of bytes"},
        {"\"turns\": [", "\"turns\": {}, \"t\": [", "turns is no array"},
        {"\"prompt\"", "\"question\"", "turn 1 is neither a string nor an array of bytes"},
        {"255", "256", "turn 1 is neither a string nor an array of bytes"},
        {"\"numbers\": \"", "\"numbers\": \"0", "state.numbers is no text of at most"},
        {"\"numbers\": \"", "\"numbers\": \"00000000", "state.numbers is no text of at most"},
        {"\"numbers\": \"", "\"numbers\": \"\", \"n\": \"", "state.numbers has 0 numbers; the model has"},
        {"\"coins\": \"", "\"coins\": \"\", \"c\": \"", "state.coins is no state"},
        {"\"coins\": \"", "\"coins\": 7, \"c\": \"", "state.coins is no text of at most 8"},
        {"\"recent\": \"00000000", "\"recent\": \"00000005",
         "state.recent has unit 5; the model's vocabulary has 5"},
        {"\"recent\": \"0", "\"recent\": \"g", "state.recent has no hexadecimal digit at one of 0 to 7"},
        {"\"unstopped\": 6", "\"unstopped\": 6.5", "state.unstopped is no number of units"},
        {"\"state\"", "\"place\"", "state.numbers is no text"},
    };
    for (size_t k = 0; k < COUNT_OF(changes); k++) {
        Error error = {0};
        Transcript transcript;
        char *path = write_changed(*state, changes[k].from, changes[k].to);
        bool read = transcript_read(path, &((Example *)*state)->model, &transcript, &error);
        assert_int_equal(read, changes[k].words == NULL);
        if (!read && strstr(error.message, changes[k].words) == NULL) {
            fail_msg("%s -> %s: %s", changes[k].from, changes[k].to, error.message);
        }
        assert_true(read || strncmp(error.message, path, strlen(path)) == 0);
        transcript_free(&transcript);
    }
}

/* Whatever byte is another: it is read, or refused with a message. */
static void test_any_byte(void **state) {
    Example *example = *state;
    static const char others[] = {'\0', '"', '9', '[', '\xFF'};
    size_t read = 0;
    for (size_t k = 0; k < example->file.length; k++) {
        Error error = {0};
        Transcript transcript;
        char *byte = &example->file.data[k];
        char old = *byte;
        *byte = others[k % COUNT_OF(others)];
        char *path = scratch_write(example->scratch, "byte", example->file.data, example->file.length);
        *byte = old;
        bool done = transcript_read(path, &example->model, &transcript, &error);
        assert_int_equal(done, error.message[0] == '\0');
        read += done;
        transcript_free(&transcript);
    }
    assert_in_range(read, 1, example->file.length / 2);
}

static void test_the_digest_is_of_all_that_counts(void **state) {
    Example *example = *state;
    Model *model = &example->small.model;
    uint64_t digest = transcript_digest(model);
    model->parameters[model->network->layout.total - 1] += 1;
    assert_true(transcript_digest(model) != digest);
    model->parameters[model->network->layout.total - 1] -= 1;
    const uint32_t symbols[] = {'a', 'b', 'd', 0xE9, 0x6F22};
    Vocab *old = model->vocab;
    model->vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 5, NULL);
    assert_non_null(model->vocab);
    assert_true(transcript_digest(model) != digest);
    vocab_free(model->vocab);
    model->vocab = old;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read_as_it_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_start_of_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_digest_is_of_all_that_counts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
