/* Filling gaps: by hand, against all fillings that there are, and on a text that people wrote. */
#include "generate/fill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "generate/chain_model.h"
#include "generate/extension.h"
#include "generate/session.h"
#include "generate/surprise.h"
#include "generate/writer_fixture.h"

static bool go_on(void *context) {
    (void)context;
    return true;
}

static Fillings fill_text(const SmallModel *small, const Units *parts, size_t count,
                          const FillConfig *config) {
    Error error = {0};
    Fillings fillings = {0};
    Compute compute = small->compute;
    assert_true(fill_gaps(&small->model, &compute, PRECISION_F32, clock_system(), parts, count, config, go_on,
                          NULL, &fillings, &error));
    assert_true(fillings.count > 0);
    assert_int_equal(fillings.gaps, count - 1);
    return fillings;
}

/* log p of the units after what is before them. */
static double measure(Session *session, size_t vocab, const Units *before, const uint32_t *units,
                      size_t count) {
    double nats = 0;
    session_reset(session);
    session_feed(session, before->data, before->count);
    for (size_t k = 0; k < count; k++) {
        const real *logits = session_logits(session, 0);
        nats += (double)logits[units[k]] - surprise_log_sum(logits, vocab);
        session_step(session, &units[k]);
    }
    return nats;
}

static Session *create_session(SmallModel *small) {
    Session *session = session_create(&small->model, &small->compute, 1, PRECISION_F32, clock_system(), NULL);
    assert_non_null(session);
    return session;
}

static void check_fill(const Fillings *fillings, size_t filling, size_t gap, const uint32_t *units,
                       size_t count) {
    const Units *fill = &fillings->items[filling].fills[gap];
    assert_int_equal(fill->count, count);
    assert_memory_equal(fill->data, units, count * sizeof *units);
}

/* --- by hand --- */

/* Between a and a stop: b is likelier after a (0.5), but "c." (0.4 x 0.9) is likelier than "b." (0.5 x 0.4). */
static void test_what_follows_matters(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    uint32_t a[] = {CHAIN_A}, stop[] = {CHAIN_STOP}, b[] = {CHAIN_B}, c[] = {CHAIN_C};
    const Units parts[] = {{a, 1}, {stop, 1}};
    for (size_t width = 2; width <= 8; width++) {
        Fillings found = fill_text(&small, parts, 2, &(FillConfig){.least = 1, .most = 1, .width = width});
        check_fill(&found, 0, 0, c, 1);
        check_fill(&found, 1, 0, b, 1);
        assert_float_equal(found.items[0].nats, log(0.4 * 0.9), 1e-5);
        assert_float_equal(found.items[1].nats, log(0.5 * 0.4), 1e-5);
        assert_int_equal(found.items[0].predicted, 2);
        fillings_free(&found);
    }
    small_model_free(&small);
}

/* Of one unit c is the best: log 0.36 less log 0.5, the likeliest unit. Of two: "bc", 0.5 x 0.2 x 0.9, and the
 * likeliest two are "c.", 0.36. So the score of the short one is log 0.72, that of the long one log 0.25. */
static void test_lengths_are_compared_by_what_joining_costs(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    uint32_t a[] = {CHAIN_A}, stop[] = {CHAIN_STOP}, c[] = {CHAIN_C}, bc[] = {CHAIN_B, CHAIN_C};
    const Units parts[] = {{a, 1}, {stop, 1}};
    Fillings both = fill_text(&small, parts, 2, &(FillConfig){.least = 1, .most = 2, .width = 64});
    check_fill(&both, 0, 0, c, 1);
    assert_float_equal(both.items[0].score, log(0.36 / 0.5), 1e-5);
    fillings_free(&both);
    Fillings two = fill_text(&small, parts, 2, &(FillConfig){.least = 2, .most = 2, .width = 64});
    check_fill(&two, 0, 0, bc, 2);
    assert_float_equal(two.items[0].score, log(0.5 * 0.2 * 0.9 / 0.36), 1e-5);
    assert_float_equal(two.items[0].nats, log(0.5 * 0.2 * 0.9), 1e-5);
    fillings_free(&two);
    small_model_free(&small);
}

static void test_a_gap_that_nothing_follows_has_the_greatest_length(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    uint32_t a[] = {CHAIN_A}, c_stop[] = {CHAIN_C, CHAIN_STOP};
    const Units parts[] = {{a, 1}, {NULL, 0}};
    Fillings found = fill_text(&small, parts, 2, &(FillConfig){.least = 0, .most = 2, .width = 16});
    check_fill(&found, 0, 0, c_stop, 2);
    fillings_free(&found);
    small_model_free(&small);
}

/* A gap may stay empty where that is asked for; and it may begin the text, where all symbols are alike. */
static void test_empty_fillings_and_a_gap_at_the_beginning(void **state) {
    (void)state;
    SmallModel small;
    chain_model_create_usual(&small);
    uint32_t c[] = {CHAIN_C}, stop[] = {CHAIN_STOP};
    const Units joined[] = {{c, 1}, {stop, 1}};
    Fillings empty = fill_text(&small, joined, 2, &(FillConfig){.least = 0, .most = 2, .width = 64});
    check_fill(&empty, 0, 0, NULL, 0);
    assert_float_equal(empty.items[0].score, log(0.9), 1e-5);
    fillings_free(&empty);
    const Units beginning[] = {{NULL, 0}, {stop, 1}};
    Fillings first = fill_text(&small, beginning, 2, &(FillConfig){.least = 1, .most = 1, .width = 64});
    check_fill(&first, 0, 0, c, 1);
    assert_float_equal(first.items[0].nats, log(0.25 * 0.9), 1e-5);
    fillings_free(&first);
    small_model_free(&small);
}

/* A record begins after its border and ends with it, which counts, and neither that nor the rare symbol is written. */
static void test_a_record_ends_where_the_text_does(void **state) {
    (void)state;
    SmallModel small;
    enum { BORDER, A, B, RARE };
    const Symbol symbols[] = {symbol_border(), {"a", 1}, {"b", 1}, symbol_rare()};
    static const double chain[CHAIN_SYMBOLS][CHAIN_SYMBOLS] = {
        {0.01, 0.4, 0.09, 0.5}, {0.05, 0.3, 0.15, 0.5}, {0.4, 0.05, 0.05, 0.5}, {0.25, 0.25, 0.25, 0.25}};
    chain_model_create(&small, symbols, chain);
    uint32_t a[] = {A}, ab[] = {A, B};
    const Units parts[] = {{a, 1}, {NULL, 0}};
    Fillings found = fill_text(&small, parts, 2, &(FillConfig){.least = 2, .most = 2, .width = 64});
    assert_int_equal(found.count, 4);
    check_fill(&found, 0, 0, ab, 2); /* "aa" would be likelier if the record went on */
    assert_float_equal(found.items[0].nats, log(0.3 * 0.15 * 0.4), 1e-5);
    assert_int_equal(found.items[0].predicted, 3);
    fillings_free(&found);
    uint32_t b[] = {B};
    Fillings any = fill_text(&small, parts, 2, &(FillConfig){.least = 1, .most = 3, .width = 64});
    check_fill(&any, 0, 0, b, 1); /* the end says how long a record is: no length is made up for */
    assert_float_equal(any.items[0].score, log(0.15 * 0.4), 1e-5);
    fillings_free(&any);
    small_model_free(&small);
}

/* --- against all that there are --- */

enum { V = 5 };

/* The fillings of `length` units: the likeliest by itself, and the best with what follows, of which `*fill` becomes. */
static double search_all(SmallModel *small, const Units parts[2], size_t length, uint32_t *fill,
                         double *alone) {
    Session *session = create_session(small);
    uint32_t units[8];
    size_t texts = 1;
    double best = -INFINITY;
    *alone = -INFINITY;
    for (size_t k = 0; k < length; k++) {
        texts *= V;
    }
    memcpy(units + length, parts[1].data, parts[1].count * sizeof *units);
    for (size_t text = 0; text < texts; text++) {
        for (size_t k = 0, rest = text; k < length; k++, rest /= V) {
            units[k] = (uint32_t)(rest % V);
        }
        double itself = measure(session, V, &parts[0], units, length);
        double whole = measure(session, V, &parts[0], units, length + parts[1].count);
        *alone = itself > *alone ? itself : *alone;
        if (whole > best) {
            best = whole;
            memcpy(fill, units, length * sizeof *fill);
        }
    }
    session_free(session);
    return best;
}

static void test_wide_enough_it_finds_the_best_of_all(void **state) {
    SmallModel *small = *state;
    uint32_t before[] = {0, 2, 1, 1}, after[] = {4, 3, 0, 2};
    const Units parts[] = {{before, 4}, {after, 4}};
    double best_score = -INFINITY;
    for (size_t length = 1; length <= 3; length++) {
        uint32_t best[3];
        double alone = 0;
        double nats = search_all(small, parts, length, best, &alone);
        Fillings found =
            fill_text(small, parts, 2, &(FillConfig){.least = length, .most = length, .width = 125});
        check_fill(&found, 0, 0, best, length);
        assert_float_equal(found.items[0].nats, nats, 1e-4);
        assert_float_equal(found.items[0].score, (float)(nats - alone), 1e-4);
        best_score = nats - alone > best_score ? nats - alone : best_score;
        fillings_free(&found);
    }
    Fillings all = fill_text(small, parts, 2, &(FillConfig){.least = 1, .most = 3, .width = V + 25 + 125});
    assert_int_equal(all.count, V + 25 + 125); /* all of them, each once */
    assert_float_equal(all.items[0].score, best_score, 1e-4);
    for (size_t k = 1; k < all.count; k++) {
        const Units *one = &all.items[k - 1].fills[0];
        const Units *other = &all.items[k].fills[0];
        assert_true(all.items[k].score <= all.items[k - 1].score);
        assert_true(one->count != other->count ||
                    memcmp(one->data, other->data, one->count * sizeof(uint32_t)) != 0);
    }
    fillings_free(&all);
}

/* What is said of every filling of two gaps is what the model says of the whole text. */
static void test_several_gaps(void **state) {
    SmallModel *small = *state;
    uint32_t before[] = {0, 2}, between[] = {3, 1, 4}, after[] = {2, 2, 0};
    const Units parts[] = {{before, 2}, {between, 3}, {after, 3}};
    Fillings found = fill_text(small, parts, 3, &(FillConfig){.least = 1, .most = 2, .width = 900});
    Session *session = create_session(small);
    double best = -INFINITY;
    assert_int_equal(found.count, 900); /* (5 + 25) x (5 + 25) */
    for (size_t k = 0; k < found.count; k++) {
        const Units *fills = found.items[k].fills;
        uint32_t text[16];
        size_t length = 0;
        for (size_t part = 0; part < 2; part++) {
            memcpy(text + length, fills[part].data, fills[part].count * sizeof *text);
            length += fills[part].count;
            memcpy(text + length, parts[part + 1].data, parts[part + 1].count * sizeof *text);
            length += parts[part + 1].count;
        }
        assert_float_equal(found.items[k].nats, measure(session, V, &parts[0], text, length), 1e-4);
        assert_int_equal(found.items[k].predicted, length);
        best = found.items[k].score > best ? found.items[k].score : best;
    }
    assert_float_equal(found.items[0].score, best, 0);
    session_free(session);
    fillings_free(&found);
}

/* A text after the gap that is longer than what every filling is tried with, and than what counts. */
static void test_long_texts_after_gaps(void **state) {
    SmallModel *small = *state;
    uint32_t before[] = {0, 2}, long_text[100];
    Session *session = create_session(small);
    for (uint32_t k = 0; k < 100; k++) {
        long_text[k] = (k * k + k / 7) % V;
    }
    const size_t lengths[] = {FILL_LOOK - 1, FILL_LOOK, FILL_LOOK + 1, FILL_AFTER - 1, FILL_AFTER, 100};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        const Units parts[] = {{before, 2}, {long_text, lengths[k]}};
        size_t counted = lengths[k] < FILL_AFTER ? lengths[k] : FILL_AFTER;
        Fillings found = fill_text(small, parts, 2, &(FillConfig){.least = 2, .most = 2, .width = 7});
        uint32_t text[2 + FILL_AFTER];
        memcpy(text, found.items[0].fills[0].data, 2 * sizeof *text);
        memcpy(text + 2, long_text, counted * sizeof *text);
        assert_float_equal(found.items[0].nats, measure(session, V, &parts[0], text, 2 + counted), 1e-3);
        assert_int_equal(found.items[0].predicted, 2 + counted);
        fillings_free(&found);
    }
    session_free(session);
}

static bool stop_soon(void *context) {
    size_t *steps = context;
    return ++*steps < 3;
}

static void test_an_interruption_leaves_nothing(void **state) {
    SmallModel *small = *state;
    uint32_t before[] = {0, 2}, after[] = {1, 1};
    const Units parts[] = {{before, 2}, {after, 2}};
    size_t steps = 0;
    Fillings found = {0};
    assert_true(fill_gaps(&small->model, &small->compute, PRECISION_F32, clock_system(), parts, 2,
                          &(FillConfig){.least = 1, .most = 20, .width = 8}, stop_soon, &steps, &found,
                          NULL));
    assert_int_equal(found.count, 0);
    assert_int_equal(steps, 3);
    fillings_free(&found);
}

/* --- a text that people wrote --- */

enum { TRIALS = 12, BEFORE = 100, AFTER = 40 };

/* Writes `length` units after the text: the likeliest each, or drawn. */
static void write_on(Session *session, size_t vocab, const Units *before, Random *coins, uint32_t *units,
                     size_t length) {
    SamplerConfig config = sampler_default();
    config.temperature = coins == NULL ? 0 : 1;
    Sampler *sampler = sampler_create(vocab, NULL);
    assert_non_null(sampler);
    session_reset(session);
    session_feed(session, before->data, before->count);
    for (size_t k = 0; k < length; k++) {
        double coin = coins == NULL ? 0 : random_uniform(coins);
        units[k] = sampler_next(sampler, &config, session_logits(session, 0), (RecentUnits){0}, coin);
        session_step(session, &units[k]);
    }
    sampler_free(sampler);
}

/* In sentences that the shipped model was not trained on: fillings make the whole far likelier than what is written
 * from left to right does, drawn or greedy; and likelier than what stood there. (The README has the figures.) */
static void test_sentences(void **state) {
    (void)state;
    SmallModel small = {0};
    Bytes bytes = {0};
    Units all = {0};
    assert_true(model_load("models/letra-english.safetensors", &small.model, NULL));
    assert_true(compute_create(&small.compute, 2, NULL));
    assert_true(file_read("corpora/english.txt", &bytes, NULL));
    assert_true(typed_text_encode(&small.model.pipeline, small.model.vocab, UNKNOWN_ERROR, "text", bytes.data,
                                  bytes.length, &all, NULL, NULL));
    Session *session = create_session(&small);
    size_t vocab = vocab_size(small.model.vocab);
    Random coins = random_create(1, 0);
    double found = 0, stood = 0, greedy = 0, drawn = 0;
    for (size_t trial = 0; trial < TRIALS; trial++) {
        size_t length = 2 + trial;
        uint32_t *gap = all.data + all.count * 9 / 10 + 1000 * (trial + 1);
        const Units parts[] = {{gap - BEFORE, BEFORE}, {gap + length, AFTER}};
        uint32_t text[2 + TRIALS + AFTER];
        Fillings fillings =
            fill_text(&small, parts, 2, &(FillConfig){.least = length, .most = length, .width = 48});
        memcpy(text + length, gap + length, AFTER * sizeof *text);
        memcpy(text, fillings.items[0].fills[0].data, length * sizeof *text);
        found += measure(session, vocab, &parts[0], text, length + AFTER);
        stood += measure(session, vocab, &parts[0], gap, length + AFTER);
        write_on(session, vocab, &parts[0], NULL, text, length);
        greedy += measure(session, vocab, &parts[0], text, length + AFTER);
        write_on(session, vocab, &parts[0], &coins, text, length);
        drawn += measure(session, vocab, &parts[0], text, length + AFTER);
        fillings_free(&fillings);
    }
    assert_true(found > stood + 3 * TRIALS);
    assert_true(found > greedy + 6 * TRIALS);
    assert_true(found > drawn + 6 * TRIALS);
    session_free(session);
    units_free(&all);
    bytes_free(&bytes);
    small_model_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_follows_matters),
        cmocka_unit_test(test_lengths_are_compared_by_what_joining_costs),
        cmocka_unit_test(test_a_gap_that_nothing_follows_has_the_greatest_length),
        cmocka_unit_test(test_empty_fillings_and_a_gap_at_the_beginning),
        cmocka_unit_test(test_a_record_ends_where_the_text_does),
        cmocka_unit_test(test_wide_enough_it_finds_the_best_of_all),
        cmocka_unit_test(test_several_gaps),
        cmocka_unit_test(test_long_texts_after_gaps),
        cmocka_unit_test(test_an_interruption_leaves_nothing),
        cmocka_unit_test(test_sentences),
    };
    return cmocka_run_group_tests(tests, create_model, free_model);
}
