/* The block around an xLSTM cell: see residual_block.h. */
#include "model/residual_block.h"

/* A product over the whole window. */
static Projection *create_product(const CellShape *shape, const Slices *slices, size_t input, size_t rows,
                                  Compute *compute, Arena *arena, Error *error) {
    ProjectionShape product = {
        .slices = *slices,
        .input = input,
        .rows = rows,
        .gradient_rows = shape->training ? rows : 0,
        .input_gradient = shape->training ? INPUT_GRADIENT_WINDOW : INPUT_GRADIENT_NONE,
        .streaming = shape->streaming,
        .precision = shape->precision,
    };
    return projection_create(&product, compute, arena, error);
}

bool residual_block_create(ResidualBlock *block, const CellShape *shape, size_t inner, size_t rows,
                           Compute *compute, Arena *arena, Error *error) {
    *block = (ResidualBlock){.hidden = shape->hidden,
                             .kernels = compute->kernels,
                             .precision = operand_precision(shape->streaming, shape->precision),
                             .first = shape->vocab > 0,
                             .up_slices = slices_create(inner, UP_GATES, 1),
                             .down_slices = slices_create(shape->hidden, 1, 1)};
    if (block->first) {
        block->embedding = embedding_create(shape, compute->kernels, arena);
    }
    block->up = create_product(shape, &block->up_slices, shape->hidden, rows, compute, arena, error);
    if (block->up != NULL) {
        block->down = create_product(shape, &block->down_slices, inner, rows, compute, arena, error);
    }
    return block->down != NULL;
}

void residual_block_free(ResidualBlock *block) {
    projection_free(block->up);
    projection_free(block->down);
}

void residual_block_pack(ResidualBlock *block, const real *up, const real *down, const real *embedding,
                         Member member) {
    if (member.index == 0) {
        block->embedding.rows = embedding;
    }
    projection_pack(block->up, up, member);
    projection_pack(block->down, down, member);
}

void residual_block_start(const ResidualBlock *block, const CellWindow *window, Member member) {
    if (block->first) {
        embedding_copy(&block->embedding, window, member);
        team_barrier(member);
    }
}

const real *residual_block_input(const ResidualBlock *block, const CellWindow *window, size_t row,
                                 real *scratch) {
    const void *x = block->first ? block->embedding.copies : window->input;
    return kernels_read_operands(block->kernels, block->precision, x, row * block->hidden, scratch,
                                 block->hidden);
}

real *residual_block_input_gradient(const ResidualBlock *block, const CellWindow *window) {
    return block->first ? block->embedding.gradient : window->input_gradient;
}

void residual_block_finish(const ResidualBlock *block, const CellWindow *window, Member member) {
    if (block->first) {
        embedding_scatter(&block->embedding, window, member);
    }
}

void residual_block_put(const ResidualBlock *block, void *operands, size_t at, const real *values,
                        size_t count) {
    kernels_put_operands(block->kernels, block->precision, operands, at, values, count);
}
