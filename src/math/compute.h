/* What computing needs, in one context that is passed down: the products, the kernels of this processor, the
 * size of the team. There are no globals behind it. */
#ifndef LETRA_MATH_COMPUTE_H
#define LETRA_MATH_COMPUTE_H

#include <stddef.h>

#include "base/error.h"
#include "math/gemm.h"
#include "math/kernels.h"

typedef struct Compute {
    GemmContext *gemms;             /* owned */
    InstructionSet instruction_set; /* the best one here, or what DNNL_MAX_CPU_ISA allows */
    const Kernels *kernels;
    size_t threads;
} Compute;

/* For `threads` threads (0: one for each processor that this process may use). Freed with compute_free. */
bool compute_create(Compute *compute, size_t threads, Error *error);
void compute_free(Compute *compute);

#endif
