/* A trail: the texts that a search follows, as a tree. A node is a unit and the node before it, so that texts which
 * begin alike share their beginning, and a text that goes on costs one node. */
#ifndef LETRA_GENERATE_TRAIL_H
#define LETRA_GENERATE_TRAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TRAIL_START UINT32_MAX /* the node before the first unit of a text */

typedef struct TrailNode {
    uint32_t before; /* a node, or TRAIL_START */
    uint32_t unit;
} TrailNode;

typedef struct Trail {
    TrailNode *nodes; /* owned */
    size_t count;
    size_t room;
} Trail; /* {0} has no nodes */

void trail_free(Trail *trail);

/* Adds a unit after a node; `*node` becomes its own. False and a message without memory, or numbers for nodes. */
bool trail_add(Trail *trail, uint32_t before, uint32_t unit, uint32_t *node, Error *error);

/* The number of units up to a node, itself included. */
size_t trail_length(const Trail *trail, uint32_t node);

/* The last units up to a node, itself the last, `count` of them or as many as there are. Returns how many that was. */
size_t trail_last(const Trail *trail, uint32_t node, size_t count, uint32_t *units);

#endif
