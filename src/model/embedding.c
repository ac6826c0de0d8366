/* Rows of the embedding: see embedding.h. */
#include "model/embedding.h"

enum {
    COLUMN_PARTS = 16, /* into which columns are cut ... */
    COLUMN_GRAIN = 16  /* ... and what they are multiples of */
};

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

/* Copies a row through the window's dropout. */
static void drop_row(const Embedding *embedding, const RowDropout *dropout, size_t row, const real *from) {
    size_t width = embedding->width;
    uint64_t first = dropout_first(dropout, row, width);
    if (embedding->precision == PRECISION_BF16) {
        embedding->kernels->dropout_to_bfloat16((bfloat16 *)embedding->copies + row * width, from, width,
                                                &dropout->mask, first);
    } else {
        embedding->kernels->dropout((real *)embedding->copies + row * width, from, width, &dropout->mask,
                                    first);
    }
}

void embedding_copy(const Embedding *embedding, const CellWindow *window, Member member) {
    size_t width = embedding->width;
    Range rows = member_share(member, window->steps * embedding->batch);
    for (size_t row = rows.begin; row < rows.end; row++) {
        const real *from = embedding->rows + window->ids[row] * width;
        if (dropout_is_on(&window->input_dropout)) {
            drop_row(embedding, &window->input_dropout, row, from);
        } else {
            kernels_put_operands(embedding->kernels, embedding->precision, embedding->copies, row * width,
                                 from, width);
        }
    }
}

void embedding_scatter(const Embedding *embedding, const CellWindow *window, Member member) {
    size_t width = embedding->width;
    const RowDropout *dropout = &window->input_dropout;
    Range parts = member_share(member, COLUMN_PARTS);
    size_t begin = range_part(width, COLUMN_GRAIN, COLUMN_PARTS, parts.begin).begin;
    size_t end =
        parts.end > parts.begin ? range_part(width, COLUMN_GRAIN, COLUMN_PARTS, parts.end - 1).end : begin;
    for (size_t row = 0; row < window->steps * embedding->batch; row++) {
        real *gradient = embedding->gradient + row * width + begin;
        if (dropout_is_on(dropout)) {
            embedding->kernels->dropout(gradient, gradient, end - begin, &dropout->mask,
                                        dropout_first(dropout, row, width) + begin);
        }
        embedding->kernels->add(window->embedding_gradient + window->ids[row] * width + begin, gradient,
                                end - begin);
    }
}
