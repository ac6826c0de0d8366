/* Code points by category and script: see census.h. */
#include "text/census.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/category.h"
#include "text/script.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

/* Code points in ascending order, each with its count. */
typedef struct Points {
    uint32_t *code_points;
    uint64_t *counts;
    uint8_t *scripts;
    size_t count;
} Points;

/* Counts the code points of all symbols in a table with a place for each there may be; NULL and a message without
 * memory. */
static uint64_t *count_points(const Vocab *vocab, size_t *different, Error *error) {
    uint64_t *counts = memory_allocate(UNICODE_CODE_POINTS, sizeof *counts, "counting code points", error);
    if (counts == NULL) {
        return NULL;
    }
    for (uint32_t k = 0; k < vocab_size(vocab); k++) {
        Symbol symbol = vocab_symbol(vocab, k);
        for (size_t position = 0; !symbol_is_special(symbol) && position < symbol.length;) {
            uint32_t code_point = 0;
            position += decode_valid(symbol.text + position, &code_point);
            *different += counts[code_point] == 0;
            counts[code_point] += vocab_count(vocab, k);
        }
    }
    return counts;
}

static bool list_points(const Vocab *vocab, Points *points, Error *error) {
    size_t different = 0;
    uint64_t *counts = count_points(vocab, &different, error);
    points->code_points = memory_allocate(different, sizeof *points->code_points, "the code points", error);
    points->counts = memory_allocate(different, sizeof *points->counts, "the code points", error);
    points->scripts = memory_allocate(different, 1, "the code points", error);
    bool done =
        counts != NULL && points->code_points != NULL && points->counts != NULL && points->scripts != NULL;
    for (uint32_t k = 0; done && k < UNICODE_CODE_POINTS; k++) {
        if (counts[k] > 0) {
            points->code_points[points->count] = k;
            points->counts[points->count++] = counts[k];
        }
    }
    free(counts);
    return done && script_find(points->code_points, points->count, points->scripts, error);
}

static void free_points(Points *points) {
    free(points->code_points);
    free(points->counts);
    free(points->scripts);
}

static int compare_groups(const void *left, const void *right) {
    const CensusGroup *a = left;
    const CensusGroup *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : strcmp(a->name, b->name);
}

/* Leaves out empty groups, the largest first; returns how many are left. */
static size_t sort_groups(CensusGroup *groups, size_t count) {
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        if (groups[k].count > 0) {
            groups[kept++] = groups[k];
        }
    }
    qsort(groups, kept, sizeof *groups, compare_groups);
    return kept;
}

static void add_point(CensusGroup *group, uint64_t count) {
    group->count += count;
    group->different++;
}

static bool make_groups(const Points *points, Census *census, Error *error) {
    census->categories = memory_allocate(CATEGORIES, sizeof *census->categories, "the categories", error);
    census->scripts = memory_allocate(script_count(), sizeof *census->scripts, "the scripts", error);
    if (census->categories == NULL || census->scripts == NULL) {
        return false;
    }
    for (size_t k = 0; k < CATEGORIES; k++) {
        census->categories[k] = (CensusGroup){.name = category_name(k), .code = category_code(k)};
    }
    for (size_t k = 0; k < script_count(); k++) {
        census->scripts[k] = (CensusGroup){.name = script_name(k)};
    }
    for (size_t k = 0; k < points->count; k++) {
        add_point(&census->categories[category_of(points->code_points[k])], points->counts[k]);
        add_point(&census->scripts[points->scripts[k]], points->counts[k]);
        census->code_points += points->counts[k];
    }
    census->different = points->count;
    census->category_count = sort_groups(census->categories, CATEGORIES);
    census->script_count = sort_groups(census->scripts, script_count());
    return true;
}

bool census_take(const Vocab *vocab, Census *census, Error *error) {
    Points points = {0};
    *census = (Census){0};
    if (vocab_unit(vocab) == UNIT_BYTE) {
        return true;
    }
    bool done = list_points(vocab, &points, error) && make_groups(&points, census, error);
    free_points(&points);
    if (!done) {
        census_free(census);
    }
    return done;
}

void census_free(Census *census) {
    free(census->categories);
    free(census->scripts);
    *census = (Census){0};
}
