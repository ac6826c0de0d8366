/* Part of mlstm.c, which alone includes it: the way back through what is in mlstm_memory.h. */
#ifndef LETRA_MODEL_CELLS_MLSTM_MEMORY_BACK_H
#define LETRA_MODEL_CELLS_MLSTM_MEMORY_BACK_H

#include "model/cells/mlstm_memory.h"

/* The gradients of a chunk: those of h come in, the others go out. */
typedef struct MemoryGradients {
    const real *h;
    real *q, *k, *v;
    real *gates;
    MemoryState state; /* of the state after the chunk, and then of that before it */
    bool last;         /* there is none after it: `state` is to be set */
} MemoryGradients;

/* What becomes of the gates' gradients: d loss / d F_t and d loss / d ĩ_t. */
typedef struct MemoryGates {
    real total[CHUNK_MOST];
    real input[CHUNK_MOST];
} MemoryGates;

/* dH̃ of all steps, with zeros beyond the chunk, and the gradients of the denominators. */
static inline void memory_back_division(const MemoryShape *shape, const MemoryChunk *chunk, const real *dh,
                                        real *numerators, real *denominators) {
    size_t d = shape->width;
    for (size_t t = 0; t < chunk->steps; t++) {
        const MemoryStep *step = &chunk->kept[t];
        const real *gradient = dh + t * shape->inner;
        real product = memory_dot(d, gradient, chunk->h + t * shape->inner);
        denominators[t] = -product * step->inverse * step->slope;
        memory_scale(d, step->inverse, gradient, numerators + t * d);
    }
    memset(numerators + chunk->steps * d, 0, (shape->steps - chunk->steps) * d * sizeof(real));
}

/* From dW to dS, in its place, and what comes to F and ĩ through D. */
static inline void memory_back_weights(const MemoryShape *shape, const MemoryChunk *chunk,
                                       const MemoryScan *scan, const real *denominators, real *gradients,
                                       MemoryGates *gates) {
    size_t l = shape->steps;
    for (size_t t = 0; t < chunk->steps; t++) {
        real *restrict row = gradients + t * l;
        const real *restrict weights = chunk->weights + t * l;
        const real *restrict decay = chunk->decay + t * l;
        real *restrict input = gates->input;
        size_t start = scan->start[t];
        real denominator = denominators[t];
        real sum = 0;
        memset(row, 0, start * sizeof(real));
#pragma omp simd reduction(+ : sum)
        for (size_t s = start; s <= t; s++) {
            real gradient = row[s] + denominator;
            real product = gradient * weights[s];
            sum += product;
            input[s] += product;
            row[s] = gradient * decay[s];
        }
        gates->total[t] += sum;
        memset(row + t + 1, 0, (l - t - 1) * sizeof(real));
    }
    memset(gradients + chunk->steps * l, 0, (l - chunk->steps) * l * sizeof(real));
}

/* What comes to q and F through what was read of the memory before the chunk; sets dq. */
static inline void memory_back_recall(const MemoryShape *shape, const MemoryChunk *chunk,
                                      const MemoryState *before, const real *denominators,
                                      const real *recalled, real *dq, MemoryGates *gates) {
    size_t d = shape->width;
    for (size_t t = 0; t < chunk->steps; t++) {
        real recall = chunk->kept[t].recall;
        real *gradient = dq + t * shape->row;
        memory_scale(d, recall, recalled + t * d, gradient);
        memory_add(d, recall * denominators[t], before->normalizer, gradient);
        gates->total[t] += memory_dot(d, gradient, chunk->q + t * shape->row);
    }
}

/* d loss / d m of a state, from its other gradients: what C and n stand for is exp(m) as much. */
static inline real memory_back_stabilizer(size_t width, const MemoryState *state,
                                          const MemoryState *gradients) {
    return memory_dot(width * width, state->memory, gradients->memory) +
           memory_dot(width, state->normalizer, gradients->normalizer);
}

/* What comes to k, v and the gates through what the chunk left in memory, from the gradient of the state after it; dk
 * and dv are added to. `values` and `keys` are L × d of scratch. */
static inline void memory_back_written(const MemoryShape *shape, const MemoryProducts *products,
                                       const MemoryChunk *chunk, const MemoryState *before,
                                       const MemoryGradients *gradients, real *values, real *keys,
                                       MemoryGates *gates, Member member) {
    size_t d = shape->width;
    size_t last = chunk->steps - 1;
    const MemoryState *after = &gradients->state;
    const real *decay = chunk->decay + last * shape->steps;
    gemm_run(products->written_values, chunk->k, after->memory, values, member);
    gemm_run(products->written_keys, chunk->v, after->memory, keys, member);
    for (size_t s = 0; s < chunk->steps; s++) {
        real *value = values + s * d;
        real *key = keys + s * d;
        const real *k = chunk->k + s * shape->row;
        memory_add(d, 1, after->normalizer, key);
        memory_add(d, decay[s], value, gradients->v + s * shape->row);
        memory_add(d, decay[s], key, gradients->k + s * shape->row);
        real product = decay[s] * memory_dot(d, key, k);
        gates->input[s] += product;
        gates->total[last] += product;
    }
    gates->total[last] += chunk->kept[last].recall * memory_back_stabilizer(d, before, after);
}

/* The gradient of the state before the chunk, in the place of that after it. `scaled` is L × d of scratch. */
static inline void memory_back_state(const MemoryShape *shape, const MemoryProducts *products,
                                     const MemoryChunk *chunk, const real *numerators,
                                     const real *denominators, const MemoryGradients *gradients, real *scaled,
                                     Member member) {
    size_t d = shape->width;
    const MemoryState *state = &gradients->state;
    memory_scale_queries(shape, chunk, scaled);
    if (gradients->last) {
        gemm_run(products->memory_back, scaled, numerators, state->memory, member);
        memset(state->normalizer, 0, d * sizeof(real));
    } else {
        real recall = chunk->kept[chunk->steps - 1].recall;
        memory_scale(d * d, recall, state->memory, state->memory);
        memory_scale(d, recall, state->normalizer, state->normalizer);
        gemm_run(products->memory_added, scaled, numerators, state->memory, member);
    }
    for (size_t t = 0; t < chunk->steps; t++) {
        memory_add(d, denominators[t], scaled + t * d, state->normalizer);
    }
}

/* From the gradients of F and ĩ to those of f̃ and ĩ: log f_r is in F_t for all t from r on, in the same text. */
static inline void memory_back_gates(const MemoryShape *shape, const MemoryChunk *chunk,
                                     const MemoryScan *scan, const MemoryGates *gates, real *gradients) {
    real sum = 0;
    for (size_t t = chunk->steps; t-- > 0;) {
        real *gradient = gradients + t * shape->gates;
        real forget = chunk->gates[t * shape->gates + chunk->heads];
        sum += gates->total[t] - gates->input[t];
        sum = scan->begins[t] ? 0 : sum;
        gradient[0] = gates->input[t];
        gradient[chunk->heads] = sum * vector_sigmoid(-forget);
    }
}

static inline void memory_backward(const MemoryShape *shape, const MemoryProducts *products,
                                   const MemoryChunk *chunk, const MemoryState *before,
                                   const MemoryGradients *gradients, Member member) {
    size_t part = shape->steps * shape->width;
    real denominators[CHUNK_MOST];
    MemoryScan scan;
    MemoryGates gates = {.total = {0}};
    real *numerators = chunk->scratch;
    real *recalled = numerators + part;
    real *other = recalled + part;
    real *scores = other + part;
    memory_scan(shape, chunk, *before->stabilizer, &scan);
    memory_back_division(shape, chunk, gradients->h, numerators, denominators);
    gemm_run(products->values_back, chunk->weights, numerators, gradients->v, member);
    gemm_run(products->weights_back, numerators, chunk->v, scores, member);
    memory_back_weights(shape, chunk, &scan, denominators, scores, &gates);
    gemm_run(products->recall_back, numerators, before->memory, recalled, member);
    memory_back_recall(shape, chunk, before, denominators, recalled, gradients->q, &gates);
    gemm_run(products->queries_back, scores, chunk->k, gradients->q, member);
    gemm_run(products->keys_back, scores, chunk->q, gradients->k, member);
    if (!gradients->last) {
        memory_back_written(shape, products, chunk, before, gradients, recalled, other, &gates, member);
    }
    memory_back_state(shape, products, chunk, numerators, denominators, gradients, recalled, member);
    memory_back_gates(shape, chunk, &scan, &gates, gradients->gates);
}

#endif
