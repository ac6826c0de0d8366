/* Where a writer stands, as a value: brought back, in the same writer or another, it goes on to the last bit as
 * before. */
#include "generate/writer.h"

#include <string.h>

#include "generate/session.h"
#include "generate/writer_fixture.h"

/* What a writer would write next, with all that hangs on what was there before: a stop text that may have begun, and
 * units that are penalized because they came. */
static void write_next(Writer *writer, Collected *collected) {
    const WriterStop stop = {"\xC3\xA9\xE6\xBC\xA2", 5};
    WriterConfig config = config_of(80);
    config.stops = &stop;
    config.stop_count = 1;
    config.sampler.repeat_penalty = 1.3;
    config.sampler.repeat_window = 20;
    write_into(writer, &config, collected);
    write_into(writer, &config, collected);
}

/* Saves, goes on, and goes on again after the state was restored, there and in a writer that knows nothing of it. */
static void check_goes_on(SmallModel *small, Writer *writer) {
    WriterState state = {0};
    Collected first = {0};
    Collected again = {0};
    Collected elsewhere = {0};
    assert_true(writer_save(writer, &state, NULL));
    assert_int_equal(state.size, writer_state_size(writer));
    write_next(writer, &first);
    writer_restore(writer, &state);
    write_next(writer, &again);
    Writer *other = create_writer(small, 1, SEED + 1);
    writer_read(other, prompt, 3);
    writer_restore(other, &state);
    write_next(other, &elsewhere);
    check_same(&again, 0, &first, 0);
    check_same(&elsewhere, 0, &first, 0);
    writer_free(other);
    writer_state_free(&state);
    collected_free(&first);
    collected_free(&again);
    collected_free(&elsewhere);
}

static void test_goes_on_from_anywhere(void **state) {
    for (uint64_t seed = 1; seed <= 12; seed++) {
        Collected before = {0};
        WriterConfig config = config_of(25);
        Writer *writer = create_writer(*state, 1, seed);
        check_goes_on(*state, writer); /* before anything was read: from the frequencies */
        writer_reset(writer);
        writer_read(writer, prompt, PROMPT); /* it ends in what begins the stop text */
        check_goes_on(*state, writer);
        write_into(writer, &config, &before);
        check_goes_on(*state, writer);
        writer_free(writer);
        collected_free(&before);
    }
}

static void test_the_state_is_all_that_matters(void **state) {
    Collected one = {0};
    Collected other = {0};
    WriterState saved = {0};
    Writer *writer = create_writer(*state, 1, SEED);
    assert_true(writer_save(writer, &saved, NULL));
    write_next(writer, &one);
    writer_read(writer, prompt, PROMPT);
    assert_true(writer_save(writer, &saved, NULL)); /* over what was there */
    write_next(writer, &other);
    assert_memory_not_equal(one.texts[0].data, other.texts[0].data, 10); /* else nothing was tested */
    bytes_free(&one.texts[0]);
    writer_restore(writer, &saved);
    write_next(writer, &one);
    check_same(&one, 0, &other, 0);
    writer_state_free(&saved);
    assert_null(saved.session);
    writer_free(writer);
    collected_free(&one);
    collected_free(&other);
}

static void test_logits_of_what_comes_next(void **state) {
    SmallModel *small = *state;
    Writer *writer = create_writer(small, 1, SEED);
    Session *session = session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
    assert_non_null(session);
    writer_read(writer, prompt, PROMPT);
    session_feed(session, prompt, PROMPT);
    assert_memory_equal(writer_logits(writer), session_logits(session, 0), 5 * sizeof(real));
    session_free(session);
    writer_free(writer);
}

/* Writes after "ab" and holds what comes next to a writer that read `read` units of "abb". */
static void check_stands(const WriterConfig *config, size_t read, WriterEnd end) {
    const Symbol symbols[] = {symbol_border(), {"a", 1}, {"b", 1}};
    const uint32_t record[] = {1, 2, 2};
    SmallModel small;
    Collected collected = {0};
    small_model_create(&small, vocab_create(UNIT_CHAR, symbols, NULL, 3, NULL), 8, 4);
    Writer *writer = create_writer(&small, 1, SEED);
    Writer *other = create_writer(&small, 1, SEED);
    writer_read(writer, record, 2);
    write_into(writer, config, &collected);
    assert_int_equal(collected.ends[0], end);
    writer_read(other, record, read);
    assert_memory_equal(writer_logits(writer), writer_logits(other), 3 * sizeof(real));
    writer_free(other);
    writer_free(writer);
    collected_free(&collected);
    small_model_free(&small);
}

/* A record is over where its border was drawn, and nowhere else. */
static void test_a_record_goes_on_until_its_border(void **state) {
    (void)state;
    const Symbol symbols[] = {symbol_border(), {"a", 1}, {"b", 1}};
    Vocab *vocab = vocab_create(UNIT_CHAR, symbols, NULL, 3, NULL);
    WriterConfig config = config_of(0);
    check_stands(&config, 2, WRITER_LENGTH);
    config = config_of(1000);
    check_stands(&config, 0, WRITER_RECORD);
    config.constraint = constraint_create("b", NULL, NORMALIZATION_NFC, vocab, NULL);
    assert_non_null(config.constraint);
    check_stands(&config, 3, WRITER_COMPLETE);
    constraint_free(config.constraint);
    vocab_free(vocab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_goes_on_until_its_border),
        cmocka_unit_test(test_goes_on_from_anywhere),
        cmocka_unit_test(test_the_state_is_all_that_matters),
        cmocka_unit_test(test_logits_of_what_comes_next),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
