/* Windows of all kinds, for tests that walk the table of cells and compare what the same window comes to in different
 * ways: sizes that cut it into slices, parts, dropout, resets, zoneout. */
#ifndef LETRA_TESTS_MODEL_WINDOW_FIXTURE_H
#define LETRA_TESTS_MODEL_WINDOW_FIXTURE_H

#include "support/cmocka_all.h"

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
    {"several slices", 2, 136, 24, 65, 9, 16, 9, {.layers = 0}, false},
    {"one-hot", 2, 48, 0, 40, 10, 4, 10, {.layers = 0}, false},
    {"dropout", 3, 64, 16, 30, 12, 8, 12, {.layers = 0.3}, false},
    {"resets", 2, 70, 16, 30, 12, 5, 12, {.layers = 0.2}, true},
    {"short window", 2, 64, 16, 30, 12, 7, 5, {.layers = 0}, true},
    {"rows of the embedding", 2, 48, 20, 1100, 8, 4, 6, {.layers = 0.1}, false},
    {"parts of the streams", 2, 40, 8, 30, 9, 53, 7, {.layers = 0.1}, true},
    {"many parts", 2, 34, 8, 30, 5, 199, 5, {.layers = 0}, false},
    {"dropout of the input", 2, 64, 16, 30, 12, 8, 9, {0.1, 0.3, true, 0.2, 0}, false},
    {"zoneout", 2, 64, 16, 30, 12, 8, 9, {.zoneout = 0.3}, true},
    {"zoneout in parts", 2, 40, 8, 30, 9, 53, 7, {.layers = 0.1, .zoneout = 0.2}, true},
    {"one-hot dropout", 1, 48, 0, 40, 10, 4, 10, {.input = 0.3}, false},
    {"one step", 1, 16, 8, 5, 1, 1, 1, {.layers = 0}, false},
};

enum { SETTINGS = sizeof settings / sizeof *settings, FIRST_SEED = 5 };

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

static inline void *allocate(size_t count, size_t size) {
    void *memory = memory_allocate(count, size, "a test", NULL);
    assert_non_null(memory);
    return memory;
}

static inline real *copy_of(const real *values, size_t count) {
    real *copy = allocate(count, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static inline size_t state_size(const Fixture *fixture) {
    return network_state_size(fixture->network, fixture->setting->batch);
}

/* Draws parameters, a window and the state before it anew. */
static inline void fixture_draw(Fixture *fixture, uint64_t seed) {
    const Setting *setting = fixture->setting;
    const Cell *cell = network_cell(fixture->network, 0);
    Random random = random_create(seed, 0);
    network_initialize(fixture->network, fixture->parameters, &random);
    for (size_t row = 0; row < setting->steps * setting->batch; row++) {
        fixture->ids[row] = (uint32_t)(random_next(&random) % setting->vocab);
        fixture->targets[row] = (uint32_t)(random_next(&random) % setting->vocab);
        fixture->reset[row] = random_next(&random) % 4 == 0;
    }
    for (size_t k = 0; k < state_size(fixture); k++) {
        fixture->state[k] = random_state(cell, &random);
    }
}

static inline void fixture_create(Fixture *fixture, const Cell *cell, const Setting *setting) {
    Error error = {0};
    size_t rows = setting->steps * setting->batch;
    *fixture = (Fixture){.setting = setting};
    NetworkConfig config =
        cell_config(cell, setting->layers, setting->hidden, setting->embed, setting->vocab);
    config.zoneout = cell_has_zoneout(cell) ? setting->masks.zoneout : 0;
    fixture->network = network_create(&config, &error);
    assert_non_null(fixture->network);
    fixture->parameters = block_create(&fixture->network->layout, &error);
    assert_non_null(fixture->parameters);
    fixture->ids = allocate(rows, sizeof *fixture->ids);
    fixture->targets = allocate(rows, sizeof *fixture->targets);
    fixture->reset = allocate(rows, 1);
    fixture->state = allocate(state_size(fixture), sizeof(real));
    fixture_draw(fixture, FIRST_SEED);
}

static inline void fixture_free(Fixture *fixture) {
    network_free(fixture->network);
    free(fixture->parameters);
    free(fixture->state);
    free(fixture->ids);
    free(fixture->targets);
    free(fixture->reset);
}

static inline Outcome run(const Fixture *fixture, Precision precision, size_t threads) {
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

static inline void outcome_free(Outcome *outcome) {
    free(outcome->gradients);
    free(outcome->state);
    free(outcome->state_gradient);
    free(outcome->logits);
}

#endif
