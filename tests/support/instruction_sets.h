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
    return avx2 && (set == INSTRUCTION_SET_AVX2 || (set == INSTRUCTION_SET_AVX512 ? avx512 : vnni));
#else
    return false;
#endif
}

#endif
