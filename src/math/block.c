/* Layouts and blocks: see block.h. */
#include "math/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/size.h"

enum { ROW_ALIGNMENT = 16 }; /* elements */

bool layout_add(Layout *layout, const char *name, size_t rows, size_t columns, Init init, double scale,
                size_t *number, Error *error) {
    LayoutRow row = {.rows = rows, .columns = columns, .offset = layout->total, .init = init, .scale = scale};
    size_t elements = 0;
    if (__builtin_mul_overflow(rows, columns == 0 ? 1 : columns, &elements) || elements > (size_t)1 << 40) {
        return error_set(error, "the matrix %s of %zu × %zu is too large", name, rows, columns);
    }
    LayoutRow *grown = realloc(layout->rows, (layout->count + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_out_of_memory(error, (layout->count + 1) * sizeof *grown, "the parameter table");
    }
    snprintf(row.name, sizeof row.name, "%s", name);
    grown[layout->count] = row;
    if (number != NULL) {
        *number = layout->count;
    }
    layout->rows = grown;
    layout->count++;
    layout->total += size_round_up(elements, ROW_ALIGNMENT);
    return true;
}

void layout_free(Layout *layout) {
    free(layout->rows);
    *layout = (Layout){0};
}

const LayoutRow *layout_find(const Layout *layout, const char *name) {
    for (size_t k = 0; k < layout->count; k++) {
        if (strcmp(layout->rows[k].name, name) == 0) {
            return &layout->rows[k];
        }
    }
    return NULL;
}

size_t layout_row_elements(const LayoutRow *row) {
    return row->rows * (row->columns == 0 ? 1 : row->columns);
}

size_t layout_parameters(const Layout *layout) {
    size_t parameters = 0;
    for (size_t k = 0; k < layout->count; k++) {
        parameters += layout_row_elements(&layout->rows[k]);
    }
    return parameters;
}

real *block_create(const Layout *layout, Error *error) {
    return memory_allocate(layout->total, sizeof(real), "a block of parameters", error);
}

void block_initialize(const Layout *layout, real *block, Random *random) {
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        size_t elements = layout_row_elements(row);
        real *values = block + row->offset;
        for (size_t i = 0; i < elements; i++) {
            switch (row->init) {
            case INIT_ZERO: values[i] = 0; break;
            case INIT_UNIFORM: values[i] = (real)((2.0 * random_uniform(random) - 1.0) * row->scale); break;
            case INIT_NORMAL: values[i] = (real)(random_normal(random) * row->scale); break;
            case INIT_CONSTANT: values[i] = (real)row->scale; break;
            }
        }
    }
}
