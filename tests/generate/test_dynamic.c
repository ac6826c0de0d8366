/* Dynamic evaluation: it never looks ahead, learns as its formula says, and leaves the model alone. */
#include "generate/dynamic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/scorer.h"
#include "generate/session_fixture.h"
#include "support/near.h"

static const DynamicConfig settings = {.rate = 0.01, .decay = 0.1, .segment = 16};

/* What each unit of a text cost; `dynamic` NULL: the model as it is, in windows as long as a segment, because the last
 * bits of a product may depend on its size. */
static void score_text(Fixture *fixture, const DynamicConfig *dynamic, const uint32_t *text, size_t count,
                       UnitScore *scores) {
    Error error = {0};
    Scorer *scorer = scorer_create(&fixture->small.model, &fixture->small.compute,
                                   &(ScorerConfig){.steps = settings.segment, .dynamic = dynamic}, &error);
    assert_non_null(scorer);
    assert_true(scorer_read(scorer, text, count, scores, &error));
    scorer_free(scorer);
}

static void check_same(const UnitScore *scores, const UnitScore *expected, size_t count) {
    assert_true(isnan(scores[0].nats) && isnan(expected[0].nats));
    for (size_t k = 1; k < count; k++) {
        if (scores[k].nats != expected[k].nats) {
            fail_msg("unit %zu cost %.9g, not %.9g", k, scores[k].nats, expected[k].nats);
        }
    }
}

static void without_a_rate_nothing_changes(void **state) {
    (void)state;
    for (size_t c = 0; c < cell_count(); c++) {
        void *fixture = create_fixture_of(cell_at(c), 1);
        const uint32_t *text = ((Fixture *)fixture)->text;
        UnitScore plain[TEXT];
        UnitScore still[TEXT];
        DynamicConfig none = settings;
        none.rate = 0;
        score_text(fixture, NULL, text, TEXT, plain);
        score_text(fixture, &none, text, TEXT, still);
        check_same(still, plain, TEXT);
        free_fixture(&fixture);
    }
}

static void a_unit_is_scored_before_it_is_learned(void **state) {
    Fixture *fixture = *state;
    UnitScore first[TEXT];
    UnitScore second[TEXT];
    uint32_t other[TEXT];
    score_text(fixture, &settings, fixture->text, TEXT, first);
    /* Segments begin at units 1, 17, 33 ...; in all of them, the first and the last units matter most. */
    static const size_t changed[] = {16, 17, 32, 33, 64, 400, TEXT - 1};
    for (size_t c = 0; c < sizeof changed / sizeof *changed; c++) {
        memcpy(other, fixture->text, sizeof other);
        for (size_t k = changed[c]; k < TEXT; k++) {
            other[k] = (other[k] + 1) % VOCAB;
        }
        score_text(fixture, &settings, other, TEXT, second);
        check_same(second, first, changed[c]);
        assert_true(second[changed[c]].nats != first[changed[c]].nats);
    }
}

/* A text that repeats itself is soon known; that the model is another one then shows in a text that it knew before. */
static void it_learns(void **state) {
    Fixture *fixture = *state;
    uint32_t text[TEXT];
    UnitScore plain[TEXT];
    UnitScore learning[TEXT];
    double gain[2] = {0, 0};
    for (size_t k = 0; k < TEXT; k++) {
        text[k] = (uint32_t)(k % 5);
    }
    score_text(fixture, NULL, text, TEXT, plain);
    score_text(fixture, &settings, text, TEXT, learning);
    for (size_t k = 1; k < TEXT; k++) {
        gain[k >= TEXT / 2] += 2.0 * (plain[k].nats - learning[k].nats) / TEXT;
    }
    assert_true(gain[0] > 0.1);
    assert_true(gain[1] > gain[0]);
    assert_true(gain[1] > 0.5);
}

static void the_model_stays_as_it_was(void **state) {
    Fixture *fixture = *state;
    const Model *model = &fixture->small.model;
    size_t size = model->network->layout.total * sizeof(real);
    real *before = malloc(size);
    assert_non_null(before);
    memcpy(before, model->parameters, size);
    UnitScore scores[TEXT];
    score_text(fixture, &settings, fixture->text, TEXT, scores);
    assert_memory_equal(before, model->parameters, size);
    free(before);
}

/* The formula in double, for a step after which so many segments have been read. */
static void step_by_hand(const Network *network, const real *trained, const real *gradients, double *squares,
                         double segments, real *parameters) {
    size_t total = network->layout.total;
    double mean = 0;
    for (size_t k = 0; k < total; k++) {
        squares[k] += (double)gradients[k] * (double)gradients[k];
        mean += sqrt(squares[k] / segments);
    }
    mean /= (double)layout_parameters(&network->layout);
    for (size_t k = 0; k < total; k++) {
        double root = sqrt(squares[k] / segments);
        double x = (double)parameters[k];
        double back = fmin(1, settings.decay * root / mean);
        parameters[k] = (real)(x + back * ((double)trained[k] - x) -
                               settings.rate * (double)gradients[k] / (root + 1e-8));
    }
}

/* Segment after segment, with a pass of the test's own. */
static void steps_go_by_the_book(void **state) {
    enum { SEGMENTS = 5, STEPS = 16 };
    Fixture *fixture = *state;
    const Model *model = &fixture->small.model;
    size_t total = model->network->layout.total;
    Error error = {0};
    PassShape shape = {.steps = STEPS, .batch = 1, .training = true};
    Pass *pass = pass_create(model->network, &fixture->small.compute, &shape, &error);
    real *parameters = block_create(&model->network->layout, &error);
    real *gradients = block_create(&model->network->layout, &error);
    double *squares = calloc(total, sizeof *squares);
    assert_true(pass != NULL && parameters != NULL && gradients != NULL && squares != NULL);
    memcpy(parameters, model->parameters, total * sizeof(real));
    UnitScore scores[SEGMENTS * STEPS + 1];
    score_text(fixture, &settings, fixture->text, SEGMENTS * STEPS + 1, scores);
    for (size_t segment = 0; segment < SEGMENTS; segment++) {
        real nats[STEPS];
        const uint32_t *ids = fixture->text + segment * STEPS;
        PassWindow window = {.steps = STEPS, .ids = ids, .targets = ids + 1, .nats = nats};
        memset(gradients, 0, total * sizeof(real));
        pass_pack_now(pass, parameters);
        pass_train_now(pass, &window, gradients);
        for (size_t k = 0; k < STEPS; k++) {
            check_near("nats", segment * STEPS + k, scores[segment * STEPS + k + 1].nats, (double)nats[k],
                       1e-4);
        }
        step_by_hand(model->network, model->parameters, gradients, squares, (double)segment + 1, parameters);
    }
    free(squares);
    free(gradients);
    free(parameters);
    pass_free(pass);
}

/* A member of a team that is worth it takes the chunks of more than one: the same comes out. */
static void threads_change_nothing(void **state) {
    (void)state;
    SmallModel small;
    small_model_create_of(&small, cell_find("lstm"), 1, create_vocab(counts), 512, 64);
    assert_true(small.model.network->layout.total > 1 << 21);
    Error error = {0};
    const uint32_t text[] = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4};
    enum { COUNT = sizeof text / sizeof *text };
    const DynamicConfig short_segments = {.rate = 0.001, .decay = 0.1, .segment = 4};
    UnitScore scores[2][COUNT];
    for (size_t threads = 1; threads <= 2; threads++) {
        small.compute.threads = threads;
        Scorer *scorer =
            scorer_create(&small.model, &small.compute, &(ScorerConfig){.dynamic = &short_segments}, &error);
        assert_non_null(scorer);
        assert_true(scorer_read(scorer, text, COUNT, scores[threads - 1], &error));
        scorer_free(scorer);
    }
    check_same(scores[1], scores[0], COUNT);
    small_model_free(&small);
}

static void a_gradient_that_is_no_number_is_an_error(void **state) {
    (void)state;
    void *fixture = create_fixture_of(cell_find("lstm"), 1);
    const Model *model = &((Fixture *)fixture)->small.model;
    model->parameters[layout_find(&model->network->layout, "decoder.bias")->offset] = (real)NAN;
    Error error = {0};
    UnitScore scores[TEXT];
    Scorer *scorer = scorer_create(model, &((Fixture *)fixture)->small.compute,
                                   &(ScorerConfig){.dynamic = &settings}, &error);
    assert_non_null(scorer);
    assert_false(scorer_read(scorer, ((Fixture *)fixture)->text, TEXT, scores, &error));
    assert_non_null(strstr(error.message, "diverged"));
    scorer_free(scorer);
    free_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_rate_nothing_changes),
        cmocka_unit_test(a_unit_is_scored_before_it_is_learned),
        cmocka_unit_test(it_learns),
        cmocka_unit_test(the_model_stays_as_it_was),
        cmocka_unit_test(steps_go_by_the_book),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_gradient_that_is_no_number_is_an_error),
    };
    return cmocka_run_group_tests(tests, create_fixture, free_fixture);
}
