/* Mixed precision: the same window trained with operands in bf16 and in f32.
 *
 * Rounding an operand changes it by up to 2^-9 of itself, at random, so gradients as vectors must agree within some
 * hundredths; a row that is read from the wrong place, or rounded where it should not be, makes them differ by as
 * much as they are. Measured: an LSTM's losses differed by up to 5e-5, gradients by up to 0.0054 of
 * their length; other cells' losses by up to 6e-4 where there is one step. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"

/* What is left out. */
typedef struct Masks {
    double layers, input; /* dropout */
    bool variational;
    double weights; /* of the recurrent ones */
    double zoneout;
} Masks;

typedef struct Setting {
    const char *name;
    size_t layers, hidden, embed, vocab, steps, batch;
    size_t window_steps; /* <= steps */
    Masks masks;
    bool resets;
} Setting;

static const Setting settings[] = {
    {"plain", 2, 64, 16, 30, 12, 8, 12, {.layers = 0}, false},
    {"odd sizes", 3, 37, 5, 65, 7, 3, 7, {.layers = 0}, false},
    {"several slices", 2, 200, 24, 65, 9, 16, 9, {.layers = 0}, false},
    {"one-hot", 2, 48, 0, 40, 10, 4, 10, {.layers = 0}, false},
    {"dropout", 3, 64, 16, 30, 12, 8, 12, {.layers = 0.3}, false},
    {"resets", 2, 70, 16, 30, 12, 5, 12, {.layers = 0.2}, true},
    {"short window", 2, 64, 16, 30, 12, 7, 5, {.layers = 0}, true},
    {"rows of the embedding", 2, 48, 20, 1100, 8, 4, 6, {.layers = 0.1}, false},
    {"parts of the streams", 2, 40, 8, 30, 9, 53, 7, {.layers = 0.1}, true},
    {"many parts", 2, 100, 8, 30, 6, 199, 6, {.layers = 0}, false},
    {"dropout of the input", 2, 64, 16, 30, 12, 8, 9, {0.1, 0.3, true, 0.2, 0}, false},
    {"zoneout", 2, 64, 16, 30, 12, 8, 9, {.zoneout = 0.3}, true},
    {"zoneout in parts", 2, 40, 8, 30, 9, 53, 7, {.layers = 0.1, .zoneout = 0.2}, true},
    {"one-hot dropout", 1, 48, 0, 40, 10, 4, 10, {.input = 0.3}, false},
    {"one step", 1, 16, 8, 5, 1, 1, 1, {.layers = 0}, false},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

typedef struct Fixture {
    const Setting *setting;
    Network *network;
    real *parameters;
    real *state;
    uint32_t *ids, *targets;
    uint8_t *reset;
} Fixture;

/* What a window came to. */
typedef struct Outcome {
    double loss; /* nats per scored unit */
    real *gradients;
    real *state;
    real *state_gradient;
    real *logits; /* of the last step of the same window read without targets */
} Outcome;

static void *allocate(size_t count, size_t size) {
    void *memory = memory_allocate(count, size, "a test", NULL);
    assert_non_null(memory);
    return memory;
}

static real *copy_of(const real *values, size_t count) {
    real *copy = allocate(count, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static size_t state_size(const Fixture *fixture) {
    return network_state_size(fixture->network, fixture->setting->batch);
}

static void fixture_create(Fixture *fixture, const Cell *cell, const Setting *setting) {
    Error error = {0};
    Random random = random_create(5, 0);
    size_t rows = setting->steps * setting->batch;
    *fixture = (Fixture){.setting = setting};
    NetworkConfig config =
        cell_config(cell, setting->layers, setting->hidden, setting->embed, setting->vocab);
    config.zoneout = cell_has_zoneout(cell) ? setting->masks.zoneout : 0;
    fixture->network = network_create(&config, &error);
    assert_non_null(fixture->network);
    fixture->parameters = block_create(&fixture->network->layout, &error);
    network_initialize(fixture->network, fixture->parameters, &random);
    fixture->ids = allocate(rows, sizeof *fixture->ids);
    fixture->targets = allocate(rows, sizeof *fixture->targets);
    fixture->reset = allocate(rows, 1);
    for (size_t row = 0; row < rows; row++) {
        fixture->ids[row] = (uint32_t)(random_next(&random) % setting->vocab);
        fixture->targets[row] = (uint32_t)(random_next(&random) % setting->vocab);
        fixture->reset[row] = random_next(&random) % 4 == 0;
    }
    fixture->state = allocate(state_size(fixture), sizeof(real));
    for (size_t k = 0; k < state_size(fixture); k++) {
        fixture->state[k] = random_state(cell, &random);
    }
}

static void fixture_free(Fixture *fixture) {
    network_free(fixture->network);
    free(fixture->parameters);
    free(fixture->state);
    free(fixture->ids);
    free(fixture->targets);
    free(fixture->reset);
}

static Outcome run(const Fixture *fixture, Precision precision, size_t threads) {
    const Setting *setting = fixture->setting;
    Error error = {0};
    Compute compute;
    assert_true(compute_create(&compute, threads, &error));
    PassShape shape = {.steps = setting->steps,
                       .batch = setting->batch,
                       .training = true,
                       .resets = setting->resets,
                       .dropout_input = setting->masks.input,
                       .dropout = setting->masks.layers,
                       .dropout_output = setting->masks.layers,
                       .variational = setting->masks.variational,
                       .weight_drop = setting->masks.weights,
                       .precision = precision};
    Pass *pass = pass_create(fixture->network, &compute, &shape, &error);
    assert_non_null(pass);
    PassWindow window = {.steps = setting->window_steps,
                         .ids = fixture->ids,
                         .targets = fixture->targets,
                         .reset = setting->resets ? fixture->reset : NULL,
                         .dropout_key = 99};
    Outcome outcome = {.gradients = allocate(fixture->network->layout.total, sizeof(real))};
    pass_pack_update_now(pass, fixture->parameters, 77);
    memcpy(pass_state(pass), fixture->state, state_size(fixture) * sizeof(real));
    pass_train_now(pass, &window, outcome.gradients);
    outcome.loss = pass_loss(pass) / (double)pass_scored(pass);
    outcome.state = copy_of(pass_state(pass), state_size(fixture));
    outcome.state_gradient = copy_of(pass_state_gradient(pass), state_size(fixture));
    window.targets = NULL;
    window.dropout_key = 0;
    memcpy(pass_state(pass), fixture->state, state_size(fixture) * sizeof(real));
    pass_forward_now(pass, &window);
    outcome.logits = copy_of(pass_logits(pass), setting->batch * setting->vocab);
    pass_free(pass);
    compute_free(&compute);
    return outcome;
}

static void outcome_free(Outcome *outcome) {
    free(outcome->gradients);
    free(outcome->state);
    free(outcome->state_gradient);
    free(outcome->logits);
}

/* What rounding may change: the loss, and each vector by a share of its length. A rectified unit near 0 is on with one
 * rounding and off with another. What residual cells add up is larger, and so are the losses here. */
typedef struct Tolerance {
    double loss;
    double length;
    bool exact; /* there may be vectors that nothing that was rounded reaches */
} Tolerance;

static Tolerance tolerance_of(const Cell *cell) {
    if (strcmp(cell->name, "rnn-relu") == 0) {
        return (Tolerance){0.003, 0.25, false};
    }
    bool reals = strcmp(cell->name, "slstm") == 0; /* in its recurrence */
    return cell->residual ? (Tolerance){0.004, 0.05, reals} : (Tolerance){0.001, 0.015, false};
}

/* Fails unless the vectors differ by less than the share `tolerance` of the exact one's length, and at all: operands
 * that were not rounded would be exact. */
static void check_vector(const char *setting, const char *what, const real *rounded, const real *exact,
                         size_t count, const Tolerance *tolerance) {
    double difference = 0;
    double length = 0;
    for (size_t k = 0; k < count; k++) {
        difference += pow((double)rounded[k] - (double)exact[k], 2);
        length += pow((double)exact[k], 2);
    }
    double share = sqrt(difference / length);
    if (!((share > 0 || tolerance->exact) && share < tolerance->length)) {
        fail_msg("%s: %s in bf16 is off by %g of its length", setting, what, share);
    }
}

static void check_setting(const Cell *cell, const Setting *setting) {
    Tolerance tolerance = tolerance_of(cell);
    Fixture fixture;
    fixture_create(&fixture, cell, setting);
    Outcome exact = run(&fixture, PRECISION_F32, 2);
    Outcome rounded = run(&fixture, PRECISION_BF16, 2);
    const Layout *layout = &fixture.network->layout;
    if (!(fabs(rounded.loss - exact.loss) < tolerance.loss)) {
        fail_msg("%s: the loss in bf16 is %g, in f32 %g", setting->name, rounded.loss, exact.loss);
    }
    check_vector(setting->name, "the state", rounded.state, exact.state, state_size(&fixture), &tolerance);
    check_vector(setting->name, "the logits", rounded.logits, exact.logits, setting->batch * setting->vocab,
                 &tolerance);
    check_vector(setting->name, "the state's gradient", rounded.state_gradient, exact.state_gradient,
                 state_size(&fixture), &tolerance);
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        /* A number for each head is a sum over all rows, and little of what it adds up may be left. */
        Tolerance wider = tolerance;
        wider.length *= row->rows <= fixture.network->config.heads ? 10 : 1;
        check_vector(setting->name, row->name, rounded.gradients + row->offset, exact.gradients + row->offset,
                     layout_row_elements(row), &wider);
    }
    outcome_free(&exact);
    outcome_free(&rounded);
    fixture_free(&fixture);
}

static void skip_without_bf16(void) {
    if (gemm_bf16_speed() == BF16_NONE) {
        skip();
    }
}

static void gradients_agree_with_those_of_floats(void **state) {
    (void)state;
    skip_without_bf16();
    for (size_t cell = 0; cell < cell_count(); cell++) {
        for (size_t k = 0; k < SETTINGS; k++) {
            check_setting(cell_at(cell), &settings[k]);
        }
    }
}

static void check_threads(const Cell *cell, const Setting *setting) {
    static const size_t threads[] = {2, 5};
    Fixture fixture;
    fixture_create(&fixture, cell, setting);
    Outcome alone = run(&fixture, PRECISION_BF16, 1);
    for (size_t k = 0; k < 2; k++) {
        Outcome team = run(&fixture, PRECISION_BF16, threads[k]);
        assert_true(team.loss == alone.loss);
        assert_memory_equal(team.gradients, alone.gradients, fixture.network->layout.total * sizeof(real));
        assert_memory_equal(team.state, alone.state, state_size(&fixture) * sizeof(real));
        outcome_free(&team);
    }
    outcome_free(&alone);
    fixture_free(&fixture);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    skip_without_bf16();
    for (size_t cell = 0; cell < cell_count(); cell++) {
        for (size_t k = 0; k < SETTINGS; k++) {
            check_threads(cell_at(cell), &settings[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_agree_with_those_of_floats),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
