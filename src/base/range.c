/* Ranges: see range.h. */
#include "base/range.h"

Range range_part(size_t length, size_t grain, size_t parts, size_t part) {
    size_t grains = (length + grain - 1) / grain;
    size_t begin = grains * part / parts * grain;
    size_t end = grains * (part + 1) / parts * grain;
    return (Range){begin < length ? begin : length, end < length ? end : length};
}
