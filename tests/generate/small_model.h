/* A small model for tests of src/generate: two layers with parameters that are random, but large enough for what was
 * read to matter a lot. */
#ifndef LETRA_TESTS_GENERATE_SMALL_MODEL_H
#define LETRA_TESTS_GENERATE_SMALL_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "math/block.h"
#include "model/cells.h"
#include "model/model_file.h"
#include "support/cell_config.h"
#include "text/vocab.h"

typedef struct SmallModel {
    Model model;
    Compute compute;
} SmallModel;

/* Of a cell whose sizes are fitted to it (support/cell_config.h), with its parameters at the start times `factor`.
 * Fails the test that calls it if anything does. */
static inline void small_model_create_of(SmallModel *small, const Cell *cell, real factor, Vocab *vocab,
                                         size_t hidden, size_t embed) {
    Error error = {0};
    *small = (SmallModel){0};
    assert_non_null(vocab);
    assert_true(compute_create(&small->compute, 2, &error));
    NetworkConfig config = cell_config(cell, 2, hidden, embed, vocab_size(vocab));
    Model *model = &small->model;
    model->network = network_create(&config, &error);
    assert_non_null(model->network);
    model->vocab = vocab;
    model->pipeline.unit = vocab_unit(vocab);
    model->parameters = block_create(&model->network->layout, &error);
    assert_non_null(model->parameters);
    Random random = random_create(7, 0);
    network_initialize(model->network, model->parameters, &random);
    for (size_t k = 0; k < model->network->layout.total; k++) {
        model->parameters[k] *= factor;
    }
}

/* Of LSTM layers. */
static inline void small_model_create(SmallModel *small, Vocab *vocab, size_t hidden, size_t embed) {
    small_model_create_of(small, cell_find("lstm"), 3, vocab, hidden, embed);
}

/* Frees the vocabulary too. */
static inline void small_model_free(SmallModel *small) {
    model_free(&small->model);
    compute_free(&small->compute);
}

#endif
