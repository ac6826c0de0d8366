/* A tensor as it lies in a safetensors file: a name, a type, a shape, and bytes (little-endian). */
#ifndef LETRA_MODEL_TENSOR_H
#define LETRA_MODEL_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "math/real.h"

/* The types of the format that have whole bytes and are in use. */
typedef enum Dtype {
    DTYPE_BOOL,
    DTYPE_U8,
    DTYPE_I8,
    DTYPE_U16,
    DTYPE_I16,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_U32,
    DTYPE_I32,
    DTYPE_F32,
    DTYPE_U64,
    DTYPE_I64,
    DTYPE_F64,
    DTYPE_COUNT
} Dtype;

/* The type of `real`: F32 in the program. */
#define DTYPE_REAL (sizeof(real) == sizeof(float) ? DTYPE_F32 : DTYPE_F64)

/* The format's name for it ("F32"). */
const char *dtype_name(Dtype dtype);
/* Bytes of one element. */
size_t dtype_size(Dtype dtype);
/* The type of that name; false if there is none. */
bool dtype_from_name(const char *name, Dtype *dtype);

enum { TENSOR_RANK_MAX = 8 };

typedef struct Tensor {
    const char *name;
    Dtype dtype;
    size_t rank;
    size_t shape[TENSOR_RANK_MAX];
    const void *data; /* row-major, as it lies in the file: not aligned */
    size_t bytes;     /* dtype_size × elements */
} Tensor;

/* Whether the tensor is a matrix rows × columns, or with columns 0 a vector of `rows` elements. */
bool tensor_has_shape(const Tensor *tensor, size_t rows, size_t columns);

enum { SHAPE_TEXT_SIZE = 192 };
/* "[512, 128]" for messages. Returns `out`. */
const char *tensor_shape_text(const Tensor *tensor, char out[SHAPE_TEXT_SIZE]);

/* Copies the numbers of a F64, F32, F16 or BF16 tensor into `out`, which has room for all of them. False and
 * a message for another type, or that names the tensor and the first element which is no finite number. */
bool tensor_read(const Tensor *tensor, real *out, Error *error);

/* Whether all numbers of a F64, F32, F16 or BF16 tensor are finite; else false and the same message. */
bool tensor_is_finite(const Tensor *tensor, Error *error);

#endif
