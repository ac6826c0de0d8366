/* Weight drop: see weight_drop.h. */
#include "model/weight_drop.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/cells.h"

bool weight_drop_create(WeightDrop *drop, const Cell *cell, const CellSizes *sizes, double probability,
                        Arena *arena, Error *error) {
    drop->count = cell->parameter_count;
    drop->rows = memory_allocate(drop->count, sizeof *drop->rows, "a layer", error);
    for (size_t k = 0; drop->rows != NULL && k < drop->count; k++) {
        const CellParameter *parameter = &cell->parameters[k];
        DroppedWeights *row = &drop->rows[k];
        if (parameter->recurrent) {
            row->elements = cell_parameter_rows(parameter, sizes) * cell_parameter_columns(parameter, sizes);
            row->mask.probability = probability;
            row->masked = arena_take(arena, row->elements, sizeof(real));
            row->gradient = arena_take(arena, row->elements, sizeof(real));
        }
    }
    return drop->rows != NULL;
}

void weight_drop_free(WeightDrop *drop) {
    free(drop->rows);
    *drop = (WeightDrop){0};
}

void weight_drop_place(WeightDrop *drop, uint64_t key, const real **parameters) {
    for (size_t k = 0; k < drop->count; k++) {
        DroppedWeights *row = &drop->rows[k];
        if (row->elements > 0) {
            row->mask.key = random_at(key, k);
            row->whole = parameters[k];
            parameters[k] = row->masked;
        }
    }
}

void weight_drop_mask(const WeightDrop *drop, const Kernels *kernels, Member member) {
    for (size_t k = 0; k < drop->count; k++) {
        const DroppedWeights *row = &drop->rows[k];
        Range share = member_share(member, row->elements);
        kernels->dropout(row->masked + share.begin, row->whole + share.begin, share.end - share.begin,
                         &row->mask, share.begin);
    }
}

void weight_drop_place_gradients(const WeightDrop *drop, real **gradients) {
    for (size_t k = 0; k < drop->count; k++) {
        if (drop->rows[k].elements > 0) {
            gradients[k] = drop->rows[k].gradient;
        }
    }
}

void weight_drop_start(const WeightDrop *drop, Member member) {
    for (size_t k = 0; k < drop->count; k++) {
        Range share = member_share(member, drop->rows[k].elements);
        if (share.end > share.begin) {
            memset(drop->rows[k].gradient + share.begin, 0, (share.end - share.begin) * sizeof(real));
        }
    }
}

void weight_drop_add(const DroppedWeights *row, const Kernels *kernels, real *sums, Member member) {
    Range share = member_share(member, row->elements);
    real *gradient = row->gradient + share.begin;
    kernels->dropout(gradient, gradient, share.end - share.begin, &row->mask, share.begin);
    kernels->add(sums + share.begin, gradient, share.end - share.begin);
}
