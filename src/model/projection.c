/* Projections in slices: see projection.h. */
#include "model/projection.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/matvec.h"

enum {
    ROW_PARTS = 16, /* parts of the rows in backward_rows ... */
    ROW_GRAIN = 32  /* ... and what they are multiples of */
};

/* A product with each part of the rows of a step: these have at most two sizes. */
typedef struct PartProducts {
    const Gemm *smaller;
    const Gemm *larger; /* by one row; NULL if all are alike */
} PartProducts;

/* What dy of one slice gives to dx of another, in a step. */
typedef struct StepProduct {
    PartProducts products;
    PackedMatrix *weights;
} StepProduct;

/* The products of one slice. */
typedef struct SliceProducts {
    Matvec *streamed; /* streaming: the only one */
    PartProducts forward;
    PackedMatrix *forward_weights;
    StepProduct *step;          /* backward: of each slice of its block, added up in that order */
    const Gemm *rows_packing;   /* backward: any of the products with parts of the rows */
    PackedMatrix *rows_weights; /* ... and the slice's rows of W for all of them */
    const Gemm *weights;        /* backward: the gradient */
} SliceProducts;

struct Projection {
    ProjectionShape shape;
    const Kernels *kernels;
    SliceProducts *slices;
    PackedMatrix *window;       /* x as the weight gradients read it; NULL: as it is */
    const Gemm **rows_products; /* [slice × ROW_PARTS]: backward_rows of a part of the rows */
    real *scratch; /* for each member gates·units × K of a slice, gate after gate; NULL when streaming */
};

/* Units of a head where W is in blocks; else all are of one. */
static size_t block_units(const ProjectionShape *shape) {
    return shape->blocks ? shape->slices.hidden / shape->slices.heads : shape->slices.hidden;
}

/* The slices of the same block. */
static Range block_slices(const ProjectionShape *shape, size_t slice) {
    const Slices *slices = &shape->slices;
    size_t cuts = slices->count / slices->heads;
    size_t first = slices_head(slices, slice) * cuts;
    return shape->blocks ? (Range){first, first + cuts} : (Range){0, slices->count};
}

/* The unit that the slice's block begins with. */
static size_t block_begin(const ProjectionShape *shape, size_t slice) {
    return shape->blocks ? slices_head(&shape->slices, slice) * block_units(shape) : 0;
}

/* From one row of x to the next. */
static size_t x_stride(const ProjectionShape *shape) {
    return shape->blocks ? shape->slices.hidden : shape->input;
}

/* The slice's columns of x. */
static const void *x_of_slice(const ProjectionShape *shape, size_t slice, const void *x) {
    Precision precision = operand_precision(shape->streaming, shape->precision);
    return operand_at(x, precision, block_begin(shape, slice));
}

static Range row_part(const Projection *projection, size_t part) {
    return range_part(projection->shape.gradient_rows, ROW_GRAIN, ROW_PARTS, part);
}

/* Makes the product for both sizes of the parts. */
static bool create_parts(PartProducts *products, const ProjectionShape *projection, GemmShape shape,
                         Compute *compute, Error *error) {
    size_t parts = projection->row_parts > 1 ? projection->row_parts : 1;
    shape.m = projection->rows / parts;
    products->smaller = gemm_get(compute->gemms, &shape, error);
    if (products->smaller == NULL || projection->rows % parts == 0) {
        return products->smaller != NULL;
    }
    shape.m++;
    products->larger = gemm_get(compute->gemms, &shape, error);
    return products->larger != NULL;
}

/* The product for so many rows. */
static const Gemm *product_for(const PartProducts *products, const ProjectionShape *projection, size_t rows) {
    bool larger = projection->row_parts > 1 && rows > projection->rows / projection->row_parts;
    return larger ? products->larger : products->smaller;
}

static bool create_forward(Projection *projection, size_t slice, Compute *compute, Arena *arena,
                           Error *error) {
    const ProjectionShape *shape = &projection->shape;
    SliceProducts *products = &projection->slices[slice];
    size_t width = slices_width(&shape->slices, slice);
    GemmShape forward = {
        .n = width,
        .k = shape->input,
        .a_row_stride = shape->input,
        .a_column_stride = 1,
        .b_row_stride = 1, /* Wᵀ: rows of W are columns of B */
        .b_column_stride = shape->input,
        .c_row_stride = width,
        .pack_b = true,
        .accumulate = shape->add_to_y,
        .precision = shape->precision,
    };
    if (!create_parts(&products->forward, shape, forward, compute, error)) {
        return false;
    }
    products->forward_weights = gemm_packed_create(products->forward.smaller, arena, error);
    return products->forward_weights != NULL;
}

static bool create_weights(Projection *projection, size_t slice, Compute *compute, Arena *arena,
                           Error *error) {
    const ProjectionShape *shape = &projection->shape;
    SliceProducts *products = &projection->slices[slice];
    size_t width = slices_width(&shape->slices, slice);
    GemmShape weights = {
        .m = width,
        .n = shape->input,
        .k = shape->gradient_rows,
        .a_row_stride = 1, /* dyᵀ */
        .a_column_stride = width,
        .b_row_stride = x_stride(shape),
        .b_column_stride = 1,
        .c_row_stride = shape->input,
        .precision = shape->precision,
    };
    weights.pack_b = weights.pack_window = gemm_packs_windows(shape->precision) && !shape->blocks;
    products->weights = gemm_get(compute->gemms, &weights, error);
    if (products->weights != NULL && weights.pack_window && projection->window == NULL) {
        projection->window = gemm_packed_create(products->weights, arena_of_turn(arena), error);
    }
    return products->weights != NULL && (!weights.pack_window || projection->window != NULL);
}

/* A product with dy of each slice of the block, as it lies in the window: one with all gates at once would need a copy
 * of every row of them in the order of W's. */
static bool create_step(Projection *projection, size_t slice, Compute *compute, Arena *arena, Error *error) {
    const ProjectionShape *shape = &projection->shape;
    Range units = slices_units(&shape->slices, slice);
    Range block = block_slices(shape, slice);
    StepProduct *products = memory_allocate(block.end - block.begin, sizeof *products, "slices", error);
    projection->slices[slice].step = products;
    for (size_t from = block.begin; products != NULL && from < block.end; from++) {
        StepProduct *product = &products[from - block.begin];
        size_t width = slices_width(&shape->slices, from);
        GemmShape step = {
            .n = units.end - units.begin,
            .k = width,
            .a_row_stride = width,
            .a_column_stride = 1,
            .b_row_stride = shape->input,
            .b_column_stride = 1,
            .c_row_stride = units.end - units.begin,
            .pack_b = true,
            .accumulate = from > block.begin,
            .precision = shape->precision,
        };
        if (!create_parts(&product->products, shape, step, compute, error)) {
            return false;
        }
        product->weights = gemm_packed_create(product->products.smaller, arena, error);
        if (product->weights == NULL) {
            return false;
        }
    }
    return products != NULL;
}

/* The products of one slice with each part of the rows: dx (part × K) from dy (part × gates·units). */
static bool create_rows(Projection *projection, size_t slice, Compute *compute, Arena *arena, Error *error) {
    const ProjectionShape *shape = &projection->shape;
    SliceProducts *products = &projection->slices[slice];
    size_t width = slices_width(&shape->slices, slice);
    GemmShape rows = {
        .n = shape->input,
        .k = width,
        .a_row_stride = width,
        .a_column_stride = 1,
        .b_row_stride = shape->input,
        .b_column_stride = 1,
        .c_row_stride = shape->input,
        .pack_b = true,
        .accumulate = shape->add_to_x_gradient || slice > 0,
        .precision = shape->precision,
    };
    for (size_t part = 0; part < ROW_PARTS; part++) {
        Range range = row_part(projection, part);
        rows.m = range.end - range.begin;
        if (rows.m == 0) {
            continue;
        }
        const Gemm *product = gemm_get(compute->gemms, &rows, error);
        if (product == NULL) {
            return false;
        }
        projection->rows_products[slice * ROW_PARTS + part] = product;
        products->rows_packing = product;
    }
    products->rows_weights = gemm_packed_create(products->rows_packing, arena, error);
    return products->rows_weights != NULL;
}

static bool create_streamed(Projection *projection, size_t slice, Compute *compute, Arena *arena,
                            Error *error) {
    const ProjectionShape *shape = &projection->shape;
    MatvecShape streamed = {.rows = slices_width(&shape->slices, slice),
                            .columns = shape->input,
                            .precision = shape->precision,
                            .add_to_y = shape->add_to_y};
    projection->slices[slice].streamed = matvec_create(&streamed, compute->instruction_set, arena, error);
    return projection->slices[slice].streamed != NULL;
}

static bool create_slice(Projection *projection, size_t slice, Compute *compute, Arena *arena, Error *error) {
    const ProjectionShape *shape = &projection->shape;
    if (shape->streaming) {
        return create_streamed(projection, slice, compute, arena, error);
    }
    return create_forward(projection, slice, compute, arena, error) &&
           (shape->gradient_rows == 0 || create_weights(projection, slice, compute, arena, error)) &&
           (shape->input_gradient != INPUT_GRADIENT_STEP ||
            create_step(projection, slice, compute, arena, error)) &&
           (shape->input_gradient != INPUT_GRADIENT_WINDOW ||
            create_rows(projection, slice, compute, arena, error));
}

/* Elements of the largest slice's rows of W, or, where W is in blocks, of what a product with one of them reads. */
static size_t scratch_size(const Projection *projection) {
    const ProjectionShape *shape = &projection->shape;
    size_t widest = shape->blocks ? shape->rows : 0;
    for (size_t slice = 0; slice < shape->slices.count; slice++) {
        size_t width = slices_width(&shape->slices, slice);
        widest = width > widest ? width : widest;
    }
    return widest * shape->input;
}

static real *scratch_of(const Projection *projection, Member member) {
    return projection->scratch + member.index * scratch_size(projection);
}

Projection *projection_create(const ProjectionShape *shape, Compute *compute, Arena *arena, Error *error) {
    Projection *projection = memory_allocate(1, sizeof *projection, "a projection", error);
    if (projection == NULL) {
        return NULL;
    }
    size_t slices = shape->slices.count;
    projection->shape = *shape;
    projection->kernels = compute->kernels;
    if (!shape->streaming) {
        projection->scratch =
            arena_take(arena_of_turn(arena), compute->threads * scratch_size(projection), sizeof(real));
    }
    projection->slices = memory_allocate(slices, sizeof *projection->slices, "slices", error);
    projection->rows_products = memory_allocate(slices * ROW_PARTS, sizeof(Gemm *), "slices", error);
    bool good = projection->slices != NULL && projection->rows_products != NULL;
    for (size_t slice = 0; good && slice < slices; slice++) {
        good = create_slice(projection, slice, compute, arena, error);
    }
    if (!good) {
        projection_free(projection);
        return NULL;
    }
    return projection;
}

void projection_free(Projection *projection) {
    if (projection == NULL) {
        return;
    }
    for (size_t slice = 0; projection->slices != NULL && slice < projection->shape.slices.count; slice++) {
        SliceProducts *products = &projection->slices[slice];
        Range block = block_slices(&projection->shape, slice);
        for (size_t k = 0; products->step != NULL && k < block.end - block.begin; k++) {
            gemm_packed_free(products->step[k].weights);
        }
        free(products->step);
        gemm_packed_free(products->forward_weights);
        gemm_packed_free(products->rows_weights);
        matvec_free(products->streamed);
    }
    gemm_packed_free(projection->window);
    free(projection->slices);
    free(projection->rows_products);
    free(projection);
}

/* Copies the rows of W of some units, gate after gate. */
static void order_rows(const Projection *projection, Range units, const real *weights, real *ordered) {
    const Slices *slices = &projection->shape.slices;
    size_t input = projection->shape.input;
    size_t count = units.end - units.begin;
    for (size_t gate = 0; gate < slices->gates; gate++) {
        memcpy(ordered + gate * count * input, weights + (gate * slices->hidden + units.begin) * input,
               count * input * sizeof(real));
    }
}

/* Each gate is a block of rows. */
static void pack_streamed(Projection *projection, const real *weights, Range share) {
    const Slices *slices = &projection->shape.slices;
    for (size_t slice = share.begin; slice < share.end; slice++) {
        Range units = slices_units(slices, slice);
        matvec_pack(projection->slices[slice].streamed, weights + units.begin * projection->shape.input,
                    units.end - units.begin, slices->hidden);
    }
}

/* For steps back: the slice's rows of W, in the parts that read the units of each slice of its block. */
static void pack_step(const Projection *projection, size_t slice, const real *ordered, Member member) {
    const ProjectionShape *shape = &projection->shape;
    Range block = block_slices(shape, slice);
    for (size_t to = block.begin; to < block.end; to++) {
        const StepProduct *product = &projection->slices[to].step[slice - block.begin];
        size_t first = slices_units(&shape->slices, to).begin - block_begin(shape, slice);
        gemm_pack(product->products.smaller, product->weights, ordered + first, member);
    }
}

void projection_pack(Projection *projection, const real *weights, Member member) {
    const Slices *slices = &projection->shape.slices;
    Range share = member_share(member, slices->count);
    if (projection->shape.streaming) {
        pack_streamed(projection, weights, share);
        return;
    }
    real *ordered = scratch_of(projection, member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        const SliceProducts *products = &projection->slices[slice];
        order_rows(projection, slices_units(slices, slice), weights, ordered);
        gemm_pack(products->forward.smaller, products->forward_weights, ordered, member);
        if (products->rows_weights != NULL) {
            gemm_pack(products->rows_packing, products->rows_weights, ordered, member);
        }
        if (products->step != NULL) {
            pack_step(projection, slice, ordered, member);
        }
    }
}

/* The columns of x that a product with a block reads, one row after the other: with gaps between them oneDNN 2.6 has
 * nothing for a packed matrix but its reference, which is a hundred times slower. */
static const void *close_gaps(const Projection *projection, const void *x, size_t rows, Member member) {
    const ProjectionShape *shape = &projection->shape;
    if (!shape->blocks) {
        return x;
    }
    size_t size = operand_size(shape->precision);
    char *dense = (char *)scratch_of(projection, member);
    for (size_t row = 0; row < rows; row++) {
        memcpy(dense + row * shape->input * size, (const char *)x + row * x_stride(shape) * size,
               shape->input * size);
    }
    return dense;
}

void projection_forward(const Projection *projection, size_t slice, const void *x, real *y, size_t rows,
                        Member member) {
    const ProjectionShape *shape = &projection->shape;
    const SliceProducts *products = &projection->slices[slice];
    const void *part = x_of_slice(shape, slice, x);
    size_t width = slices_width(&shape->slices, slice);
    if (products->streamed == NULL) {
        part = close_gaps(projection, part, rows, member);
        gemm_run_packed(product_for(&products->forward, shape, rows), part, products->forward_weights, y,
                        member);
    } else if (shape->blocks) { /* the rows of a part of x do not lie one after the other */
        for (size_t row = 0; row < rows; row++) {
            matvec_run(products->streamed, (const real *)part + row * x_stride(shape), y + row * width, width,
                       1);
        }
    } else {
        matvec_run(products->streamed, part, y, width, rows);
    }
}

void projection_backward_step(const Projection *projection, size_t slice, const void *dy, size_t first,
                              real *dx, size_t rows, Member member) {
    const ProjectionShape *shape = &projection->shape;
    Range block = block_slices(shape, slice);
    GemmTerm terms[GEMM_TERMS_MAX];
    size_t count = 0;
    for (size_t from = block.begin; from < block.end; from++) {
        const StepProduct *product = &projection->slices[slice].step[from - block.begin];
        const void *slice_dy =
            slices_gradient(&shape->slices, from, shape->gradient_rows, shape->precision, dy);
        terms[count++] =
            (GemmTerm){product_for(&product->products, shape, rows),
                       operand_at(slice_dy, shape->precision, first * slices_width(&shape->slices, from)),
                       product->weights};
        if (count == GEMM_TERMS_MAX || from + 1 == block.end) {
            gemm_run_sum(terms, count, dx, member);
            count = 0;
        }
    }
}

void projection_take_window(const Projection *projection, const void *x, Member member) {
    if (projection->window != NULL) {
        gemm_pack_window(projection->slices[0].weights, projection->window, x, member);
    }
}

void projection_backward_weights(const Projection *projection, size_t slice, const void *dy, const void *x,
                                 real *weight_gradient, Member member) {
    const Slices *slices = &projection->shape.slices;
    const SliceProducts *products = &projection->slices[slice];
    size_t input = projection->shape.input;
    Range units = slices_units(slices, slice);
    size_t count = units.end - units.begin;
    real *sum = scratch_of(projection, member);
    if (projection->window != NULL) {
        gemm_run_packed(products->weights, dy, projection->window, sum, member);
    } else {
        gemm_run(products->weights, dy, x_of_slice(&projection->shape, slice, x), sum, member);
    }
    for (size_t gate = 0; gate < slices->gates; gate++) {
        projection->kernels->add(weight_gradient + (gate * slices->hidden + units.begin) * input,
                                 sum + gate * count * input, count * input);
    }
}

/* All of dx from all of dy: every member takes some of the rows. */
static void backward_rows(const Projection *projection, const void *dy, real *dx, Member member) {
    const ProjectionShape *shape = &projection->shape;
    Range parts = member_share(member, ROW_PARTS);
    for (size_t part = parts.begin; part < parts.end; part++) {
        Range rows = row_part(projection, part);
        for (size_t slice = 0; rows.begin < rows.end && slice < shape->slices.count; slice++) {
            const void *slice_dy =
                slices_gradient(&shape->slices, slice, shape->gradient_rows, shape->precision, dy);
            size_t first = rows.begin * slices_width(&shape->slices, slice);
            gemm_run_packed(projection->rows_products[slice * ROW_PARTS + part],
                            operand_at(slice_dy, shape->precision, first),
                            projection->slices[slice].rows_weights, dx + rows.begin * shape->input, member);
        }
    }
}

void projection_backward_window(const Projection *projection, const void *dy, const void *x, real *dx,
                                real *weight_gradient, Member member) {
    const ProjectionShape *shape = &projection->shape;
    Range share = member_share(member, shape->slices.count);
    projection_take_window(projection, x, member);
    team_barrier(member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        const void *slice_dy =
            slices_gradient(&shape->slices, slice, shape->gradient_rows, shape->precision, dy);
        projection_backward_weights(projection, slice, slice_dy, x, weight_gradient, member);
    }
    backward_rows(projection, dy, dx, member);
}
