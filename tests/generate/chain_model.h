/* A model whose probabilities are written down: a Markov chain, in which the next symbol depends on the last one alone.
 *
 * A network of simple cells without memory: a unit of the lower layer is 1 for the symbol that was read and 0 for the
 * others, the upper layer repeats it, and the decoder's column of that unit are the logarithms of the probabilities. */
#ifndef LETRA_TESTS_GENERATE_CHAIN_MODEL_H
#define LETRA_TESTS_GENERATE_CHAIN_MODEL_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/small_model.h"

enum { CHAIN_SYMBOLS = 4 };

/* Sets the named matrix of CHAIN_SYMBOLS rows and columns to `diagonal` times the identity. */
static inline void chain_set_diagonal(Model *model, const char *name, real diagonal) {
    const LayoutRow *row = layout_find(&model->network->layout, name);
    assert_non_null(row);
    for (size_t k = 0; k < CHAIN_SYMBOLS; k++) {
        model->parameters[row->offset + k * CHAIN_SYMBOLS + k] = diagonal;
    }
}

/* `chain[a][b]`: the probability that symbol b follows symbol a. What was counted before: all the same. */
static inline void chain_model_create(SmallModel *small, const Symbol symbols[CHAIN_SYMBOLS],
                                      const double chain[CHAIN_SYMBOLS][CHAIN_SYMBOLS]) {
    small_model_create_of(small, cell_find("rnn"), 0,
                          vocab_create(UNIT_CHAR, symbols, NULL, CHAIN_SYMBOLS, NULL), CHAIN_SYMBOLS, 0);
    chain_set_diagonal(&small->model, "rnn.weight_ih_l0", 20); /* tanh(20) is 1 in single precision */
    chain_set_diagonal(&small->model, "rnn.weight_ih_l1", 20);
    const LayoutRow *row = layout_find(&small->model.network->layout, "decoder.weight");
    assert_non_null(row);
    for (size_t a = 0; a < CHAIN_SYMBOLS; a++) {
        for (size_t b = 0; b < CHAIN_SYMBOLS; b++) {
            small->model.parameters[row->offset + b * CHAIN_SYMBOLS + a] = (real)log(chain[a][b]);
        }
    }
}

/* The chain of the tests of searches: after a, b is the likeliest, but after b nothing is likely. */
enum { CHAIN_STOP, CHAIN_A, CHAIN_B, CHAIN_C };

static inline void chain_model_create_usual(SmallModel *small) {
    static const Symbol symbols[] = {{".", 1}, {"a", 1}, {"b", 1}, {"c", 1}};
    static const double chain[CHAIN_SYMBOLS][CHAIN_SYMBOLS] = {
        {0.25, 0.25, 0.25, 0.25}, {0.05, 0.05, 0.5, 0.4}, {0.4, 0.2, 0.2, 0.2}, {0.9, 0.04, 0.03, 0.03}};
    chain_model_create(small, symbols, chain);
}

#endif
