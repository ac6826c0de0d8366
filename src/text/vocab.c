/* The vocabulary: see vocab.h.
 *
 * The way from symbol to index goes by pages of 256 entries:
 *
 *     symbol 0x6F22 ── page_of[0x6F] ──> page 3 ── entry 0x22 ──> index
 *
 * Page 0 is always that of the symbols 0 to 255, so these need no look at page_of; page 1 is all unknown, and stands
 * for every page in which no symbol is.
 */
#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/utf8.h"

enum {
    CODE_POINTS = 0x110000,
    PAGE_SIZE = 256,
    PAGES = CODE_POINTS / PAGE_SIZE,
    LOW_PAGE = 0,
    EMPTY_PAGE = 1,
};

struct Vocab {
    Unit unit;
    size_t size;
    uint32_t *symbols; /* ascending */
    uint64_t *counts;
    uint32_t *entries; /* the pages, one after the other */
    uint16_t page_of[PAGES];
};

const char *unit_name(Unit unit) {
    return unit == UNIT_BYTE ? "byte" : "char";
}

const char *unit_noun(Unit unit) {
    return unit == UNIT_BYTE ? "byte" : "character";
}

bool unit_from_name(const char *name, Unit *unit) {
    if (strcmp(name, "char") != 0 && strcmp(name, "byte") != 0) {
        return false;
    }
    *unit = name[0] == 'b' ? UNIT_BYTE : UNIT_CHAR;
    return true;
}

/* Whether the symbols can be a vocabulary. */
static bool check_symbols(Unit unit, const uint32_t *symbols, size_t size, Error *error) {
    if (size == 0) {
        return error_set(error, "the vocabulary is empty");
    }
    for (size_t k = 0; k < size; k++) {
        uint32_t symbol = symbols[k];
        if (unit == UNIT_BYTE && symbol > 0xFF) {
            return error_set(error, "symbol %zu of the vocabulary is %lu, which is no byte", k,
                             (unsigned long)symbol);
        }
        if (symbol >= CODE_POINTS || (symbol >= 0xD800 && symbol <= 0xDFFF)) {
            return error_set(error, "symbol %zu of the vocabulary is 0x%lX, which is no Unicode character", k,
                             (unsigned long)symbol);
        }
        if (k > 0 && symbol <= symbols[k - 1]) {
            return error_set(error,
                             "symbol %zu of the vocabulary (0x%lX) does not come after the one before it", k,
                             (unsigned long)symbol);
        }
    }
    return true;
}

/* Gives each page in which a symbol is its place, and returns how many pages there are. */
static size_t place_pages(Vocab *vocab) {
    for (size_t k = 1; k < PAGES; k++) {
        vocab->page_of[k] = EMPTY_PAGE;
    }
    vocab->page_of[0] = LOW_PAGE;
    uint16_t pages = EMPTY_PAGE + 1;
    for (size_t k = 0; k < vocab->size; k++) {
        uint16_t *page = &vocab->page_of[vocab->symbols[k] / PAGE_SIZE];
        if (*page == EMPTY_PAGE) {
            *page = pages++;
        }
    }
    return pages;
}

static inline uint32_t *entry_of(const Vocab *vocab, uint32_t symbol) {
    return &vocab->entries[(size_t)vocab->page_of[symbol / PAGE_SIZE] * PAGE_SIZE + symbol % PAGE_SIZE];
}

/* Copies symbols and counts and fills the pages. */
static bool fill(Vocab *vocab, const uint32_t *symbols, const uint64_t *counts, Error *error) {
    vocab->symbols = memory_allocate(vocab->size, sizeof *vocab->symbols, "the vocabulary", error);
    vocab->counts = memory_allocate(vocab->size, sizeof *vocab->counts, "the vocabulary's counts", error);
    if (vocab->symbols == NULL || vocab->counts == NULL) {
        return false;
    }
    memcpy(vocab->symbols, symbols, vocab->size * sizeof *symbols);
    for (size_t k = 0; k < vocab->size; k++) {
        vocab->counts[k] = counts == NULL ? 1 : counts[k];
    }
    size_t entry_count = place_pages(vocab) * PAGE_SIZE;
    vocab->entries = memory_allocate(entry_count, sizeof *vocab->entries, "the vocabulary's table", error);
    if (vocab->entries == NULL) {
        return false;
    }
    for (size_t k = 0; k < entry_count; k++) {
        vocab->entries[k] = VOCAB_UNKNOWN;
    }
    for (size_t k = 0; k < vocab->size; k++) {
        *entry_of(vocab, symbols[k]) = (uint32_t)k;
    }
    return true;
}

Vocab *vocab_create(Unit unit, const uint32_t *symbols, const uint64_t *counts, size_t size, Error *error) {
    if (!check_symbols(unit, symbols, size, error)) {
        return NULL;
    }
    Vocab *vocab = memory_allocate(1, sizeof *vocab, "the vocabulary", error);
    if (vocab == NULL) {
        return NULL;
    }
    vocab->unit = unit;
    vocab->size = size;
    if (!fill(vocab, symbols, counts, error)) {
        vocab_free(vocab);
        return NULL;
    }
    return vocab;
}

/* Counts the symbols into a table with an entry for each there can be, and returns one more than the highest. */
static size_t count_symbols(const uint32_t *symbols, size_t count, uint64_t *table) {
    uint32_t bits = 0; /* of all symbols together: no symbol is above it */
    for (size_t k = 0; k < count; k++) {
        table[symbols[k]]++;
        bits |= symbols[k];
    }
    size_t end = (size_t)bits + 1 < CODE_POINTS ? (size_t)bits + 1 : CODE_POINTS;
    while (end > 0 && table[end - 1] == 0) {
        end--;
    }
    return end;
}

/* The vocabulary of what was counted. */
static Vocab *create_from_table(Unit unit, const uint64_t *table, size_t end, Error *error) {
    size_t size = 0;
    for (size_t symbol = 0; symbol < end; symbol++) {
        size += table[symbol] > 0;
    }
    uint32_t *symbols = memory_allocate(size, sizeof *symbols, "the vocabulary", error);
    uint64_t *counts = memory_allocate(size, sizeof *counts, "the vocabulary's counts", error);
    Vocab *vocab = NULL;
    if (symbols != NULL && counts != NULL) {
        size_t place = 0;
        for (size_t symbol = 0; symbol < end; symbol++) {
            if (table[symbol] > 0) {
                symbols[place] = (uint32_t)symbol;
                counts[place++] = table[symbol];
            }
        }
        vocab = vocab_create(unit, symbols, counts, size, error);
    }
    free(symbols);
    free(counts);
    return vocab;
}

Vocab *vocab_create_from_text(Unit unit, const uint32_t *symbols, size_t count, Error *error) {
    /* calloc, not memory_allocate: of the 9 MB only the pages that are used ever take memory or time. */
    uint64_t *table = calloc(CODE_POINTS, sizeof *table);
    if (table == NULL) {
        error_out_of_memory(error, CODE_POINTS * sizeof *table, "counting symbols");
        return NULL;
    }
    size_t end = count_symbols(symbols, count, table);
    Vocab *vocab = create_from_table(unit, table, end, error);
    free(table);
    return vocab;
}

/* Merges into `symbols` and `counts`; returns how many there are. */
static size_t merge_symbols(const Vocab *vocab, const Vocab *other, uint32_t *symbols, uint64_t *counts) {
    size_t size = 0;
    size_t i = 0;
    size_t j = 0;
    while (i < vocab->size || j < other->size) {
        bool mine = j == other->size || (i < vocab->size && vocab->symbols[i] <= other->symbols[j]);
        symbols[size] = mine ? vocab->symbols[i] : other->symbols[j];
        counts[size] = mine ? vocab->counts[i] : 0;
        i += mine;
        j += j < other->size && other->symbols[j] == symbols[size];
        size++;
    }
    return size;
}

Vocab *vocab_merge(const Vocab *vocab, const Vocab *other, Error *error) {
    size_t most = vocab->size + other->size;
    uint32_t *symbols = memory_allocate(most, sizeof *symbols, "the vocabulary", error);
    uint64_t *counts = memory_allocate(most, sizeof *counts, "the vocabulary's counts", error);
    Vocab *merged = NULL;
    if (symbols != NULL && counts != NULL) {
        size_t size = merge_symbols(vocab, other, symbols, counts);
        merged = vocab_create(vocab->unit, symbols, counts, size, error);
    }
    free(symbols);
    free(counts);
    return merged;
}

void vocab_free(Vocab *vocab) {
    if (vocab == NULL) {
        return;
    }
    free(vocab->symbols);
    free(vocab->counts);
    free(vocab->entries);
    free(vocab);
}

Unit vocab_unit(const Vocab *vocab) {
    return vocab->unit;
}

size_t vocab_size(const Vocab *vocab) {
    return vocab->size;
}

uint32_t vocab_symbol(const Vocab *vocab, uint32_t index) {
    return vocab->symbols[index];
}

uint64_t vocab_count(const Vocab *vocab, uint32_t index) {
    return vocab->counts[index];
}

static inline uint32_t find(const Vocab *vocab, uint32_t symbol) {
    if (symbol < PAGE_SIZE) {
        return vocab->entries[symbol];
    }
    return symbol < CODE_POINTS ? *entry_of(vocab, symbol) : VOCAB_UNKNOWN;
}

uint32_t vocab_find(const Vocab *vocab, uint32_t symbol) {
    return find(vocab, symbol);
}

size_t vocab_encode(const Vocab *vocab, uint32_t *symbols, size_t count) {
    size_t unknown = 0;
    for (size_t k = 0; k < count; k++) {
        symbols[k] = find(vocab, symbols[k]);
        unknown += symbols[k] == VOCAB_UNKNOWN;
    }
    return unknown;
}

size_t vocab_decode(const Vocab *vocab, uint32_t index, char out[4]) {
    uint32_t symbol = vocab->symbols[index];
    if (vocab->unit == UNIT_BYTE) {
        out[0] = (char)(unsigned char)symbol;
        return 1;
    }
    return utf8_encode(symbol, out);
}

/* --- describing --- */

/* Whether a terminal shows it, alone, as something that a person can tell apart. */
static bool is_printable(Unit unit, uint32_t symbol) {
    if (symbol < 0x80 || unit == UNIT_BYTE) {
        return symbol >= 0x20 && symbol < 0x7F;
    }
    switch (utf8proc_category((utf8proc_int32_t)symbol)) {
    case UTF8PROC_CATEGORY_CC: /* controls and formats */
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN: /* unassigned, surrogates, private use */
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS: /* spaces */
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_MN: /* marks, which would sit on the quote */
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return false;
    default: return utf8proc_charwidth((utf8proc_int32_t)symbol) > 0;
    }
}

bool symbol_describe(Unit unit, uint32_t symbol, Bytes *out, Error *error) {
    static const char escaped[] = "\a\b\t\n\v\f\r'\\";
    static const char letters[] = "abtnvfr'\\";
    const char *escape = symbol > 0 && symbol < 0x80 ? strchr(escaped, (int)symbol) : NULL;
    if (escape != NULL) {
        return bytes_printf(out, error, "'\\%c'", letters[escape - escaped]);
    }
    if (is_printable(unit, symbol)) {
        char utf8[5] = {0};
        utf8_encode(symbol, utf8);
        return bytes_printf(out, error, "'%s'", utf8);
    }
    return unit == UNIT_BYTE ? bytes_printf(out, error, "byte 0x%02X", (unsigned)symbol)
                             : bytes_printf(out, error, "U+%04lX", (unsigned long)symbol);
}
