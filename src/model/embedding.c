/* Rows of the embedding: see embedding.h. */
#include "model/embedding.h"

#include <string.h>

enum {
    COLUMN_GRAIN = 16,
    COLUMN_PARTS = 16
}; /* parts into which columns are cut, and what they are multiples of */

Embedding embedding_create(const CellShape *shape, const Kernels *kernels, Arena *arena) {
    Embedding embedding = {.batch = shape->batch,
                           .width = shape->input,
                           .precision = operand_precision(shape->streaming, shape->precision),
                           .kernels = kernels};
    size_t elements = shape->steps * shape->batch * shape->input;
    embedding.copies = arena_take(arena, elements, operand_size(embedding.precision));
    if (shape->training) {
        embedding.gradient = arena_take(arena, elements, sizeof(real));
    }
    return embedding;
}

void embedding_copy(const Embedding *embedding, const CellWindow *window, Member member) {
    size_t width = embedding->width;
    Range rows = member_share(member, window->steps * embedding->batch);
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *from = embedding->rows + window->ids[row] * width;
        if (embedding->precision == PRECISION_BF16) {
            embedding->kernels->round_to_bfloat16((bfloat16 *)embedding->copies + row * width, from, width);
        } else {
            memcpy((real *)embedding->copies + row * width, from, width * sizeof(real));
        }
    }
}

void embedding_scatter(const Embedding *embedding, const CellWindow *window, Member member) {
    size_t width = embedding->width;
    Range parts = member_share(member, COLUMN_PARTS);
    size_t begin = range_part(width, COLUMN_GRAIN, COLUMN_PARTS, parts.begin).begin;
    size_t end =
        parts.end > parts.begin ? range_part(width, COLUMN_GRAIN, COLUMN_PARTS, parts.end - 1).end : begin;
    for (size_t row = 0; row < window->steps * embedding->batch; row++) {
        embedding->kernels->add(window->embedding_gradient + window->ids[row] * width + begin,
                                embedding->gradient + row * width + begin, end - begin);
    }
}
