/* The kernels of kernels.h for one instruction set: this file is compiled once for each (see
 * math/instruction_set.h), and the loops are plain C that the compiler turns into vectors.
 */
#include "base/random.h"
#include "math/instruction_set.h"
#include "math/kernels.h"
#include "math/vector_math.h"

#ifdef __AVX512BF16__
#include "math/tile_vectors.h"
#endif

static void add(real *restrict into, const real *restrict from, size_t count) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        into[k] += from[k];
    }
}

static void add_bfloat16(real *restrict into, const bfloat16 *restrict from, size_t count) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        into[k] += bfloat16_value(from[k]);
    }
}

static void widen_bfloat16(real *restrict into, const bfloat16 *restrict from, size_t count) {
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        into[k] = bfloat16_value(from[k]);
    }
}

static void round_to_bfloat16(bfloat16 *restrict into, const real *restrict from, size_t count) {
#ifdef __AVX512BF16__ /* no compiler finds its instruction */
    for (size_t k = 0; k < count; k += 16) {
        __mmask16 mask = tile_mask(count - k);
        __m512 numbers = _mm512_maskz_loadu_ps(mask, from + k);
        _mm256_mask_storeu_epi16(into + k, mask, (__m256i)_mm512_cvtneps_pbh(numbers));
    }
#else
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        into[k] = bfloat16_from(from[k]);
    }
#endif
}

static double sum_of_squares(const real *x, size_t count) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        sum += (double)x[k] * (double)x[k];
    }
    return sum;
}

static void add_columns(real *restrict into, const real *restrict x, size_t rows, size_t columns,
                        size_t stride) {
    for (size_t i = 0; i < rows; i++) {
        add(into, x + i * stride, columns);
    }
}

static void fill_rows(real *restrict into, const real *restrict row, size_t rows, size_t columns) {
    for (size_t i = 0; i < rows; i++) {
#pragma omp simd
        for (size_t j = 0; j < columns; j++) {
            into[i * columns + j] = row[j];
        }
    }
}

/* 32 hash bits of (key, index): the multiply-and-shift finaliser of "lowbias32" (Wellons 2018) twice, which
 * vectors can do eight or sixteen at a time. */
static inline uint32_t mask_hash(uint32_t key_low, uint32_t key_high, uint32_t index) {
    uint32_t x = index ^ key_low;
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    x = (x ^ (x >> 16)) + key_high;
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return x ^ (x >> 16);
}

/* A mask as the loop over its elements uses it. */
typedef struct MaskTerms {
    uint32_t key_low, key_high;
    uint32_t start;     /* hashed for the first element; then one more each */
    uint32_t threshold; /* hashes under it drop */
    real scale;
} MaskTerms;

static MaskTerms mask_terms(const DropoutMask *mask, uint64_t first) {
    uint64_t key = random_at(mask->key, first >> 32);
    return (MaskTerms){.key_low = (uint32_t)key,
                       .key_high = (uint32_t)(key >> 32),
                       .start = (uint32_t)first,
                       .threshold = (uint32_t)(mask->probability * 0x1p32),
                       .scale = (real)(1.0 / (1.0 - mask->probability))};
}

static inline real mask_apply(const MaskTerms *terms, real x, uint32_t k) {
    uint32_t hash = mask_hash(terms->key_low, terms->key_high, terms->start + k);
    return hash >= terms->threshold ? x * terms->scale : (real)0;
}

static void dropout(real *out, const real *in, size_t count, const DropoutMask *mask, uint64_t first) {
    const MaskTerms terms = mask_terms(mask, first);
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        out[k] = mask_apply(&terms, in[k], (uint32_t)k);
    }
}

static void dropout_to_bfloat16(bfloat16 *restrict out, const real *restrict in, size_t count,
                                const DropoutMask *mask, uint64_t first) {
    const MaskTerms terms = mask_terms(mask, first);
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        out[k] = bfloat16_from(mask_apply(&terms, in[k], (uint32_t)k));
    }
}

static void zoneout(real *restrict after, const real *restrict before, const real *restrict made, real keep,
                    size_t count, const Zoneout *zoneout, uint64_t first) {
    const MaskTerms terms = mask_terms(&zoneout->mask, first);
    const real stays = (real)zoneout->mask.probability;
    if (zoneout->expected) {
#pragma omp simd
        for (size_t k = 0; k < count; k++) {
            after[k] = stays * (keep * before[k]) + (1 - stays) * made[k];
        }
        return;
    }
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        uint32_t hash = mask_hash(terms.key_low, terms.key_high, terms.start + (uint32_t)k);
        after[k] = hash >= terms.threshold ? made[k] : keep * before[k];
    }
}

static void zoneout_back(real *dmade, real *dbefore, const real *dafter, real keep, size_t count,
                         const Zoneout *zoneout, uint64_t first) {
    const MaskTerms terms = mask_terms(&zoneout->mask, first);
    const real stays = (real)zoneout->mask.probability;
    if (zoneout->expected) {
#pragma omp simd
        for (size_t k = 0; k < count; k++) {
            real d = dafter[k];
            dmade[k] = (1 - stays) * d;
            dbefore[k] = stays * (keep * d);
        }
        return;
    }
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        uint32_t hash = mask_hash(terms.key_low, terms.key_high, terms.start + (uint32_t)k);
        real d = dafter[k];
        dmade[k] = hash >= terms.threshold ? d : (real)0;
        dbefore[k] = hash >= terms.threshold ? (real)0 : keep * d;
    }
}

static double cross_entropy(real *logits, size_t count, uint32_t target, real scale) {
    real largest = logits[0];
#pragma omp simd reduction(max : largest)
    for (size_t k = 0; k < count; k++) {
        largest = logits[k] > largest ? logits[k] : largest;
    }
    double nats = (double)largest - (double)logits[target];
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        real e = vector_exp(logits[k] - largest);
        logits[k] = e;
        sum += e;
    }
    real factor = scale / sum;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        logits[k] *= factor;
    }
    logits[target] -= scale;
    return nats + log((double)sum);
}

/* --- updates --- */

static inline real square_root(real x) {
#ifdef LETRA_REAL_DOUBLE
    return sqrt(x);
#else
    return sqrtf(x);
#endif
}

/* How gradients are clipped. */
typedef struct Clip {
    real scale, limit;
} Clip;

static inline Clip clip_of(const UpdateStep *step) {
    return (Clip){.scale = (real)step->scale, .limit = step->limit > 0 ? (real)step->limit : (real)INFINITY};
}

/* NaN stays NaN. The comparisons are those of the vectors' minimum and maximum. */
static inline real clipped(real gradient, Clip clip) {
    real scaled = gradient * clip.scale;
    real below = clip.limit < scaled ? clip.limit : scaled;
    return -clip.limit > below ? -clip.limit : below;
}

/* Adam, with the weight decay added to the gradient or taken from the parameter. */
static inline void adam_update(const UpdateStep *step, const AdamTerms *terms, bool coupled,
                               real *restrict parameters, const real *restrict gradients,
                               real *restrict moment1, real *restrict moment2, size_t count) {
    const real beta1 = (real)terms->beta1;
    const real beta2 = (real)terms->beta2;
    const Clip clip = clip_of(step);
    const real decay = (real)step->weight_decay;
    const real keep = (real)(1.0 - step->learning_rate * step->weight_decay);
    const real rate = (real)(step->learning_rate / terms->correction1);
    const real inverse_correction = (real)(1.0 / sqrt(terms->correction2));
    const real epsilon = (real)terms->epsilon;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real parameter = parameters[k];
        real gradient = clipped(gradients[k], clip);
        gradient = coupled ? gradient + decay * parameter : gradient;
        real m = beta1 * moment1[k] + ((real)1 - beta1) * gradient;
        real v = beta2 * moment2[k] + ((real)1 - beta2) * gradient * gradient;
        moment1[k] = m;
        moment2[k] = v;
        real deviation = square_root(v) * inverse_correction + epsilon;
        parameters[k] = (coupled ? parameter : parameter * keep) - rate * m / deviation;
    }
}

static void adamw(const UpdateStep *step, const AdamTerms *terms, real *parameters, const real *gradients,
                  real *moment1, real *moment2, size_t count) {
    adam_update(step, terms, false, parameters, gradients, moment1, moment2, count);
}

static void adam(const UpdateStep *step, const AdamTerms *terms, real *parameters, const real *gradients,
                 real *moment1, real *moment2, size_t count) {
    adam_update(step, terms, true, parameters, gradients, moment1, moment2, count);
}

static void rmsprop(const UpdateStep *step, double rho, double epsilon, real *restrict parameters,
                    const real *restrict gradients, real *restrict square, size_t count) {
    const Clip clip = clip_of(step);
    const real decay = (real)step->weight_decay;
    const real rate = (real)step->learning_rate;
    const real keep = (real)rho;
    const real take = (real)(1.0 - rho);
    const real least = (real)epsilon;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real gradient = clipped(gradients[k], clip) + decay * parameters[k];
        real mean = keep * square[k] + take * gradient * gradient;
        square[k] = mean;
        parameters[k] -= rate * gradient / (square_root(mean) + least);
    }
}

static void adagrad(const UpdateStep *step, double epsilon, real *restrict parameters,
                    const real *restrict gradients, real *restrict sum, size_t count) {
    const Clip clip = clip_of(step);
    const real decay = (real)step->weight_decay;
    const real rate = (real)step->learning_rate;
    const real least = (real)epsilon;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real gradient = clipped(gradients[k], clip) + decay * parameters[k];
        real squares = sum[k] + gradient * gradient;
        sum[k] = squares;
        parameters[k] -= rate * gradient / (square_root(squares) + least);
    }
}

static void sgd(const UpdateStep *step, double momentum, bool nesterov, real *restrict parameters,
                const real *restrict gradients, real *restrict velocity, size_t count) {
    const Clip clip = clip_of(step);
    const real decay = (real)step->weight_decay;
    const real rate = (real)step->learning_rate;
    const real keep = (real)momentum;
    /* The direction is now × g + before × velocity. */
    const real now = nesterov ? (real)1 : (real)0;
    const real before = nesterov ? keep : (real)1;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real gradient = clipped(gradients[k], clip) + decay * parameters[k];
        real v = keep * velocity[k] + gradient;
        velocity[k] = v;
        parameters[k] -= rate * (now * gradient + before * v);
    }
}

static double add_squares(real *restrict sum, const real *restrict x, size_t count) {
    double roots = 0;
#pragma omp simd reduction(+ : roots)
    for (size_t k = 0; k < count; k++) {
        real squares = sum[k] + x[k] * x[k];
        sum[k] = squares;
        roots += (double)square_root(squares);
    }
    return roots;
}

static void dynamic(const DynamicTerms *terms, real *restrict parameters, const real *restrict trained,
                    const real *restrict gradients, const real *restrict sum, size_t count) {
    const real rate = (real)terms->rate;
    const real inverse_count = (real)(1.0 / terms->count);
    const real epsilon = (real)terms->epsilon;
    const real pull = terms->mean_root > 0 ? (real)(terms->decay / terms->mean_root) : 0;
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        real root = square_root(sum[k] * inverse_count);
        real back = pull * root < 1 ? pull * root : 1;
        real x = parameters[k];
        parameters[k] = x + back * (trained[k] - x) - rate * gradients[k] / (root + epsilon);
    }
}

static void average(real *restrict average, const real *restrict x, double decay, size_t count) {
    const real keep = (real)decay;
    const real take = (real)(1.0 - decay);
#pragma omp simd
    for (size_t k = 0; k < count; k++) {
        average[k] = keep * average[k] + take * x[k];
    }
}

extern const Kernels KERNELS_SYMBOL(kernels);

const Kernels KERNELS_SYMBOL(kernels) = {
    .name = KERNELS_STRING(KERNELS_NAME),
    .add = add,
    .add_bfloat16 = add_bfloat16,
    .widen_bfloat16 = widen_bfloat16,
    .round_to_bfloat16 = round_to_bfloat16,
    .sum_of_squares = sum_of_squares,
    .add_columns = add_columns,
    .fill_rows = fill_rows,
    .dropout = dropout,
    .dropout_to_bfloat16 = dropout_to_bfloat16,
    .zoneout = zoneout,
    .zoneout_back = zoneout_back,
    .cross_entropy = cross_entropy,
    .adamw = adamw,
    .adam = adam,
    .rmsprop = rmsprop,
    .adagrad = adagrad,
    .sgd = sgd,
    .add_squares = add_squares,
    .dynamic = dynamic,
    .average = average,
};
