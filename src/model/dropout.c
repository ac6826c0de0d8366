/* Dropout over the rows of a window: see dropout.h. */
#include "model/dropout.h"

/* Takes `count` reals through the mask from its element `first` on, to operands from `at` on. */
static void drop(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out, size_t at,
                 const real *in, size_t count, uint64_t first) {
    if (precision == PRECISION_BF16) {
        kernels->dropout_to_bfloat16((bfloat16 *)out + at, in, count, &dropout->mask, first);
    } else {
        kernels->dropout((real *)out + at, in, count, &dropout->mask, first);
    }
}

void dropout_rows(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out,
                  const real *in, Range rows, size_t width) {
    size_t end = rows.end;
    for (size_t row = rows.begin; row < rows.end; row = end) {
        if (dropout->variational) { /* as far as the masks of one step go */
            size_t next = (row / dropout->batch + 1) * dropout->batch;
            end = next < rows.end ? next : rows.end;
        }
        drop(dropout, kernels, precision, out, row * width, in + row * width, (end - row) * width,
             dropout_first(dropout, row, width));
    }
}

void dropout_part(const RowDropout *dropout, const Kernels *kernels, Precision precision, void *out,
                  const real *in, size_t row, Range columns, size_t width) {
    drop(dropout, kernels, precision, out, row * width + columns.begin, in + columns.begin,
         columns.end - columns.begin, dropout_first(dropout, row, width) + columns.begin);
}
