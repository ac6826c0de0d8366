/* The instruction sets whose code this machine can run, whatever DNNL_MAX_CPU_ISA says of the products. */
#ifndef LETRA_TESTS_SUPPORT_INSTRUCTION_SETS_H
#define LETRA_TESTS_SUPPORT_INSTRUCTION_SETS_H

#include <stdbool.h>

#include "math/instruction_set.h"

/* Whether this build has code of its own for the set, and the processor runs it. */
static inline bool instruction_set_runs(InstructionSet set) {
    if (set == INSTRUCTION_SET_PORTABLE) {
        return true;
    }
#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
    bool avx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    bool bf16 = vnni && __builtin_cpu_supports("avx512bf16");
    switch (set) {
    case INSTRUCTION_SET_AVX2: return avx2;
    case INSTRUCTION_SET_AVX512: return avx2 && avx512;
    case INSTRUCTION_SET_AVX512_VNNI: return avx2 && vnni;
    default: return avx2 && bf16;
    }
#else
    return false;
#endif
}

#endif
