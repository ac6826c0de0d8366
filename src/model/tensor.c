/* Tensors of a file: see tensor.h. */
#include "model/tensor.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/shown.h"
#include "math/precision.h"

/* Numbers are copied from and to files byte by byte, and the format's are little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "a machine with another order must swap bytes here");

static const struct {
    const char *name;
    size_t size;
} dtypes[DTYPE_COUNT] = {
    [DTYPE_BOOL] = {"BOOL", 1}, [DTYPE_U8] = {"U8", 1},   [DTYPE_I8] = {"I8", 1},
    [DTYPE_U16] = {"U16", 2},   [DTYPE_I16] = {"I16", 2}, [DTYPE_F16] = {"F16", 2},
    [DTYPE_BF16] = {"BF16", 2}, [DTYPE_U32] = {"U32", 4}, [DTYPE_I32] = {"I32", 4},
    [DTYPE_F32] = {"F32", 4},   [DTYPE_U64] = {"U64", 8}, [DTYPE_I64] = {"I64", 8},
    [DTYPE_F64] = {"F64", 8},
};

const char *dtype_name(Dtype dtype) {
    return dtypes[dtype].name;
}

size_t dtype_size(Dtype dtype) {
    return dtypes[dtype].size;
}

bool dtype_from_name(const char *name, Dtype *dtype) {
    for (int k = 0; k < DTYPE_COUNT; k++) {
        if (strcmp(dtypes[k].name, name) == 0) {
            *dtype = (Dtype)k;
            return true;
        }
    }
    return false;
}

bool tensor_has_shape(const Tensor *tensor, size_t rows, size_t columns) {
    return tensor->rank == (columns == 0 ? 1 : 2) && tensor->shape[0] == rows &&
           (columns == 0 || tensor->shape[1] == columns);
}

const char *tensor_shape_text(const Tensor *tensor, char out[SHAPE_TEXT_SIZE]) {
    int used = snprintf(out, SHAPE_TEXT_SIZE, "[");
    for (size_t k = 0; k < tensor->rank; k++) {
        used += snprintf(out + used, SHAPE_TEXT_SIZE - (size_t)used, "%s%zu", k == 0 ? "" : ", ",
                         tensor->shape[k]);
    }
    snprintf(out + used, SHAPE_TEXT_SIZE - (size_t)used, "]");
    return out;
}

/* --- numbers --- */

/* The number with the given bits of IEEE 754's binary16: sign 1, exponent 5, fraction 10. */
static double half_value(uint16_t bits) {
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    double size = 0;
    if (exponent == 0x1F) {
        size = fraction == 0 ? INFINITY : NAN;
    } else if (exponent == 0) {
        size = ldexp(fraction, -24);
    } else {
        size = ldexp(fraction + 0x400, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -size : size;
}

/* Element `index` of a tensor of floating-point numbers. */
static double element(const Tensor *tensor, size_t index) {
    const char *at = (const char *)tensor->data + index * dtype_size(tensor->dtype);
    if (tensor->dtype == DTYPE_F64) {
        double value = 0;
        memcpy(&value, at, sizeof value);
        return value;
    }
    if (tensor->dtype == DTYPE_F32) {
        float value = 0;
        memcpy(&value, at, sizeof value);
        return (double)value;
    }
    uint16_t bits = 0;
    memcpy(&bits, at, sizeof bits);
    return tensor->dtype == DTYPE_F16 ? half_value(bits) : (double)bfloat16_value(bits);
}

static bool not_finite(const char *name, double value, size_t index, Error *error) {
    char shown[SHOWN_SIZE];
    return error_set(error, "tensor %s holds %s at index %zu, which is no number to calculate with",
                     shown_text(name, shown), isnan(value) ? "nan" : "inf", index);
}

static bool check_finite(const char *name, const real *values, size_t count, Error *error) {
    for (size_t k = 0; k < count; k++) {
        if (!isfinite(values[k])) {
            return not_finite(name, (double)values[k], k, error);
        }
    }
    return true;
}

bool tensor_is_finite(const Tensor *tensor, Error *error) {
    size_t count = tensor->bytes / dtype_size(tensor->dtype);
    for (size_t k = 0; k < count; k++) {
        double value = element(tensor, k);
        if (!isfinite(value)) {
            return not_finite(tensor->name, value, k, error);
        }
    }
    return true;
}

bool tensor_read(const Tensor *tensor, real *out, Error *error) {
    size_t count = tensor->bytes / dtype_size(tensor->dtype);
    if (count > 0 && tensor->dtype == DTYPE_REAL) {
        memcpy(out, tensor->data, tensor->bytes);
        return check_finite(tensor->name, out, count, error);
    }
    if (tensor->dtype != DTYPE_F64 && tensor->dtype != DTYPE_F32 && tensor->dtype != DTYPE_F16 &&
        tensor->dtype != DTYPE_BF16) {
        char shown[SHOWN_SIZE];
        return error_set(error, "tensor %s has type %s; F32, F64, F16 or BF16 expected",
                         shown_text(tensor->name, shown), dtype_name(tensor->dtype));
    }
    for (size_t k = 0; k < count; k++) {
        out[k] = (real)element(tensor, k);
    }
    return check_finite(tensor->name, out, count, error);
}
