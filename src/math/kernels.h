/* Kernels: the loops over numbers that are neither a product nor a cell's gate pass, compiled once for each
 * instruction set and chosen at start. All of them run on one thread, over the part that it is given.
 */
#ifndef LETRA_MATH_KERNELS_H
#define LETRA_MATH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/instruction_set.h"
#include "math/precision.h"
#include "math/real.h"

/* What every update of the parameters goes by. Gradients are clipped first: multiplied by `scale`, then cut to
 * ±limit. */
typedef struct UpdateStep {
    double learning_rate;
    double weight_decay;
    double scale;
    double limit; /* 0: none */
} UpdateStep;

/* Adam's constants for one update (Kingma & Ba 2015, algorithm 1). */
typedef struct AdamTerms {
    double beta1, beta2;
    double epsilon;
    double correction1; /* 1 - beta1^step */
    double correction2; /* 1 - beta2^step */
} AdamTerms;

/* An update of dynamic evaluation; what it is, generate/dynamic.h says. */
typedef struct DynamicTerms {
    double rate;
    double decay;     /* how much goes back to where it was trained, of a parameter of the mean root */
    double count;     /* gradients whose squares were summed, at least 1 */
    double mean_root; /* of all parameters: the mean of sqrt(sum / count) */
    double epsilon;
} DynamicTerms;

/* Dropout's mask: element k of the whole array is kept or dropped by a hash of (key, k). */
typedef struct DropoutMask {
    uint64_t key;
    double
        probability; /* of a zero, from 0 to below 1; what is kept is multiplied by 1 / (1 - probability) */
} DropoutMask;

/* Zoneout (Krueger et al. 2017): element k of the whole array stays as it was where dropout's mask of this key has a
 * zero. Or nothing is drawn, and each element stays by the share that is expected of it. */
typedef struct Zoneout {
    DropoutMask mask; /* of a probability below 1 */
    bool expected;
} Zoneout;

typedef struct Kernels {
    const char *name; /* "avx512" */

    /* into[k] += from[k] */
    void (*add)(real *into, const real *from, size_t count);
    void (*add_bfloat16)(real *into, const bfloat16 *from, size_t count);

    /* into[k] = from[k] */
    void (*widen_bfloat16)(real *into, const bfloat16 *from, size_t count);

    /* into[k] = the bfloat16 nearest to from[k]; where the processor converts, what has less than all digits of a float
     * (below 2^-126) is 0. */
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

    /* after[k] = keep × before[k] where element first + k stays as it was, made[k] elsewhere; what is expected: the
     * share of the one and the rest of the other. */
    void (*zoneout)(real *after, const real *before, const real *made, real keep, size_t count,
                    const Zoneout *zoneout, uint64_t first);
    /* The way back: what of dafter goes to made and to before. `dmade` may be `dafter`. */
    void (*zoneout_back)(real *dmade, real *dbefore, const real *dafter, real keep, size_t count,
                         const Zoneout *zoneout, uint64_t first);

    /* Cross-entropy of one row: returns -log softmax(logits)[target] in nats, and replaces the logits by
     * scale × (softmax(logits) - one_hot(target)), the gradient of scale × loss. */
    double (*cross_entropy)(real *logits, size_t count, uint32_t target, real scale);

    /* One update of `count` elements each. Weight decay is added to the gradient, but for AdamW (Loshchilov & Hutter
     * 2019, algorithm 2), which takes it from the parameters beside the update. With g the gradient then:
     *
     *     adam      moments m and v of g and g², corrected: x -= rate × m / (sqrt(v) + epsilon) (Kingma & Ba 2015)
     *     rmsprop   square = rho × square + (1 - rho) × g²: x -= rate × g / (sqrt(square) + epsilon) (Tieleman &
     *               Hinton 2012)
     *     adagrad   sum += g²: x -= rate × g / (sqrt(sum) + epsilon) (Duchi et al. 2011)
     *     sgd       velocity = momentum × velocity + g: x -= rate × velocity (Polyak 1964); with `nesterov`,
     *               rate × (g + momentum × velocity) (Sutskever et al. 2013) */
    void (*adamw)(const UpdateStep *step, const AdamTerms *terms, real *parameters, const real *gradients,
                  real *moment1, real *moment2, size_t count);
    void (*adam)(const UpdateStep *step, const AdamTerms *terms, real *parameters, const real *gradients,
                 real *moment1, real *moment2, size_t count);
    void (*rmsprop)(const UpdateStep *step, double rho, double epsilon, real *parameters,
                    const real *gradients, real *square, size_t count);
    void (*adagrad)(const UpdateStep *step, double epsilon, real *parameters, const real *gradients,
                    real *sum, size_t count);
    void (*sgd)(const UpdateStep *step, double momentum, bool nesterov, real *parameters,
                const real *gradients, real *velocity, size_t count);

    /* sum[k] += x[k]²; returns the sum of sqrt(sum[k]), in double. */
    double (*add_squares)(real *sum, const real *x, size_t count);
    /* With root = sqrt(sum / count): x += min(1, decay × root / mean_root) × (trained - x) - rate × g / (root +
     * epsilon). Where all roots are 0, nothing moves. */
    void (*dynamic)(const DynamicTerms *terms, real *parameters, const real *trained, const real *gradients,
                    const real *sum, size_t count);

    /* average = decay × average + (1 - decay) × x */
    void (*average)(real *average, const real *x, double decay, size_t count);
} Kernels;

/* Writes reals as operands of the precision (PRECISION_BF16 or not), from element `at` on. They may be in place. */
void kernels_put_operands(const Kernels *kernels, Precision precision, void *operands, size_t at,
                          const real *values, size_t count);

/* Operands from element `at` on as reals: in their place, or made from them in `scratch` (`count` numbers). */
const real *kernels_read_operands(const Kernels *kernels, Precision precision, const void *operands,
                                  size_t at, real *scratch, size_t count);

/* The kernels for an instruction set, or the best ones below it that this build has. */
const Kernels *kernels_for(InstructionSet instruction_set);

#endif
