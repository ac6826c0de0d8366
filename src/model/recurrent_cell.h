/* A layer that is a recurrence and nothing else: the functions that such a cell's row in the table has. */
#ifndef LETRA_MODEL_RECURRENT_CELL_H
#define LETRA_MODEL_RECURRENT_CELL_H

#include "model/recurrence.h"

CellLayer *recurrent_cell_create(const Cell *cell, const CellShape *shape, Compute *compute, Arena *arena,
                                 Error *error);
void recurrent_cell_destroy(CellLayer *layer);
void recurrent_cell_pack(CellLayer *layer, const real *const *parameters, const real *embedding,
                         Member member);
void recurrent_cell_forward(CellLayer *layer, const CellWindow *window, Member member);
void recurrent_cell_backward(CellLayer *layer, const CellWindow *window, real *const *gradients,
                             Member member);
const void *recurrent_cell_operands(const CellLayer *layer);

/* What these cells have in common in their rows; each adds its name, its title and its kind. */
#define RECURRENT_CELL_ROWS                                                                                  \
    .parameters = parameters, .parameter_count = RECURRENCE_PARAMETERS, .states = states,                    \
    .state_count = sizeof states / sizeof *states, .create = recurrent_cell_create,                          \
    .destroy = recurrent_cell_destroy, .pack = recurrent_cell_pack, .forward = recurrent_cell_forward,       \
    .backward = recurrent_cell_backward, .operands = recurrent_cell_operands

#endif
