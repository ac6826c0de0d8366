/* The context of computing: see compute.h. */
#include "math/compute.h"

#include "base/team.h"

bool compute_create(Compute *compute, size_t threads, Error *error) {
    compute->threads = threads == 0 ? team_default_size() : threads;
    compute->instruction_set = gemm_instruction_set();
    compute->kernels = kernels_for(compute->instruction_set);
    compute->gemms = gemm_context_create(compute->threads, error);
    return compute->gemms != NULL;
}

void compute_free(Compute *compute) {
    gemm_context_free(compute->gemms);
    *compute = (Compute){0};
}
