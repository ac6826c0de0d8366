/* A range of things that are numbered: units of a text, hidden units, rows, parts of work. */
#ifndef LETRA_BASE_RANGE_H
#define LETRA_BASE_RANGE_H

#include <stddef.h>

/* begin <= k < end. */
typedef struct Range {
    size_t begin;
    size_t end;
} Range;

/* Part `part` of `parts` when `length` elements are cut at multiples of `grain` as evenly as possible. */
Range range_part(size_t length, size_t grain, size_t parts, size_t part);

#endif
