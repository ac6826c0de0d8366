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
                                                .val_fraction = 0.1,
                                                .test_fraction = 0.05,
                                                .chars_trained = 123456789012,
                                                .steps = 4321,
                                                .epochs = 2.75,
                                                .seconds = 59.125,
                                                .best_val_loss = 1.0 / 3,
                                                .train_loss = 1.25,
                                                .preset = "char-rnn",
                                                .optimizer = "adamw",
                                                .beta1 = 0.5,
                                                .beta2 = 0.99,
                                                .rho = 0.875,
                                                .epsilon = 1e-10,
                                                .momentum = 0.95,
                                                .nesterov = true,
                                                .schedule = "cosine",
                                                .learning_rate = 0.002,
                                                .init_range = 0.08,
                                                .warmup = 50,
                                                .lr_decay = 0.97,
                                                .lr_decay_every = 2,
                                                .lr_decay_after = 10,
                                                .clip = 1,
                                                .clip_value = 5,
                                                .dropout = 0.3,
                                                .dropout_input = 0.25,
                                                .dropout_output = 0.375,
                                                .variational = true,
                                                .weight_drop = 0.625,
                                                .weight_decay = 0.01,
                                                .average = 0.999,
                                                .seq_length = 64,
                                                .batch_size = 32,
                                                .seed = UINT64_MAX,
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
    assert_true(same_number(a->val_fraction, b->val_fraction));
    assert_true(same_number(a->test_fraction, b->test_fraction));
    assert_true(a->chars_trained == b->chars_trained);
    assert_true(a->steps == b->steps);
    assert_true(same_number(a->epochs, b->epochs));
    assert_true(same_number(a->seconds, b->seconds));
    assert_true(same_number(a->best_val_loss, b->best_val_loss));
    assert_true(same_number(a->train_loss, b->train_loss));
    assert_string_equal(a->preset, b->preset);
    assert_string_equal(a->optimizer, b->optimizer);
    assert_true(same_number(a->beta1, b->beta1));
    assert_true(same_number(a->beta2, b->beta2));
    assert_true(same_number(a->rho, b->rho));
    assert_true(same_number(a->epsilon, b->epsilon));
    assert_true(same_number(a->momentum, b->momentum));
    assert_true(a->nesterov == b->nesterov);
    assert_string_equal(a->schedule, b->schedule);
    assert_true(same_number(a->learning_rate, b->learning_rate));
    assert_true(same_number(a->init_range, b->init_range));
    assert_true(same_number(a->warmup, b->warmup));
    assert_true(same_number(a->lr_decay, b->lr_decay));
    assert_true(same_number(a->lr_decay_every, b->lr_decay_every));
    assert_true(same_number(a->lr_decay_after, b->lr_decay_after));
    assert_true(same_number(a->clip, b->clip));
    assert_true(same_number(a->clip_value, b->clip_value));
    assert_true(same_number(a->dropout, b->dropout));
    assert_true(same_number(a->dropout_input, b->dropout_input));
    assert_true(same_number(a->dropout_output, b->dropout_output));
    assert_true(a->variational == b->variational);
    assert_true(same_number(a->weight_drop, b->weight_drop));
    assert_true(same_number(a->weight_decay, b->weight_decay));
    assert_true(same_number(a->average, b->average));
    assert_true(a->seq_length == b->seq_length);
    assert_true(a->batch_size == b->batch_size);
    assert_true(a->seed == b->seed);
    assert_true(a->finished == b->finished);
    assert_int_equal(a->training_precision, b->training_precision);
    assert_int_equal(a->sampling_precision, b->sampling_precision);
}

#endif
