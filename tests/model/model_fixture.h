/* Models for tests of model files: two LSTM layers with random parameters, a vocabulary, replacements and a
 * history in which no field is left at its start. */
#ifndef LETRA_TESTS_MODEL_MODEL_FIXTURE_H
#define LETRA_TESTS_MODEL_MODEL_FIXTURE_H

#include "support/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "model/cells.h"
#include "model/model_file.h"

static const TrainingHistory example_history = {.version = "0.1.0",
                                                .run = 0x0123456789ABCDEFu,
                                                .corpus_digest = 0xFEDCBA9876543210u,
                                                .corpus_units = 1115394,
                                                .method.val_fraction = 0.1,
                                                .method.test_fraction = 0.05,
                                                .chars_trained = 123456789012,
                                                .steps = 4321,
                                                .epochs = 2.75,
                                                .seconds = 59.125,
                                                .best_val_loss = 1.0 / 3,
                                                .train_loss = 1.25,
                                                .preset = "char-rnn",
                                                .optimizer = "adamw",
                                                .method.numbers[OPTIMIZER_BETA1] = 0.5,
                                                .method.numbers[OPTIMIZER_BETA2] = 0.99,
                                                .method.numbers[OPTIMIZER_RHO] = 0.875,
                                                .method.numbers[OPTIMIZER_EPSILON] = 1e-10,
                                                .method.numbers[OPTIMIZER_MOMENTUM] = 0.95,
                                                .method.numbers[OPTIMIZER_NESTEROV] = true,
                                                .schedule = "cosine",
                                                .method.learning_rate = 0.002,
                                                .method.init_range = 0.08,
                                                .method.schedule_numbers.warmup = 50,
                                                .method.schedule_numbers.decay = 0.97,
                                                .method.schedule_numbers.every = 2,
                                                .method.schedule_numbers.after = 10,
                                                .method.clip = 1,
                                                .method.clip_value = 5,
                                                .method.dropout = 0.3,
                                                .method.dropout_input = 0.25,
                                                .method.dropout_output = 0.375,
                                                .method.variational = true,
                                                .method.weight_drop = 0.625,
                                                .method.weight_decay = 0.01,
                                                .method.average = 0.999,
                                                .method.seq_length = 64,
                                                .method.batch_size = 32,
                                                .method.seed = UINT64_MAX,
                                                .finished = true,
                                                .training_precision = PRECISION_BF16,
                                                .sampling_precision = PRECISION_INT8};

/* A model of the configuration; the vocabulary is taken over. Fails the test that calls it if anything does. */
static inline Model make_model_of(const NetworkConfig *config, Vocab *vocab) {
    Error error = {0};
    assert_non_null(vocab);
    Model model = {.vocab = vocab, .pipeline = {.unit = vocab_unit(vocab)}, .history = example_history};
    model.network = network_create(config, &error);
    assert_non_null(model.network);
    model.parameters = block_create(&model.network->layout, &error);
    assert_non_null(model.parameters);
    Random random = random_create(5, 0);
    network_initialize(model.network, model.parameters, &random);
    return model;
}

/* One of hidden units 3. */
static inline Model make_model(Vocab *vocab, size_t embed) {
    assert_non_null(vocab);
    NetworkConfig config = {.cells = cell_list_of(cell_find("lstm")),
                            .layers = 2,
                            .hidden = 3,
                            .embed = embed,
                            .vocab = vocab_size(vocab),
                            .zoneout = 0.2,
                            .forget_bias = 0.1};
    return make_model_of(&config, vocab);
}

/* Equal, or both NAN. */
static inline bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static inline bool cell_lists_equal(const CellList *one, const CellList *other) {
    bool equal = one->count == other->count;
    for (size_t k = 0; equal && k < one->count; k++) {
        equal = one->cells[k] == other->cells[k];
    }
    return equal;
}

/* Fails unless both models are the same in everything. */
static inline void assert_same_models(const Model *a, const Model *b) {
    const NetworkConfig *config = &a->network->config;
    const NetworkConfig *other = &b->network->config;
    assert_true(cell_lists_equal(&config->cells, &other->cells));
    assert_int_equal(config->layers, other->layers);
    assert_int_equal(config->hidden, other->hidden);
    assert_int_equal(config->embed, other->embed);
    assert_int_equal(config->vocab, other->vocab);
    assert_true(same_number(config->forget_bias, other->forget_bias));
    assert_true(same_number(config->zoneout, other->zoneout));
    assert_int_equal(a->network->layout.total, b->network->layout.total);
    assert_memory_equal(a->parameters, b->parameters, a->network->layout.total * sizeof(real));
    assert_int_equal(vocab_unit(a->vocab), vocab_unit(b->vocab));
    assert_int_equal(vocab_size(a->vocab), vocab_size(b->vocab));
    for (uint32_t k = 0; k < vocab_size(a->vocab); k++) {
        assert_int_equal(symbol_compare(vocab_symbol(a->vocab, k), vocab_symbol(b->vocab, k)), 0);
        assert_int_equal(vocab_count(a->vocab, k), vocab_count(b->vocab, k));
    }
    assert_int_equal(a->pipeline.unit, b->pipeline.unit);
    assert_int_equal(a->pipeline.rule_count, b->pipeline.rule_count);
    for (size_t k = 0; k < a->pipeline.rule_count; k++) {
        assert_int_equal(a->pipeline.rules[k].kind, b->pipeline.rules[k].kind);
        assert_string_equal(a->pipeline.rules[k].expression, b->pipeline.rules[k].expression);
    }
}

static inline void assert_same_histories(const TrainingHistory *a, const TrainingHistory *b) {
    assert_string_equal(a->version, b->version);
    assert_true(a->run == b->run);
    assert_true(a->corpus_digest == b->corpus_digest);
    assert_true(a->corpus_units == b->corpus_units);
    assert_true(same_number(a->method.val_fraction, b->method.val_fraction));
    assert_true(same_number(a->method.test_fraction, b->method.test_fraction));
    assert_true(a->chars_trained == b->chars_trained);
    assert_true(a->steps == b->steps);
    assert_true(same_number(a->epochs, b->epochs));
    assert_true(same_number(a->seconds, b->seconds));
    assert_true(same_number(a->best_val_loss, b->best_val_loss));
    assert_true(same_number(a->train_loss, b->train_loss));
    assert_string_equal(a->preset, b->preset);
    assert_string_equal(a->optimizer, b->optimizer);
    assert_true(same_number(a->method.numbers[OPTIMIZER_BETA1], b->method.numbers[OPTIMIZER_BETA1]));
    assert_true(same_number(a->method.numbers[OPTIMIZER_BETA2], b->method.numbers[OPTIMIZER_BETA2]));
    assert_true(same_number(a->method.numbers[OPTIMIZER_RHO], b->method.numbers[OPTIMIZER_RHO]));
    assert_true(same_number(a->method.numbers[OPTIMIZER_EPSILON], b->method.numbers[OPTIMIZER_EPSILON]));
    assert_true(same_number(a->method.numbers[OPTIMIZER_MOMENTUM], b->method.numbers[OPTIMIZER_MOMENTUM]));
    assert_true(a->method.numbers[OPTIMIZER_NESTEROV] == b->method.numbers[OPTIMIZER_NESTEROV]);
    assert_string_equal(a->schedule, b->schedule);
    assert_true(same_number(a->method.learning_rate, b->method.learning_rate));
    assert_true(same_number(a->method.init_range, b->method.init_range));
    assert_true(same_number(a->method.schedule_numbers.warmup, b->method.schedule_numbers.warmup));
    assert_true(same_number(a->method.schedule_numbers.decay, b->method.schedule_numbers.decay));
    assert_true(same_number(a->method.schedule_numbers.every, b->method.schedule_numbers.every));
    assert_true(same_number(a->method.schedule_numbers.after, b->method.schedule_numbers.after));
    assert_true(same_number(a->method.clip, b->method.clip));
    assert_true(same_number(a->method.clip_value, b->method.clip_value));
    assert_true(same_number(a->method.dropout, b->method.dropout));
    assert_true(same_number(a->method.dropout_input, b->method.dropout_input));
    assert_true(same_number(a->method.dropout_output, b->method.dropout_output));
    assert_true(a->method.variational == b->method.variational);
    assert_true(same_number(a->method.weight_drop, b->method.weight_drop));
    assert_true(same_number(a->method.weight_decay, b->method.weight_decay));
    assert_true(same_number(a->method.average, b->method.average));
    assert_true(a->method.seq_length == b->method.seq_length);
    assert_true(a->method.batch_size == b->method.batch_size);
    assert_true(a->method.seed == b->method.seed);
    assert_true(a->finished == b->finished);
    assert_int_equal(a->training_precision, b->training_precision);
    assert_int_equal(a->sampling_precision, b->sampling_precision);
}

#endif
