/* The writer: stop texts wherever they fall. */
#include "generate/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "generate/small_model.h"
#include "generate/writer_fixture.h"
#include "text/utf8.h"

/* Whether the stop text begins with the end of the text, from `begin` on. */
static bool may_begin(const WriterStop *stop, const char *text, size_t length) {
    return length < stop->length && memcmp(stop->text, text, length) == 0;
}

/* Looks at each call whether as much as can be was handed out. */
typedef struct Watch {
    const WriterConfig *config;
    const Bytes *text; /* what will be written, after the prompt */
    Bytes made;        /* the prompt and what is written already */
    size_t out;        /* bytes handed out */
    Expected expected;
    bool first; /* the piece before the first unit has not come yet */
} Watch;

static bool watch(void *context, const WriterPiece *piece) {
    Watch *look = context;
    assert_memory_equal(piece->text, look->text->data + look->out, piece->length);
    look->out += piece->length;
    if (!look->first) {
        uint32_t ignored = 0;
        size_t made = look->made.length - strlen(PROMPT_TEXT);
        size_t length = utf8_decode(look->text->data + made, look->text->length - made, &ignored);
        assert_true(bytes_append(&look->made, look->text->data + made, length, NULL));
    }
    look->first = false;
    if (piece->end != WRITER_NO_END) {
        assert_int_equal(look->out, look->expected.length);
        assert_int_equal(piece->end, look->expected.end);
        return true;
    }
    size_t begin = 0; /* of the longest end that may be the beginning of a stop text */
    for (bool found = false; begin < look->made.length && !found; begin += !found) {
        for (size_t k = 0; k < look->config->stop_count && !found; k++) {
            found = may_begin(&look->config->stops[k], look->made.data + begin, look->made.length - begin);
        }
    }
    size_t known = strlen(PROMPT_TEXT);
    assert_int_equal(look->out, begin > known ? begin - known : 0);
    return true;
}

/* A writer, and what it writes after the prompt when nothing stops it. */
typedef struct Known {
    Writer *writer;
    Collected plain;
    const Bytes *text; /* of 300 units */
} Known;

static void know(SmallModel *small, Known *known) {
    memset(known, 0, sizeof *known);
    known->writer = create_writer(small, 1, SEED);
    known->text = &known->plain.texts[0];
    write_plain(small, 1, 300, &known->plain);
}

static void known_free(Known *known) {
    writer_free(known->writer);
    collected_free(&known->plain);
}

/* Writes it with stop texts and checks every step against the text without. Returns what came of it. */
static Expected check_stops(const Known *known, const WriterStop *stops, size_t count) {
    WriterConfig config = config_of(300);
    config.stops = stops;
    config.stop_count = count;
    Expected expected = find_end(PROMPT_TEXT, known->text, &config);
    Watch look = {.config = &config, .text = known->text, .expected = expected, .first = true};
    assert_true(bytes_append(&look.made, PROMPT_TEXT, strlen(PROMPT_TEXT), NULL));
    writer_reset(known->writer);
    writer_seed(known->writer, SEED);
    writer_read(known->writer, prompt, PROMPT);
    Error error = {0};
    assert_true(writer_write(known->writer, &config, watch, &look, &error));
    assert_int_equal(look.out, expected.length);
    bytes_free(&look.made);
    return expected;
}

static void test_stop_texts_everywhere(void **state) {
    Known known;
    know(*state, &known);
    const Bytes *text = known.text;
    for (size_t begin = 0; begin < 60; begin++) { /* also from and to the middle of characters */
        for (size_t length = 1; length <= 12; length++) {
            WriterStop stop = {text->data + begin, length};
            Expected expected = check_stops(&known, &stop, 1);
            assert_int_equal(expected.end, WRITER_STOP);
            assert_true(expected.length <= begin);
        }
    }
    known_free(&known);
}

static void test_stop_text_that_never_comes(void **state) {
    Known known;
    know(*state, &known);
    const WriterStop stops[] = {
        {"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 32}, {"", 0}, {"xyz", 3}, {"ab\xC3\xA9z", 5}};
    assert_int_equal(check_stops(&known, stops, 4).end, WRITER_LENGTH);
    known_free(&known);
}

static void test_several_stop_texts(void **state) {
    Known known;
    know(*state, &known);
    const char *text = known.text->data;
    Random random = random_create(9, 0);
    for (size_t round = 0; round < 300; round++) {
        WriterStop stops[4];
        /* They overlap, as what comes late in the text came in parts before. */
        for (size_t k = 0; k < 4; k++) {
            stops[k] = (WriterStop){text + 100 + random_next(&random) % 60, 3 + random_next(&random) % 10};
        }
        check_stops(&known, stops, 4);
    }
    known_free(&known);
}

static void test_of_stop_texts_that_end_together_the_longest(void **state) {
    Known known;
    know(*state, &known);
    const char *text = known.text->data;
    const size_t length = 40; /* too long to come twice */
    const WriterStop stops[] = {
        {text + 60 + 1, length - 1}, {text + 60, length}, {text + 60 + 2, length - 2}};
    assert_int_equal(check_stops(&known, stops, 3).length, 60);
    /* One that is complete earlier wins over one that began earlier. */
    const WriterStop nested[] = {{text + 60, length}, {text + 65, length - 10}};
    assert_int_equal(check_stops(&known, nested, 2).length, 65);
    known_free(&known);
}

static void test_stop_text_at_the_very_length(void **state) {
    Collected plain = {0};
    Collected stopped = {0};
    Collected held = {0};
    write_plain(*state, 1, 30, &plain);
    const Bytes *text = &plain.texts[0];
    /* Complete with the last unit: a stop. */
    WriterStop stop = {text->data + text->length / 2, text->length - text->length / 2};
    WriterConfig config = config_of(30);
    config.stops = &stop;
    config.stop_count = 1;
    Writer *writer = create_writer(*state, 1, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, &stopped);
    check_text(&stopped, 0, text->data, text->length / 2);
    assert_int_equal(stopped.ends[0], WRITER_STOP);
    writer_free(writer);
    /* Never complete: the length, and what was held back comes out. */
    char longer[256];
    assert_true(text->length < sizeof longer);
    memcpy(longer, text->data, text->length);
    longer[text->length] = 'a';
    WriterStop endless = {longer, text->length + 1};
    config.stops = &endless;
    writer = create_writer(*state, 1, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, &held);
    check_same(&held, 0, &plain, 0);
    writer_free(writer);
    collected_free(&plain);
    collected_free(&stopped);
    collected_free(&held);
}

static void test_stop_texts_begin_in_the_prompt(void **state) {
    Known known;
    know(*state, &known);
    Bytes all = {0};
    size_t prompt_length = strlen(PROMPT_TEXT);
    assert_true(bytes_append(&all, PROMPT_TEXT, prompt_length, NULL) &&
                bytes_append(&all, known.text->data, known.text->length, NULL));
    for (size_t begin = 0; begin < prompt_length; begin++) {
        for (size_t end = prompt_length + 1; end < prompt_length + 20; end++) {
            WriterStop stop = {all.data + begin, end - begin};
            Expected expected = check_stops(&known, &stop, 1);
            assert_int_equal(expected.end, WRITER_STOP);
            assert_int_equal(expected.length, 0);
        }
        WriterStop inside = {all.data + begin,
                             prompt_length - begin}; /* it is there already: that is no stop */
        check_stops(&known, &inside, 1);
    }
    bytes_free(&all);
    known_free(&known);
}

/* Turns of 50 units; a stop text that lies across their border ends the second before it begins. The third does not
 * see what ended the second. */
static void test_stop_texts_begin_in_the_turn_before(void **state) {
    Collected plain = {0};
    write_plain(*state, 1, 100, &plain);
    const Bytes *text = &plain.texts[0];
    size_t border = 0;
    uint32_t ignored = 0;
    for (size_t k = 0; k < 50; k++) {
        border += utf8_decode(text->data + border, text->length - border, &ignored);
    }
    WriterStop stop = {text->data + border - 20, 40}; /* too long to come by chance */
    WriterConfig config = config_of(50);
    config.stops = &stop;
    config.stop_count = 1;
    Collected turns = {0};
    Writer *writer = create_writer(*state, 1, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, &turns);
    write_into(writer, &config, &turns);
    assert_int_equal(turns.ends[0], WRITER_STOP);
    check_text(&turns, 0, text->data, border);
    WriterStop later = {text->data + border + 10, 11}; /* its beginning was part of the stop text */
    config.stops = &later;
    config.length = 1;
    write_into(writer, &config, &turns);
    assert_int_equal(turns.ends[0], WRITER_LENGTH);
    writer_free(writer);
    collected_free(&plain);
    collected_free(&turns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_texts_everywhere),
        cmocka_unit_test(test_stop_text_that_never_comes),
        cmocka_unit_test(test_several_stop_texts),
        cmocka_unit_test(test_of_stop_texts_that_end_together_the_longest),
        cmocka_unit_test(test_stop_text_at_the_very_length),
        cmocka_unit_test(test_stop_texts_begin_in_the_prompt),
        cmocka_unit_test(test_stop_texts_begin_in_the_turn_before),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
