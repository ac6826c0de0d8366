/* How often each of many keys came: a hash table for keys of which nobody knows how many there will be, up to a bound.
 *
 * Each different key takes 16 to 32 bytes. What is done for every key that comes is inlined into the loop that counts.
 */
#ifndef LETRA_TEXT_COUNT_TABLE_H
#define LETRA_TEXT_COUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* {.most = N} is an empty one. */
typedef struct CountTable {
    uint64_t *keys;    /* owned: 0 where none is ... */
    uint32_t *counts;  /* owned: ... and how often each came */
    size_t slot_count; /* of both: 0 or a power of two */
    size_t used;       /* different keys */
    size_t most;       /* of which there may be so many */
} CountTable;

/* The slot in which a key is, or the empty one in which it would be; there must be slots. */
static inline size_t count_table_slot(const CountTable *table, uint64_t key) {
    uint64_t hash =
        key * 0x9E3779B97F4A7C15u; /* Fibonacci hashing (Knuth, volume 3, 6.4): the high bits are good */
    size_t slot = (size_t)(hash >> 32) & (table->slot_count - 1);
    while (table->keys[slot] != 0 && table->keys[slot] != key) {
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return slot;
}

/* Makes the table twice as large. False and a message without memory. */
bool count_table_grow(CountTable *table, Error *error);

/* Counts a key, which is not 0, once more; `*count` is how often it came by now (UINT32_MAX: so often or more), 0 if it
 * is new and there is no room for it. False and a message without memory. */
static inline bool count_table_add(CountTable *table, uint64_t key, uint32_t *count, Error *error) {
    if (4 * table->used >= 3 * table->slot_count && !count_table_grow(table, error)) {
        return false;
    }
    size_t slot = count_table_slot(table, key);
    *count = 0;
    if (table->keys[slot] == 0) {
        if (table->used == table->most) {
            return true;
        }
        table->keys[slot] = key;
        table->used++;
    }
    uint32_t *here = &table->counts[slot];
    *here += *here < UINT32_MAX;
    *count = *here;
    return true;
}

/* How often a key came. */
static inline uint32_t count_table_find(const CountTable *table, uint64_t key) {
    return table->slot_count > 0 ? table->counts[count_table_slot(table, key)] : 0;
}

/* Frees what it owns, not the struct. */
void count_table_free(CountTable *table);

#endif
