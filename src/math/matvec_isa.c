/* Matrix times vector for one instruction set: see matvec_kernels.h for the packed form.
 *
 * A block is some vectors of rows of a panel. Its sums stay in registers while the lanes stream by: for one
 * stream so many vectors that the additions do not wait for each other, for several streams fewer, as each
 * vector of lanes then feeds a sum for each stream. Every sum is made in the same order in both cases.
 */
#include <float.h>

#include "base/size.h"
#include "math/instruction_set.h"
#include "math/matvec_kernels.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64, SHARED_VECTORS = 2 };
#elif defined(__AVX2__)
enum { VECTOR_BYTES = 32, SHARED_VECTORS = 1 };
#else
enum { VECTOR_BYTES = 16, SHARED_VECTORS = 1 };
#endif

enum {
    LANES = VECTOR_BYTES / sizeof(real),
    ALONE_VECTORS = 4 /* of a block for one stream; SHARED_VECTORS for several */
};

typedef real Vector __attribute__((vector_size(VECTOR_BYTES), may_alias));

/* What all blocks read: the streams' x. */
typedef struct Inputs {
    const MatvecMatrix *matrix;
    const real *x[MATVEC_STREAMS];
    const uint8_t *quantized[MATVEC_STREAMS]; /* int8 only: x as whole numbers ... */
    float scales[MATVEC_STREAMS];             /* ... of this size */
} Inputs;

typedef struct Block {
    const real *lanes; /* of its first row in the first group */
    size_t width;      /* lanes of a group */
    size_t row;        /* number of its first row */
} Block;

/* The sums of a block: stream s's are at sums + s × MATVEC_PANEL. The last two arguments are constants where it
 * is called, so that all sums are in registers. */
typedef void (*SumBlock)(const Inputs *inputs, const Block *block, real *sums, size_t streams,
                         size_t vectors);

#define INLINE static inline __attribute__((always_inline))

INLINE const Vector *vectors_at(const real *lanes) {
    return (const Vector *)(const void *)lanes;
}

/* --- f32 --- */

INLINE void sum_full(const Inputs *inputs, const Block *block, real *sums, size_t streams, size_t vectors) {
    Vector sum[MATVEC_STREAMS][ALONE_VECTORS] = {0};
    for (size_t k = 0; k < inputs->matrix->shape.columns; k++) {
        const Vector *lanes = vectors_at(block->lanes + k * block->width);
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++) {
#pragma GCC unroll 4
            for (size_t s = 0; s < streams; s++) {
                sum[s][v] += lanes[v] * inputs->x[s][k];
            }
        }
    }
    for (size_t s = 0; s < streams; s++) {
        for (size_t v = 0; v < vectors; v++) {
            *(Vector *)(void *)(sums + s * MATVEC_PANEL + v * LANES) = sum[s][v];
        }
    }
}

#ifndef LETRA_REAL_DOUBLE

/* --- bf16 --- */

typedef uint32_t Bits __attribute__((vector_size(VECTOR_BYTES), may_alias));

INLINE void sum_bf16(const Inputs *inputs, const Block *block, real *sums, size_t streams, size_t vectors) {
    Vector even[MATVEC_STREAMS][ALONE_VECTORS] = {0};
    Vector odd[MATVEC_STREAMS][ALONE_VECTORS] = {0};
    size_t columns = inputs->matrix->shape.columns;
    for (size_t g = 0; g < columns / 2; g++) {
        const Vector *lanes = vectors_at(block->lanes + g * block->width);
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++) {
            Vector high = lanes[v];
            Vector low = (Vector)((Bits)high << 16);
#pragma GCC unroll 4
            for (size_t s = 0; s < streams; s++) {
                even[s][v] += low * inputs->x[s][2 * g];
                odd[s][v] += high * inputs->x[s][2 * g + 1];
            }
        }
    }
    const Vector *last = vectors_at(block->lanes + columns / 2 * block->width);
    for (size_t s = 0; s < streams; s++) {
        for (size_t v = 0; v < vectors; v++) {
            if (columns % 2 != 0) {
                even[s][v] += (Vector)((Bits)last[v] << 16) * inputs->x[s][columns - 1];
            }
            *(Vector *)(void *)(sums + s * MATVEC_PANEL + v * LANES) = even[s][v] + odd[s][v];
        }
    }
}

/* --- int8 --- */

/* x[k] as a whole number of quanta plus 2^15, from 1 to 65535. NaN is 0 quanta, for more than quantum_most of them must
 * not be; nothing else leaves the range, as choose_quantum saw all of x. */
INLINE uint32_t quantize(float x, float inverse) {
    float shifted = x * inverse + 32768.5F;
    return (uint32_t)(int32_t)(shifted > 0 ? shifted : 32768.0F);
}

/* The size of a quantum of x, such that its largest number is quantum_most of them. */
static float choose_quantum(const MatvecMatrix *matrix, const real *x) {
    float largest = 0;
#pragma omp simd reduction(max : largest)
    for (size_t k = 0; k < matrix->shape.columns; k++) {
        float magnitude = x[k] < 0 ? -x[k] : x[k];
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest / matrix->quantum_most;
}

/* All sums are whole numbers of less than 32 bits, so their order does not matter; the same for all instruction
 * sets. */
INLINE float scaled(const Inputs *inputs, size_t row, size_t stream, int32_t sum) {
    return (float)sum * (inputs->matrix->scales[row] * inputs->scales[stream]);
}

#if defined(__AVX512VNNI__)

/* One instruction multiplies 64 bytes of x, without a sign, by 64 weights. x has 16 bits: its high bytes and
 * its low bytes come one after the other, and both take part in one reading of the weights. */
static void quantize_row(const MatvecMatrix *matrix, const real *x, float inverse, uint8_t *quantized) {
    uint8_t *restrict high = quantized;
    uint8_t *restrict low = quantized + 4 * matrix->groups;
#pragma omp simd
    for (size_t k = 0; k < matrix->shape.columns; k++) {
        uint32_t shifted = quantize(x[k], inverse);
        high[k] = (uint8_t)(shifted >> 8);
        low[k] = (uint8_t)shifted;
    }
}

INLINE __m512i four_bytes(const uint8_t *bytes) {
    int32_t four;
    __builtin_memcpy(&four, bytes, sizeof four);
    return _mm512_set1_epi32(four);
}

INLINE void sum_int8(const Inputs *inputs, const Block *block, real *sums, size_t streams, size_t vectors) {
    __m512i high[MATVEC_STREAMS][ALONE_VECTORS];
    __m512i low[MATVEC_STREAMS][ALONE_VECTORS];
    size_t groups = inputs->matrix->groups;
    for (size_t s = 0; s < streams; s++) {
        for (size_t v = 0; v < vectors; v++) {
            low[s][v] = _mm512_loadu_si512(inputs->matrix->corrections + block->row + v * LANES);
            high[s][v] = _mm512_setzero_si512();
        }
    }
    for (size_t g = 0; g < groups; g++) {
        const Vector *lanes = vectors_at(block->lanes + g * block->width);
#pragma GCC unroll 4
        for (size_t s = 0; s < streams; s++) {
            __m512i x_high = four_bytes(inputs->quantized[s] + 4 * g);
            __m512i x_low = four_bytes(inputs->quantized[s] + 4 * (groups + g));
#pragma GCC unroll 4
            for (size_t v = 0; v < vectors; v++) {
                high[s][v] = _mm512_dpbusd_epi32(high[s][v], x_high, (__m512i)lanes[v]);
                low[s][v] = _mm512_dpbusd_epi32(low[s][v], x_low, (__m512i)lanes[v]);
            }
        }
    }
    for (size_t s = 0; s < streams; s++) {
        for (size_t v = 0; v < vectors; v++) {
            __m512i whole = _mm512_add_epi32(_mm512_slli_epi32(high[s][v], 8), low[s][v]);
            __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(inputs->matrix->scales + block->row + v * LANES),
                                         _mm512_set1_ps(inputs->scales[s]));
            _mm512_storeu_ps(sums + s * MATVEC_PANEL + v * LANES,
                             _mm512_mul_ps(_mm512_cvtepi32_ps(whole), scale));
        }
    }
}

#else

/* x as 16-bit numbers. */
static void quantize_row(const MatvecMatrix *matrix, const real *x, float inverse, uint8_t *quantized) {
    int16_t *restrict whole = (int16_t *)(void *)quantized;
#pragma omp simd
    for (size_t k = 0; k < matrix->shape.columns; k++) {
        whole[k] = (int16_t)((int32_t)quantize(x[k], inverse) - 32768);
    }
}

#if defined(__AVX2__)

/* Half a vector of weights, widened to 16 bits, is multiplied by x and added up in pairs; the two pairs of a row
 * lie side by side, and are added up at the end. */
#if defined(__AVX512F__)
typedef __m512i Wide;
#define WIDE_ZERO()         _mm512_setzero_si512()
#define WIDE_LOAD(half)     _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)(half)))
#define WIDE_SPREAD(four)   _mm512_set1_epi64(four)
#define WIDE_ADD(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))
#else
typedef __m256i Wide;
#define WIDE_ZERO()         _mm256_setzero_si256()
#define WIDE_LOAD(half)     _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(half)))
#define WIDE_SPREAD(four)   _mm256_set1_epi64x(four)
#define WIDE_ADD(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#endif

INLINE void sum_int8(const Inputs *inputs, const Block *block, real *sums, size_t streams, size_t vectors) {
    Wide sum[MATVEC_STREAMS][2 * ALONE_VECTORS];
    for (size_t s = 0; s < streams; s++) {
        for (size_t h = 0; h < 2 * vectors; h++) {
            sum[s][h] = WIDE_ZERO();
        }
    }
    for (size_t g = 0; g < inputs->matrix->groups; g++) {
        const char *lanes = (const char *)(block->lanes + g * block->width);
        Wide x[MATVEC_STREAMS];
        for (size_t s = 0; s < streams; s++) {
            long long four;
            __builtin_memcpy(&four, inputs->quantized[s] + 8 * g, sizeof four);
            x[s] = WIDE_SPREAD(four);
        }
#pragma GCC unroll 8
        for (size_t h = 0; h < 2 * vectors; h++) {
            Wide weights = WIDE_LOAD(lanes + h * (VECTOR_BYTES / 2));
#pragma GCC unroll 4
            for (size_t s = 0; s < streams; s++) {
                sum[s][h] = WIDE_ADD(sum[s][h], weights, x[s]);
            }
        }
    }
    for (size_t s = 0; s < streams; s++) {
        int32_t pairs[2 * ALONE_VECTORS * LANES];
        __builtin_memcpy(pairs, sum[s], sizeof pairs);
        for (size_t r = 0; r < vectors * LANES; r++) {
            sums[s * MATVEC_PANEL + r] = scaled(inputs, block->row + r, s, pairs[2 * r] + pairs[2 * r + 1]);
        }
    }
}

#else

INLINE void sum_int8(const Inputs *inputs, const Block *block, real *sums, size_t streams, size_t vectors) {
    for (size_t s = 0; s < streams; s++) {
        int32_t sum[ALONE_VECTORS * LANES] = {0};
        for (size_t g = 0; g < inputs->matrix->groups; g++) {
            const int8_t *lanes = (const int8_t *)(block->lanes + g * block->width);
            const int16_t *x = (const int16_t *)(const void *)inputs->quantized[s] + 4 * g;
            for (size_t r = 0; r < vectors * LANES; r++) {
                sum[r] += x[0] * lanes[4 * r] + x[1] * lanes[4 * r + 1] + x[2] * lanes[4 * r + 2] +
                          x[3] * lanes[4 * r + 3];
            }
        }
        for (size_t r = 0; r < vectors * LANES; r++) {
            sums[s * MATVEC_PANEL + r] = scaled(inputs, block->row + r, s, sum[r]);
        }
    }
}

#endif
#endif

static void quantize_inputs(const MatvecMatrix *matrix, size_t streams, Inputs *inputs) {
    for (size_t s = 0; s < streams; s++) {
        uint8_t *quantized = matrix->quantized + s * matrix->quantized_size;
        float quantum = choose_quantum(matrix, inputs->x[s]);
        /* Of a denormal quantum the inverse would be too large, or infinite: such an x counts as 0. */
        quantize_row(matrix, inputs->x[s], quantum >= FLT_MIN ? 1 / quantum : 0, quantized);
        inputs->quantized[s] = quantized;
        inputs->scales[s] = quantum;
    }
}

#endif

/* --- panels --- */

/* All sums of a panel, block by block. */
INLINE void sum_panel(const Inputs *inputs, Block block, size_t width, real *sums, bool alone,
                      SumBlock sum_block) {
    size_t done = 0;
    if (alone) {
        for (; done + ALONE_VECTORS * LANES <= width; done += ALONE_VECTORS * LANES) {
            sum_block(inputs, &block, sums + done, 1, ALONE_VECTORS);
            block.lanes += ALONE_VECTORS * LANES;
            block.row += ALONE_VECTORS * LANES;
        }
        for (; done < width; done += LANES) {
            sum_block(inputs, &block, sums + done, 1, 1);
            block.lanes += LANES;
            block.row += LANES;
        }
        return;
    }
    for (; done + SHARED_VECTORS * LANES <= width; done += SHARED_VECTORS * LANES) {
        sum_block(inputs, &block, sums + done, MATVEC_STREAMS, SHARED_VECTORS);
        block.lanes += SHARED_VECTORS * LANES;
        block.row += SHARED_VECTORS * LANES;
    }
    for (; SHARED_VECTORS > 1 && done < width; done += LANES) {
        sum_block(inputs, &block, sums + done, MATVEC_STREAMS, 1);
        block.lanes += LANES;
        block.row += LANES;
    }
}

static void put_sums(const real *restrict sums, real *restrict y, size_t rows, bool add) {
#pragma omp simd
    for (size_t r = 0; r < rows; r++) {
        y[r] = add ? y[r] + sums[r] : sums[r]; /* NOLINT(clang-analyzer-core*): a panel has rows */
    }
}

/* All rows for 1 stream, or 2 to MATVEC_STREAMS. */
INLINE void run_streams(const Inputs *inputs, real *y, size_t y_stride, size_t streams, bool alone,
                        SumBlock sum_block) {
    const MatvecMatrix *matrix = inputs->matrix;
    for (size_t first = 0; first < matrix->shape.rows; first += MATVEC_PANEL) {
        _Alignas(64) real sums[MATVEC_STREAMS * MATVEC_PANEL];
        size_t left = matrix->shape.rows - first;
        size_t rows = left < MATVEC_PANEL ? left : MATVEC_PANEL;
        size_t width = size_round_up(rows, MATVEC_GRAIN);
        Block block = {.lanes = matrix->lanes + first * matrix->groups, .width = width, .row = first};
        sum_panel(inputs, block, width, sums, alone, sum_block);
        for (size_t s = 0; s < streams; s++) {
            put_sums(sums + s * MATVEC_PANEL, y + s * y_stride + first, rows, matrix->shape.add_to_y);
        }
    }
}

/* `count` streams, at most MATVEC_STREAMS. Where there are two or three, the last one is computed again in the
 * place of those that are missing. */
INLINE void run_few(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride, size_t count,
                    SumBlock sum_block, bool quantized) {
    Inputs inputs = {.matrix = matrix};
    for (size_t s = 0; s < MATVEC_STREAMS; s++) {
        inputs.x[s] = x + (s < count ? s : count - 1) * matrix->shape.columns;
    }
#ifndef LETRA_REAL_DOUBLE
    if (quantized) {
        quantize_inputs(matrix, count > 1 ? MATVEC_STREAMS : 1, &inputs);
    }
#else
    (void)quantized;
#endif
    if (count == 1) {
        run_streams(&inputs, y, y_stride, 1, true, sum_block);
    } else {
        run_streams(&inputs, y, y_stride, count, false, sum_block);
    }
}

INLINE void run(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride, size_t streams,
                SumBlock sum_block, bool quantized) {
    for (size_t first = 0; first < streams; first += MATVEC_STREAMS) {
        size_t left = streams - first;
        run_few(matrix, x + first * matrix->shape.columns, y + first * y_stride, y_stride,
                left < MATVEC_STREAMS ? left : MATVEC_STREAMS, sum_block, quantized);
    }
}

static void run_full(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride, size_t streams) {
    run(matrix, x, y, y_stride, streams, sum_full, false);
}

#ifndef LETRA_REAL_DOUBLE
static void run_bf16(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride, size_t streams) {
    run(matrix, x, y, y_stride, streams, sum_bf16, false);
}

static void run_int8(const MatvecMatrix *matrix, const real *x, real *y, size_t y_stride, size_t streams) {
    run(matrix, x, y, y_stride, streams, sum_int8, true);
}
#endif

extern const MatvecKernels KERNELS_SYMBOL(matvec_kernels);

const MatvecKernels KERNELS_SYMBOL(matvec_kernels) = {
    .name = KERNELS_STRING(KERNELS_NAME),
    .run =
        {
            [PRECISION_F32] = run_full,
#ifndef LETRA_REAL_DOUBLE
            [PRECISION_BF16] = run_bf16,
            [PRECISION_INT8] = run_int8,
#endif
        },
};
