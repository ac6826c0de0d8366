/* The names of the numbers: see training_method.h. */
#include "model/training_method.h"

const char *optimizer_number_name(OptimizerNumber number) {
    static const char *const names[OPTIMIZER_NUMBERS] = {
        [OPTIMIZER_BETA1] = OPTIMIZER_BETA1_NAME,       [OPTIMIZER_BETA2] = OPTIMIZER_BETA2_NAME,
        [OPTIMIZER_RHO] = OPTIMIZER_RHO_NAME,           [OPTIMIZER_EPSILON] = OPTIMIZER_EPSILON_NAME,
        [OPTIMIZER_MOMENTUM] = OPTIMIZER_MOMENTUM_NAME, [OPTIMIZER_NESTEROV] = OPTIMIZER_NESTEROV_NAME,
    };
    return names[number];
}
