/* The choice among the compiled kernels: see kernels.h. */
#include "math/kernels.h"

#include <string.h>

#include "math/instruction_set.h"

KERNELS_DECLARE(Kernels, kernels)

static const Kernels *const table[INSTRUCTION_SET_COUNT] = KERNELS_TABLE(kernels);

#if defined(LETRA_X86) && !defined(LETRA_REAL_DOUBLE)
extern const Kernels kernels_avx512bf16; /* for which no other file is compiled */
static const Kernels *const converting_kernels = &kernels_avx512bf16;
#else
static const Kernels *const converting_kernels = NULL;
#endif

const Kernels *kernels_for(InstructionSet instruction_set) {
    if (instruction_set == INSTRUCTION_SET_AVX512_BF16 && converting_kernels != NULL) {
        return converting_kernels;
    }
    return table[kernels_row(instruction_set)];
}

void kernels_put_operands(const Kernels *kernels, Precision precision, void *operands, size_t at,
                          const real *values, size_t count) {
    if (precision == PRECISION_BF16) {
        kernels->round_to_bfloat16((bfloat16 *)operands + at, values, count);
    } else if ((real *)operands + at != values) {
        memcpy((real *)operands + at, values, count * sizeof(real));
    }
}

const real *kernels_read_operands(const Kernels *kernels, Precision precision, const void *operands,
                                  size_t at, real *scratch, size_t count) {
    const void *from = operand_at(operands, precision, at);
    if (precision != PRECISION_BF16) {
        return from;
    }
    kernels->widen_bfloat16(scratch, from, count);
    return scratch;
}
