/* The vocabulary: see vocab.h. It is a set of symbols (symbol_set.h) to which they were added in order. */
#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct Vocab {
    SymbolSet *set;
    uint64_t *counts;
};

/* Whether the symbol at place `k` can be in a vocabulary, after the one before it. */
static bool check_symbol(Unit unit, const Symbol *symbols, size_t k, Error *error) {
    static const char *const wanted[UNITS] = {"no Unicode character", "no byte", "no grapheme"};
    if (!symbol_is_special(symbols[k]) && !symbol_is_one(unit, symbols[k])) {
        return error_set(error, "symbol %zu of the vocabulary is %s", k, wanted[unit]);
    }
    if (k == 0 || symbol_compare(symbols[k - 1], symbols[k]) < 0) {
        return true;
    }
    Bytes description = {0};
    if (symbol_describe(unit, symbols[k], &description, error)) {
        error_set(error, "symbol %zu of the vocabulary, %s, does not come after the one before it", k,
                  description.data);
    }
    bytes_free(&description);
    return false;
}

Vocab *vocab_create(Unit unit, const Symbol *symbols, const uint64_t *counts, size_t size, Error *error) {
    if (size == 0) {
        error_set(error, "the vocabulary is empty");
        return NULL;
    }
    Vocab *vocab = memory_allocate(1, sizeof *vocab, "the vocabulary", error);
    if (vocab == NULL) {
        return NULL;
    }
    vocab->set = symbol_set_create(unit, error);
    vocab->counts = memory_allocate(size, sizeof *vocab->counts, "the vocabulary's counts", error);
    bool done = vocab->set != NULL && vocab->counts != NULL;
    for (size_t k = 0; done && k < size; k++) {
        uint32_t index = 0;
        done = check_symbol(unit, symbols, k, error) && symbol_set_add(vocab->set, symbols[k], &index, error);
        vocab->counts[k] = counts == NULL ? 1 : counts[k];
    }
    if (!done) {
        vocab_free(vocab);
        return NULL;
    }
    return vocab;
}

/* --- from a set --- */

/* A symbol on its way into order. */
typedef struct Entry {
    Symbol symbol;
    uint32_t number;
} Entry;

static int compare_entries(const void *left, const void *right) {
    return symbol_compare(((const Entry *)left)->symbol, ((const Entry *)right)->symbol);
}

/* Makes the vocabulary of `size` entries, which it sorts. */
static Vocab *create_from_entries(Unit unit, Entry *entries, size_t size, const uint64_t *counts,
                                  uint32_t *order, Error *error) {
    Symbol *symbols = memory_allocate(size, sizeof *symbols, "the vocabulary", error);
    uint64_t *sorted = memory_allocate(size, sizeof *sorted, "the vocabulary's counts", error);
    Vocab *vocab = NULL;
    if (symbols != NULL && sorted != NULL) {
        qsort(entries, size, sizeof *entries, compare_entries);
        for (size_t k = 0; k < size; k++) {
            symbols[k] = entries[k].symbol;
            sorted[k] = counts[entries[k].number];
            if (order != NULL) {
                order[entries[k].number] = (uint32_t)k;
            }
        }
        vocab = vocab_create(unit, symbols, sorted, size, error);
    }
    free(symbols);
    free(sorted);
    return vocab;
}

Vocab *vocab_create_from_set(const SymbolSet *set, const uint64_t *counts, const bool *left_out,
                             uint32_t *order, Error *error) {
    size_t size = 0;
    Entry *entries = memory_allocate(symbol_set_size(set), sizeof *entries, "the vocabulary", error);
    if (entries == NULL) {
        return NULL;
    }
    for (uint32_t k = 0; k < symbol_set_size(set); k++) {
        bool taken = left_out == NULL || !left_out[k];
        entries[size] = (Entry){symbol_set_at(set, k), k};
        size += taken;
        if (order != NULL && !taken) {
            order[k] = VOCAB_UNKNOWN;
        }
    }
    Vocab *vocab = create_from_entries(symbol_set_unit(set), entries, size, counts, order, error);
    free(entries);
    return vocab;
}

void vocab_free(Vocab *vocab) {
    if (vocab != NULL) {
        symbol_set_free(vocab->set);
        free(vocab->counts);
        free(vocab);
    }
}

/* --- asking --- */

Unit vocab_unit(const Vocab *vocab) {
    return symbol_set_unit(vocab->set);
}

size_t vocab_size(const Vocab *vocab) {
    return symbol_set_size(vocab->set);
}

Symbol vocab_symbol(const Vocab *vocab, uint32_t index) {
    return symbol_set_at(vocab->set, index);
}

uint64_t vocab_count(const Vocab *vocab, uint32_t index) {
    return vocab->counts[index];
}

uint32_t vocab_find(const Vocab *vocab, Symbol symbol) {
    return symbol_set_find(vocab->set, symbol);
}

uint32_t vocab_border(const Vocab *vocab) {
    return vocab_find(vocab, symbol_border());
}

uint32_t vocab_read(const Vocab *vocab, Symbol symbol) {
    uint32_t index = vocab_find(vocab, symbol);
    return index != VOCAB_UNKNOWN ? index : vocab_find(vocab, symbol_rare());
}

bool vocab_equal(const Vocab *vocab, const Vocab *other) {
    bool equal = vocab_unit(vocab) == vocab_unit(other) && vocab_size(vocab) == vocab_size(other);
    for (uint32_t k = 0; equal && k < vocab_size(vocab); k++) {
        equal = symbol_compare(vocab_symbol(vocab, k), vocab_symbol(other, k)) == 0;
    }
    return equal;
}

const SymbolSet *vocab_set(const Vocab *vocab) {
    return vocab->set;
}
