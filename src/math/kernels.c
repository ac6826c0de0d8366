/* The choice among the compiled kernels: see kernels.h. */
#include "math/kernels.h"

#include "math/instruction_set.h"

#define KERNELS_DECLARE(name, set) extern const Kernels kernels_##name;
KERNELS_FOR_EACH(KERNELS_DECLARE)

typedef struct KernelsRow {
    InstructionSet instruction_set;
    const Kernels *kernels;
} KernelsRow;

#define KERNELS_ROW(name, set) {set, &kernels_##name},
static const KernelsRow rows[] = {KERNELS_FOR_EACH(KERNELS_ROW)};

const Kernels *kernels_for(InstructionSet instruction_set) {
    const Kernels *best = rows[0].kernels;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        if (rows[k].instruction_set <= instruction_set) {
            best = rows[k].kernels;
        }
    }
    return best;
}
