/* The list of cells: every row of cells.def for every instruction set of this build. */
#include "model/cells.h"

#include <string.h>

#include "math/instruction_set.h"

/* cells/NAME.c exports `NAME_cell_ISA`. */
#define CELL(name) KERNELS_DECLARE(Cell, name##_cell)
#include "model/cells.def"
#undef CELL

#define CELL(name) KERNELS_TABLE(name##_cell),
static const Cell *const cells[][INSTRUCTION_SET_COUNT] = {
#include "model/cells.def"
};
#undef CELL

size_t cell_count(void) {
    return sizeof cells / sizeof *cells;
}

const Cell *cell_at(size_t index) {
    return cells[index][INSTRUCTION_SET_PORTABLE];
}

const Cell *cell_find(const char *name) {
    for (size_t k = 0; k < cell_count(); k++) {
        if (strcmp(cell_at(k)->name, name) == 0) {
            return cell_at(k);
        }
    }
    return NULL;
}

const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set) {
    size_t k = 0;
    while (strcmp(cell_at(k)->name, cell->name) != 0) {
        k++;
    }
    while (cells[k][instruction_set] == NULL) {
        instruction_set--; /* this build has none for it: the next lesser one */
    }
    return cells[k][instruction_set];
}
