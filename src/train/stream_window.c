/* Columns of windows: see stream_window.h. */
#include "train/stream_window.h"

#include "model/pass.h"

enum { ROW = 256 };

/* Spreads units that follow one another, of which the first is number `begin` of the text, over `steps` steps of a
 * column. Returns how many targets there are. */
static size_t spread(const uint32_t *row, size_t count, size_t begin, Range scored, size_t steps,
                     size_t batch, uint32_t *ids, uint32_t *targets) {
    size_t found = 0;
    for (size_t t = 0; t < steps; t++) {
        bool target = t + 1 < count && begin + t + 1 >= scored.begin;
        ids[t * batch] = t < count ? row[t] : 0;
        targets[t * batch] = target ? row[t + 1] : PASS_NO_TARGET;
        found += target;
    }
    return found;
}

bool stream_window_fill(const UnitStore *units, size_t begin, Range scored, size_t steps, size_t batch,
                        size_t b, uint32_t *ids, uint32_t *targets, size_t *count, Error *error) {
    uint32_t row[ROW + 1];
    *count = 0;
    for (size_t first = 0; first < steps; first += ROW) {
        size_t here = steps - first < ROW ? steps - first : ROW;
        size_t at = begin + first;
        size_t left = at < scored.end ? scored.end - at : 0;
        size_t taken = left <= here ? left : here + 1; /* the last one is only a target */
        if (!unit_store_read(units, at, taken, row, error)) {
            return false;
        }
        size_t place = first * batch + b;
        *count += spread(row, taken, at, scored, here, batch, ids + place, targets + place);
    }
    return true;
}
