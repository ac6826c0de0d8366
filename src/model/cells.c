/* The list of cells: every row of cells.def for every instruction set of this build. */
#include "model/cells.h"

#include <assert.h>
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

/* The row of that name, or cell_count(). */
static size_t row_of(const char *name) {
    size_t row = 0;
    while (row < cell_count() && strcmp(cell_at(row)->name, name) != 0) {
        row++;
    }
    return row;
}

const Cell *cell_find(const char *name) {
    size_t row = row_of(name);
    return row < cell_count() ? cell_at(row) : NULL;
}

const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set) {
    size_t row = row_of(cell->name);
    assert(row < cell_count());
    while (cells[row][instruction_set] == NULL) {
        instruction_set--; /* this build has none for it: the next lesser one */
    }
    return cells[row][instruction_set];
}
