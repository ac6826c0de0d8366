/* The list of cells: every row of cells.def for every instruction set of this build. */
#include "model/cells.h"

#include <string.h>

#include "math/instruction_set.h"

/* cells/NAME.c exports `NAME_cell_ISA`. */
#define CELL(cell) extern const Cell cell##_cell_portable;
#include "model/cells.def"
#undef CELL
#define CELL(cell) &cell##_cell_portable,
static const Cell *const portable_cells[] = {
#include "model/cells.def"
};
#undef CELL

#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
#define CELL(cell) extern const Cell cell##_cell_avx2, cell##_cell_avx512;
#include "model/cells.def"
#undef CELL
#define CELL(cell) &cell##_cell_avx2,
static const Cell *const avx2_cells[] = {
#include "model/cells.def"
};
#undef CELL
#define CELL(cell) &cell##_cell_avx512,
static const Cell *const avx512_cells[] = {
#include "model/cells.def"
};
#undef CELL
#endif

size_t cell_count(void) {
    return sizeof portable_cells / sizeof *portable_cells;
}

const Cell *cell_at(size_t index) {
    return portable_cells[index];
}

const Cell *cell_find(const char *name) {
    for (size_t k = 0; k < cell_count(); k++) {
        if (strcmp(portable_cells[k]->name, name) == 0) {
            return portable_cells[k];
        }
    }
    return NULL;
}

const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set) {
    for (size_t k = 0; k < cell_count(); k++) {
        if (strcmp(portable_cells[k]->name, cell->name) != 0) {
            continue;
        }
#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
        if (instruction_set >= INSTRUCTION_SET_AVX512) {
            return avx512_cells[k];
        }
        if (instruction_set == INSTRUCTION_SET_AVX2) {
            return avx2_cells[k];
        }
#else
        (void)instruction_set;
#endif
        return portable_cells[k];
    }
    return cell;
}
