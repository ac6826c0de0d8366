/* Part of slstm.c, which alone includes it: what a layer of sLSTM cells has, and what its ways forward (slstm.c) and
 * back (slstm_back.h) share. */
#ifndef LETRA_MODEL_CELLS_SLSTM_LAYER_H
#define LETRA_MODEL_CELLS_SLSTM_LAYER_H

#include <string.h>

#include "math/vector_math.h"
#include "model/cells/norm.h"
#include "model/recurrence.h"
#include "model/residual_block.h"

enum {
    WEIGHT_IH = RECURRENCE_WEIGHT_IH,
    WEIGHT_HH = RECURRENCE_WEIGHT_HH,
    BIAS = RECURRENCE_BIAS_IH,
    UP_WEIGHT,
    DOWN_WEIGHT,
    NORM_WEIGHT, /* the norms' are the last ones, a vector of H each */
    NORM_BIAS,
    HEAD_NORM_WEIGHT,
    MLP_NORM_WEIGHT,
    MLP_NORM_BIAS,
    PARAMETERS
};

struct CellLayer {
    CellShape shape;
    const Kernels *kernels;
    size_t inner;                   /* I: columns of a and of b */
    const real *values[PARAMETERS]; /* as packed last */
    Recurrence *recurrence;
    ResidualBlock block;
    /* For each of T·B rows: */
    NormMoments *moments, *head_moments, *mlp_moments;
    real *normal;     /* H: LayerNorm(x) */
    real *middle;     /* H: s */
    void *mlp_normal; /* H operands: LayerNorm(s) */
    real *expanded;   /* a and b, slice after slice */
    void *gated;      /* gelu(a) ⊙ b, operands */
    real *reduced;    /* H, slice after slice: what W_down makes; on the way back its gradient */
    real *out;        /* H */
    void *operands;   /* the same as operands */
    /* Back: */
    void *expanded_gradient; /* of a and b, operands, slice after slice: `expanded` itself, or rounded */
    real *gated_gradient;
    real *mlp_gradient;    /* of LayerNorm(s) */
    real *middle_gradient; /* of s */
    real *h_gradient;
    real *normal_gradient; /* of LayerNorm(x) */
    real *sums;            /* for each part H for each norm's parameter */
    real *scratch;         /* for each member a row of H and a row of a and b */
};

static size_t scratch_size(const CellLayer *layer) {
    return layer->shape.hidden + UP_GATES * layer->inner;
}

/* The rows of one of the fixed parts of a window. */
static Range part_rows(const CellLayer *layer, const CellWindow *window, size_t part) {
    return range_part(window->steps * layer->shape.batch, 1, RESIDUAL_PARTS, part);
}

static real *scratch_of(const CellLayer *layer, Member member) {
    return layer->scratch + member.index * scratch_size(layer);
}

/* The window of the layer inside. */
static CellWindow inside_window(const CellLayer *layer, const CellWindow *window) {
    CellWindow inside = *window;
    inside.ids = NULL;
    inside.input = layer->normal;
    inside.output_gradient = layer->h_gradient;
    inside.input_gradient = layer->normal_gradient;
    inside.embedding_gradient = NULL;
    return inside;
}

/* gelu(x) = x Φ(x), by the tanh of Hendrycks & Gimpel 2016, section 2. Returns Φ(x) and its derivative. */
static inline real gelu_share(real x, real *derivative) {
    const real scale = (real)0.7978845608028654; /* √(2/π) */
    const real cubic = (real)0.044715;
    real t = vector_tanh(scale * (x + cubic * x * x * x));
    *derivative = (real)0.5 * (1 - t * t) * scale * (1 + 3 * cubic * x * x);
    return (real)0.5 + (real)0.5 * t;
}

#endif
