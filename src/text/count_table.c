/* How often each of many keys came: see count_table.h. */
#include "text/count_table.h"

#include <stdlib.h>

#include "base/memory.h"

enum { SLOTS_MIN = 4096 };

bool count_table_grow(CountTable *table, Error *error) {
    CountTable larger = *table;
    larger.slot_count = table->slot_count > 0 ? 2 * table->slot_count : SLOTS_MIN;
    larger.keys = memory_allocate(larger.slot_count, sizeof *larger.keys, "a table of counts", error);
    larger.counts = memory_allocate(larger.slot_count, sizeof *larger.counts, "a table of counts", error);
    if (larger.keys == NULL || larger.counts == NULL) {
        count_table_free(&larger);
        return false;
    }
    for (size_t k = 0; k < table->slot_count; k++) {
        if (table->keys[k] != 0) {
            size_t slot = count_table_slot(&larger, table->keys[k]);
            larger.keys[slot] = table->keys[k];
            larger.counts[slot] = table->counts[k];
        }
    }
    count_table_free(table);
    *table = larger;
    return true;
}

void count_table_free(CountTable *table) {
    free(table->keys);
    free(table->counts);
}
