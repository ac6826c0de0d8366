/* Trails: see trail.h. */
#include "generate/trail.h"

#include <stdlib.h>

#include "base/memory.h"

void trail_free(Trail *trail) {
    free(trail->nodes);
    *trail = (Trail){0};
}

bool trail_add(Trail *trail, uint32_t before, uint32_t unit, uint32_t *node, Error *error) {
    if (trail->count == TRAIL_START) {
        return error_set(error,
                         "the search has come to the most units that it can remember, %zu: "
                         "use a smaller --beam, or a smaller --length",
                         trail->count);
    }
    TrailNode *nodes =
        memory_grow(trail->nodes, trail->count, &trail->room, sizeof *nodes, "the texts of a search", error);
    if (nodes == NULL) {
        return false;
    }
    trail->nodes = nodes;
    trail->nodes[trail->count] = (TrailNode){before, unit};
    *node = (uint32_t)trail->count++;
    return true;
}

size_t trail_length(const Trail *trail, uint32_t node) {
    size_t length = 0;
    for (; node != TRAIL_START; node = trail->nodes[node].before) {
        length++;
    }
    return length;
}

size_t trail_last(const Trail *trail, uint32_t node, size_t count, uint32_t *units) {
    size_t length = 0;
    for (uint32_t at = node; at != TRAIL_START && length < count; at = trail->nodes[at].before) {
        length++;
    }
    for (size_t k = length; k > 0; k--) {
        units[k - 1] = trail->nodes[node].unit;
        node = trail->nodes[node].before;
    }
    return length;
}
