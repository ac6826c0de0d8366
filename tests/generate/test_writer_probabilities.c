/* The writer's log-probabilities: those of an independent pass, for the units that the text is made of. */
#include "generate/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/score.h"
#include "generate/session.h"
#include "generate/writer_fixture.h"
#include "support/near.h"

/* The units of samples, and the texts that came with them. */
typedef struct Listed {
    Bytes texts[SAMPLES];
    WrittenUnits units[SAMPLES];
    Bytes stops[SAMPLES]; /* without data: none came */
    WriterEnd ends[SAMPLES];
    size_t pieces_left; /* after so many the callback wants an end; 0: never */
} Listed;

static bool list_units(void *context, const WriterPiece *piece) {
    Listed *listed = context;
    assert_true(bytes_append(&listed->texts[piece->sample], piece->text, piece->length, NULL));
    assert_true(piece->end != WRITER_NO_END || piece->unit_count == 0);
    assert_true((piece->stop.text != NULL) == (piece->end == WRITER_STOP));
    listed->ends[piece->sample] = piece->end;
    assert_true(piece->stop.text == NULL ||
                bytes_append(&listed->stops[piece->sample], piece->stop.text, piece->stop.length, NULL));
    for (size_t k = 0; k < piece->unit_count; k++) {
        assert_true(written_units_add(&listed->units[piece->sample], piece->units[k], NULL));
    }
    return listed->pieces_left == 0 || --listed->pieces_left > 0;
}

static void listed_free(Listed *listed) {
    for (size_t k = 0; k < SAMPLES; k++) {
        bytes_free(&listed->texts[k]);
        bytes_free(&listed->stops[k]);
        written_units_free(&listed->units[k]);
    }
}

/* What samples after the prompt come to. */
static void list_after_prompt(SmallModel *small, size_t samples, const WriterConfig *config, Listed *listed) {
    Error error = {0};
    Writer *writer = create_writer(small, samples, SEED);
    writer_read(writer, prompt, PROMPT);
    assert_true(writer_write(writer, config, list_units, listed, &error));
    writer_free(writer);
}

/* The sample's text begins as its units read, and what it has beyond them is less than a unit. */
static void check_spelling(const SmallModel *small, const Listed *listed, size_t sample) {
    const Bytes *text = &listed->texts[sample];
    const WrittenUnits *units = &listed->units[sample];
    size_t length = 0;
    for (size_t k = 0; k < units->count; k++) {
        Symbol symbol = vocab_symbol(small->model.vocab, units->items[k].unit);
        assert_true(length + symbol.length <= text->length);
        assert_true(symbol.length == 0 || memcmp(text->data + length, symbol.text, symbol.length) == 0);
        length += symbol.length;
    }
    assert_in_range(text->length - length, 0, listed->stops[sample].data != NULL ? 2 : 0);
}

/* --- what they are --- */

/* -log of a unit's probability, from logits. */
static double nats_of(const real *logits, size_t vocab, uint32_t unit) {
    double sum = 0;
    for (size_t k = 0; k < vocab; k++) {
        sum += exp((double)logits[k]);
    }
    return log(sum) - (double)logits[unit];
}

static double score_of(SmallModel *small, const uint32_t *units, size_t count) {
    Score score;
    UnitStore *store = unit_store_of(units, count, NULL);
    assert_non_null(store);
    assert_true(score_units(&small->model, &small->compute, &(ScorerConfig){0}, store, (Range){0, count},
                            &(ScoreWatch){0}, &score, NULL));
    unit_store_free(store);
    return score.nats;
}

static void check_sample(SmallModel *small, const WrittenUnits *units) {
    uint32_t all[PROMPT + 200];
    double sum = 0;
    Session *session = session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
    assert_non_null(session);
    memcpy(all, prompt, sizeof prompt);
    session_feed(session, prompt, PROMPT);
    for (size_t k = 0; k < units->count; k++) {
        WrittenUnit written = units->items[k];
        all[PROMPT + k] = written.unit;
        check_near("log-probability", k, (double)written.log_probability,
                   -nats_of(session_logits(session, 0), vocab_size(small->model.vocab), written.unit), 1e-5);
        session_step(session, &written.unit);
        sum += (double)written.log_probability;
    }
    session_free(session);
    double score = score_of(small, all, PROMPT + units->count) - score_of(small, all, PROMPT);
    check_near("sum", 0, -sum, score, 1e-5 * score);
}

/* However the units were drawn: the model's own distribution is meant. */
static void test_they_are_those_of_a_pass(void **state) {
    SmallModel *small = *state;
    for (int plain = 0; plain < 2; plain++) {
        WriterConfig config = config_of(200);
        config.log_probabilities = true;
        if (!plain) {
            config.sampler.temperature = 0.6;
            config.sampler.top_k = 3;
            config.sampler.repeat_penalty = 1.3;
            config.sampler.repeat_window = 10;
        }
        Listed listed = {0};
        list_after_prompt(small, SAMPLES, &config, &listed);
        for (size_t k = 0; k < SAMPLES; k++) {
            assert_int_equal(listed.units[k].count, 200);
            assert_int_equal(listed.ends[k], WRITER_LENGTH);
            check_spelling(small, &listed, k);
            check_sample(small, &listed.units[k]);
        }
        listed_free(&listed);
    }
}

static void test_the_first_is_of_the_frequencies(void **state) {
    static const double expected[] = {0, 3.0 / 9, 0, 4.0 / 9, 2.0 / 9}; /* of the fixture's counts */
    WriterConfig config = config_of(1);
    config.log_probabilities = true;
    for (uint64_t seed = 0; seed < 20; seed++) {
        Listed listed = {0};
        Writer *writer = create_writer(*state, 1, seed);
        assert_true(writer_write(writer, &config, list_units, &listed, NULL));
        assert_int_equal(listed.units[0].count, 1);
        WrittenUnit first = listed.units[0].items[0];
        check_near("probability", seed, exp((double)first.log_probability), expected[first.unit], 1e-6);
        writer_free(writer);
        listed_free(&listed);
    }
}

static void test_the_end_of_a_record_is_one_of_them(void **state) {
    (void)state;
    const Symbol symbols[] = {symbol_border(), {"a", 1}, {"b", 1}};
    SmallModel small;
    small_model_create(&small, vocab_create(UNIT_CHAR, symbols, NULL, 3, NULL), 8, 4);
    WriterConfig config = config_of(1000);
    config.log_probabilities = true;
    Listed listed = {0};
    Writer *writer = create_writer(&small, 2, SEED);
    assert_true(writer_write(writer, &config, list_units, &listed, NULL));
    for (size_t k = 0; k < 2; k++) {
        const WrittenUnits *units = &listed.units[k];
        assert_int_equal(listed.ends[k], WRITER_RECORD);
        assert_int_equal(units->items[units->count - 1].unit, 0);
        assert_int_equal(units->count, listed.texts[k].length + 1);
        check_spelling(&small, &listed, k);
    }
    writer_free(writer);
    listed_free(&listed);
    small_model_free(&small);
}

/* --- which they are --- */

static void test_what_a_stop_text_took_is_not_among_them(void **state) {
    SmallModel *small = *state;
    Listed plain = {0};
    WriterConfig config = config_of(120);
    list_after_prompt(small, 1, &config, &plain);
    const Bytes *text = &plain.texts[0];
    config.log_probabilities = true;
    config.stop_count = 1;
    size_t cut_inside = 0;
    for (size_t begin = 0; begin < 30; begin++) { /* also from and to the middle of characters */
        for (size_t length = 1; length <= 6; length++) {
            WriterStop stop = {text->data + begin, length};
            Listed listed = {0};
            config.stops = &stop;
            list_after_prompt(small, 1, &config, &listed);
            assert_int_equal(listed.stops[0].length, length);
            assert_memory_equal(listed.stops[0].data, stop.text, length);
            check_spelling(small, &listed, 0);
            check_sample(small, &listed.units[0]);
            cut_inside +=
                utf8_find_invalid(listed.texts[0].data, listed.texts[0].length) != listed.texts[0].length;
            listed_free(&listed);
        }
    }
    assert_true(cut_inside > 0); /* else only half was tested */
    listed_free(&plain);
}

static void test_an_interrupted_text_has_them_all(void **state) {
    SmallModel *small = *state;
    WriterConfig config = config_of(50);
    config.log_probabilities = true;
    for (size_t pieces = 1; pieces < 20; pieces++) {
        Listed listed = {.pieces_left = pieces};
        list_after_prompt(small, 2, &config, &listed);
        assert_int_equal(listed.ends[0], WRITER_INTERRUPTED);
        assert_int_equal(listed.units[0].count, pieces - 1); /* the first piece comes before the first unit */
        check_spelling(small, &listed, 0);
        listed_free(&listed);
    }
}

static void test_each_turn_has_its_own(void **state) {
    SmallModel *small = *state;
    Listed turns = {0};
    WriterConfig config = config_of(7);
    Writer *writer = create_writer(small, 1, SEED);
    writer_read(writer, prompt, PROMPT);
    for (size_t turn = 0; turn < 4; turn++) {
        config.log_probabilities = turn != 1; /* not asked for: none */
        assert_true(writer_write(writer, &config, list_units, &turns, NULL));
        assert_int_equal(turns.units[0].count, turn == 0 ? 7 : 7 * turn);
    }
    writer_free(writer);
    listed_free(&turns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_are_those_of_a_pass),
        cmocka_unit_test(test_the_first_is_of_the_frequencies),
        cmocka_unit_test(test_the_end_of_a_record_is_one_of_them),
        cmocka_unit_test(test_what_a_stop_text_took_is_not_among_them),
        cmocka_unit_test(test_an_interrupted_text_has_them_all),
        cmocka_unit_test(test_each_turn_has_its_own),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
