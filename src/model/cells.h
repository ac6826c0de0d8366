/* The list of cells (cells.def), for every instruction set that they were compiled for. */
#ifndef LETRA_MODEL_CELLS_H
#define LETRA_MODEL_CELLS_H

#include <stddef.h>

#include "math/gemm.h"
#include "model/cell.h"

size_t cell_count(void);
/* The cell of a row; its tables and names are the same for every instruction set. */
const Cell *cell_at(size_t index);
/* NULL if there is none of that name. */
const Cell *cell_find(const char *name);
/* The same cell, compiled for an instruction set. */
const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set);

#endif
