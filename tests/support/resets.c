/* Windows with resets against fresh passes: see resets.h. */
#include "support/resets.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"
#include "support/cmocka_all.h"
#include "support/near.h"

enum { ALL_STREAMS = -1 };

typedef struct Resets {
    ResetSetting setting;
    Compute compute;
    Network *network;
    real *parameters;
    real *state; /* before the window; not zero */
    size_t state_size;
    uint32_t *ids, *targets;
    uint8_t *reset;
} Resets;

/* What came out of one window. */
typedef struct Outcome {
    real *nats; /* T × B, of the window's own steps */
    real *state;
    real *gradients; /* the other three: only of training */
    real *state_gradient;
    size_t scored;
} Outcome;

static void *allocate(size_t count, size_t size) {
    void *memory = memory_allocate(count, size, "a test", NULL);
    assert_non_null(memory);
    return memory;
}

/* --- a network and a window --- */

static void make_window(Resets *resets, const Cell *cell) {
    const ResetSetting *setting = &resets->setting;
    size_t rows = setting->steps * setting->batch;
    Random random = random_create(11, 0);
    resets->ids = allocate(rows, sizeof *resets->ids);
    resets->targets = allocate(rows, sizeof *resets->targets);
    resets->reset = allocate(rows, 1);
    for (size_t row = 0; row < rows; row++) {
        resets->ids[row] = (uint32_t)(random_next(&random) % setting->vocab);
        resets->targets[row] = (uint32_t)(random_next(&random) % setting->vocab);
        if (row % 5 == 3 && row + setting->batch < rows) {
            resets->targets[row] = PASS_NO_TARGET;
        }
    }
    resets->state_size = network_state_size(resets->network, setting->batch);
    resets->state = allocate(resets->state_size, sizeof(real));
    for (size_t k = 0; k < resets->state_size; k++) {
        resets->state[k] = random_state(cell, &random);
    }
}

static void resets_create(Resets *resets, const Cell *cell, const ResetSetting *setting) {
    Error error = {0};
    Random random = random_create(7, 0);
    *resets = (Resets){.setting = *setting};
    NetworkConfig config =
        cell_config(cell, setting->layers, setting->hidden, setting->embed, setting->vocab);
    assert_true(compute_create(&resets->compute, setting->threads, &error));
    resets->network = network_create(&config, &error);
    assert_non_null(resets->network);
    resets->parameters = block_create(&resets->network->layout, &error);
    assert_non_null(resets->parameters);
    network_initialize(resets->network, resets->parameters, &random);
    make_window(resets, cell);
}

static void resets_free(Resets *resets) {
    network_free(resets->network);
    compute_free(&resets->compute);
    free(resets->parameters);
    free(resets->state);
    free(resets->ids);
    free(resets->targets);
    free(resets->reset);
}

/* Marks (t, stream) alone, or t in all streams. */
static void set_reset(Resets *resets, size_t t, int stream) {
    size_t batch = resets->setting.batch;
    memset(resets->reset, 0, resets->setting.steps * batch);
    for (size_t b = 0; b < batch; b++) {
        resets->reset[t * batch + b] = stream == ALL_STREAMS || (size_t)stream == b;
    }
}

/* --- running it --- */

static real *copy_of(const real *values, size_t count) {
    real *copy = allocate(count, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* Steps begin .. end - 1 in a pass of their own, from `state` (NULL: zeros), with the mask or without. */
static Outcome run(Resets *resets, Range steps, const real *state, const uint8_t *reset, bool train) {
    size_t batch = resets->setting.batch;
    Error error = {0};
    PassShape shape = {
        .steps = resets->setting.steps, .batch = batch, .training = train, .resets = reset != NULL};
    Pass *pass = pass_create(resets->network, &resets->compute, &shape, &error);
    assert_non_null(pass);
    Outcome outcome = {.nats = allocate((steps.end - steps.begin) * batch, sizeof(real))};
    PassWindow window = {.steps = steps.end - steps.begin,
                         .ids = resets->ids + steps.begin * batch,
                         .targets = resets->targets + steps.begin * batch,
                         .reset = reset,
                         .nats = outcome.nats};
    pass_pack_now(pass, resets->parameters);
    if (state != NULL) {
        memcpy(pass_state(pass), state, resets->state_size * sizeof(real));
    }
    if (train) {
        outcome.gradients = allocate(resets->network->layout.total, sizeof(real));
        pass_train_now(pass, &window, outcome.gradients);
        outcome.state_gradient = copy_of(pass_state_gradient(pass), resets->state_size);
    } else {
        pass_forward_now(pass, &window);
    }
    outcome.state = copy_of(pass_state(pass), resets->state_size);
    outcome.scored = pass_scored(pass);
    pass_free(pass);
    return outcome;
}

static void outcome_free(Outcome *outcome) {
    free(outcome->nats);
    free(outcome->state);
    free(outcome->gradients);
    free(outcome->state_gradient);
}

/* --- forward --- */

/* The stream that a number of the carried state belongs to. */
static size_t stream_of(const Resets *resets, size_t number) {
    size_t batch = resets->setting.batch;
    for (size_t layer = 0; layer < resets->network->config.layers; layer++) {
        const Cell *cell = network_cell(resets->network, layer);
        CellSizes sizes = network_cell_sizes(&resets->network->config, layer);
        for (size_t k = 0; k < cell->state_count; k++) {
            size_t width = cell_state_width(&cell->states[k], &sizes);
            if (number < batch * width) {
                return number / width;
            }
            number -= batch * width;
        }
    }
    fail_msg("the state has no number %zu", number);
    return 0;
}

static void check_bits(const char *what, size_t index, const real *got, const real *expected) {
    if (memcmp(got, expected, sizeof *got) != 0) {
        fail_msg("%s[%zu] is %.17g, not %.17g, which no reset may change", what, index, (double)*got,
                 (double)*expected);
    }
}

/* What a reset at (t, stream) made of the losses, against the window without one and the fresh pass from t on. Returns
 * the largest difference that it made to a loss. */
static double check_nats(const Resets *resets, size_t t, size_t stream, const Outcome *marked,
                         const Outcome *plain, const Outcome *fresh, double tolerance) {
    size_t batch = resets->setting.batch;
    double difference = 0;
    for (size_t row = 0; row < resets->setting.steps * batch; row++) {
        if (row % batch != stream || row / batch < t) {
            check_bits("nats", row, &marked->nats[row], &plain->nats[row]);
        } else {
            check_near("nats", row, (double)marked->nats[row], (double)fresh->nats[row - t * batch],
                       tolerance);
            difference = fmax(difference, fabs((double)marked->nats[row] - (double)plain->nats[row]));
        }
    }
    return difference;
}

/* The same for the state after the window. */
static double check_states(const Resets *resets, size_t stream, const Outcome *marked, const Outcome *plain,
                           const Outcome *fresh, double tolerance) {
    double difference = 0;
    for (size_t k = 0; k < resets->state_size; k++) {
        if (stream_of(resets, k) != stream) {
            check_bits("state", k, &marked->state[k], &plain->state[k]);
        } else {
            check_near("state", k, (double)marked->state[k], (double)fresh->state[k], tolerance);
            difference = fmax(difference, fabs((double)marked->state[k] - (double)plain->state[k]));
        }
    }
    return difference;
}

static void check_forward_at(Resets *resets, size_t t, const Outcome *plain, double tolerance) {
    Range all = {0, resets->setting.steps};
    Outcome fresh = run(resets, (Range){t, all.end}, NULL, NULL, false);
    double most_nats = 0;
    double most_states = 0;
    for (size_t stream = 0; stream < resets->setting.batch; stream++) {
        set_reset(resets, t, (int)stream);
        Outcome marked = run(resets, all, resets->state, resets->reset, false);
        double nats = check_nats(resets, t, stream, &marked, plain, &fresh, tolerance);
        double states = check_states(resets, stream, &marked, plain, &fresh, tolerance);
        most_nats = fmax(most_nats, nats);
        most_states = fmax(most_states, states);
        outcome_free(&marked);
    }
    outcome_free(&fresh);
    if (!(most_nats > 1e-4 && most_states > 10 * tolerance)) { /* a simple network forgets soon */
        fail_msg("%s: a reset at step %zu is not felt", resets->network->config.cells.cells[0]->name, t);
    }
}

/* Layers that normalise divide by what may be small. */
static double tolerance_for(const Cell *cell, double tolerance) {
    return cell->residual ? 3 * tolerance : tolerance;
}

void check_reset_forward(const ResetSetting *setting, double tolerance) {
    for (size_t k = 0; k < cell_count(); k++) {
        Resets resets;
        double allowed = tolerance_for(cell_at(k), tolerance);
        resets_create(&resets, cell_at(k), setting);
        Outcome plain = run(&resets, (Range){0, setting->steps}, resets.state, NULL, false);
        check_forward_at(&resets, 0, &plain, allowed);
        check_forward_at(&resets, setting->steps / 2, &plain, allowed);
        check_forward_at(&resets, setting->steps - 1, &plain, allowed);
        outcome_free(&plain);
        resets_free(&resets);
    }
}

/* --- back --- */

/* The gradients of the mean over both parts, against `whole`. */
static void check_sum(const Resets *resets, const Outcome *whole, const Outcome *before, const Outcome *fresh,
                      double tolerance) {
    const Layout *layout = &resets->network->layout;
    double share = (double)before->scored / (double)whole->scored;
    assert_int_equal(before->scored + fresh->scored, whole->scored);
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        double largest = 0;
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            largest = fmax(largest, fabs((double)whole->gradients[row->offset + i]));
        }
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            double got = (double)whole->gradients[row->offset + i];
            double expected = share * (double)before->gradients[row->offset + i] +
                              (1 - share) * (double)fresh->gradients[row->offset + i];
            check_near(row->name, i, got, expected, tolerance * (1 + largest)); /* sums of such numbers */
        }
        assert_true(largest > 20 * tolerance);
    }
    for (size_t i = 0; i < resets->state_size; i++) {
        check_near("state_gradient", i, (double)whole->state_gradient[i],
                   share * (double)before->state_gradient[i], tolerance);
    }
}

static void check_gradients_at(Resets *resets, size_t t, int stream, double tolerance) {
    size_t steps = resets->setting.steps;
    set_reset(resets, t, stream);
    Outcome whole = run(resets, (Range){0, steps}, resets->state, resets->reset, true);
    Outcome before = run(resets, (Range){0, t}, resets->state, NULL, true);
    Outcome fresh = run(resets, (Range){t, steps}, NULL, NULL, true);
    check_sum(resets, &whole, &before, &fresh, tolerance);
    outcome_free(&whole);
    outcome_free(&before);
    outcome_free(&fresh);
}

/* Where a text begins with the window, nothing comes back to the state before it. */
static void check_gradients_at_start(Resets *resets, double tolerance) {
    Range all = {0, resets->setting.steps};
    set_reset(resets, 0, ALL_STREAMS);
    Outcome whole = run(resets, all, resets->state, resets->reset, true);
    Outcome fresh = run(resets, all, NULL, NULL, true);
    for (size_t k = 0; k < resets->network->layout.total; k++) {
        check_near("gradient", k, (double)whole.gradients[k], (double)fresh.gradients[k], tolerance);
    }
    for (size_t k = 0; k < resets->state_size; k++) {
        assert_true(whole.state_gradient[k] == 0);
    }
    outcome_free(&whole);
    outcome_free(&fresh);
}

static void score_alone(Resets *resets, size_t stream) {
    size_t batch = resets->setting.batch;
    for (size_t row = 0; row < resets->setting.steps * batch; row++) {
        if (row % batch != stream) {
            resets->targets[row] = PASS_NO_TARGET;
        }
    }
}

void check_reset_gradients(const ResetSetting *setting, double tolerance) {
    for (size_t k = 0; k < cell_count(); k++) {
        Resets resets;
        double allowed = tolerance_for(cell_at(k), tolerance);
        resets_create(&resets, cell_at(k), setting);
        check_gradients_at_start(&resets, allowed);
        check_gradients_at(&resets, 1, ALL_STREAMS, allowed);
        check_gradients_at(&resets, setting->steps / 2, ALL_STREAMS, allowed);
        check_gradients_at(&resets, setting->steps - 1, ALL_STREAMS, allowed);
        score_alone(&resets, 1);
        check_gradients_at(&resets, setting->steps / 2, 1, allowed);
        resets_free(&resets);
    }
}
