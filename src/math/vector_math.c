/* The bound of vector_math.h that compilers must not know. */
#include "math/vector_math.h"

const float vector_tanh_limit = 8.1F;
