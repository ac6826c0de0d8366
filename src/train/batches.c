/* Streams side by side: see batches.h. */
#include "train/batches.h"

#include "train/stream_window.h"

void batches_fit(size_t units, size_t records, size_t *steps, size_t *batch) {
    while (*batch > 1 && (units / *batch < *steps + 1 || (records > 0 && *batch > records))) {
        *batch /= 2;
    }
    if (units < *steps + 1) {
        *steps = units > 1 ? units - 1 : 1;
    }
}

static size_t part_length(const Batches *batches) {
    return batches->part.end - batches->part.begin;
}

/* Where stream b begins; stream B begins at the end. */
static size_t stream_begin(const Batches *batches, size_t b) {
    size_t length = part_length(batches);
    size_t share = length / batches->batch;
    size_t longer = length % batches->batch; /* the last `longer` streams have one more unit */
    size_t shorter = batches->batch - longer;
    return batches->part.begin + b * share + (b > shorter ? b - shorter : 0);
}

/* Predictions of the longest stream: its units but the first. */
static size_t longest_stream(const Batches *batches) {
    size_t b = batches->batch - 1;
    return stream_begin(batches, b + 1) - stream_begin(batches, b) - 1;
}

size_t batches_predictions(const Batches *batches) {
    return part_length(batches) - (batches->records != NULL ? 1 : batches->batch);
}

/* Begins the next epoch of records if one is over. */
static void turn_epoch(Batches *batches) {
    if (record_batches_ended(batches->records)) {
        batches->position = 0;
        record_batches_start(batches->records, ++batches->epoch);
    }
}

bool batches_resume(Batches *batches, uint64_t units) {
    if (batches->records == NULL) {
        return batches->position <= longest_stream(batches);
    }
    size_t position = batches->position;
    batches->epoch = units / batches_predictions(batches);
    batches->position = 0;
    record_batches_start(batches->records, batches->epoch);
    size_t scored = 0;
    while (batches->position < position && !record_batches_ended(batches->records)) {
        (void)record_batches_next(batches->records, batches->steps, NULL, NULL, &scored, NULL);
        batches->position++;
    }
    return batches->position == position && !record_batches_ended(batches->records);
}

size_t batches_next(Batches *batches, uint32_t *ids, uint32_t *targets, size_t *scored, bool *first,
                    Error *error) {
    if (batches->records != NULL) {
        *first = batches->position == 0;
        size_t steps = record_batches_next(batches->records, batches->steps, ids, targets, scored, error);
        batches->position++;
        turn_epoch(batches);
        return steps;
    }
    size_t longest = longest_stream(batches);
    if (batches->position >= longest) {
        batches->position = 0;
    }
    size_t left = longest - batches->position;
    size_t steps = left < batches->steps ? left : batches->steps;
    *first = batches->position == 0;
    *scored = 0;
    for (size_t b = 0; b < batches->batch; b++) {
        size_t count = 0;
        Range stream = {stream_begin(batches, b), stream_begin(batches, b + 1)};
        if (!stream_window_fill(batches->units, stream.begin + batches->position, stream, steps,
                                batches->batch, b, ids, targets, &count, error)) {
            return 0;
        }
        *scored += count;
    }
    batches->position += steps;
    return steps;
}
