/* Where records lie: see records.h. */
#include "text/records.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

bool records_add(Records *records, size_t begin, bool end, Error *error) {
    size_t *begins = memory_grow(records->begins, records->count, &records->room, sizeof *begins,
                                 "the places of the records", error);
    if (begins == NULL) {
        return false;
    }
    records->begins = begins;
    records->begins[records->count] = begin;
    records->count += end ? 0 : 1;
    return true;
}

void records_free(Records *records) {
    free(records->begins);
    *records = (Records){0};
}

size_t records_at(const Records *records, size_t unit) {
    size_t low = 0;
    size_t high = records->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (records->begins[middle] < unit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t records_in(const Records *records, Range part) {
    return part.end > part.begin ? records_at(records, part.end - 1) - records_at(records, part.begin) : 0;
}

/* --- shuffling --- */

/* Units on their way from one store to another. */
typedef struct Copying {
    const UnitStore *from;
    UnitStore *to;
    uint32_t *row;
    size_t room;
} Copying;

static bool copy_units(Copying *copying, size_t begin, size_t count, Error *error) {
    if (count > copying->room) {
        free(copying->row);
        copying->room = 2 * count;
        copying->row = malloc(copying->room * sizeof *copying->row);
        if (copying->row == NULL) {
            copying->room = 0;
            return error_out_of_memory(error, 2 * count * sizeof *copying->row, "a record");
        }
    }
    return unit_store_read(copying->from, begin, count, copying->row, error) &&
           unit_store_append(copying->to, copying->row, count, error);
}

/* Copies the records in that order, and where they begin then. */
static bool copy_records(const Records *records, const uint32_t *order, Copying *copying, Records *shuffled,
                         Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < records->count; k++) {
        const size_t *begin = &records->begins[order[k]];
        done = records_add(shuffled, unit_store_count(copying->to), false, error) &&
               copy_units(copying, begin[0], begin[1] - begin[0], error);
    }
    return done && records_add(shuffled, unit_store_count(copying->to), true, error) &&
           copy_units(copying, records->begins[records->count], 1, error) &&
           unit_store_finish(copying->to, error);
}

bool records_shuffle(Records *records, UnitStore **units, const char *folder, Error *error) {
    uint32_t *order = memory_allocate(records->count, sizeof *order, "the order of the records", error);
    UnitStore *old = *units;
    Copying copying = {.from = old, .to = order != NULL ? unit_store_create(folder, error) : NULL};
    Records shuffled = {0};
    bool done = copying.to != NULL;
    if (done) {
        Random random = random_create(0, 0);
        random_order(&random, order, records->count);
        done = copy_records(records, order, &copying, &shuffled, error);
    }
    if (done) {
        records_free(records);
        *records = shuffled;
        *units = copying.to;
        unit_store_free(old);
    } else {
        records_free(&shuffled);
        unit_store_free(copying.to);
    }
    free(copying.row);
    free(order);
    return done;
}
