/* Matching statistics: see matching_statistics.h. */
#include "text/matching_statistics.h"

#include <divsufsort.h>
#include <stdlib.h>

#include "base/memory.h"

enum { NOBODY = -1 };

static const char purpose[] = "the suffixes of the texts";

size_t matching_statistics_memory(size_t length, size_t text) {
    return sizeof(int32_t) * (length + 2 * text);
}

/* For each suffix of the text, the nearest one of the corpus before it in the order and the nearest one behind it. */
static void find_neighbours(const int32_t *order, int32_t length, int32_t text, int32_t *before,
                            int32_t *behind) {
    int32_t nearest = NOBODY;
    for (int32_t k = 0; k < length; k++) {
        if (order[k] >= text) {
            nearest = order[k];
        } else {
            before[order[k]] = nearest;
        }
    }
    nearest = NOBODY;
    for (int32_t k = length - 1; k >= 0; k--) {
        if (order[k] >= text) {
            nearest = order[k];
        } else {
            behind[order[k]] = nearest;
        }
    }
}

/* A row of `length` bytes that begins with `text` bytes of the text. */
typedef struct Row {
    const char *bytes;
    int32_t length, text;
} Row;

/* How many bytes a place of the text has in common with its neighbour, where the place before had `last` in common with
 * the neighbour of that kind. */
static int32_t common_length(const Row *row, int32_t place, int32_t neighbour, int32_t last) {
    if (neighbour == NOBODY) {
        return 0;
    }
    int32_t common = last > 0 ? last - 1 : 0;
    int32_t most = row->text - place;
    most = most < row->length - neighbour ? most : row->length - neighbour;
    while (common < most && row->bytes[place + common] == row->bytes[neighbour + common]) {
        common++;
    }
    return common;
}

/* The lengths from the neighbours; they take the place of `before`. */
static void measure(const Row *row, int32_t *before, const int32_t *behind) {
    int32_t there = 0;
    int32_t back = 0;
    for (int32_t place = 0; place < row->text; place++) {
        there = common_length(row, place, before[place], there);
        back = common_length(row, place, behind[place], back);
        before[place] = there > back ? there : back;
    }
}

int32_t *matching_statistics(const char *row, size_t length, size_t text, Error *error) {
    if (length > MATCHING_BYTES_MAX) {
        error_set(error, "the texts have %zu bytes together; copies can be looked for in up to %zu", length,
                  (size_t)MATCHING_BYTES_MAX);
        return NULL;
    }
    int32_t *order = memory_allocate(length, sizeof *order, purpose, error);
    int32_t *before = memory_allocate(text, sizeof *before, purpose, error);
    int32_t *behind = memory_allocate(text, sizeof *behind, purpose, error);
    bool done = order != NULL && before != NULL && behind != NULL;
    if (done && divsufsort((const sauchar_t *)row, order, (saidx_t)length) != 0) {
        done = error_set_memory(error, "%s could not be sorted", purpose);
    }
    if (done) {
        find_neighbours(order, (int32_t)length, (int32_t)text, before, behind);
        free(order);
        order = NULL;
        measure(&(Row){row, (int32_t)length, (int32_t)text}, before, behind);
    }
    free(order);
    free(behind);
    if (!done) {
        free(before);
        return NULL;
    }
    return before;
}
