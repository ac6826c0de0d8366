/* Part of mlstm.c, which alone includes it: the memory of one head over a chunk of steps. The equations of a step are
 * at the top of that file; C has a row for each element of the key here, so that it is read by a product with q from
 * the left. Of L steps at once, what step t reads is a sum over the steps s up to t, and over what was in memory before
 * the chunk:
 *
 *     F_t = Σ_{r <= t} log f_r          D_ts = exp(F_t - F_s + ĩ_s - m_t)        a_t = exp(F_t + m_before - m_t)
 *     W = D ⊙ (Q Kᵀ)                    H̃ = W V + a ⊙ (Q C_before)               den = W 1 + a ⊙ (Q n_before)
 *     h_t = h̃_t / max(|den_t|, exp(-m_t))
 *
 * and what is in memory after it is a sum of the same kind (Beck et al. 2024, appendix A.3; the chunks as in Yang et
 * al. 2023, "Gated Linear Attention Transformers with Hardware-Efficient Training", section 4). So a chunk is a few
 * products. Where a text begins in a chunk, D_ts is zero for the steps before it, and so is a_t.
 *
 * m only keeps numbers in range: h does not depend on it. The way back therefore takes it as constant, and a gradient
 * reaches F and ĩ through the logarithms of D and a alone.
 *
 * Where the letters are:
 *
 *     Q, K, V, H̃       MemoryChunk.q, .k, .v, .h      L × d, rows apart by MemoryShape.row, those of h by .inner
 *     ĩ, log f         MemoryChunk.gates              ĩ is read as it is, log f = log σ(f̃) by memory_scan
 *     D, W             MemoryChunk.decay, .weights    L × L
 *     a, 1 / max(...)  MemoryStep.recall, .inverse    one for each step
 *     C, n, m          MemoryState.memory, .normalizer, .stabilizer
 *     F_t, m_t         in differences: MemoryScan.gain[s] = ĩ_s - F_s and .limit[t] = m_t - F_t
 */
#ifndef LETRA_MODEL_CELLS_MLSTM_MEMORY_H
#define LETRA_MODEL_CELLS_MLSTM_MEMORY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "math/compute.h"
#include "math/vector_math.h"

enum { CHUNK_MOST = 64 }; /* steps: with more, the products with D cost more than those with C save */

/* The products of a chunk of L steps and a head of width d. */
typedef struct MemoryProducts {
    const Gemm *scores;         /* L×L: Q Kᵀ */
    const Gemm *reading;        /* L×d: W V */
    const Gemm *recalling;      /* L×d, added: a ⊙ Q · C */
    const Gemm *writing;        /* d×d, added: (b ⊙ K)ᵀ V */
    const Gemm *weights_back;   /* L×L: dH̃ Vᵀ */
    const Gemm *values_back;    /* L×d: Wᵀ dH̃ */
    const Gemm *queries_back;   /* L×d, added: dS K */
    const Gemm *keys_back;      /* L×d: dSᵀ Q */
    const Gemm *recall_back;    /* L×d: dH̃ Cᵀ */
    const Gemm *memory_back;    /* d×d: (a ⊙ Q)ᵀ dH̃ ... */
    const Gemm *memory_added;   /* ... and the same, added */
    const Gemm *written_values; /* L×d: K dC */
    const Gemm *written_keys;   /* L×d: V dCᵀ */
} MemoryProducts;

/* The sizes of a chunk and how its rows lie. */
typedef struct MemoryShape {
    size_t steps;       /* L */
    size_t width;       /* d */
    size_t row;         /* elements between the q, k and v of one step and those of the next */
    size_t inner;       /* the same of h */
    size_t gates;       /* the same of gates: ĩ of all heads, then f̃ of all heads */
    size_t reset_steps; /* the same of resets */
} MemoryShape;

/* What carries a head from one step to the next. */
typedef struct MemoryState {
    real *memory;     /* d × d: C */
    real *normalizer; /* d: n */
    real *stabilizer; /* m */
} MemoryState;

/* What the way back needs of a step. */
typedef struct MemoryStep {
    real recall;  /* a_t */
    real inverse; /* 1 / max(|den|, exp(-m)) */
    real slope;   /* of that maximum by den: 0 or ±1 */
} MemoryStep;

/* One head of one stream in one chunk; the way back follows the way forward over the same one. */
typedef struct MemoryChunk {
    size_t steps; /* of this chunk: at most L */
    const uint8_t *reset;
    const real *q, *k, *v;
    const real *gates; /* ĩ of the head, and `heads` elements behind it f̃ */
    size_t heads;
    real *h;
    real *decay;   /* L × L: D */
    real *weights; /* L × L: W */
    MemoryStep *kept;
    real *scratch; /* memory_scratch_size() */
} MemoryChunk;

static inline size_t memory_scratch_size(const MemoryShape *shape) {
    return shape->steps * (3 * shape->width + shape->steps);
}

static inline bool memory_get(const Gemm **product, Compute *compute, GemmShape shape, Error *error) {
    *product = gemm_get(compute->gemms, &shape, error);
    return *product != NULL;
}

/* The rows of `shape` that a product reads are `a` elements apart in A, `b` in B and `c` in C; the name says how A and
 * B are to be turned. */
static inline GemmShape memory_plain(size_t m, size_t n, size_t k, size_t a, size_t b, size_t c) {
    return (GemmShape){.m = m,
                       .n = n,
                       .k = k,
                       .a_row_stride = a,
                       .a_column_stride = 1,
                       .b_row_stride = b,
                       .b_column_stride = 1,
                       .c_row_stride = c};
}

static inline GemmShape memory_a_turned(size_t m, size_t n, size_t k, size_t a, size_t b, size_t c) {
    GemmShape shape = memory_plain(m, n, k, 1, b, c);
    shape.a_column_stride = a;
    return shape;
}

static inline GemmShape memory_b_turned(size_t m, size_t n, size_t k, size_t a, size_t b, size_t c) {
    GemmShape shape = memory_plain(m, n, k, a, 1, c);
    shape.b_column_stride = b;
    return shape;
}

static inline GemmShape memory_adding(GemmShape shape) {
    shape.accumulate = true;
    return shape;
}

static inline bool memory_products_create(MemoryProducts *products, const MemoryShape *shape, bool training,
                                          Compute *compute, Error *error) {
    size_t l = shape->steps;
    size_t d = shape->width;
    size_t row = shape->row;
    size_t inner = shape->inner;
    bool good =
        memory_get(&products->scores, compute, memory_b_turned(l, l, d, row, row, l), error) &&
        memory_get(&products->reading, compute, memory_plain(l, d, l, l, row, inner), error) &&
        memory_get(&products->recalling, compute, memory_adding(memory_plain(l, d, d, d, d, inner)), error) &&
        memory_get(&products->writing, compute, memory_adding(memory_a_turned(d, d, l, d, row, d)), error);
    if (!good || !training) {
        return good;
    }
    return memory_get(&products->weights_back, compute, memory_b_turned(l, l, d, d, row, l), error) &&
           memory_get(&products->values_back, compute, memory_a_turned(l, d, l, l, d, row), error) &&
           memory_get(&products->queries_back, compute, memory_adding(memory_plain(l, d, l, l, row, row)),
                      error) &&
           memory_get(&products->keys_back, compute, memory_a_turned(l, d, l, l, row, row), error) &&
           memory_get(&products->recall_back, compute, memory_b_turned(l, d, d, d, d, d), error) &&
           memory_get(&products->memory_back, compute, memory_a_turned(d, d, l, d, d, d), error) &&
           memory_get(&products->memory_added, compute, memory_adding(memory_a_turned(d, d, l, d, d, d)),
                      error) &&
           memory_get(&products->written_values, compute, memory_plain(l, d, d, row, d, d), error) &&
           memory_get(&products->written_keys, compute, memory_b_turned(l, d, d, row, d, d), error);
}

/* --- loops over vectors --- */

/* Not inline: gcc 12 makes numbers one by one of a sum that it puts into some loops. */
static __attribute__((noinline)) real memory_dot(size_t count, const real *restrict x,
                                                 const real *restrict y) {
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        sum += x[k] * y[k];
    }
    return sum;
}

/* y = scale x */
static inline void memory_scale(size_t count, real scale, const real *x, real *y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] = scale * x[k];
    }
}

/* y += scale x */
static inline void memory_add(size_t count, real scale, const real *restrict x, real *restrict y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        y[k] += scale * x[k];
    }
}

/* --- the gates of a chunk --- */

/* The exponents of D and a: D_ts = exp(gain_s - limit_t) for start_t <= s <= t, and a_t = exp(before - limit_t). They
 * are sums over a chunk whose differences matter, hence doubles. */
typedef struct MemoryScan {
    double gain[CHUNK_MOST];       /* ĩ_s - F_s */
    double limit[CHUNK_MOST];      /* m_t - F_t */
    double stabilizer[CHUNK_MOST]; /* m_t */
    size_t start[CHUNK_MOST];      /* the first step of the text that step t belongs to */
    bool begins[CHUNK_MOST];       /* a text begins at t */
    size_t reachable;              /* steps that memory from before the chunk reaches */
} MemoryScan;

static inline bool memory_begins(const MemoryShape *shape, const MemoryChunk *chunk, size_t t) {
    return chunk->reset != NULL && chunk->reset[t * shape->reset_steps] != 0;
}

static inline void memory_scan(const MemoryShape *shape, const MemoryChunk *chunk, real before,
                               MemoryScan *scan) {
    double total = 0;
    double stabilizer = (double)before;
    size_t start = 0;
    scan->reachable = chunk->steps;
    for (size_t t = 0; t < chunk->steps; t++) {
        const real *gates = chunk->gates + t * shape->gates;
        double input = (double)gates[0];
        double forget = (double)vector_log_sigmoid(gates[chunk->heads]);
        scan->begins[t] = memory_begins(shape, chunk, t);
        if (scan->begins[t]) {
            scan->reachable = t < scan->reachable ? t : scan->reachable;
            start = t;
            stabilizer = 0;
        }
        total += forget;
        stabilizer = fmax(forget + stabilizer, input);
        scan->gain[t] = input - total;
        scan->limit[t] = stabilizer - total;
        scan->stabilizer[t] = stabilizer;
        scan->start[t] = start;
    }
}

/* Row t of D and, from the scores in its place, of W. Returns its sum. */
static inline real memory_weigh(size_t steps, const MemoryScan *scan, size_t t, real *restrict decay,
                                real *restrict weights) {
    size_t start = scan->start[t];
    double limit = scan->limit[t];
    real sum = 0;
    memset(decay, 0, start * sizeof(real));
    memset(weights, 0, start * sizeof(real));
#pragma omp simd reduction(+ : sum)
    for (size_t s = start; s <= t; s++) {
        real factor = vector_exp((real)(scan->gain[s] - limit));
        decay[s] = factor;
        weights[s] *= factor;
        sum += weights[s];
    }
    memset(decay + t + 1, 0, (steps - t - 1) * sizeof(real));
    memset(weights + t + 1, 0, (steps - t - 1) * sizeof(real));
    return sum;
}

/* --- forward --- */

/* D, W, a and the denominators of the chunk from the scores, which are in W's place. */
static inline void memory_weigh_all(const MemoryShape *shape, const MemoryChunk *chunk,
                                    const MemoryScan *scan, const MemoryState *before) {
    size_t l = shape->steps;
    double from = (double)*before->stabilizer;
    for (size_t t = 0; t < chunk->steps; t++) {
        MemoryStep *step = &chunk->kept[t];
        real sum = memory_weigh(l, scan, t, chunk->decay + t * l, chunk->weights + t * l);
        step->recall = t < scan->reachable ? (real)exp(from - scan->limit[t]) : 0;
        sum += step->recall * memory_dot(shape->width, chunk->q + t * shape->row, before->normalizer);
        real least = vector_exp((real)-scan->stabilizer[t]);
        real size = sum < 0 ? -sum : sum;
        real sign = sum < 0 ? (real)-1 : (real)1;
        step->slope = size > least ? sign : 0;
        step->inverse = 1 / (size > least ? size : least);
    }
    size_t beyond = (l - chunk->steps) * l;
    memset(chunk->decay + chunk->steps * l, 0, beyond * sizeof(real));
    memset(chunk->weights + chunk->steps * l, 0, beyond * sizeof(real));
}

/* a ⊙ Q, with zeros beyond the chunk. */
static inline void memory_scale_queries(const MemoryShape *shape, const MemoryChunk *chunk, real *scaled) {
    size_t d = shape->width;
    for (size_t t = 0; t < chunk->steps; t++) {
        memory_scale(d, chunk->kept[t].recall, chunk->q + t * shape->row, scaled + t * d);
    }
    memset(scaled + chunk->steps * d, 0, (shape->steps - chunk->steps) * d * sizeof(real));
}

/* The state after the chunk, which may be in the place of that before it. Row `last` of D has the weights of what its
 * steps write. */
static inline void memory_write(const MemoryShape *shape, const MemoryProducts *products,
                                const MemoryChunk *chunk, const MemoryScan *scan, const MemoryState *before,
                                const MemoryState *after, Member member) {
    size_t d = shape->width;
    size_t last = chunk->steps - 1;
    real recall = chunk->kept[last].recall;
    const real *decay = chunk->decay + last * shape->steps;
    memory_scale(d * d, recall, before->memory, after->memory);
    memory_scale(d, recall, before->normalizer, after->normalizer);
    for (size_t s = 0; s < shape->steps; s++) {
        real *scaled = chunk->scratch + s * d;
        memset(scaled, 0, d * sizeof(real));
        if (s < chunk->steps) {
            memory_scale(d, decay[s], chunk->k + s * shape->row, scaled);
            memory_add(d, 1, scaled, after->normalizer);
        }
    }
    gemm_run(products->writing, chunk->scratch, chunk->v, after->memory, member);
    *after->stabilizer = (real)scan->stabilizer[last];
}

static inline void memory_forward(const MemoryShape *shape, const MemoryProducts *products,
                                  const MemoryChunk *chunk, const MemoryState *before,
                                  const MemoryState *after, Member member) {
    MemoryScan scan;
    memory_scan(shape, chunk, *before->stabilizer, &scan);
    gemm_run(products->scores, chunk->q, chunk->k, chunk->weights, member);
    memory_weigh_all(shape, chunk, &scan, before);
    memory_scale_queries(shape, chunk, chunk->scratch);
    gemm_run(products->reading, chunk->weights, chunk->v, chunk->h, member);
    gemm_run(products->recalling, chunk->scratch, before->memory, chunk->h, member);
    for (size_t t = 0; t < chunk->steps; t++) {
        real *h = chunk->h + t * shape->inner;
        memory_scale(shape->width, chunk->kept[t].inverse, h, h);
    }
    memory_write(shape, products, chunk, &scan, before, after, member);
}

/* The same, step by step: what a stream gets does not depend on how its steps are cut into windows. */
static inline void memory_step(size_t width, const MemoryState *state, const real *restrict q,
                               const real *restrict k, const real *restrict v, real input, real forget,
                               real *restrict h) {
    double log_forget = (double)vector_log_sigmoid(forget);
    double before = (double)*state->stabilizer;
    double stabilizer = fmax(log_forget + before, (double)input);
    real keep = (real)exp(log_forget + before - stabilizer);
    real take = (real)exp((double)input - stabilizer);
    real *restrict normalizer = state->normalizer;
    memset(h, 0, width * sizeof(real));
    for (size_t j = 0; j < width; j++) {
        real *restrict row = state->memory + j * width;
        real key = take * k[j];
        real query = q[j];
        normalizer[j] = keep * normalizer[j] + key;
#pragma omp simd
        for (size_t i = 0; i < width; i++) {
            row[i] = keep * row[i] + key * v[i];
            h[i] += query * row[i];
        }
    }
    real size = memory_dot(width, q, normalizer);
    size = size < 0 ? -size : size;
    real least = vector_exp((real)-stabilizer);
    memory_scale(width, 1 / (size > least ? size : least), h, h);
    *state->stabilizer = (real)stabilizer;
}

#endif
