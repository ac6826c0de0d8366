/* The choice among the compiled kernels: see kernels.h. */
#include "math/kernels.h"

#include "math/instruction_set.h"

KERNELS_DECLARE(Kernels, kernels)

static const Kernels *const table[INSTRUCTION_SET_COUNT] = KERNELS_TABLE(kernels);

const Kernels *kernels_for(InstructionSet instruction_set) {
    while (table[instruction_set] == NULL) {
        instruction_set--; /* this build has none for it: the next lesser one */
    }
    return table[instruction_set];
}
