/* Part of slstm.c, which alone includes it: the way back through a layer of sLSTM cells. */
#ifndef LETRA_MODEL_CELLS_SLSTM_BACK_H
#define LETRA_MODEL_CELLS_SLSTM_BACK_H

#include "model/cells/slstm_layer.h"

/* The gradients of a slice in an array of operands, with zeros beyond the window's steps. */
static GradientRows start_gradients(const CellLayer *layer, const CellWindow *window, const Slices *slices,
                                    size_t slice, void *array) {
    size_t rows = layer->shape.steps * layer->shape.batch;
    GradientRows gradients = slices_gradient_rows(slices, slice, rows, layer->block.precision, array);
    gradient_rows_clear(&gradients, (Range){window->steps * layer->shape.batch, rows});
    return gradients;
}

/* The gradient of what W_down made of a slice is that of y. */
static void reduce_back(const CellLayer *layer, const CellWindow *window, size_t slice) {
    Range units = slices_units(&layer->block.down_slices, slice);
    GradientRows gradients = start_gradients(layer, window, &layer->block.down_slices, slice, layer->reduced);
    for (size_t row = 0; row < window->steps * layer->shape.batch; row++) {
        gradient_rows_put(&gradients, layer->kernels, row, 0,
                          window->output_gradient + row * layer->shape.hidden + units.begin, gradients.width);
    }
}

/* Back through gate_row: from the gradient of gelu(a) ⊙ b to those of a and b. */
static void gate_row_back(size_t count, const real *restrict expanded, const real *restrict dgated,
                          real *restrict gradients) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real a = expanded[k];
        real derivative = 0;
        real share = gelu_share(a, &derivative);
        gradients[k] = dgated[k] * expanded[count + k] * (share + a * derivative);
        gradients[count + k] = dgated[k] * a * share;
    }
}

static void expand_back(const CellLayer *layer, const CellWindow *window, size_t slice, real *scratch) {
    Range columns = slices_units(&layer->block.up_slices, slice);
    size_t count = columns.end - columns.begin;
    const real *expanded = layer->expanded + slices_offset(&layer->block.up_slices, slice,
                                                           layer->shape.steps * layer->shape.batch);
    GradientRows gradients =
        start_gradients(layer, window, &layer->block.up_slices, slice, layer->expanded_gradient);
    for (size_t row = 0; row < window->steps * layer->shape.batch; row++) {
        gate_row_back(count, expanded + row * UP_GATES * count,
                      layer->gated_gradient + row * layer->inner + columns.begin, scratch);
        gradient_rows_put(&gradients, layer->kernels, row, 0, scratch, gradients.width);
    }
}

/* A part's sum for the gradient of a norm's parameter. */
static real *sum_of(const CellLayer *layer, size_t part, size_t parameter) {
    size_t norms = PARAMETERS - NORM_WEIGHT;
    return layer->sums + (part * norms + parameter - NORM_WEIGHT) * layer->shape.hidden;
}

/* Back through add_memory, but for x. */
static void add_memory_back(const CellLayer *layer, const CellWindow *window, size_t part) {
    size_t hidden = layer->shape.hidden;
    size_t heads = layer->shape.heads;
    const real *h = recurrence_output(layer->recurrence);
    Range rows = part_rows(layer, window, part);
    for (size_t row = rows.begin; row < rows.end; row++) {
        size_t at = row * hidden;
        real *gradient = layer->middle_gradient + at;
        norm_layer_backward(layer->kernels, hidden, layer->mlp_moments[row], layer->middle + at,
                            layer->values[MLP_NORM_WEIGHT], layer->mlp_gradient + at, gradient,
                            sum_of(layer, part, MLP_NORM_WEIGHT), sum_of(layer, part, MLP_NORM_BIAS));
        layer->kernels->add(gradient, window->output_gradient + at, hidden);
        norm_heads_backward(heads, hidden / heads, layer->head_moments + row * heads, h + at,
                            layer->values[HEAD_NORM_WEIGHT], gradient, layer->h_gradient + at,
                            sum_of(layer, part, HEAD_NORM_WEIGHT));
    }
}

/* Back to x: through LayerNorm, and straight. */
static void normalize_back(const CellLayer *layer, const CellWindow *window, size_t part, real *scratch) {
    size_t hidden = layer->shape.hidden;
    real *dx = residual_block_input_gradient(&layer->block, window);
    Range rows = part_rows(layer, window, part);
    for (size_t row = rows.begin; row < rows.end; row++) {
        size_t at = row * hidden;
        norm_layer_backward(layer->kernels, hidden, layer->moments[row],
                            residual_block_input(&layer->block, window, row, scratch),
                            layer->values[NORM_WEIGHT], layer->normal_gradient + at, dx + at,
                            sum_of(layer, part, NORM_WEIGHT), sum_of(layer, part, NORM_BIAS));
        layer->kernels->add(dx + at, layer->middle_gradient + at, hidden);
    }
}

/* Adds the parts' sums, part after part, to the gradients of the member's parameters. */
static void add_sums(const CellLayer *layer, real *const *gradients, Member member) {
    Range share = member_share(member, PARAMETERS - NORM_WEIGHT);
    for (size_t k = NORM_WEIGHT + share.begin; k < NORM_WEIGHT + share.end; k++) {
        for (size_t part = 0; part < RESIDUAL_PARTS; part++) {
            layer->kernels->add(gradients[k], sum_of(layer, part, k), layer->shape.hidden);
        }
    }
}

static void slstm_backward(CellLayer *layer, const CellWindow *window, real *const *gradients,
                           Member member) {
    CellWindow inside = inside_window(layer, window);
    real *const recurrent[RECURRENCE_PARAMETERS] = {gradients[WEIGHT_IH], gradients[WEIGHT_HH],
                                                    gradients[BIAS], NULL};
    Range parts = member_share(member, RESIDUAL_PARTS);
    Range up = member_share(member, layer->block.up_slices.count);
    Range down = member_share(member, layer->block.down_slices.count);
    real *scratch = scratch_of(layer, member);
    for (size_t slice = down.begin; slice < down.end; slice++) {
        reduce_back(layer, window, slice);
    }
    team_barrier(member);
    projection_backward_window(layer->block.down, layer->reduced, layer->gated, layer->gated_gradient,
                               gradients[DOWN_WEIGHT], member);
    team_barrier(member);
    for (size_t slice = up.begin; slice < up.end; slice++) {
        expand_back(layer, window, slice, scratch);
    }
    team_barrier(member);
    projection_backward_window(layer->block.up, layer->expanded_gradient, layer->mlp_normal,
                               layer->mlp_gradient, gradients[UP_WEIGHT], member);
    team_barrier(member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        memset(sum_of(layer, part, NORM_WEIGHT), 0,
               (PARAMETERS - NORM_WEIGHT) * layer->shape.hidden * sizeof(real));
        add_memory_back(layer, window, part);
    }
    team_barrier(member);
    recurrence_backward(layer->recurrence, &inside, recurrent, member);
    for (size_t part = parts.begin; part < parts.end; part++) {
        normalize_back(layer, window, part, scratch);
    }
    team_barrier(member);
    add_sums(layer, gradients, member);
    residual_block_finish(&layer->block, window, member);
    team_barrier(member);
}

#endif
