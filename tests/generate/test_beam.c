/* Beam search: one text wide it is greedy, wide enough it is exhaustive, and by hand in between. */
#include "generate/beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/chain_model.h"
#include "generate/extension.h"
#include "generate/session.h"
#include "generate/surprise.h"
#include "generate/writer_fixture.h"

static Beam *create_beam(SmallModel *small, size_t width) {
    Beam *beam = beam_create(&small->model, &small->compute, width, PRECISION_F32, clock_system(), NULL);
    assert_non_null(beam);
    return beam;
}

/* What a beam writes after a prompt. */
static void search(SmallModel *small, size_t width, const uint32_t *units, size_t count,
                   const BeamConfig *config, Collected *collected) {
    Error error = {0};
    Beam *beam = create_beam(small, width);
    beam_read(beam, units, count);
    assert_true(beam_write(beam, config, collect, collected, &error));
    beam_free(beam);
}

static void check_written(const Collected *collected, size_t sample, const char *text, WriterEnd end) {
    check_text(collected, sample, text, strlen(text));
    assert_int_equal(collected->ends[sample], end);
}

/* --- one text wide --- */

static void check_greedy(SmallModel *small, size_t read, WriterConfig *config) {
    Collected greedy = {0}, found = {0};
    config->sampler.temperature = 0;
    Writer *writer = create_writer(small, 1, SEED);
    writer_read(writer, prompt, read);
    write_into(writer, config, &greedy);
    writer_free(writer);
    BeamConfig narrow = {
        .count = 1, .length = config->length, .stops = config->stops, .stop_count = config->stop_count};
    search(small, 1, prompt, read, &narrow, &found);
    check_same(&found, 0, &greedy, 0);
    collected_free(&found);
    collected_free(&greedy);
}

static void test_a_beam_of_one_is_greedy(void **state) {
    static const char *const stops[] = {"b", "c\xC3\xA9", "bb", "\xA9", "a"};
    for (size_t read = 0; read <= PROMPT; read++) {
        WriterConfig config = config_of(60);
        check_greedy(*state, read, &config);
        for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
            WriterStop stop = {stops[k], strlen(stops[k])};
            config.stops = &stop;
            config.stop_count = 1;
            check_greedy(*state, read, &config);
        }
    }
}

static void test_no_length(void **state) {
    Collected collected = {0};
    search(*state, 3, prompt, PROMPT, &(BeamConfig){.count = 3, .length = 0}, &collected);
    check_written(&collected, 0, "", WRITER_LENGTH);
    assert_int_equal(collected.sample, 0); /* there is only one such text */
    collected_free(&collected);
}

/* --- by hand --- */

/* After a: b has 0.5 and c 0.4, but "b." 0.5 x 0.4 and "c." 0.4 x 0.9. */
static void test_where_greedy_is_wrong(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    const uint32_t a = CHAIN_A;
    for (size_t width = 1; width <= 5; width++) {
        Collected collected = {0};
        search(&small, width, &a, 1, &(BeamConfig){.count = 1, .length = 2}, &collected);
        check_written(&collected, 0, width == 1 ? "b." : "c.", WRITER_LENGTH);
        collected_free(&collected);
    }
    small_model_free(&small);
}

static void test_the_best_come_in_order(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    const uint32_t a = CHAIN_A;
    Collected collected = {0};
    search(&small, 4, &a, 1, &(BeamConfig){.count = 3, .length = 2}, &collected);
    check_written(&collected, 0, "c.", WRITER_LENGTH); /* 0.36, 0.2; "ba" 0.1 comes before "bb" and "bc" */
    check_written(&collected, 1, "b.", WRITER_LENGTH);
    check_written(&collected, 2, "ba", WRITER_LENGTH);
    assert_int_equal(collected.sample, 2);
    collected_free(&collected);
    small_model_free(&small);
}

/* After b the stop has 0.4; "c." has 0.2 x 0.9 = 0.18, which is 0.42 for each of two, and "ac." 0.2 x 0.4 x 0.9, which
 * is 0.416 for each of three. */
static void test_finished_texts_by_unit(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    const uint32_t b = CHAIN_B;
    const WriterStop stop = {".", 1};
    Collected collected = {0};
    BeamConfig config = {.count = 3, .length = 4, .stops = &stop, .stop_count = 1};
    search(&small, 64, &b, 1, &config, &collected);
    check_written(&collected, 0, "c", WRITER_STOP);
    check_written(&collected, 1, "ac", WRITER_STOP);
    check_written(&collected, 2, "", WRITER_STOP);
    collected_free(&collected);
    config.count = 1;
    Collected narrow = {0};
    search(&small, 1, &b, 1, &config, &narrow); /* the only finished one */
    check_written(&narrow, 0, "", WRITER_STOP);
    collected_free(&narrow);
    small_model_free(&small);
}

static void test_a_stop_may_begin_in_the_prompt(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    const uint32_t read[] = {CHAIN_B, CHAIN_A};
    const WriterStop stop = {"bac", 3};
    Collected collected = {0};
    BeamConfig config = {.count = 1, .length = 3, .stops = &stop, .stop_count = 1};
    search(&small, 1, read, 2, &config, &collected);
    check_written(&collected, 0, "b..", WRITER_LENGTH);
    collected_free(&collected);
    Collected wide = {0};
    config.count = 4;
    search(&small, 4, read, 2, &config, &wide);
    size_t stopped = 0;
    for (size_t k = 0; k < 4; k++) {
        stopped += wide.ends[k] == WRITER_STOP && wide.texts[k].length == 0;
    }
    assert_int_equal(stopped, 1);
    collected_free(&wide);
    small_model_free(&small);
}

/* A record begins after its border and ends with it; the rare symbol, the likeliest of all, is never written. */
static void test_records_end_and_the_rare_symbol_is_never_written(void **state) {
    (void)state;
    SmallModel small;
    const Symbol symbols[] = {symbol_border(), {"a", 1}, {"b", 1}, symbol_rare()};
    static const double chain[CHAIN_SYMBOLS][CHAIN_SYMBOLS] = {
        {0.01, 0.4, 0.09, 0.5}, {0.3, 0.1, 0.1, 0.5}, {0.3, 0.1, 0.1, 0.5}, {0.3, 0.1, 0.1, 0.5}};
    chain_model_create(&small, symbols, chain);
    for (size_t width = 1; width <= 4; width++) {
        Collected collected = {0};
        search(&small, width, NULL, 0, &(BeamConfig){.count = 1, .length = 10}, &collected);
        check_written(&collected, 0, "a", WRITER_RECORD);
        collected_free(&collected);
    }
    small_model_free(&small);
}

static void test_an_interruption_gives_what_is_there(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    const uint32_t a = CHAIN_A;
    Collected collected = {.refuse_after = 2};
    search(&small, 2, &a, 1, &(BeamConfig){.count = 1, .length = 100}, &collected);
    check_written(&collected, 0, "c.", WRITER_INTERRUPTED);
    collected_free(&collected);
    small_model_free(&small);
}

/* --- wide enough --- */

enum { EXHAUSTIVE = 4, ALL = 5 * 5 * 5 * 5 };

typedef struct Written {
    uint32_t units[EXHAUSTIVE];
    double nats;
} Written;

static int compare_written(const void *left, const void *right) {
    double a = ((const Written *)left)->nats;
    double b = ((const Written *)right)->nats;
    return (a < b) - (a > b);
}

/* Every text of EXHAUSTIVE units after the prompt, the likeliest first. */
static Written *write_all(SmallModel *small) {
    Written *all = calloc(ALL, sizeof *all);
    Session *session = session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
    assert_true(all != NULL && session != NULL);
    for (size_t text = 0; text < ALL; text++) {
        session_reset(session);
        session_feed(session, prompt, PROMPT);
        for (size_t k = 0, rest = text; k < EXHAUSTIVE; k++, rest /= 5) {
            const real *logits = session_logits(session, 0);
            all[text].units[k] = (uint32_t)(rest % 5);
            all[text].nats += (double)logits[rest % 5] - surprise_log_sum(logits, 5);
            session_step(session, &all[text].units[k]);
        }
    }
    session_free(session);
    qsort(all, ALL, sizeof *all, compare_written);
    return all;
}

static void test_wide_enough_it_is_exhaustive(void **state) {
    SmallModel *small = *state;
    Written *all = write_all(small);
    Collected found = {0};
    search(small, ALL, prompt, PROMPT, &(BeamConfig){.count = SAMPLES, .length = EXHAUSTIVE}, &found);
    for (size_t text = 0; text < SAMPLES; text++) {
        Bytes expected = {0};
        for (size_t k = 0; k < EXHAUSTIVE; k++) {
            Symbol symbol = vocab_symbol(small->model.vocab, all[text].units[k]);
            assert_true(bytes_append(&expected, symbol.text, symbol.length, NULL));
        }
        check_text(&found, text, expected.data, expected.length);
        bytes_free(&expected);
    }
    assert_true(all[0].nats > all[1].nats + 1e-4); /* else the order could be another */
    collected_free(&found);
    free(all);
}

/* A model that says nothing but NaN. */
static void test_predictions_that_are_no_numbers(void **state) {
    (void)state;
    SmallModel small;
    Error error = {0};
    chain_model_create_usual(&small);
    const LayoutRow *row = layout_find(&small.model.network->layout, "decoder.bias");
    for (size_t k = 0; k < CHAIN_SYMBOLS; k++) {
        small.model.parameters[row->offset + k] = INFINITY;
    }
    Beam *beam = create_beam(&small, 2);
    beam_read(beam, &(uint32_t){CHAIN_A}, 1);
    Collected collected = {0};
    assert_false(beam_write(beam, &(BeamConfig){.count = 1, .length = 5}, collect, &collected, &error));
    assert_contains(error.message, "not finite numbers");
    beam_free(beam);
    small_model_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_beam_of_one_is_greedy),
        cmocka_unit_test(test_no_length),
        cmocka_unit_test(test_where_greedy_is_wrong),
        cmocka_unit_test(test_the_best_come_in_order),
        cmocka_unit_test(test_finished_texts_by_unit),
        cmocka_unit_test(test_a_stop_may_begin_in_the_prompt),
        cmocka_unit_test(test_records_end_and_the_rare_symbol_is_never_written),
        cmocka_unit_test(test_an_interruption_gives_what_is_there),
        cmocka_unit_test(test_wide_enough_it_is_exhaustive),
        cmocka_unit_test(test_predictions_that_are_no_numbers),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
