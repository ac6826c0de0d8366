/* The split of a text: see split.h. */
#include "model/split.h"

#include <math.h>

/* round(count × fraction), at most `most`; a fraction that is none counts as 0. */
static size_t part_units(size_t count, double fraction, size_t most) {
    double units = round((double)count * fraction);
    if (!(units > 0)) {
        return 0;
    }
    return units < (double)most ? (size_t)units : most;
}

Split split_units(size_t count, double val_fraction, double test_fraction) {
    size_t val = part_units(count, val_fraction, count);
    size_t test = part_units(count, test_fraction, count - val);
    size_t train = count - val - test;
    return (Split){.train = {0, train}, .val = {train, train + val}, .test = {train + val, count}};
}
