/* Written units: see written_units.h. */
#include "generate/written_units.h"

#include <stdlib.h>

#include "base/memory.h"

bool written_units_add(WrittenUnits *written, WrittenUnit unit, Error *error) {
    WrittenUnit *items = memory_grow(written->items, written->count, &written->room, sizeof *items,
                                     "the probabilities of a text", error);
    if (items == NULL) {
        return false;
    }
    written->items = items;
    written->items[written->count++] = unit;
    return true;
}

void written_units_cut(WrittenUnits *written, const Vocab *vocab, size_t length) {
    for (size_t cut = 0; cut < length && written->count > 0; written->count--) {
        cut += vocab_symbol(vocab, written->items[written->count - 1].unit).length;
    }
}

void written_units_free(WrittenUnits *written) {
    free(written->items);
    *written = (WrittenUnits){0};
}
