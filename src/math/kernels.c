/* The choice among the compiled kernels: see kernels.h. */
#include "math/kernels.h"

#include <string.h>

#include "math/instruction_set.h"

KERNELS_DECLARE(Kernels, kernels)

static const Kernels *const table[INSTRUCTION_SET_COUNT] = KERNELS_TABLE(kernels);

const Kernels *kernels_for(InstructionSet instruction_set) {
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
    memset(scratch, 0, count * sizeof(real));
    kernels->add_bfloat16(scratch, from, count);
    return scratch;
}
