/* Kernels: the loops over numbers that are neither a product nor a cell's gate pass, compiled once for each
 * instruction set and chosen at start. All of them run on one thread, over the part that it is given.
 */
#ifndef LETRA_MATH_KERNELS_H
#define LETRA_MATH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "math/gemm.h"
#include "math/precision.h"
#include "math/real.h"

/* AdamW's constants for one update (Loshchilov & Hutter 2019, algorithm 2). */
typedef struct AdamwStep {
    double learning_rate;
    double beta1, beta2;
    double epsilon;
    double weight_decay;
    double scale;       /* gradients are multiplied by it first */
    double correction1; /* 1 - beta1^step */
    double correction2; /* 1 - beta2^step */
} AdamwStep;

/* Dropout's mask: element k of the whole array is kept or dropped by a hash of (key, k). */
typedef struct DropoutMask {
    uint64_t key;
    double probability; /* of a zero, 0 .. 1; what is kept is multiplied by 1 / (1 - probability) */
} DropoutMask;

typedef struct Kernels {
    const char *name; /* "avx512" */

    /* into[k] += from[k] */
    void (*add)(real *into, const real *from, size_t count);
    void (*add_bfloat16)(real *into, const bfloat16 *from, size_t count);

    /* into[k] = the bfloat16 nearest to from[k] */
    void (*round_to_bfloat16)(bfloat16 *into, const real *from, size_t count);

    /* sum of x[k]², in double */
    double (*sum_of_squares)(const real *x, size_t count);

    /* into[j] += sum over the rows of x[i][j]; rows lie `stride` apart. */
    void (*add_columns)(real *into, const real *x, size_t rows, size_t columns, size_t stride);

    /* into[i][j] = row[j]: the bias before a product that adds to it. */
    void (*fill_rows)(real *into, const real *row, size_t rows, size_t columns);

    /* out[k] = in[k] × mask(first + k), for an array whose element 0 is number `first` of the whole. The
     * same call takes gradients back through the mask. `out` may be `in`. */
    void (*dropout)(real *out, const real *in, size_t count, const DropoutMask *mask, uint64_t first);
    /* The same, rounded. */
    void (*dropout_to_bfloat16)(bfloat16 *out, const real *in, size_t count, const DropoutMask *mask,
                                uint64_t first);

    /* Cross-entropy of one row: returns -log softmax(logits)[target] in nats, and replaces the logits by
     * scale × (softmax(logits) - one_hot(target)), the gradient of scale × loss. */
    double (*cross_entropy)(real *logits, size_t count, uint32_t target, real scale);

    /* One AdamW update of `count` elements. */
    void (*adamw)(const AdamwStep *step, real *parameters, const real *gradients, real *moment1,
                  real *moment2, size_t count);

    /* average = decay × average + (1 - decay) × x */
    void (*average)(real *average, const real *x, double decay, size_t count);
} Kernels;

/* The kernels for an instruction set, or the best ones below it that this build has. */
const Kernels *kernels_for(InstructionSet instruction_set);

#endif
