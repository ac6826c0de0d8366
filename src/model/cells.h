/* The list of cells (cells.def), for every instruction set that they were compiled for. */
#ifndef LETRA_MODEL_CELLS_H
#define LETRA_MODEL_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "math/instruction_set.h"
#include "model/cell.h"

size_t cell_count(void);
/* The cell of a row; its tables and names are the same for every instruction set. */
const Cell *cell_at(size_t index);
/* NULL if there is none of that name. */
const Cell *cell_find(const char *name);
/* Numbers of a table's rows. `columns` of a vector are 0. */
size_t cell_parameter_rows(const CellParameter *parameter, const CellSizes *sizes);
size_t cell_parameter_columns(const CellParameter *parameter, const CellSizes *sizes);
/* What a cell can have: units in heads, a forget gate that --forget-bias is for, parameters that are recurrent, states
 * for zoneout. */
bool cell_has_heads(const Cell *cell);
bool cell_has_forget_gate(const Cell *cell);
bool cell_has_recurrent_weights(const Cell *cell);
bool cell_has_zoneout(const Cell *cell);
/* Numbers of one stream. */
size_t cell_state_width(const CellState *state, const CellSizes *sizes);

/* A list of one. */
CellList cell_list_of(const Cell *cell);
const Cell *cell_list_at(const CellList *list, size_t layer);
/* Whether any of them has something. */
bool cell_list_any(const CellList *list, bool (*has)(const Cell *cell));
/* The least of their factors of the learning rate. */
double cell_list_rate(const CellList *list);
/* Reads "mlstm,slstm". False and a message that names what is no cell, and all that are. */
bool cell_list_parse(const char *names, CellList *list, Error *error);
enum { CELL_LIST_NAME_SIZE = 256 };
/* Writes "mlstm,slstm". Returns `out`. */
const char *cell_list_name(const CellList *list, char out[CELL_LIST_NAME_SIZE]);

/* The same cell, compiled for an instruction set. */
const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set);

#endif
