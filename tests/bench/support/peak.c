/* The peak loops: see peak.h. The compiler is told the instruction set of each function, because the benchmark is
 * compiled for any processor; twelve sums hide what a multiplication takes until its result is there. */
#include "bench/support/peak.h"

#include <stdint.h>

#include "math/gemm.h"
#include "math/instruction_set.h"

#ifdef LETRA_X86
#include <immintrin.h>
#endif

enum { SUMS = 12, READ_BLOCK = 256 /* floats */ };

/* Keeps the compiler from leaving out what nobody reads. */
static void use(const void *address) {
    __asm__ volatile("" : : "r"(address) : "memory");
}

typedef float Four __attribute__((vector_size(16)));

static double f32_portable(size_t rounds) {
    Four sums[SUMS] = {{0}};
    Four a = {1.0F, 1.0F, 1.0F, 1.0F};
    use(&a);
    for (size_t k = 0; k < rounds; k++) {
#pragma GCC unroll 12
        for (size_t i = 0; i < SUMS; i++) {
            sums[i] = sums[i] * a + a;
        }
    }
    use(sums);
    return 2.0 * 4.0 * SUMS * (double)rounds;
}

static float read_portable(const float *from, size_t bytes) {
    Four sums[8] = {{0}};
    const Four *vectors = (const Four *)from;
    for (size_t k = 0; k < bytes / sizeof(Four); k += 8) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            sums[i] += vectors[k + i];
        }
    }
    use(sums);
    return sums[0][0];
}

#ifdef LETRA_X86

__attribute__((target("avx2,fma"))) static double f32_avx2(size_t rounds) {
    __m256 sums[SUMS];
    for (size_t i = 0; i < SUMS; i++) {
        sums[i] = _mm256_setzero_ps();
    }
    __m256 a = _mm256_set1_ps(1.0F);
    use(&a);
    for (size_t k = 0; k < rounds; k++) {
#pragma GCC unroll 12
        for (size_t i = 0; i < SUMS; i++) {
            sums[i] = _mm256_fmadd_ps(sums[i], a, a);
        }
    }
    use(sums);
    return 2.0 * 8.0 * SUMS * (double)rounds;
}

__attribute__((target("avx2"))) static float read_avx2(const float *from, size_t bytes) {
    __m256 sums[8];
    for (size_t i = 0; i < 8; i++) {
        sums[i] = _mm256_setzero_ps();
    }
    for (size_t k = 0; k < bytes / sizeof(float); k += 64) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            sums[i] = _mm256_add_ps(sums[i], _mm256_load_ps(from + k + 8 * i));
        }
    }
    use(sums);
    return _mm256_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f"))) static double f32_avx512(size_t rounds) {
    __m512 sums[SUMS];
    for (size_t i = 0; i < SUMS; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    __m512 a = _mm512_set1_ps(1.0F);
    use(&a);
    for (size_t k = 0; k < rounds; k++) {
#pragma GCC unroll 12
        for (size_t i = 0; i < SUMS; i++) {
            sums[i] = _mm512_fmadd_ps(sums[i], a, a);
        }
    }
    use(sums);
    return 2.0 * 16.0 * SUMS * (double)rounds;
}

__attribute__((target("avx512f"))) static float read_avx512(const float *from, size_t bytes) {
    __m512 sums[8];
    for (size_t i = 0; i < 8; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < bytes / sizeof(float); k += 128) {
#pragma GCC unroll 8
        for (size_t i = 0; i < 8; i++) {
            sums[i] = _mm512_add_ps(sums[i], _mm512_load_ps(from + k + 16 * i));
        }
    }
    use(sums);
    return _mm512_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f,avx512bf16"))) static double bf16_avx512(size_t rounds) {
    __m512 sums[SUMS];
    for (size_t i = 0; i < SUMS; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    __m512bh a = _mm512_cvtne2ps_pbh(_mm512_set1_ps(1.0F), _mm512_set1_ps(1.0F));
    use(&a);
    for (size_t k = 0; k < rounds; k++) {
#pragma GCC unroll 12
        for (size_t i = 0; i < SUMS; i++) {
            sums[i] = _mm512_dpbf16_ps(sums[i], a, a);
        }
    }
    use(sums);
    return 2.0 * 32.0 * SUMS * (double)rounds;
}

/* Four tiles, two by two, that nobody loads. */
static double bf16_tiles(size_t rounds) {
    enum { ROWS = 16, ROW_BYTES = 64, TILES = 8 };
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } sizes = {.palette = 1};
    for (size_t tile = 0; tile < TILES; tile++) {
        sizes.row_bytes[tile] = ROW_BYTES;
        sizes.rows[tile] = ROWS;
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(sizes));
    for (size_t k = 0; k < rounds; k++) {
        __asm__ volatile("tdpbf16ps %tmm6, %tmm4, %tmm0\n\ttdpbf16ps %tmm7, %tmm4, %tmm1\n\t"
                         "tdpbf16ps %tmm6, %tmm5, %tmm2\n\ttdpbf16ps %tmm7, %tmm5, %tmm3");
    }
    __asm__ volatile("tilerelease");
    return 4.0 * ROWS * ROWS * ROW_BYTES * (double)rounds;
}

PeakLoop peak_loop_f32(void) {
    static const PeakLoop loops[] = {[INSTRUCTION_SET_PORTABLE] = f32_portable,
                                     [INSTRUCTION_SET_AVX2] = f32_avx2,
                                     [INSTRUCTION_SET_AVX512] = f32_avx512};
    return loops[kernels_row(gemm_instruction_set())];
}

ReadLoop peak_loop_read(void) {
    static const ReadLoop loops[] = {[INSTRUCTION_SET_PORTABLE] = read_portable,
                                     [INSTRUCTION_SET_AVX2] = read_avx2,
                                     [INSTRUCTION_SET_AVX512] = read_avx512};
    return loops[kernels_row(gemm_instruction_set())];
}

PeakLoop peak_loop_bf16(void) {
    static const PeakLoop loops[] = {[BF16_NONE] = NULL,
                                     [BF16_VECTORS] = bf16_avx512,
                                     [BF16_FAST_VECTORS] = bf16_avx512,
                                     [BF16_TILES] = bf16_tiles};
    return loops[gemm_bf16_speed()];
}

#else

PeakLoop peak_loop_f32(void) {
    return f32_portable;
}

ReadLoop peak_loop_read(void) {
    return read_portable;
}

PeakLoop peak_loop_bf16(void) {
    return NULL;
}

#endif
