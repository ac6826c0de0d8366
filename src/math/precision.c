/* The names of precisions: see precision.h. */
#include "math/precision.h"

static const char *const names[PRECISIONS] = {"f32", "bf16", "int8"};

const char *precision_name(size_t precision) {
    return precision < PRECISIONS ? names[precision] : NULL;
}
