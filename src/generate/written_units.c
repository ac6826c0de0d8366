/* Written units: see written_units.h. */
#include "generate/written_units.h"

#include <stdlib.h>

bool written_units_add(WrittenUnits *written, WrittenUnit unit, Error *error) {
    if (written->items == NULL || written->count == written->room) {
        size_t room = 2 * written->room + 64;
        WrittenUnit *items = realloc(written->items, room * sizeof *items);
        if (items == NULL) {
            return error_out_of_memory(error, room * sizeof *items, "the probabilities of a text");
        }
        written->items = items;
        written->room = room;
    }
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
