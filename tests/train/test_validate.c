/* Validation in streams: it agrees with the one pass of generate/score.h, and scores every unit once.
 *
 * What it scores is seen with models that know nothing but a price for each symbol: their loss is the mean price of the
 * units that were scored, whatever order they came in. */
#include "train/validate.h"

#include "model/cells.h"
#include "support/symbols.h"
#include "train/training.h"

/* A network, its parameters and a pass to validate with. */
typedef struct Bench {
    Compute compute;
    Network *network;
    real *parameters;
    PassShape shape;
    Pass *pass;
    WindowBuffers buffers;
} Bench;

/* With the parameters of a model (a copy), or with zeros. */
static Bench bench_create(const NetworkConfig *config, const real *parameters, size_t steps, size_t batch) {
    Error error = {0};
    Bench bench = {.shape = {.steps = steps, .batch = batch}, .buffers.border = VOCAB_UNKNOWN};
    assert_true(compute_create(&bench.compute, 1, &error));
    bench.network = network_create(config, &error);
    assert_non_null(bench.network);
    bench.parameters = block_create(&bench.network->layout, &error);
    assert_non_null(bench.parameters);
    if (parameters != NULL) {
        memcpy(bench.parameters, parameters, bench.network->layout.total * sizeof(real));
    }
    bench.buffers.ids = calloc(steps * batch, sizeof *bench.buffers.ids);
    bench.buffers.targets = calloc(steps * batch, sizeof *bench.buffers.targets);
    assert_true(bench.buffers.ids != NULL && bench.buffers.targets != NULL);
    return bench;
}

static double bench_validate(Bench *bench, const uint32_t *units, Range part) {
    Error error = {0};
    UnitStore *store = unit_store_of(units, part.end, &error);
    assert_non_null(store);
    if (bench->pass == NULL) { /* now that the context lies where it stays */
        bench->pass = pass_create(bench->network, &bench->compute, &bench->shape, &error);
        assert_non_null(bench->pass);
    }
    pass_pack_now(bench->pass, bench->parameters);
    double loss = NAN;
    assert_true(validate(bench->pass, &bench->shape, store, part, &bench->buffers, NULL, &loss, &error));
    unit_store_free(store);
    return loss;
}

static void bench_free(Bench *bench) {
    pass_free(bench->pass);
    free(bench->parameters);
    network_free(bench->network);
    compute_free(&bench->compute);
    window_buffers_free(&bench->buffers);
}

/* --- agreement with one pass --- */

/* A model that learned a little English, with dropout and averaging on. */
typedef struct Learned {
    Training training;
    Model model;
} Learned;

static int learn(void **state) {
    Learned *learned = calloc(1, sizeof *learned);
    assert_non_null(learned);
    Training *training = &learned->training;
    training_start_english(training, 0);
    training->config.hidden = 64;
    training->config.method.seq_length = 64;
    training->config.method.batch_size = 16;
    training->config.method.val_fraction = 0.25;
    training->config.method.dropout = 0.1;
    training->config.method.average = 0.95;
    training->config.epochs = 2;
    training_finish(training);
    learned->model = load_model(training->output);
    *state = learned;
    return 0;
}

static int forget(void **state) {
    Learned *learned = *state;
    model_free(&learned->model);
    training_end(&learned->training);
    free(learned);
    return 0;
}

/* Streams of validation against one pass, over the last `count` units. */
static void check_agreement(const Learned *learned, size_t count, size_t steps, size_t batch) {
    size_t all = unit_store_count(learned->training.corpus.units);
    Range part = {all - count, all};
    const uint32_t *units = learned->training.units;
    double expected = one_pass(&learned->model, units + part.begin, count);
    Bench bench = bench_create(&learned->model.network->config, learned->model.parameters, steps, batch);
    double streams = bench_validate(&bench, units, part);
    if (!(fabs(streams - expected) < 0.001)) {
        fail_msg("%zu units in %zu streams: %.6f instead of %.6f", count, batch, streams, expected);
    }
    bench_free(&bench);
}

static void streams_agree_with_one_pass(void **state) {
    const Learned *learned = *state;
    size_t all = learned->training.plan.val_units;
    check_agreement(learned, all, 64, 16);
    check_agreement(learned, all, 50, 32);   /* the shortest streams there are */
    check_agreement(learned, 20001, 33, 7);  /* nothing divides anything */
    check_agreement(learned, 2050, 256, 32); /* two streams, thirty idle */
    check_agreement(learned, 5000, 1000, 1); /* one stream: the same pass */
    check_agreement(learned, 1000, 7, 3);    /* still one */
    check_agreement(learned, 2, 64, 16);
}

/* What a run reports is the loss of the model that it saved, on the part that the split says, without dropout. */
static void the_reported_loss_is_that_of_the_saved_model(void **state) {
    const Learned *learned = *state;
    const Training *training = &learned->training;
    const TrainerReport *last = watch_last(&training->watch);
    assert_true(last->new_val);
    const uint32_t *units = training->units + training->plan.train_units;
    double expected = one_pass(&learned->model, units, training->plan.val_units);
    assert_near(last->val_loss, expected, 0.001);
    assert_near(learned->model.history.best_val_loss, last->val_loss, 1e-12);
    assert_true(expected < 2.6); /* it did learn: letters at random cost 3 */
}

/* --- what is scored --- */

enum { CHEAP = 0, DEAR = 1 };

/* A model for which one symbol is twice as likely as the other, whatever came before: they cost ln 1.5 and ln 3. */
static Bench price_bench(size_t steps, size_t batch) {
    NetworkConfig config = {.cells = cell_list_of(cell_find("lstm")), .layers = 1, .hidden = 1, .vocab = 2};
    Bench bench = bench_create(&config, NULL, steps, batch);
    const LayoutRow *bias = layout_find(&bench.network->layout, "decoder.bias");
    assert_non_null(bias);
    bench.parameters[bias->offset + CHEAP] = (real)log(2);
    return bench;
}

/* How many of the dear units were scored, if `scored` units were. */
static double dear_scored(Bench *bench, const uint32_t *units, Range part, size_t scored) {
    double cheap = log(1.5);
    double mean = bench_validate(bench, units, part);
    return (mean - cheap) * (double)scored / log(2);
}

/* One dear unit wanders through the part (all of it near the edges of streams and windows): it is scored once, but for
 * the first of all; beside the part it is never scored. */
static void check_each_unit(size_t count, size_t steps, size_t batch) {
    const size_t before = 300;
    uint32_t *units = calloc(before + count + 300, sizeof *units);
    assert_non_null(units);
    Range part = {before, before + count};
    Bench bench = price_bench(steps, batch);
    size_t streams = count / 1024 < 1 ? 1 : count / 1024;
    streams = streams < batch ? streams : batch;
    for (size_t k = before - 2; k < part.end + 2; k++) {
        size_t within = (k + count - before) % count * streams % count / streams; /* of its stream */
        if (within > 3 && within + 3 < count / streams && k % 97 != 0) {
            continue;
        }
        units[k] = DEAR;
        double expected = k > part.begin && k < part.end ? 1 : 0;
        double found = dear_scored(&bench, units, part, count - 1);
        if (!(fabs(found - expected) < 0.01)) {
            fail_msg("unit %zd of %zu in %zu streams was scored %.3f times", (ssize_t)k - (ssize_t)before,
                     count, batch, found);
        }
        units[k] = CHEAP;
    }
    bench_free(&bench);
    free(units);
}

static void each_unit_is_scored_once(void **state) {
    (void)state;
    check_each_unit(2, 16, 4);
    check_each_unit(3, 16, 4);
    check_each_unit(5, 1, 1);
    check_each_unit(300, 64, 32);
    check_each_unit(1024, 64, 32);
    check_each_unit(2047, 100, 2);
    check_each_unit(2048, 100, 2);
    check_each_unit(3333, 128, 3);
    check_each_unit(7001, 100, 5); /* longer than five streams would need to be */
}

/* All units of random prices: the figure is their mean, and the number is all but one. */
static void the_figure_is_the_mean(void **state) {
    (void)state;
    const size_t counts[] = {2, 3, 300, 1023, 2500, 10007, 40000};
    const size_t batches[] = {1, 2, 5, 32};
    Random random = random_create(3, 0);
    uint32_t *units = calloc(40000, sizeof *units);
    assert_non_null(units);
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        size_t dear = 0;
        for (size_t k = 0; k < counts[n]; k++) {
            units[k] = (uint32_t)(random_next(&random) >> 63);
            dear += k > 0 && units[k] == DEAR;
        }
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            Bench bench = price_bench(90, batches[b]);
            size_t scored = validate_scored(counts[n], batches[b]);
            assert_int_equal(scored, counts[n] - 1);
            assert_near(dear_scored(&bench, units, (Range){0, counts[n]}, scored), (double)dear, 0.1);
            bench_free(&bench);
        }
    }
    free(units);
}

/* Counts how often it is asked, and ends the validation at one of these. */
typedef struct Asked {
    size_t times, end_at; /* 0: never */
} Asked;

static bool ask(void *context) {
    Asked *asked = context;
    asked->times++;
    return asked->times != asked->end_at;
}

/* Asked between two windows, and only there: what is measured to its end cannot be dropped any more. */
static void the_watch_can_end_it(void **state) {
    (void)state;
    uint32_t units[100] = {0};
    Bench bench = price_bench(10, 1);
    const Range part = {0, sizeof units / sizeof *units};
    double expected = bench_validate(&bench, units, part);
    UnitStore *store = unit_store_of(units, part.end, NULL);
    assert_non_null(store);
    for (size_t end_at = 0; end_at <= 9; end_at++) {
        Asked asked = {.end_at = end_at};
        const ValidationWatch watch = {ask, &asked};
        double loss = -1;
        assert_true(validate(bench.pass, &bench.shape, store, part, &bench.buffers, &watch, &loss, NULL));
        assert_int_equal(asked.times, end_at == 0 ? 9 : end_at);
        assert_true(end_at == 0 ? loss == expected : isnan(loss));
    }
    unit_store_free(store);
    bench_free(&bench);
}

/* Up to a million units all are scored, however many streams there are. */
static void a_part_is_scored_whole_up_to_a_million(void **state) {
    (void)state;
    for (size_t batch = 1; batch < 100; batch++) {
        assert_int_equal(validate_scored(2, batch), 1);
        assert_int_equal(validate_scored(1000 + 37 * batch, batch), 1000 + 37 * batch - 1);
        assert_int_equal(validate_scored(999999, batch), 999998);
        assert_int_equal(validate_scored(VALIDATION_UNITS_MAX, batch), VALIDATION_UNITS_MAX - 1);
        assert_true(validate_scored(VALIDATION_UNITS_MAX + 1000, batch) <= VALIDATION_UNITS_MAX);
    }
}

/* Beyond a million units: a fixed selection of about a million, spread evenly over the part. */
static void check_selection(size_t batch) {
    const size_t count = 1700000;
    size_t scored = validate_scored(count, batch);
    assert_in_range(scored, 990000, VALIDATION_UNITS_MAX);
    uint32_t *units = calloc(count, sizeof *units);
    assert_non_null(units);
    Bench bench = price_bench(1000, batch);
    const size_t tenths[] = {0, 5, 9};
    for (size_t n = 0; n < sizeof tenths / sizeof *tenths; n++) {
        size_t tenth = tenths[n];
        memset(units, 0, count * sizeof *units);
        for (size_t k = count / 10 * tenth; k < count / 10 * (tenth + 1); k++) {
            units[k] = DEAR;
        }
        double found = dear_scored(&bench, units, (Range){0, count}, scored);
        assert_near(found, (double)scored / 10, 0.15 * (double)scored / 10);
        if (tenth == 0) { /* the same again */
            assert_near(dear_scored(&bench, units, (Range){0, count}, scored), found, 0);
        }
    }
    bench_free(&bench);
    free(units);
}

static void a_selection_of_a_long_part(void **state) {
    (void)state;
    check_selection(32);
    check_selection(16); /* two rounds */
    check_selection(1);
}

/* What it costs: warm-up included, but not many times what is scored; never nothing. */
static void the_cost_is_near_what_is_scored(void **state) {
    (void)state;
    assert_int_equal(validate_cost(2, 1), 1);
    assert_int_equal(validate_cost(1001, 1), 1000);
    assert_int_equal(validate_cost(4096, 4), 4 * (1024 + 256 - 1));
    assert_in_range(validate_cost(100000, 32), 100000, 130000);
    assert_in_range(validate_cost(50000000, 32), 990000, 1100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_agree_with_one_pass),
        cmocka_unit_test(the_reported_loss_is_that_of_the_saved_model),
        cmocka_unit_test(each_unit_is_scored_once),
        cmocka_unit_test(the_figure_is_the_mean),
        cmocka_unit_test(the_watch_can_end_it),
        cmocka_unit_test(a_part_is_scored_whole_up_to_a_million),
        cmocka_unit_test(a_selection_of_a_long_part),
        cmocka_unit_test(the_cost_is_near_what_is_scored),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}
