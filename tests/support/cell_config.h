/* Networks for tests that walk the table of cells: the sizes that a test asks for, fitted to what a cell takes. */
#ifndef LETRA_TESTS_SUPPORT_CELL_CONFIG_H
#define LETRA_TESTS_SUPPORT_CELL_CONFIG_H

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/cells.h"
#include "model/network.h"

/* A cell with heads gets two, where the units can be halved. What a residual cell reads is as wide as it is, and its
 * forget gates, which start open, start half open: tests are short. */
static inline NetworkConfig cell_config(const Cell *cell, size_t layers, size_t hidden, size_t embed,
                                        size_t vocab) {
    return (NetworkConfig){.cells = cell_list_of(cell),
                           .layers = layers,
                           .hidden = hidden,
                           .heads = cell->has_heads && hidden % 2 == 0 ? 2 : 1,
                           .embed = cell->residual ? hidden : embed,
                           .vocab = vocab,
                           .forget_bias = cell->residual && cell->forget.there ? -2 : 0};
}

/* A number of a state that might have come about: from -1 to 1, but an sLSTM's normaliser is positive. */
static inline real random_state(const Cell *cell, Random *random) {
    double number = 2 * random_uniform(random) - 1;
    return (real)(strcmp(cell->name, "slstm") == 0 ? 0.25 + 0.75 * fabs(number) : number);
}

#endif
