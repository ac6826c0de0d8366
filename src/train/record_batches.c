/* Batches of records: see record_batches.h. */
#include "train/record_batches.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/pass.h"
#include "train/random_streams.h"
#include "train/stream_window.h"

/* Where a stream is in its record: the next unit that it reads, and the border behind the record. */
typedef struct Place {
    size_t at, end;
    size_t busy_until; /* step of the window that is being made */
} Place;

/* A window that is being made. */
typedef struct Window {
    size_t steps;
    uint32_t *ids, *targets; /* NULL: only the places move on */
    size_t used;             /* steps in which a stream reads something */
    size_t scored;
} Window;

struct RecordBatches {
    const UnitStore *units;
    const Records *records;
    size_t first; /* record of the part */
    size_t count;
    size_t batch;
    uint64_t seed;
    uint32_t *order; /* count: the records, from `first`, in the order in which they are read */
    size_t next;     /* place in it of the next one to read */
    Place *places;   /* B */
};

RecordBatches *record_batches_create(const UnitStore *units, const Records *records, Range part, size_t batch,
                                     uint64_t seed, Error *error) {
    RecordBatches *batches = memory_allocate(1, sizeof *batches, "batches of records", error);
    if (batches == NULL) {
        return NULL;
    }
    *batches = (RecordBatches){.units = units,
                               .records = records,
                               .first = records_at(records, part.begin),
                               .count = records_in(records, part),
                               .batch = batch,
                               .seed = seed};
    batches->order =
        memory_allocate(batches->count, sizeof *batches->order, "the order of the records", error);
    batches->places = memory_allocate(batch, sizeof *batches->places, "batches of records", error);
    if (batches->order == NULL || batches->places == NULL) {
        record_batches_free(batches);
        return NULL;
    }
    record_batches_start(batches, 0);
    return batches;
}

void record_batches_free(RecordBatches *batches) {
    if (batches != NULL) {
        free(batches->order);
        free(batches->places);
        free(batches);
    }
}

void record_batches_start(RecordBatches *batches, uint64_t epoch) {
    Random random = random_create(batches->seed, RANDOM_STREAM_RECORDS + epoch);
    random_order(&random, batches->order, batches->count);
    for (size_t b = 0; b < batches->batch; b++) {
        batches->places[b] = (Place){0};
    }
    batches->next = 0;
}

bool record_batches_ended(const RecordBatches *batches) {
    for (size_t b = 0; b < batches->batch; b++) {
        if (batches->places[b].at < batches->places[b].end) {
            return false;
        }
    }
    return batches->next == batches->count;
}

/* Gives a stream that is done with its record the next one, if there is one. */
static void take_record(RecordBatches *batches, Place *place) {
    if (place->at == place->end && batches->next < batches->count) {
        const size_t *begins = &batches->records->begins[batches->first + batches->order[batches->next++]];
        place->at = begins[0];
        place->end = begins[1];
    }
}

/* Fills `count` steps of stream `b` from step `t` on: with its record, or, of 1 step, with nothing. */
static bool fill_stream(const RecordBatches *batches, const Window *window, size_t t, size_t b, size_t count,
                        Error *error) {
    const Place *place = &batches->places[b];
    size_t first = t * batches->batch;
    size_t targets = 0;
    if (place->at == place->end) {
        window->ids[first + b] = 0;
        window->targets[first + b] = PASS_NO_TARGET;
        return true;
    }
    return stream_window_fill(batches->units, place->at, (Range){place->at, place->at + count + 1}, count,
                              batches->batch, b, window->ids + first, window->targets + first, &targets,
                              error);
}

/* Has stream `b`, which is free at step `t`, go on to the end of its record, or of the window. Without a record it
 * idles for a step. */
static bool move_stream(RecordBatches *batches, Window *window, size_t t, size_t b, Error *error) {
    Place *place = &batches->places[b];
    take_record(batches, place);
    size_t left = place->end - place->at;
    size_t count = left < window->steps - t ? left : window->steps - t;
    if (window->ids != NULL && !fill_stream(batches, window, t, b, count, error)) {
        return false;
    }
    place->at += count;
    place->busy_until = t + (count > 0 ? count : 1);
    window->scored += count;
    window->used = count > 0 && t + count > window->used ? t + count : window->used;
    return true;
}

size_t record_batches_next(RecordBatches *batches, size_t steps, uint32_t *ids, uint32_t *targets,
                           size_t *scored, Error *error) {
    Window window = {.steps = steps, .ids = ids, .targets = targets};
    for (size_t b = 0; b < batches->batch; b++) {
        batches->places[b].busy_until = 0;
    }
    /* Records are taken in the order of steps, then of streams. */
    for (size_t t = 0; t < steps; t++) {
        for (size_t b = 0; b < batches->batch; b++) {
            if (batches->places[b].busy_until <= t && !move_stream(batches, &window, t, b, error)) {
                return 0;
            }
        }
    }
    *scored = window.scored;
    return window.used;
}
