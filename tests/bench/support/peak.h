/* Loops that do nothing but arithmetic, or nothing but reading: what a core can do at most. Each is written for the
 * instruction sets that the products of this machine use (gemm_instruction_set). */
#ifndef LETRA_TESTS_BENCH_SUPPORT_PEAK_H
#define LETRA_TESTS_BENCH_SUPPORT_PEAK_H

#include <stddef.h>

/* A loop over registers: makes `rounds` rounds and returns how many operations (a multiplication and an addition are
 * two) that was. */
typedef double (*PeakLoop)(size_t rounds);

/* In fp32. */
PeakLoop peak_loop_f32(void);
/* In bf16, on tiles (AMX) or by AVX512-BF16; NULL where the products may use neither. */
PeakLoop peak_loop_bf16(void);

/* Reads `bytes` bytes (a multiple of 1024, aligned to 64) and returns something that depends on all of them. */
typedef float (*ReadLoop)(const float *from, size_t bytes);
ReadLoop peak_loop_read(void);

#endif
