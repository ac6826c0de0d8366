/* Sessions: whatever way a text is read, the model must say the same about what comes next. */
#include "generate/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/session_fixture.h"
#include "support/instruction_sets.h"

/* One stream, unit by unit: the plainest way to read. */
static Session *read_by_steps(Fixture *fixture, const uint32_t *units, size_t count) {
    Session *session = create_session(fixture, 1);
    for (size_t k = 0; k < count; k++) {
        session_step(session, &units[k]);
    }
    return session;
}

static void check_logits(const Session *session, size_t stream, const Session *expected) {
    const real *a = session_logits(session, stream);
    const real *b = session_logits(expected, 0);
    for (size_t k = 0; k < VOCAB; k++) {
        if (!(fabs((double)(a[k] - b[k])) < 1e-4)) {
            fail_msg("stream %zu: logit %zu is %g instead of %g", stream, k, (double)a[k], (double)b[k]);
        }
    }
}

static void check_frequencies(const Session *session, size_t stream) {
    const real *logits = session_logits(session, stream);
    for (size_t k = 0; k < VOCAB; k++) {
        if (counts[k] == 0) {
            assert_true(isinf(logits[k]) && logits[k] < 0);
        } else {
            assert_float_equal(exp((double)(logits[k] - logits[0])), (double)counts[k] / 10, 1e-6);
        }
    }
}

static void test_frequencies_before_the_first_unit(void **state) {
    Fixture *fixture = *state;
    Session *session = create_session(fixture, 3);
    for (size_t stream = 0; stream < 3; stream++) {
        check_frequencies(session, stream);
    }
    session_feed(session, fixture->text, 0); /* nothing is nothing */
    check_frequencies(session, 2);
    session_free(session);
}

static void test_uncounted_vocabulary_is_all_alike(void **state) {
    (void)state;
    const uint64_t none[VOCAB] = {0};
    SmallModel small;
    small_model_create(&small, create_vocab(none), 8, 0);
    Session *session = session_create(&small.model, &small.compute, 1, PRECISION_F32, clock_system(), NULL);
    assert_non_null(session);
    for (size_t k = 0; k < VOCAB; k++) {
        assert_float_equal(session_logits(session, 0)[k], 0, 0);
    }
    session_free(session);
    small_model_free(&small);
}

static void test_what_was_read_matters(void **state) {
    Fixture *fixture = *state;
    const uint32_t one[3] = {2, 3, 2};
    const uint32_t other[3] = {5, 3, 2};
    Session *a = read_by_steps(fixture, one, 3);
    Session *b = read_by_steps(fixture, other, 3);
    double difference = 0;
    for (size_t k = 0; k < VOCAB; k++) {
        difference += fabs((double)(session_logits(a, 0)[k] - session_logits(b, 0)[k]));
    }
    assert_true(difference > 0.01); /* else these tests could not fail */
    session_free(a);
    session_free(b);
}

static void check_feed(Fixture *fixture, size_t streams, size_t first, size_t second) {
    Session *session = create_session(fixture, streams);
    session_feed(session, fixture->text, first);
    session_feed(session, fixture->text + first, second);
    Session *stepped = read_by_steps(fixture, fixture->text, first + second);
    for (size_t stream = 0; stream < streams; stream++) {
        check_logits(session, stream, stepped);
    }
    uint32_t next[4] = {4, 4, 4, 4}; /* the state, too, must be the same */
    session_step(session, next);
    session_step(stepped, next);
    for (size_t stream = 0; stream < streams; stream++) {
        check_logits(session, stream, stepped);
    }
    session_free(session);
    session_free(stepped);
}

static void test_feed_equals_steps(void **state) {
    const size_t sizes[] = {1, 2, 15, 16, 17, 63, 64, 65, 79, 80, 128, 131, 300};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        check_feed(*state, 1, sizes[k], 0);
        check_feed(*state, 4, sizes[k], 0);
        check_feed(*state, 3, 5, sizes[k]);
        check_feed(*state, 3, sizes[k], 70);
    }
}

static void test_feed_of_streams_that_differ(void **state) {
    Fixture *fixture = *state;
    enum { STREAMS = 3, FED = 17 };
    Session *session = create_session(fixture, STREAMS);
    session_feed(session, fixture->text, 20);
    const uint32_t own[STREAMS] = {2, 5, 6};
    session_step(session, own);
    session_feed(session, fixture->text, FED);
    assert_memory_not_equal(session_logits(session, 0), session_logits(session, 1), VOCAB * sizeof(real));
    for (size_t stream = 0; stream < STREAMS; stream++) {
        uint32_t text[20 + 1 + FED];
        memcpy(text, fixture->text, 20 * sizeof *text);
        text[20] = own[stream];
        memcpy(text + 21, fixture->text, FED * sizeof *text);
        Session *alone = read_by_steps(fixture, text, 20 + 1 + FED);
        check_logits(session, stream, alone);
        session_free(alone);
    }
    session_free(session);
}

/* A stream must not even differ in the last bit from one that is alone: else a sample would depend on how many
 * are made beside it. */
static void check_streams_alone(SmallModel *small, size_t streams, const uint32_t *text, size_t count) {
    size_t vocab = small->model.network->config.vocab;
    Session *together =
        session_create(&small->model, &small->compute, streams, PRECISION_F32, clock_system(), NULL);
    assert_non_null(together);
    session_feed(together, text, 30);
    Session **alone = calloc(streams, sizeof *alone);
    uint32_t *units = calloc(streams, sizeof *units);
    assert_true(alone != NULL && units != NULL);
    for (size_t stream = 0; stream < streams; stream++) {
        alone[stream] =
            session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
        assert_non_null(alone[stream]);
        session_feed(alone[stream], text, 30);
    }
    for (size_t k = 0; k < 20; k++) {
        for (size_t stream = 0; stream < streams; stream++) {
            units[stream] = text[(k * 13 + stream * 7) % count];
            session_step(alone[stream], &units[stream]);
        }
        session_step(together, units);
        for (size_t stream = 0; stream < streams; stream++) {
            assert_memory_equal(session_logits(together, stream), session_logits(alone[stream], 0),
                                vocab * sizeof(real));
        }
    }
    for (size_t stream = 0; stream < streams; stream++) {
        session_free(alone[stream]);
    }
    free(alone);
    free(units);
    session_free(together);
}

static void test_streams_equal_single_ones(void **state) {
    Fixture *fixture = *state;
    check_streams_alone(&fixture->small, 1, fixture->text, TEXT);
    check_streams_alone(&fixture->small, 2, fixture->text, TEXT);
    check_streams_alone(&fixture->small, 5, fixture->text, TEXT);
    check_streams_alone(&fixture->small, 33, fixture->text, TEXT);
}

static void test_streams_equal_single_ones_at_odd_sizes(void **state) {
    Fixture *fixture = *state;
    const size_t hidden[] = {1, 37, 130, 256};
    const size_t embed[] = {0, 3, 0, 32};
    for (size_t k = 0; k < 4; k++) {
        SmallModel small;
        small_model_create(&small, create_vocab(counts), hidden[k], embed[k]);
        check_streams_alone(&small, 3, fixture->text, TEXT);
        check_streams_alone(&small, 8, fixture->text, TEXT);
        check_streams_alone(&small, 17, fixture->text, TEXT);
        if (hidden[k] == 256) {
            check_streams_alone(&small, 48, fixture->text, TEXT); /* enough work for a team of threads */
        }
        small_model_free(&small);
    }
}

/* The last bits of everything that a session says, after a text read in windows and in steps. */
static void read_all(SmallModel *small, size_t streams, Precision precision, const uint32_t *text,
                     real *logits) {
    Session *session =
        session_create(&small->model, &small->compute, streams, precision, clock_system(), NULL);
    assert_non_null(session);
    uint32_t units[4];
    session_feed(session, text, 100);
    for (size_t k = 0; k < 10; k++) {
        for (size_t stream = 0; stream < streams; stream++) {
            units[stream] = text[100 + k];
        }
        session_step(session, units);
    }
    memcpy(logits, session_logits(session, streams - 1), VOCAB * sizeof(real));
    session_free(session);
}

static void check_precision(SmallModel *small, const uint32_t *text, Precision precision) {
    static const double tolerances[PRECISIONS] = {1e-4, 0.15, 0.3};
    real exact[VOCAB], alone[VOCAB], together[VOCAB], stepped[VOCAB];
    read_all(small, 1, PRECISION_F32, text, exact);
    read_all(small, 1, precision, text, alone);
    read_all(small, 4, precision, text, together);
    assert_memory_equal(together, alone, sizeof alone);
    Session *session = session_create(&small->model, &small->compute, 1, precision, clock_system(), NULL);
    assert_non_null(session);
    for (size_t k = 0; k < 110; k++) {
        session_step(session, &text[k]);
    }
    memcpy(stepped, session_logits(session, 0), sizeof stepped);
    session_free(session);
    assert_memory_equal(stepped, alone, sizeof alone);
    for (size_t k = 0; k < VOCAB; k++) {
        if (!(fabs((double)(alone[k] - exact[k])) < tolerances[precision])) {
            fail_msg("%s: logit %zu is %g instead of %g", precision_name(precision), k, (double)alone[k],
                     (double)exact[k]);
        }
    }
    if (precision != PRECISION_F32) {
        assert_memory_not_equal(alone, exact, sizeof exact); /* else it was not used */
    }
}

static void test_every_precision_on_every_instruction_set(void **state) {
    Fixture *fixture = *state;
    for (InstructionSet set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        for (size_t precision = 0; instruction_set_runs(set) && precision < PRECISIONS; precision++) {
            SmallModel small;
            small_model_create(&small, create_vocab(counts), 37, precision == PRECISION_BF16 ? 0 : 5);
            small.compute.instruction_set = set;
            check_precision(&small, fixture->text, (Precision)precision);
            check_streams_alone(&small, 6, fixture->text, TEXT);
            small_model_free(&small);
        }
    }
}

static void test_threads_change_nothing(void **state) {
    Fixture *fixture = *state;
    real logits[3][VOCAB];
    for (size_t k = 0; k < 3; k++) {
        static const size_t threads[] = {1, 2, 5};
        SmallModel small;
        small_model_create(&small, create_vocab(counts), 256, 5);
        compute_free(&small.compute);
        assert_true(compute_create(&small.compute, threads[k], NULL));
        Session *session =
            session_create(&small.model, &small.compute, 1, PRECISION_INT8, clock_system(), NULL);
        assert_non_null(session);
        session_feed(session, fixture->text, 64);
        for (size_t step = 0; step < 300; step++) { /* enough for a team to be tried */
            session_step(session, &fixture->text[step]);
        }
        memcpy(logits[k], session_logits(session, 0), sizeof logits[k]);
        session_free(session);
        small_model_free(&small);
    }
    assert_memory_equal(logits[1], logits[0], sizeof logits[0]);
    assert_memory_equal(logits[2], logits[0], sizeof logits[0]);
}

/* So many symbols that the first layer copies embeddings, and that the decoder has several slices. */
static double count_question(void *context) {
    size_t *questions = context;
    (*questions)++;
    return (double)*questions;
}

/* Time matters only where there are several ways to take a step. */
static void test_the_clock_is_asked_with_several_threads_only(void **state) {
    const Fixture *fixture = *state;
    for (size_t threads = 1; threads <= 2; threads++) {
        size_t questions = 0;
        Compute compute;
        assert_true(compute_create(&compute, threads, NULL));
        Session *session = session_create(&fixture->small.model, &compute, 1, PRECISION_F32,
                                          (Clock){count_question, &questions, NULL}, NULL);
        assert_non_null(session);
        for (size_t k = 0; k < 10; k++) {
            session_step(session, &fixture->text[k]);
        }
        assert_int_equal(questions, threads == 1 ? 0 : 20);
        session_free(session);
        compute_free(&compute);
    }
}

static void test_a_large_vocabulary(void **state) {
    (void)state;
    enum { LARGE = 1500 };
    static uint32_t symbols[LARGE];
    uint32_t text[200];
    for (uint32_t k = 0; k < LARGE; k++) {
        symbols[k] = 0x4E00 + k;
    }
    for (uint32_t k = 0; k < 200; k++) {
        text[k] = k * 7919 % LARGE;
    }
    SmallModel small;
    small_model_create(&small, vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, LARGE, NULL), 40, 12);
    check_streams_alone(&small, 3, text, 200);
    small_model_free(&small);
}

static void test_reset(void **state) {
    Fixture *fixture = *state;
    Session *session = create_session(fixture, 2);
    const uint32_t own[2] = {2, 5};
    session_feed(session, fixture->text, 100);
    session_step(session, own);
    session_reset(session);
    check_frequencies(session, 0);
    check_frequencies(session, 1);
    session_feed(session, fixture->text + 50, 40); /* now alike again */
    Session *fresh = read_by_steps(fixture, fixture->text + 50, 40);
    check_logits(session, 0, fresh);
    check_logits(session, 1, fresh);
    session_free(session);
    session_free(fresh);
}

/* Brought back to where it was, a session says to the last bit what it said. */
static void check_saved(Fixture *fixture) {
    Session *session = create_session(fixture, 1);
    real *saved = calloc(session_state_size(session), sizeof *saved);
    real expected[VOCAB];
    assert_non_null(saved);
    session_feed(session, fixture->text, 100);
    session_save(session, saved);
    memcpy(expected, session_logits(session, 0), sizeof expected);
    session_feed(session, fixture->text + 100, 50);
    session_restore(session, saved);
    assert_memory_equal(session_logits(session, 0), expected, sizeof expected);
    session_feed(session, fixture->text + 200, 70);
    memcpy(expected, session_logits(session, 0), sizeof expected);
    session_reset(session);
    session_restore(session, saved);
    session_feed(session, fixture->text + 200, 70);
    assert_memory_equal(session_logits(session, 0), expected, sizeof expected);
    free(saved);
    session_free(session);
}

/* Stream `to` of a session, after it was copied from stream 1 of another that has read more, goes on like that one. */
static void check_copy(Fixture *fixture, Session *session, size_t streams, size_t to, Session *source) {
    uint32_t units[3] = {4, 4, 4};
    session_copy_stream(session, to, source, 1);
    session_step(session, units);
    const uint32_t read[] = {fixture->text[0], fixture->text[1], 5, 4};
    Session *expected = read_by_steps(fixture, read, 4);
    check_logits(session, to, expected);
    if (streams > 1) { /* the others are as they were */
        assert_memory_not_equal(session_logits(session, to),
                                session_logits(session, (to + streams - 1) % streams), VOCAB * sizeof(real));
    }
    session_free(expected);
}

static void test_a_stream_goes_on_from_where_another_is(void **state) {
    Fixture *fixture = *state;
    const uint32_t own[3] = {2, 5, 6};
    for (size_t streams = 1; streams <= 3; streams++) {
        Session *source = create_session(fixture, 3);
        session_feed(source, fixture->text, 2);
        session_step(source, own);
        Session *session = create_session(fixture, streams);
        session_feed(session, fixture->text, 40); /* all streams alike, which they are no more then */
        check_copy(fixture, session, streams, streams - 1, source);
        session_copy_stream(source, 0, source, 0); /* to itself: nothing */
        check_copy(fixture, source, 3, 0, source);
        session_free(session);
        session_free(source);
    }
    Session *alike = create_session(fixture, 3);
    session_feed(alike, fixture->text, 40);
    session_copy_stream(alike, 2, alike, 1); /* nothing, either: */
    session_feed(alike, fixture->text, 40);  /* it still reads as one */
    check_logits(alike, 2, alike);
    session_free(alike);
}

/* Every cell of the table: windows and steps say the same, a stream does not feel the others, and all of that
 * in every precision. With larger parameters, rectified units would grow from step to step. */
static void test_every_cell(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        Fixture *fixture = create_fixture_of(cell_at(k), 1);
        void *cell_state = fixture;
        check_feed(fixture, 3, 5, 131);
        test_feed_of_streams_that_differ(&cell_state);
        test_reset(&cell_state);
        check_saved(fixture);
        test_a_stream_goes_on_from_where_another_is(&cell_state);
        check_streams_alone(&fixture->small, 5, fixture->text, TEXT);
        for (size_t precision = 0; precision < PRECISIONS; precision++) {
            check_precision(&fixture->small, fixture->text, (Precision)precision);
        }
        free_fixture(&cell_state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequencies_before_the_first_unit),
        cmocka_unit_test(test_uncounted_vocabulary_is_all_alike),
        cmocka_unit_test(test_what_was_read_matters),
        cmocka_unit_test(test_feed_equals_steps),
        cmocka_unit_test(test_feed_of_streams_that_differ),
        cmocka_unit_test(test_streams_equal_single_ones),
        cmocka_unit_test(test_streams_equal_single_ones_at_odd_sizes),
        cmocka_unit_test(test_every_precision_on_every_instruction_set),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_the_clock_is_asked_with_several_threads_only),
        cmocka_unit_test(test_a_large_vocabulary),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_a_stream_goes_on_from_where_another_is),
        cmocka_unit_test(test_every_cell),
    };
    return cmocka_run_group_tests(tests, create_fixture, free_fixture);
}
