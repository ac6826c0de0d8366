/* The writer: lengths, pieces in order, and the same text whatever way it is asked for. */
#include "generate/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "generate/session.h"
#include "generate/small_model.h"
#include "generate/writer_fixture.h"
#include "support/symbols.h"
#include "text/utf8.h"

/* --- length, order, seeds --- */

static void test_length_in_units(void **state) {
    const size_t lengths[] = {0, 1, 2, 50, 300};
    for (size_t k = 0; k < 5; k++) {
        Collected collected = {0};
        write_plain(*state, 1, lengths[k], &collected);
        const Bytes *text = &collected.texts[0];
        assert_int_equal(utf8_find_invalid(text->data, text->length), text->length);
        assert_int_equal(utf8_count(text->data, text->length), lengths[k]);
        assert_int_equal(collected.ends[0], WRITER_LENGTH);
        collected_free(&collected);
    }
}

static void test_text_equals_a_session_by_hand(void **state) {
    SmallModel *small = *state;
    Collected collected = {0};
    write_plain(small, 1, 60, &collected);
    SamplerConfig config = sampler_default();
    Random coins = random_create(SEED, 0);
    Session *session = session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
    Sampler *sampler = sampler_create(5, NULL);
    assert_true(session != NULL && sampler != NULL);
    session_feed(session, prompt, PROMPT);
    Bytes text = {0};
    for (size_t k = 0; k < 60; k++) {
        uint32_t unit = sampler_next(sampler, &config, session_logits(session, 0), (RecentUnits){0},
                                     random_uniform(&coins));
        Symbol symbol = vocab_symbol(small->model.vocab, unit);
        assert_true(bytes_append(&text, symbol.text, symbol.length, NULL));
        session_step(session, &unit);
    }
    check_text(&collected, 0, text.data, text.length);
    bytes_free(&text);
    session_free(session);
    sampler_free(sampler);
    collected_free(&collected);
}

static void test_first_unit_from_frequencies(void **state) {
    WriterConfig config = config_of(1);
    bool seen[3] = {false};
    for (uint64_t seed = 0; seed < 60; seed++) {
        Collected collected = {0};
        Writer *writer = create_writer(*state, 1, seed);
        write_into(writer, &config, &collected);
        const Bytes *text = &collected.texts[0];
        seen[text->length - 1] = true; /* b, é and 漢 have 1, 2 and 3 bytes; a and c were never counted */
        assert_true(text->length > 1 || text->data[0] == 'b');
        writer_free(writer);
        collected_free(&collected);
    }
    assert_true(seen[0] && seen[1] && seen[2]);
}

static void test_sample_does_not_depend_on_the_number(void **state) {
    Collected all = {0};
    write_plain(*state, SAMPLES, 200, &all);
    for (size_t samples = 1; samples < SAMPLES; samples++) {
        Collected some = {0};
        write_plain(*state, samples, 200, &some);
        for (size_t k = 0; k < samples; k++) {
            check_same(&some, k, &all, k);
        }
        assert_int_equal(some.texts[samples].length, 0);
        collected_free(&some);
    }
    for (size_t k = 1; k < SAMPLES; k++) { /* and they are different texts */
        assert_memory_not_equal(all.texts[k].data, all.texts[k - 1].data, 100);
    }
    collected_free(&all);
}

static void test_samples_that_end_early_leave_the_others_alone(void **state) {
    WriterConfig config = config_of(200);
    const WriterStop stop = {"cb\xC3\xA9", 4};
    config.stops = &stop;
    config.stop_count = 1;
    Collected all = {0};
    Writer *writer = create_writer(*state, SAMPLES, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, &all);
    writer_free(writer);
    Collected plain = {0};
    write_plain(*state, SAMPLES, 200, &plain);
    size_t stopped = 0;
    for (size_t k = 0; k < SAMPLES; k++) {
        Expected expected = find_end(PROMPT_TEXT, &plain.texts[k], &config);
        check_text(&all, k, plain.texts[k].data, expected.length);
        assert_int_equal(all.ends[k], expected.end);
        stopped += expected.end == WRITER_STOP;
    }
    assert_in_range(stopped, 1, SAMPLES - 1); /* else nothing was tested */
    collected_free(&all);
    collected_free(&plain);
}

static void test_seed_and_reset(void **state) {
    WriterConfig config = config_of(80);
    Collected first = {0};
    Collected again = {0};
    Collected later = {0};
    Collected other = {0};
    Writer *writer = create_writer(*state, 2, 5);
    write_into(writer, &config, &first);
    writer_reset(writer);
    write_into(writer, &config, &later); /* the coins went on */
    writer_reset(writer);
    writer_seed(writer, 5);
    write_into(writer, &config, &again);
    writer_reset(writer);
    writer_seed(writer, 6);
    write_into(writer, &config, &other);
    check_same(&again, 0, &first, 0);
    check_same(&again, 1, &first, 1);
    assert_memory_not_equal(later.texts[0].data, first.texts[0].data, 60);
    assert_memory_not_equal(other.texts[0].data, first.texts[0].data, 60);
    writer_free(writer);
    collected_free(&first);
    collected_free(&again);
    collected_free(&later);
    collected_free(&other);
}

static void test_bytes_are_bytes(void **state) {
    (void)state;
    const uint32_t symbols[] = {0x00, 'x', 0xC3, 0xFF};
    SmallModel small;
    small_model_create(&small, vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 4, NULL), 8, 0);
    Collected collected = {0};
    WriterConfig config = config_of(400);
    Writer *writer = create_writer(&small, 1, 1);
    write_into(writer, &config, &collected);
    bool seen[256] = {false};
    assert_int_equal(collected.texts[0].length, 400);
    for (size_t k = 0; k < 400; k++) {
        seen[(unsigned char)collected.texts[0].data[k]] = true;
    }
    assert_true(seen[0] && seen['x'] && seen[0xC3] && seen[0xFF]);
    writer_reset(writer);
    writer_seed(writer, 1);
    const WriterStop stop = {"\0\xC3", 2};
    config.stops = &stop;
    config.stop_count = 1;
    Collected stopped = {0};
    write_into(writer, &config, &stopped);
    Expected expected = find_end("", &collected.texts[0], &config);
    assert_int_equal(expected.end, WRITER_STOP);
    check_text(&stopped, 0, collected.texts[0].data, expected.length);
    writer_free(writer);
    collected_free(&collected);
    collected_free(&stopped);
    small_model_free(&small);
}

static void test_memory_is_that_of_the_session_and_of_each_sample(void **state) {
    SmallModel *small = *state;
    for (size_t samples = 1; samples <= 65536; samples *= 16) {
        size_t all = writer_memory(&small->model, &small->compute, samples, PRECISION_F32, NULL);
        size_t session = session_memory(&small->model, &small->compute, samples, PRECISION_F32, NULL);
        assert_true(session > 0);
        assert_in_range(all - session, samples * sizeof(Recent), samples * 2 * sizeof(Recent));
    }
    assert_int_equal(writer_memory(&small->model, &small->compute, SIZE_MAX, PRECISION_F32, NULL), SIZE_MAX);
}

/* --- going on --- */

static void test_turns_equal_one_run(void **state) {
    Collected plain = {0};
    Collected turns = {0};
    write_plain(*state, 3, 120, &plain);
    Writer *writer = create_writer(*state, 3, SEED);
    writer_read(writer, prompt, 2);
    writer_read(writer, prompt + 2, PROMPT - 2);
    const size_t lengths[] = {1, 0, 19, 100};
    for (size_t k = 0; k < 4; k++) {
        WriterConfig config = config_of(lengths[k]);
        write_into(writer, &config, &turns);
    }
    for (size_t k = 0; k < 3; k++) {
        check_same(&turns, k, &plain, k);
    }
    writer_free(writer);
    collected_free(&plain);
    collected_free(&turns);
}

static void test_interruption_and_going_on(void **state) {
    Collected plain = {0};
    write_plain(*state, 1, 100, &plain);
    /* Holding back as much as it may, so that the interruption comes while there is something held back. */
    Bytes never = {0};
    assert_true(bytes_printf(&never, NULL, "%sx", plain.texts[0].data));
    WriterStop stop = {never.data, never.length};
    for (size_t after = 1; after <= 60; after++) {
        WriterConfig config = config_of(100);
        config.stops = &stop;
        config.stop_count = after % 2;
        Collected parts = {.refuse_after = after};
        Writer *writer = create_writer(*state, 1, SEED);
        writer_read(writer, prompt, PROMPT);
        write_into(writer, &config, &parts);
        assert_int_equal(parts.ends[0], WRITER_INTERRUPTED);
        assert_int_equal(parts.pieces, after + 1);
        size_t written = utf8_count(parts.texts[0].data, parts.texts[0].length);
        assert_int_equal(written, after - 1); /* the first piece comes before the first unit */
        parts.refuse_after = 0;
        config.length = 100 - written;
        write_into(writer, &config, &parts);
        check_same(&parts, 0, &plain, 0);
        writer_free(writer);
        collected_free(&parts);
    }
    bytes_free(&never);
    collected_free(&plain);
}

static void test_refusing_the_last_piece(void **state) {
    WriterConfig config = config_of(10);
    Collected collected = {.refuse_after = 11}; /* the last piece of the first of two samples */
    Writer *writer = create_writer(*state, 2, SEED);
    write_into(writer, &config, &collected);
    assert_int_equal(collected.ends[0], WRITER_LENGTH);
    assert_int_equal(collected.pieces, 11);
    assert_int_equal(collected.texts[1].length, 0);
    collected.refuse_after = 0;
    write_into(writer, &config, &collected); /* what nobody saw does not come later */
    assert_int_equal(utf8_count(collected.texts[1].data, collected.texts[1].length), 10);
    writer_free(writer);
    collected_free(&collected);
}

static void test_reading_between_turns(void **state) {
    WriterConfig config = config_of(30);
    Collected both = {0};
    Writer *writer = create_writer(*state, 1, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, &both);
    size_t first = both.texts[0].length;
    writer_read(writer, prompt, 3);
    write_into(writer, &config, &both);
    writer_free(writer);
    /* The same from a writer that reads what the first turn wrote, its coins having come as far. */
    SmallModel *small = *state;
    uint32_t units[30];
    Collected second = {0};
    size_t count = 0;
    assert_in_range(utf8_count(both.texts[0].data, first), 30, 30);
    symbol_set_encode(vocab_set(small->model.vocab), both.texts[0].data, first, units, &count);
    assert_int_equal(count, 30);
    writer = create_writer(small, 1, SEED);
    write_into(writer, &config, &second);
    bytes_free(&second.texts[0]);
    writer_reset(writer);
    writer_read(writer, prompt, PROMPT);
    writer_read(writer, units, 30);
    writer_read(writer, prompt, 3);
    write_into(writer, &config, &second);
    check_text(&second, 0, both.texts[0].data + first, both.texts[0].length - first);
    writer_free(writer);
    collected_free(&both);
    collected_free(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length_in_units),
        cmocka_unit_test(test_text_equals_a_session_by_hand),
        cmocka_unit_test(test_first_unit_from_frequencies),
        cmocka_unit_test(test_sample_does_not_depend_on_the_number),
        cmocka_unit_test(test_samples_that_end_early_leave_the_others_alone),
        cmocka_unit_test(test_seed_and_reset),
        cmocka_unit_test(test_bytes_are_bytes),
        cmocka_unit_test(test_memory_is_that_of_the_session_and_of_each_sample),
        cmocka_unit_test(test_turns_equal_one_run),
        cmocka_unit_test(test_interruption_and_going_on),
        cmocka_unit_test(test_refusing_the_last_piece),
        cmocka_unit_test(test_reading_between_turns),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
