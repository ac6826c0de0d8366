/* Rows of the embedding, for a first layer that reads the rows themselves: copied as operands for the window's symbols
 * on the way forward, through the window's input_dropout; on the way back the gradients of the copies go back through
 * it and are added up by symbol. A row is added to in the order of the window, whatever the number of threads.
 */
#ifndef LETRA_MODEL_EMBEDDING_H
#define LETRA_MODEL_EMBEDDING_H

#include "base/arena.h"
#include "base/team.h"
#include "math/kernels.h"
#include "math/precision.h"
#include "model/cell.h"

typedef struct Embedding {
    size_t batch;        /* B */
    size_t width;        /* E */
    Precision precision; /* of the copies */
    const Kernels *kernels;
    const real *rows; /* V × E, as packed last: whoever packs sets it */
    void *copies;     /* T·B × E operands */
    real *gradient;   /* T·B × E: of the copies; NULL without training */
} Embedding;

/* Takes its arrays from the arena, which may be counting. */
Embedding embedding_create(const CellShape *shape, const Kernels *kernels, Arena *arena);

/* Copies the member's share of the rows that the window's symbols stand for. Ends without a barrier. */
void embedding_copy(const Embedding *embedding, const CellWindow *window, Member member);

/* Adds the gradient of the copies to the window's embedding_gradient, the member's share of the columns. Begins where
 * all members are done with it, and may change it; ends without a barrier. */
void embedding_scatter(const Embedding *embedding, const CellWindow *window, Member member);

#endif
