/* Layers that are recurrences: see recurrent_cell.h. */
#include "model/recurrent_cell.h"

#include <stdlib.h>

#include "base/memory.h"

struct CellLayer {
    Recurrence *recurrence;
};

CellLayer *recurrent_cell_create(const Cell *cell, const CellShape *shape, Compute *compute, Arena *arena,
                                 Error *error) {
    CellLayer *layer = memory_allocate(1, sizeof *layer, "a recurrent layer", error);
    if (layer == NULL) {
        return NULL;
    }
    layer->recurrence = recurrence_create(cell->recurrence, cell, shape, compute, arena, error);
    if (layer->recurrence == NULL) {
        recurrent_cell_destroy(layer);
        return NULL;
    }
    return layer;
}

void recurrent_cell_destroy(CellLayer *layer) {
    if (layer != NULL) {
        recurrence_free(layer->recurrence);
        free(layer);
    }
}

void recurrent_cell_pack(CellLayer *layer, const real *const *parameters, const real *embedding,
                         Member member) {
    recurrence_pack(layer->recurrence, parameters, embedding, member);
}

void recurrent_cell_forward(CellLayer *layer, const CellWindow *window, Member member) {
    recurrence_forward(layer->recurrence, window, member);
}

void recurrent_cell_backward(CellLayer *layer, const CellWindow *window, real *const *gradients,
                             Member member) {
    recurrence_backward(layer->recurrence, window, gradients, member);
}

const void *recurrent_cell_operands(const CellLayer *layer) {
    return recurrence_operands(layer->recurrence);
}
