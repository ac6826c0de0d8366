/* Sets of symbols: see symbol_set.h. */
#include "text/symbol_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

enum {
    PAGE_SIZE = 256,
    PAGES = UNICODE_CODE_POINTS / PAGE_SIZE,
    LOW_PAGE = 0,
    EMPTY_PAGE = 1,
    SLOTS_MIN = 64,
};

struct SymbolSet {
    Unit unit;
    size_t size;
    Bytes pool;     /* the symbols, one after the other */
    size_t *starts; /* of each in the pool, and where the last one ends; room for `room` of them */
    size_t room;
    uint32_t *entries; /* the pages, one after the other */
    size_t page_count;
    uint16_t page_of[PAGES];
    uint32_t
        *slots; /* numbers of longer symbols by hash, SYMBOL_UNKNOWN where none is; a power of two of them */
    size_t slot_count;
    size_t slots_used;
};

/* --- pages --- */

/* Puts pages without symbols behind the others. */
static bool add_pages(SymbolSet *set, size_t more, Error *error) {
    size_t count = set->page_count + more;
    uint32_t *entries = realloc(set->entries, count * PAGE_SIZE * sizeof *entries);
    if (entries == NULL) {
        return error_out_of_memory(error, count * PAGE_SIZE * sizeof *entries, "a table of symbols");
    }
    for (size_t k = set->page_count * PAGE_SIZE; k < count * PAGE_SIZE; k++) {
        entries[k] = SYMBOL_UNKNOWN;
    }
    set->entries = entries;
    set->page_count = count;
    return true;
}

static inline uint32_t *entry_of(const SymbolSet *set, uint32_t code_point) {
    return &set->entries[(size_t)set->page_of[code_point / PAGE_SIZE] * PAGE_SIZE + code_point % PAGE_SIZE];
}

static bool set_entry(SymbolSet *set, uint32_t code_point, uint32_t number, Error *error) {
    uint16_t *page = &set->page_of[code_point / PAGE_SIZE];
    if (*page == EMPTY_PAGE) {
        if (!add_pages(set, 1, error)) {
            return false;
        }
        *page = (uint16_t)(set->page_count - 1);
    }
    *entry_of(set, code_point) = number;
    return true;
}

/* The one code point or byte of a symbol; UNICODE_CODE_POINTS if it has several, or is a special one. */
static uint32_t single(Unit unit, Symbol symbol) {
    if (symbol_is_special(symbol)) {
        return UNICODE_CODE_POINTS;
    }
    uint32_t code_point = (unsigned char)symbol.text[0];
    if (unit == UNIT_BYTE) {
        return code_point;
    }
    return decode_valid(symbol.text, &code_point) == symbol.length ? code_point : UNICODE_CODE_POINTS;
}

/* --- the hash table --- */

/* The slot in which the symbol is, or the empty one in which it would be. */
static uint32_t *slot_of(const SymbolSet *set, Symbol symbol) {
    uint64_t hash = digest_add(DIGEST_START, symbol.text, symbol.length);
    size_t slot = (size_t)(hash ^ hash >> 32) & (set->slot_count - 1);
    while (set->slots[slot] != SYMBOL_UNKNOWN &&
           symbol_compare(symbol_set_at(set, set->slots[slot]), symbol) != 0) {
        slot = (slot + 1) & (set->slot_count - 1);
    }
    return &set->slots[slot];
}

/* Makes the table twice as large when half of it is used. */
static bool reserve_slot(SymbolSet *set, Error *error) {
    if (2 * set->slots_used < set->slot_count) {
        return true;
    }
    size_t count = set->slot_count > 0 ? 2 * set->slot_count : SLOTS_MIN;
    uint32_t *old = set->slots;
    size_t old_count = set->slot_count;
    uint32_t *slots = memory_allocate(count, sizeof *slots, "a table of symbols", error);
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xFF, count * sizeof *slots);
    set->slots = slots;
    set->slot_count = count;
    for (size_t k = 0; k < old_count; k++) {
        if (old[k] != SYMBOL_UNKNOWN) {
            *slot_of(set, symbol_set_at(set, old[k])) = old[k];
        }
    }
    free(old);
    return true;
}

/* --- the set --- */

SymbolSet *symbol_set_create(Unit unit, Error *error) {
    SymbolSet *set = memory_allocate(1, sizeof *set, "a set of symbols", error);
    if (set == NULL) {
        return NULL;
    }
    set->unit = unit;
    for (size_t k = 1; k < PAGES; k++) {
        set->page_of[k] = EMPTY_PAGE;
    }
    set->page_of[0] = LOW_PAGE;
    if (!add_pages(set, 2, error)) { /* LOW_PAGE and EMPTY_PAGE */
        symbol_set_free(set);
        return NULL;
    }
    return set;
}

void symbol_set_free(SymbolSet *set) {
    if (set != NULL) {
        bytes_free(&set->pool);
        free(set->starts);
        free(set->entries);
        free(set->slots);
        free(set);
    }
}

Unit symbol_set_unit(const SymbolSet *set) {
    return set->unit;
}

size_t symbol_set_size(const SymbolSet *set) {
    return set->size;
}

Symbol symbol_set_at(const SymbolSet *set, uint32_t number) {
    size_t start = set->starts[number];
    return (Symbol){set->pool.data + start, set->starts[number + 1] - start};
}

static inline uint32_t find_code_point(const SymbolSet *set, uint32_t code_point) {
    return code_point < PAGE_SIZE ? set->entries[code_point] : *entry_of(set, code_point);
}

uint32_t symbol_set_find(const SymbolSet *set, Symbol symbol) {
    uint32_t code_point = single(set->unit, symbol);
    if (code_point < UNICODE_CODE_POINTS) {
        return find_code_point(set, code_point);
    }
    return set->slot_count > 0 ? *slot_of(set, symbol) : SYMBOL_UNKNOWN;
}

/* Puts a symbol that is not there behind the others. */
static bool append(SymbolSet *set, Symbol symbol, Error *error) {
    size_t *starts =
        memory_grow(set->starts, set->size + 1, &set->room, sizeof *starts, "a set of symbols", error);
    if (starts == NULL) {
        return false;
    }
    starts[0] = 0;
    set->starts = starts;
    if (!bytes_append(&set->pool, symbol.text, symbol.length, error)) {
        return false;
    }
    set->starts[++set->size] = set->pool.length;
    return true;
}

bool symbol_set_add(SymbolSet *set, Symbol symbol, uint32_t *number, Error *error) {
    *number = symbol_set_find(set, symbol);
    if (*number != SYMBOL_UNKNOWN) {
        return true;
    }
    uint32_t code_point = single(set->unit, symbol);
    bool is_long = code_point == UNICODE_CODE_POINTS;
    if ((is_long && !reserve_slot(set, error)) || !append(set, symbol, error)) {
        return false;
    }
    *number = (uint32_t)(set->size - 1);
    if (is_long) {
        *slot_of(set, symbol) = *number;
        set->slots_used++;
        return true;
    }
    return set_entry(set, code_point, *number, error);
}

/* --- encoding --- */

/* The symbol at the beginning of the text, for which a look at its first byte was not enough. */
static inline Symbol next_symbol(const SymbolSet *set, const char *text, size_t length) {
    bool alone = set->unit != UNIT_GRAPHEME || length == 1 ||
                 ((unsigned char)text[0] < 0x80 && (unsigned char)text[1] < 0x80 && text[0] != '\r');
    return alone ? symbol_first(set->unit == UNIT_GRAPHEME ? UNIT_CHAR : set->unit, text, length)
                 : symbol_first(set->unit, text, length);
}

/* How many bytes at the beginning are symbols each for itself, whatever comes after them; a few at a time, as an
 * unknown one makes the rest of them be looked at again. */
static inline size_t single_bytes(const SymbolSet *set, const char *text, size_t length) {
    enum { RUN = 512 };
    size_t limit = length < RUN ? length : RUN;
    if (set->unit == UNIT_BYTE) {
        return limit;
    }
    size_t run = ascii_run(text, limit);
    if (set->unit == UNIT_CHAR) {
        return run;
    }
    const char *carriage_return = memchr(text, '\r', run);
    run = carriage_return != NULL ? (size_t)(carriage_return - text) : run;
    return run == length || run == 0 ? run : run - 1; /* a mark may come after the last one */
}

/* Encodes bytes that are symbols each for itself up to one that the set lacks; returns how many. */
static size_t encode_bytes(const SymbolSet *set, const char *text, size_t length,
                           uint32_t *restrict numbers) {
    const uint32_t *restrict entries = set->entries;
    size_t k = 0;
    while (k < length) {
        uint32_t number = entries[(unsigned char)text[k]];
        if (number == SYMBOL_UNKNOWN) {
            break;
        }
        numbers[k++] = number;
    }
    return k;
}

/* Encodes up to the end, or to what the set lacks; returns where that is. */
static size_t encode_known(const SymbolSet *set, const char *text, size_t length, uint32_t *numbers,
                           size_t *count) {
    size_t position = 0;
    while (position < length) {
        size_t run = single_bytes(set, text + position, length - position);
        size_t done = encode_bytes(set, text + position, run, numbers + *count);
        *count += done;
        position += done;
        if (done < run) {
            break;
        }
        if (position == length || run > 0) {
            continue;
        }
        Symbol symbol = next_symbol(set, text + position, length - position);
        numbers[*count] = symbol_set_find(set, symbol);
        if (numbers[*count] == SYMBOL_UNKNOWN) {
            break;
        }
        (*count)++;
        position += symbol.length;
    }
    return position;
}

void symbol_set_encode(const SymbolSet *set, const char *text, size_t length, uint32_t *numbers,
                       size_t *count) {
    *count = 0;
    for (size_t position = 0; position < length;) {
        position += encode_known(set, text + position, length - position, numbers, count);
        if (position < length) {
            numbers[(*count)++] = SYMBOL_UNKNOWN;
            position += next_symbol(set, text + position, length - position).length;
        }
    }
}

bool symbol_set_encode_adding(SymbolSet *set, const char *text, size_t length, uint32_t *numbers,
                              size_t *count, Error *error) {
    *count = 0;
    for (size_t position = 0; position < length;) {
        position += encode_known(set, text + position, length - position, numbers, count);
        if (position < length) {
            uint32_t number = 0;
            if (!symbol_set_add(set, next_symbol(set, text + position, length - position), &number, error)) {
                return false;
            }
        }
    }
    return true;
}
