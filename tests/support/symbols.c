/* Symbols as numbers, and stored units as arrays: see symbols.h. */
#include "support/symbols.h"

#include "base/memory.h"

Vocab *vocab_create_from_numbers(Unit unit, const uint32_t *numbers, const uint64_t *counts, size_t size,
                                 Error *error) {
    enum { ROOM = 4 };
    Symbol *symbols = memory_allocate(size, sizeof *symbols, "the vocabulary", error);
    char *bytes = memory_allocate(size, ROOM, "the vocabulary", error);
    Vocab *vocab = NULL;
    if (symbols != NULL && bytes != NULL) {
        for (size_t k = 0; k < size; k++) {
            char *text = bytes + k * ROOM;
            text[0] = (char)(unsigned char)numbers[k];
            size_t length = unit == UNIT_BYTE ? numbers[k] <= 0xFF : utf8_encode(numbers[k], text);
            symbols[k] = (Symbol){text, length > 0 ? length : 2}; /* 2: what is none, and will be refused */
        }
        vocab = vocab_create(unit, symbols, counts, size, error);
    }
    free(symbols);
    free(bytes);
    return vocab;
}

UnitStore *unit_store_of(const uint32_t *units, size_t count, Error *error) {
    UnitStore *store = unit_store_create(NULL, error);
    if (store != NULL &&
        !(unit_store_append(store, units, count, error) && unit_store_finish(store, error))) {
        unit_store_free(store);
        return NULL;
    }
    return store;
}
