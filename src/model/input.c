/* The input side of a gated layer: see input.h. */
#include "model/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/embedding.h"

enum {
    TABLE_ROWS = 1024 /* vocabularies up to this size always get a table */
};

typedef enum InputKind {
    INPUT_NUMBERS,  /* x comes from the layer below */
    INPUT_TABLE,    /* rows of E·W_ihᵀ */
    INPUT_ONE_HOT,  /* rows of W_ihᵀ */
    INPUT_EMBEDDING /* x is copied from the embedding */
} InputKind;

struct Input {
    CellShape shape;
    Slices slices;
    InputKind kind;
    bool by_steps;       /* products are made step by step */
    Precision precision; /* of x and dy */
    const Kernels *kernels;
    Projection *projection; /* NULL for one-hot vectors */
    Embedding embedding;    /* its arrays only where x is copied from it */
    real *table;            /* V rows of gates·H, slice after slice */
    real *table_gradient;   /* the same */
};

static InputKind input_kind(const CellShape *shape) {
    if (shape->vocab == 0) {
        return INPUT_NUMBERS;
    }
    if (!shape->embedded) {
        return INPUT_ONE_HOT;
    }
    if (shape->input_dropout) {
        return INPUT_EMBEDDING;
    }
    size_t rows = shape->streaming ? 0 : shape->steps * shape->batch; /* the way must not depend on them */
    return shape->vocab <= TABLE_ROWS || shape->vocab <= rows ? INPUT_TABLE : INPUT_EMBEDDING;
}

static size_t columns_of(const Input *input) {
    return input->slices.gates * input->slices.hidden;
}

static void take_arrays(Input *input, Arena *arena) {
    const CellShape *shape = &input->shape;
    if (input->kind == INPUT_TABLE || input->kind == INPUT_ONE_HOT) {
        input->table = arena_take(arena, shape->vocab * columns_of(input), sizeof(real));
        if (shape->training) {
            input->table_gradient = arena_take(arena, shape->vocab * columns_of(input), sizeof(real));
        }
    }
    if (input->kind == INPUT_EMBEDDING) {
        input->embedding = embedding_create(shape, input->kernels, arena);
    }
}

Input *input_create(const CellShape *shape, const Slices *slices, size_t step_parts, Compute *compute,
                    Arena *arena, Error *error) {
    Input *input = memory_allocate(1, sizeof *input, "the input of a layer", error);
    if (input == NULL) {
        return NULL;
    }
    input->shape = *shape;
    input->slices = *slices;
    input->kind = input_kind(shape);
    input->precision = operand_precision(shape->streaming, shape->precision);
    input->kernels = compute->kernels;
    take_arrays(input, arena);
    if (input->kind == INPUT_ONE_HOT) {
        return input;
    }
    size_t rows = input->kind == INPUT_TABLE ? shape->vocab : shape->steps * shape->batch;
    input->by_steps = input->kind != INPUT_TABLE && step_parts > 0;
    ProjectionShape projection = {
        .slices = *slices,
        .input = shape->input,
        .rows = input->by_steps ? shape->batch : rows,
        .row_parts = input->by_steps ? step_parts : 0,
        .gradient_rows = shape->training ? rows : 0,
        .input_gradient = shape->training ? INPUT_GRADIENT_WINDOW : INPUT_GRADIENT_NONE,
        .add_to_x_gradient = input->kind == INPUT_TABLE, /* straight into the embedding's gradient */
        .streaming = shape->streaming,
        /* The table is made once: nothing is gained by making it less exact. */
        .precision = input->kind == INPUT_TABLE ? PRECISION_F32 : shape->precision,
    };
    input->projection = projection_create(&projection, compute, arena, error);
    if (input->projection == NULL) {
        input_free(input);
        return NULL;
    }
    return input;
}

void input_free(Input *input) {
    if (input != NULL) {
        projection_free(input->projection);
        free(input);
    }
}

/* The slice's part of an array of `rows` rows. */
static size_t part_of(const Input *input, size_t slice, size_t rows) {
    return slices_offset(&input->slices, slice, rows);
}

/* One-hot vectors: the row of W_ih (gates·H × V) that is column `column` of the slice's part of the table. */
static size_t weight_row(const Input *input, size_t slice, size_t column) {
    Range units = slices_units(&input->slices, slice);
    size_t count = units.end - units.begin;
    return column / count * input->slices.hidden + units.begin + column % count;
}

/* One-hot vectors: makes the slice's part of the table, which is W_ih transposed. */
static void transpose_weights(const Input *input, size_t slice, const real *weights) {
    size_t vocab = input->shape.vocab;
    size_t width = slices_width(&input->slices, slice);
    real *table = input->table + part_of(input, slice, vocab);
    for (size_t column = 0; column < width; column++) {
        const real *row = weights + weight_row(input, slice, column) * vocab;
        for (size_t v = 0; v < vocab; v++) {
            table[v * width + column] = row[v];
        }
    }
}

/* The way back: adds the slice's part of the table's gradient, times the scale, to W_ih's. */
static void add_transposed(const Input *input, size_t slice, real scale, real *weight_gradient) {
    size_t vocab = input->shape.vocab;
    size_t width = slices_width(&input->slices, slice);
    const real *gradient = input->table_gradient + part_of(input, slice, vocab);
    for (size_t column = 0; column < width; column++) {
        real *row = weight_gradient + weight_row(input, slice, column) * vocab;
        for (size_t v = 0; v < vocab; v++) {
            row[v] += scale * gradient[v * width + column];
        }
    }
}

void input_pack(Input *input, const real *weights, const real *embedding, Member member) {
    Range share = member_share(member, input->slices.count);
    if (member.index == 0) {
        input->embedding.rows = embedding;
    }
    if (input->projection != NULL) {
        projection_pack(input->projection, weights, member);
    }
    for (size_t slice = share.begin; slice < share.end; slice++) {
        if (input->kind == INPUT_TABLE) {
            projection_forward(input->projection, slice, embedding,
                               input->table + part_of(input, slice, input->shape.vocab), input->shape.vocab,
                               member);
        } else if (input->kind == INPUT_ONE_HOT) {
            transpose_weights(input, slice, weights);
        }
    }
    team_barrier(member);
}

void input_forward(Input *input, const CellWindow *window, real *y, Member member) {
    if (input->kind == INPUT_TABLE || input->kind == INPUT_ONE_HOT) {
        return;
    }
    const void *x = window->input;
    if (input->kind == INPUT_EMBEDDING) {
        embedding_copy(&input->embedding, window, member);
        team_barrier(member);
        x = input->embedding.copies;
    }
    Range share = member_share(member, input->by_steps ? 0 : input->slices.count);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        projection_forward(input->projection, slice, x,
                           y + part_of(input, slice, input->shape.steps * input->shape.batch),
                           window->steps * input->shape.batch, member);
    }
}

/* What dropout leaves of the one in the one-hot vector of row t·B + b. */
static real dropped_one(const Input *input, const CellWindow *window, size_t row) {
    const RowDropout *dropout = &window->input_dropout;
    real one = 1;
    if (dropout_is_on(dropout)) {
        uint64_t element = dropout_first(dropout, row, input->shape.vocab) + window->ids[row];
        input->kernels->dropout(&one, &one, 1, &dropout->mask, element);
    }
    return one;
}

/* The product with the rows of one step. */
static void multiply_step(const Input *input, const CellWindow *window, size_t t, size_t slice, Range streams,
                          real *y, Member member) {
    const void *x = input->kind == INPUT_EMBEDDING ? input->embedding.copies : window->input;
    size_t first = (t * input->shape.batch + streams.begin) * input->shape.input;
    projection_forward(input->projection, slice, operand_at(x, input->precision, first), y,
                       streams.end - streams.begin, member);
}

void input_forward_step(const Input *input, const CellWindow *window, size_t t, size_t slice, Range streams,
                        real *y, Member member) {
    if (input->table == NULL) {
        if (input->by_steps) {
            multiply_step(input, window, t, slice, streams, y, member);
        }
        return;
    }
    const real *table = input->table + part_of(input, slice, input->shape.vocab);
    size_t width = slices_width(&input->slices, slice);
    for (size_t b = streams.begin; b < streams.end; b++, y += width) {
        size_t row = t * input->shape.batch + b;
        real one = dropped_one(input, window, row);
        memcpy(y, table + window->ids[row] * width, width * sizeof(real));
        for (size_t k = 0; one != 1 && k < width; k++) {
            y[k] *= one;
        }
    }
}

/* Sums the slice's dy by symbol into its part of the table's gradient, but for those that dropout left out. */
static void sum_by_symbol(Input *input, const CellWindow *window, size_t slice, const void *dy) {
    size_t width = slices_width(&input->slices, slice);
    real *sums = input->table_gradient + part_of(input, slice, input->shape.vocab);
    const void *rows =
        slices_gradient(&input->slices, slice, input->shape.steps * input->shape.batch, input->precision, dy);
    memset(sums, 0, input->shape.vocab * width * sizeof(real));
    for (size_t row = 0; row < window->steps * input->shape.batch; row++) {
        real *sum = sums + window->ids[row] * width;
        if (dropped_one(input, window, row) == 0) {
            continue;
        }
        if (input->precision == PRECISION_BF16) {
            input->kernels->add_bfloat16(sum, (const bfloat16 *)rows + row * width, width);
        } else {
            input->kernels->add(sum, (const real *)rows + row * width, width);
        }
    }
}

static void backward_table(Input *input, const CellWindow *window, const void *dy, real *weight_gradient,
                           Member member) {
    Range share = member_share(member, input->slices.count);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        sum_by_symbol(input, window, slice, dy);
        if (input->kind == INPUT_ONE_HOT) {
            add_transposed(input, slice, dropout_scale(&window->input_dropout), weight_gradient);
        }
    }
    if (input->kind == INPUT_TABLE) {
        team_barrier(member);
        projection_backward_window(input->projection, input->table_gradient, input->embedding.rows,
                                   window->embedding_gradient, weight_gradient, member);
    }
}

void input_backward(Input *input, const CellWindow *window, const void *dy, real *weight_gradient,
                    Member member) {
    if (input->table != NULL) {
        backward_table(input, window, dy, weight_gradient, member);
        team_barrier(member);
        return;
    }
    bool embedded = input->kind == INPUT_EMBEDDING;
    const void *x = embedded ? input->embedding.copies : window->input;
    real *dx = embedded ? input->embedding.gradient : window->input_gradient;
    projection_backward_window(input->projection, dy, x, dx, weight_gradient, member);
    team_barrier(member);
    if (embedded) {
        embedding_scatter(&input->embedding, window, member);
        team_barrier(member);
    }
}
