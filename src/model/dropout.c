/* Dropout over the rows of a window: see dropout.h. */
#include "model/dropout.h"

void dropout_rows(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out,
                  const real *in, Range rows, size_t width) {
    size_t end = rows.end;
    for (size_t row = rows.begin; row < rows.end; row = end) {
        if (dropout->variational) { /* as far as the masks of one step go */
            size_t next = (row / dropout->batch + 1) * dropout->batch;
            end = next < rows.end ? next : rows.end;
        }
        uint64_t first = dropout_first(dropout, row, width);
        size_t at = row * width;
        size_t count = (end - row) * width;
        if (precision == PRECISION_BF16) {
            kernels->dropout_to_bfloat16((bfloat16 *)out + at, in + at, count, &dropout->mask, first);
        } else {
            kernels->dropout((real *)out + at, in + at, count, &dropout->mask, first);
        }
    }
}
