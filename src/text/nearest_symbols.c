/* The nearest symbols: see nearest_symbols.h.
 *
 * What is left of a symbol is its key. The keys of the vocabulary stand in a table, sorted; those of a symbol that is
 * looked for are found by bisection:
 *
 *     É  ── key "e" ──>  [ "d" d | "e" E | "e" e | "e" ê | "f" f ]  ── keeps case ──>  E
 */
#include "text/nearest_symbols.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/category.h"
#include "text/utf8_inline.h"

enum { REPLACED_NAMED = 10 }; /* different symbols of which a list says what they became */

/* What is left of a symbol. */
typedef struct Form {
    char *text; /* owned */
    size_t length;
} Form;

/* A symbol, of the vocabulary or one that is looked for. */
typedef struct Entry {
    Form key;
    Form marked; /* the key with its marks: what is left when only the case is lost */
    uint32_t index;
    uint64_t count;
} Entry;

struct NearestSymbols {
    const Vocab *vocab;
    Entry *entries; /* sorted by key, then the more frequent first */
    size_t count;
};

/* --- keys --- */

enum {
    MARKED = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE | UTF8PROC_LUMP |
             UTF8PROC_CASEFOLD,
    KEY = MARKED | UTF8PROC_STRIPMARK,
    PLAIN = KEY & ~UTF8PROC_CASEFOLD
};

/* The quotes that utf8proc's "lump" leaves out; CLDR's transliteration Latin-ASCII has them. */
static utf8proc_int32_t plain_quote(utf8proc_int32_t code_point, void *data) {
    (void)data;
    switch (code_point) {
    case 0x201A:
    case 0x201B: return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F: return '"';
    default: return code_point;
    }
}

static uint32_t first_code_point(Symbol symbol) {
    uint32_t code_point = 0;
    decode_valid(symbol.text, &code_point);
    return code_point;
}

/* An accent that stands alone decomposes into a space and a mark, and is near neither. */
static bool is_lone_accent(Symbol symbol, const char *form, size_t length) {
    return length == 1 && form[0] == ' ' && category_of(first_code_point(symbol)) != UTF8PROC_CATEGORY_ZS;
}

/* What the options leave of a symbol, of a unit that is no byte; the caller frees its text. It may be empty. */
static bool make_form(Symbol symbol, int options, Form *form, Error *error) {
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t length =
        utf8proc_map_custom((const utf8proc_uint8_t *)symbol.text, (utf8proc_ssize_t)symbol.length, &made,
                            (utf8proc_option_t)options, plain_quote, NULL);
    if (length < 0) {
        return error_set(error, "a symbol cannot be normalised: %s", utf8proc_errmsg(length));
    }
    form->text = (char *)made;
    form->length = is_lone_accent(symbol, form->text, (size_t)length) ? 0 : (size_t)length;
    return true;
}

static bool is_same(Form left, Form right) {
    return left.length == right.length && memcmp(left.text, right.text, left.length) == 0;
}

/* --- the table --- */

static int compare_keys(const Entry *left, const Entry *right) {
    return symbol_compare((Symbol){left->key.text, left->key.length},
                          (Symbol){right->key.text, right->key.length});
}

static int compare_entries(const void *left, const void *right) {
    const Entry *a = left;
    const Entry *b = right;
    int order = compare_keys(a, b);
    if (order == 0) {
        order = (a->count < b->count) - (a->count > b->count);
    }
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static void free_forms(Entry *entry) {
    free(entry->key.text);
    free(entry->marked.text);
}

static bool make_forms(Symbol symbol, Entry *entry, Error *error) {
    return make_form(symbol, KEY, &entry->key, error) && make_form(symbol, MARKED, &entry->marked, error);
}

/* Enters the symbol at an index, unless nothing is left of it. */
static bool add_entry(NearestSymbols *nearest, uint32_t index, Error *error) {
    Entry entry = {.index = index, .count = vocab_count(nearest->vocab, index)};
    Symbol symbol = vocab_symbol(nearest->vocab, index);
    bool done = symbol_is_special(symbol) || make_forms(symbol, &entry, error);
    if (done && entry.key.length > 0) {
        nearest->entries[nearest->count++] = entry;
    } else {
        free_forms(&entry);
    }
    return done;
}

NearestSymbols *nearest_symbols_create(const Vocab *vocab, Error *error) {
    if (vocab_unit(vocab) == UNIT_BYTE) {
        error_set(error, "the model reads bytes, of which none is near another; take skip or error");
        return NULL;
    }
    NearestSymbols *nearest = memory_allocate(1, sizeof *nearest, "the nearest symbols", error);
    if (nearest == NULL) {
        return NULL;
    }
    nearest->vocab = vocab;
    nearest->entries =
        memory_allocate(vocab_size(vocab), sizeof *nearest->entries, "the nearest symbols", error);
    bool done = nearest->entries != NULL;
    for (uint32_t k = 0; done && k < vocab_size(vocab); k++) {
        done = add_entry(nearest, k, error);
    }
    if (!done) {
        nearest_symbols_free(nearest);
        return NULL;
    }
    qsort(nearest->entries, nearest->count, sizeof *nearest->entries, compare_entries);
    return nearest;
}

void nearest_symbols_free(NearestSymbols *nearest) {
    if (nearest != NULL) {
        for (size_t k = 0; nearest->entries != NULL && k < nearest->count; k++) {
            free_forms(&nearest->entries[k]);
        }
        free(nearest->entries);
        free(nearest);
    }
}

/* --- finding --- */

typedef enum Casing { CASING_NONE, CASING_SMALL, CASING_CAPITAL } Casing;

static Casing casing_of(Symbol symbol) {
    switch (category_of(first_code_point(symbol))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT: return CASING_CAPITAL;
    case UTF8PROC_CATEGORY_LL: return CASING_SMALL;
    default: return CASING_NONE;
    }
}

/* The first entry of a key, or where it would be. */
static size_t find_key(const NearestSymbols *nearest, const Entry *key) {
    size_t begin = 0;
    size_t end = nearest->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare_keys(&nearest->entries[middle], key) < 0) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

/* The nearest symbol of the vocabulary of those that have the key of `symbol`, whose forms are given; VOCAB_UNKNOWN if
 * there is none. */
static uint32_t find_one(const NearestSymbols *nearest, Symbol symbol, const Entry *forms, Form plain) {
    uint32_t best = VOCAB_UNKNOWN;
    int best_rank = -1;
    for (size_t k = find_key(nearest, forms);
         k < nearest->count && compare_keys(&nearest->entries[k], forms) == 0; k++) {
        const Entry *entry = &nearest->entries[k];
        Symbol candidate = vocab_symbol(nearest->vocab, entry->index);
        bool keeps_case = casing_of(candidate) == casing_of(symbol);
        bool keeps_marks = is_same(entry->marked, forms->marked);
        bool is_plain = symbol_compare(candidate, (Symbol){plain.text, plain.length}) == 0;
        int rank = 4 * keeps_case + 2 * keeps_marks + is_plain;
        if (rank > best_rank) { /* of equal ones the first is the most frequent */
            best = entry->index;
            best_rank = rank;
        }
    }
    return best;
}

/* The index of what is nearest to a symbol, into `*index`; VOCAB_UNKNOWN if no single symbol is near it. */
static bool find_nearest(const NearestSymbols *nearest, Symbol symbol, uint32_t *index, Error *error) {
    Entry forms = {0};
    Form plain = {0};
    bool done = make_forms(symbol, &forms, error) && make_form(symbol, PLAIN, &plain, error);
    *index = done && forms.key.length > 0 ? find_one(nearest, symbol, &forms, plain) : VOCAB_UNKNOWN;
    free_forms(&forms);
    free(plain.text);
    return done;
}

/* Appends the symbol itself, or the one that is nearest to it. */
static bool append_one(const NearestSymbols *nearest, Symbol symbol, Bytes *out, bool *found, Error *error) {
    uint32_t index = vocab_find(nearest->vocab, symbol);
    if (index == VOCAB_UNKNOWN && !find_nearest(nearest, symbol, &index, error)) {
        return false;
    }
    *found = index != VOCAB_UNKNOWN;
    Symbol one = *found ? vocab_symbol(nearest->vocab, index) : symbol;
    return !*found || bytes_append(out, one.text, one.length, error);
}

/* Appends a form of a symbol, symbol by symbol, if each has one that is near it. */
static bool append_form(const NearestSymbols *nearest, Symbol symbol, int options, Bytes *out, bool *found,
                        Error *error) {
    Unit unit = vocab_unit(nearest->vocab);
    size_t before = out->length;
    Form form = {0};
    bool done = make_form(symbol, options, &form, error);
    *found = form.length > 0;
    for (size_t position = 0; done && *found && position < form.length;) {
        Symbol part = symbol_first(unit, form.text + position, form.length - position);
        position += part.length;
        done = append_one(nearest, part, out, found, error);
    }
    if (!done || !*found) {
        out->length = before;
    }
    free(form.text);
    return done;
}

/* Whether a symbol is an accent or what has no look of its own, so that it can be left out. (Marks of combining class 0
 * are no accents: many are vowels.) */
static bool can_be_left_out(Symbol symbol) {
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)first_code_point(symbol));
    return property->ignorable || property->combining_class > 0;
}

bool nearest_symbols_find(const NearestSymbols *nearest, Symbol symbol, Bytes *out, bool *found,
                          Error *error) {
    bool done = append_one(nearest, symbol, out, found, error) &&
                (*found || append_form(nearest, symbol, PLAIN, out, found, error)) &&
                (*found || append_form(nearest, symbol, KEY, out, found, error));
    if (done && !*found) {
        *found = can_be_left_out(symbol);
    }
    return done;
}

/* --- texts --- */

/* "'É' (U+00C9) as 'E'" */
static bool describe(Unit unit, Symbol symbol, const char *now, size_t length, Bytes *list, Error *error) {
    bool done = bytes_printf(list, error, "%s", list->length > 0 ? ", " : "") &&
                symbol_describe_with_number(unit, symbol, list, error) && bytes_printf(list, error, " as ");
    if (length == 0) {
        return done && bytes_printf(list, error, "nothing");
    }
    for (size_t position = 0; done && position < length;) {
        Symbol part = symbol_first(unit, now + position, length - position);
        done = bytes_printf(list, error, "%s", position > 0 ? " " : "") &&
               symbol_describe(unit, part, list, error);
        position += part.length;
    }
    return done;
}

/* What was replaced so far. */
typedef struct Replaced {
    SymbolSet *symbols; /* different ones */
    Bytes *list;
} Replaced;

/* Notes that a symbol became `now`, if it is a new one. */
static bool note(Replaced *replaced, Symbol symbol, const char *now, size_t length, Error *error) {
    uint32_t number = 0;
    bool known = symbol_set_find(replaced->symbols, symbol) != SYMBOL_UNKNOWN;
    return known || (symbol_set_add(replaced->symbols, symbol, &number, error) &&
                     (number >= REPLACED_NAMED || describe(symbol_set_unit(replaced->symbols), symbol, now,
                                                           length, replaced->list, error)));
}

/* Appends a symbol of the text, or what is nearest to it. */
static bool take_symbol(const NearestSymbols *nearest, Symbol symbol, Bytes *out, Replaced *replaced,
                        Error *error) {
    bool known = vocab_find(nearest->vocab, symbol) != VOCAB_UNKNOWN;
    size_t before = out->length;
    bool found = false;
    if (!known && !nearest_symbols_find(nearest, symbol, out, &found, error)) {
        return false;
    }
    return found ? note(replaced, symbol, out->length > before ? out->data + before : "",
                        out->length - before, error)
                 : bytes_append(out, symbol.text, symbol.length, error);
}

bool nearest_symbols_replace(const NearestSymbols *nearest, Bytes *text, Bytes *list, Error *error) {
    Unit unit = vocab_unit(nearest->vocab);
    Replaced replaced = {.symbols = symbol_set_create(unit, error), .list = list};
    Bytes out = {0};
    bool done = replaced.symbols != NULL && bytes_reserve(&out, text->length, error);
    for (size_t position = 0; done && position < text->length;) {
        Symbol symbol = symbol_first(unit, text->data + position, text->length - position);
        position += symbol.length;
        done = take_symbol(nearest, symbol, &out, &replaced, error);
    }
    size_t different = replaced.symbols != NULL ? symbol_set_size(replaced.symbols) : 0;
    if (done && different > REPLACED_NAMED) {
        done = bytes_printf(list, error, " and %zu more", different - REPLACED_NAMED);
    }
    if (done) {
        Bytes old = *text;
        *text = out;
        out = old;
    }
    symbol_set_free(replaced.symbols);
    bytes_free(&out);
    return done;
}
