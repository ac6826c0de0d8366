/* The list of cells: every row of cells.def for every instruction set of this build. */
#include "model/cells.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/shown.h"
#include "base/size.h"
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

/* --- sizes --- */

static size_t resolve(Dimension dimension, const CellSizes *sizes) {
    switch (dimension) {
    case DIMENSION_ONE: return 1;
    case DIMENSION_INPUT: return sizes->input;
    case DIMENSION_HIDDEN: return sizes->hidden;
    case DIMENSION_HEADS: return sizes->heads;
    case DIMENSION_HEAD: return sizes->hidden / sizes->heads;
    case DIMENSION_MLP: return size_round_up(4 * sizes->hidden / 3, 16);
    case DIMENSION_NONE: break;
    }
    return 0;
}

static size_t times(size_t factor, size_t size) {
    return factor == 0 ? size : factor * size;
}

size_t cell_parameter_rows(const CellParameter *parameter, const CellSizes *sizes) {
    return times(parameter->row_factor, resolve(parameter->rows, sizes));
}

size_t cell_parameter_columns(const CellParameter *parameter, const CellSizes *sizes) {
    return times(parameter->column_factor, resolve(parameter->columns, sizes));
}

bool cell_has_heads(const Cell *cell) {
    return cell->has_heads;
}

bool cell_has_forget_gate(const Cell *cell) {
    return cell->forget.there;
}

bool cell_has_recurrent_weights(const Cell *cell) {
    bool recurrent = false;
    for (size_t k = 0; k < cell->parameter_count; k++) {
        recurrent = recurrent || cell->parameters[k].recurrent;
    }
    return recurrent;
}

bool cell_has_zoneout(const Cell *cell) {
    bool zoneout = false;
    for (size_t k = 0; k < cell->state_count; k++) {
        zoneout = zoneout || cell->states[k].zoneout;
    }
    return zoneout;
}

size_t cell_state_width(const CellState *state, const CellSizes *sizes) {
    size_t columns = state->columns == DIMENSION_NONE ? 1 : resolve(state->columns, sizes);
    return times(state->factor, resolve(state->rows, sizes)) * columns;
}

/* --- lists --- */

CellList cell_list_of(const Cell *cell) {
    return (CellList){.cells = {cell}, .count = 1};
}

const Cell *cell_list_at(const CellList *list, size_t layer) {
    return list->cells[layer % list->count];
}

bool cell_list_any(const CellList *list, bool (*has)(const Cell *cell)) {
    bool any = false;
    for (size_t k = 0; k < list->count; k++) {
        any = any || has(list->cells[k]);
    }
    return any;
}

double cell_list_rate(const CellList *list) {
    double least = 1.0;
    for (size_t k = 0; k < list->count; k++) {
        double rate = list->cells[k]->learning_rate_factor;
        least = rate > 0.0 && rate < least ? rate : least;
    }
    return least;
}

static const char *name_at(size_t index) {
    return cell_at(index)->name;
}

static bool no_such_cell(const char *name, int length, Error *error) {
    char part[64];
    char shown[SHOWN_SIZE];
    snprintf(part, sizeof part, "%.*s", length, name);
    error_set(error, "there is no cell \"%s\"; there are:", shown_text(part, shown));
    return error_add_names(error, name_at, cell_count());
}

bool cell_list_parse(const char *names, CellList *list, Error *error) {
    *list = (CellList){.count = 0};
    for (const char *name = names;;) {
        size_t length = strcspn(name, ",");
        char part[64] = "";
        if (length < sizeof part) {
            memcpy(part, name, length);
        }
        const Cell *cell = cell_find(part);
        if (cell == NULL) {
            return no_such_cell(name, (int)length, error);
        }
        if (list->count == CELL_LIST_MAX) {
            return error_set(error, "a list of cells has at most %d", CELL_LIST_MAX);
        }
        list->cells[list->count++] = cell;
        if (name[length] == '\0') {
            return true;
        }
        name += length + 1;
    }
}

const char *cell_list_name(const CellList *list, char out[CELL_LIST_NAME_SIZE]) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t k = 0; k < list->count && used < CELL_LIST_NAME_SIZE; k++) {
        used += (size_t)snprintf(out + used, CELL_LIST_NAME_SIZE - used, "%s%s", k == 0 ? "" : ",",
                                 list->cells[k]->name);
    }
    return out;
}

const Cell *cell_compiled_for(const Cell *cell, InstructionSet instruction_set) {
    size_t row = row_of(cell->name);
    assert(row < cell_count());
    return cells[row][kernels_row(instruction_set)];
}
