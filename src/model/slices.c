/* Slices of units: see slices.h. */
#include "model/slices.h"

#include <string.h>

enum {
    UNIT_GRAIN = 16,    /* slices begin at multiples of it: whole vectors, whole cache lines */
    UNITS_A_SLICE = 64, /* products of 64 units × 4 gates run at full speed (measured), and two fit any L2 */
    SMALLEST_SLICE = 32
};

Slices slices_create(size_t hidden, size_t gates, size_t heads) {
    size_t units = hidden / heads;
    size_t count = (units + UNITS_A_SLICE - 1) / UNITS_A_SLICE;
    if (heads * count % 2 == 1 && units >= SMALLEST_SLICE) {
        count++; /* two threads, or four, have as many each */
    }
    return (Slices){hidden, gates, heads * count, heads};
}

size_t slices_head(const Slices *slices, size_t slice) {
    return slice / (slices->count / slices->heads);
}

Range slices_units(const Slices *slices, size_t slice) {
    size_t units = slices->hidden / slices->heads;
    size_t cuts = slices->count / slices->heads;
    size_t first = slices_head(slices, slice) * units;
    Range part = range_part(units, UNIT_GRAIN, cuts, slice % cuts);
    return (Range){first + part.begin, first + part.end};
}

size_t slices_offset(const Slices *slices, size_t slice, size_t rows) {
    return slices->gates * slices_units(slices, slice).begin * rows;
}

size_t slices_width(const Slices *slices, size_t slice) {
    Range units = slices_units(slices, slice);
    return slices->gates * (units.end - units.begin);
}

const void *slices_gradient(const Slices *slices, size_t slice, size_t rows, Precision precision,
                            const void *dy) {
    return operand_at(dy, precision, slices_offset(slices, slice, rows));
}

GradientRows slices_gradient_rows(const Slices *slices, size_t slice, size_t rows, Precision precision,
                                  void *dy) {
    size_t begin = slices_offset(slices, slice, rows) * operand_size(precision);
    return (GradientRows){
        .operands = (char *)dy + begin, .width = slices_width(slices, slice), .precision = precision};
}

void gradient_rows_put(const GradientRows *gradients, const Kernels *kernels, size_t row, size_t column,
                       const real *values, size_t count) {
    kernels_put_operands(kernels, gradients->precision, gradients->operands, row * gradients->width + column,
                         values, count);
}

void gradient_rows_clear(const GradientRows *gradients, Range rows) {
    size_t size = gradients->width * operand_size(gradients->precision);
    memset((char *)gradients->operands + rows.begin * size, 0, (rows.end - rows.begin) * size);
}
