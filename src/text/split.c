/* The split of a text: see split.h. */
#include "text/split.h"

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

/* The first border at a unit or behind it. */
static size_t border_at(const Records *records, size_t unit) {
    return records->begins[records_at(records, unit)];
}

/* A part from border to border, the last one included. */
static Range record_part(size_t begin, size_t end) {
    return (Range){begin, end > begin ? end + 1 : begin};
}

Split split_corpus(const Corpus *corpus, double val_fraction, double test_fraction) {
    Split split = split_units(unit_store_count(corpus->units), val_fraction, test_fraction);
    if (corpus->records.count == 0) {
        return split;
    }
    size_t val = border_at(&corpus->records, split.train.end);
    size_t test = border_at(&corpus->records, split.val.end);
    size_t end = corpus->records.begins[corpus->records.count];
    return (Split){
        .train = record_part(0, val), .val = record_part(val, test), .test = record_part(test, end)};
}
