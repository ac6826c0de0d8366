/* Scores: what a text costs is what its units cost one by one. */
#include "generate/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/session_fixture.h"

/* -log of the probability that the logits give to a unit. */
static double nats_of(const real *logits, uint32_t unit) {
    double sum = 0;
    for (size_t k = 0; k < VOCAB; k++) {
        sum += exp((double)logits[k]);
    }
    return log(sum) - (double)logits[unit];
}

static double score_by_steps(Fixture *fixture, size_t count) {
    double nats = 0;
    Session *session = create_session(fixture, 1);
    for (size_t k = 0; k + 1 < count; k++) {
        session_step(session, &fixture->text[k]);
        nats += nats_of(session_logits(session, 0), fixture->text[k + 1]);
    }
    session_free(session);
    return nats;
}

/* Scores the first `count` units of a text. */
static bool score_text(SmallModel *small, const uint32_t *text, size_t count, const ScoreWatch *watch,
                       Score *score, Error *error) {
    const ScorerConfig config = {.guesses = watch->see != NULL};
    UnitStore *store = unit_store_of(text, count, error);
    assert_non_null(store);
    bool done =
        score_units(&small->model, &small->compute, &config, store, (Range){0, count}, watch, score, error);
    unit_store_free(store);
    return done;
}

static const ScoreWatch nobody = {.see = NULL};

static void test_score_equals_steps(void **state) {
    Fixture *fixture = *state;
    const size_t sizes[] = {2, 3, 255, 256, 257, 258, 513, 514, TEXT};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        Score score;
        Error error = {0};
        assert_true(score_text(&fixture->small, fixture->text, sizes[k], &nobody, &score, &error));
        assert_int_equal(score.predicted, sizes[k] - 1);
        double expected = score_by_steps(fixture, sizes[k]);
        assert_true(fabs(score.nats - expected) < 1e-5 * expected);
    }
}

/* With larger parameters, rectified units would grow from step to step. */
static void test_score_of_every_cell(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        void *fixture = create_fixture_of(cell_at(k), 1);
        test_score_equals_steps(&fixture);
        free_fixture(&fixture);
    }
}

static void test_score_of_too_little(void **state) {
    Fixture *fixture = *state;
    for (size_t count = 0; count < 2; count++) {
        Score score;
        Error error = {0};
        assert_false(score_text(&fixture->small, fixture->text, count, &nobody, &score, &error));
        assert_non_null(strstr(error.message, "at least 2"));
    }
}

typedef struct Progress {
    size_t calls;
    size_t done;
    size_t stop_after; /* calls; 0: never */
} Progress;

static bool note_progress(void *context, size_t done, size_t count) {
    Progress *progress = context;
    assert_true(done > progress->done && done <= count);
    assert_int_equal(count, TEXT);
    progress->done = done;
    progress->calls++;
    return progress->calls != progress->stop_after;
}

static void test_score_progress(void **state) {
    Fixture *fixture = *state;
    Score score;
    Error error = {0};
    Progress progress = {0};
    const ScoreWatch watch = {.progress = note_progress, .context = &progress};
    assert_true(score_text(&fixture->small, fixture->text, TEXT, &watch, &score, &error));
    assert_true(progress.calls > 1);
    assert_int_equal(progress.done, TEXT);
    progress = (Progress){.stop_after = 1};
    assert_false(score_text(&fixture->small, fixture->text, TEXT, &watch, &score, &error));
    assert_int_equal(progress.calls, 1);
    assert_non_null(strstr(error.message, "stopped"));
}

/* What was seen of the units one by one. */
typedef struct Seen {
    UnitScore scores[TEXT];
    size_t count;
    size_t most; /* units after which it has seen enough */
} Seen;

static bool note_scores(void *context, const UnitScore *scores, size_t count, Error *error) {
    Seen *seen = context;
    assert_true(seen->count + count <= TEXT);
    for (size_t k = 0; k < count; k++) {
        seen->scores[seen->count++] = scores[k];
    }
    return seen->count < seen->most || error_set(error, "seen enough");
}

/* The figures of a unit, from the logits before it. */
static void check_unit(const UnitScore *score, const real *logits, uint32_t unit) {
    uint32_t likeliest = 0;
    uint32_t rank = 1;
    for (uint32_t k = 0; k < VOCAB; k++) {
        likeliest = logits[k] > logits[likeliest] ? k : likeliest;
        rank += logits[k] > logits[unit] ? 1 : 0;
    }
    assert_int_equal(score->unit, unit);
    assert_true(fabs(score->nats - nats_of(logits, unit)) < 1e-4);
    assert_int_equal(score->rank, rank);
    assert_int_equal(score->likeliest, likeliest);
    assert_true(fabs(score->probability - exp(-nats_of(logits, likeliest))) < 1e-5);
}

static void test_units_are_seen_one_by_one(void **state) {
    Fixture *fixture = *state;
    Score score;
    Error error = {0};
    static Seen seen = {.most = TEXT + 1};
    const ScoreWatch watch = {.see = note_scores, .context = &seen};
    assert_true(score_text(&fixture->small, fixture->text, TEXT, &watch, &score, &error));
    assert_int_equal(seen.count, TEXT);
    assert_int_equal(seen.scores[0].unit, fixture->text[0]);
    assert_true(isnan(seen.scores[0].nats));
    Session *session = create_session(fixture, 1);
    double sum = 0;
    for (size_t k = 1; k < TEXT; k++) {
        session_step(session, &fixture->text[k - 1]);
        check_unit(&seen.scores[k], session_logits(session, 0), fixture->text[k]);
        sum += seen.scores[k].nats;
    }
    session_free(session);
    assert_true(sum == score.nats);
}

static void test_who_sees_can_stop(void **state) {
    Fixture *fixture = *state;
    Score score;
    Error error = {0};
    static Seen seen = {.most = 1};
    const ScoreWatch watch = {.see = note_scores, .context = &seen};
    assert_false(score_text(&fixture->small, fixture->text, TEXT, &watch, &score, &error));
    assert_true(seen.count < TEXT);
    assert_string_equal(error.message, "seen enough");
}

static void test_score_of_a_broken_model(void **state) {
    (void)state;
    SmallModel small;
    small_model_create(&small, create_vocab(counts), 8, 0);
    const LayoutRow *row = layout_find(&small.model.network->layout, "decoder.bias");
    assert_non_null(row);
    small.model.parameters[row->offset + 2] = NAN;
    const uint32_t text[] = {0, 1, 2, 3};
    Score score;
    Error error = {0};
    assert_false(score_text(&small, text, 4, &nobody, &score, &error));
    assert_non_null(strstr(error.message, "not finite"));
    small_model_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score_equals_steps),        cmocka_unit_test(test_score_of_every_cell),
        cmocka_unit_test(test_score_of_too_little),       cmocka_unit_test(test_score_progress),
        cmocka_unit_test(test_units_are_seen_one_by_one), cmocka_unit_test(test_who_sees_can_stop),
        cmocka_unit_test(test_score_of_a_broken_model),
    };
    return cmocka_run_group_tests(tests, create_fixture, free_fixture);
}
