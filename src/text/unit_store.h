/* A long row of units in little room.
 *
 * Units are stored in blocks of a million, and each block in as few bytes a unit as its largest one needs: one up to
 * 256 different units, two up to 65,536. Blocks lie in memory or, for texts that are larger than that, in a file
 * without a name, which is gone when the process is; then only a table of the blocks takes memory.
 *
 * While a text is read its symbols are numbered as they come; what their places in the sorted vocabulary are is known
 * only at the end. So a store can be given a map, through which all that is read from it goes.
 */
#ifndef LETRA_TEXT_UNIT_STORE_H
#define LETRA_TEXT_UNIT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct UnitStore UnitStore;

/* An empty store, in memory or, if `folder` is not NULL, in a file there. NULL and a message on failure. */
UnitStore *unit_store_create(const char *folder, Error *error);
/* Frees it; NULL does nothing. */
void unit_store_free(UnitStore *store);

/* Puts units behind those that are there. False and a message without memory, or room on the disk, which says how
 * --cache helps. */
bool unit_store_append(UnitStore *store, const uint32_t *units, size_t count, Error *error);
/* Says that no more will come: what was kept for it is freed. */
bool unit_store_finish(UnitStore *store, Error *error);

size_t unit_store_count(const UnitStore *store);
/* Bytes that it takes, in memory and in its file. */
size_t unit_store_memory(const UnitStore *store);
size_t unit_store_file(const UnitStore *store);
/* The units begin <= k < begin + count, which must be there, into `units`. False and a message only if the file cannot
 * be read. Any number of threads may read a store at once. */
bool unit_store_read(const UnitStore *store, size_t begin, size_t count, uint32_t *units, Error *error);

/* From now on what was read as u is read as map[u]; `size` is above every u. False and a message without memory. */
bool unit_store_map(UnitStore *store, const uint32_t *map, size_t size, Error *error);

#endif
