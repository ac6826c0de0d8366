/* The vocabulary of a model from elsewhere: see import_vocab.h. */
#include "model/import_vocab.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/shown.h"
#include "model/json_text.h"
#include "model/model_metadata.h"
#include "model/network.h"

enum { VALUES_SPARE = 4096 };

/* A symbol and the index that it has in the file. */
typedef struct Entry {
    Symbol symbol; /* as long as the JSON lives */
    uint32_t index;
} Entry;

typedef struct Entries {
    Unit unit;
    Entry *rows; /* owned */
    size_t count;
} Entries;

/* Says why an element of an array is no symbol. */
static bool refuse_element(size_t index, const json_t *value, Unit unit, Error *error) {
    const char *text = json_string_value(value);
    if (unit == UNIT_BYTE || text == NULL) {
        return error_set(error, "element %zu is no %s, as the first one is", index,
                         unit == UNIT_BYTE ? "integer from 0 to 255" : "string");
    }
    char shown[SHOWN_SIZE];
    return error_set(
        error, "element %zu is \"%s\", which is not one character; letra's symbols are single characters",
        index, shown_text(text, shown));
}

/* An array: the place is the index. Integers make it a vocabulary of bytes. */
static bool read_array(const json_t *array, Entries *entries, Error *error) {
    entries->unit = json_is_integer(json_array_get(array, 0)) ? UNIT_BYTE : UNIT_CHAR;
    for (size_t k = 0; k < entries->count; k++) {
        const json_t *value = json_array_get(array, k);
        if (!metadata_symbol_from_json(entries->unit, value, &entries->rows[k].symbol)) {
            return refuse_element(k, value, entries->unit, error);
        }
        entries->rows[k].index = (uint32_t)k;
    }
    return true;
}

/* An object: the keys are the characters. (No key can hold a NUL; who has one gives an array.) */
static bool read_object(json_t *object, Entries *entries, Error *error) {
    const char *key = NULL;
    json_t *value = NULL;
    size_t k = 0;
    json_object_foreach(object, key, value) {
        json_int_t index = json_integer_value(value);
        char shown[SHOWN_SIZE];
        if (!json_is_integer(value) || index < 0 || (uint64_t)index >= entries->count) {
            return error_set(error, "the index of \"%s\" is no integer from 0 to %zu", shown_text(key, shown),
                             entries->count - 1);
        }
        entries->rows[k].symbol = (Symbol){key, strlen(key)};
        if (!symbol_is_one(UNIT_CHAR, entries->rows[k].symbol)) {
            return error_set(error,
                             "the key \"%s\" is not one character; letra's symbols are single characters",
                             shown_text(key, shown));
        }
        entries->rows[k++].index = (uint32_t)index;
    }
    return true;
}

static int compare_symbols(const void *left, const void *right) {
    return symbol_compare(((const Entry *)left)->symbol, ((const Entry *)right)->symbol);
}

/* Checks that no index is there twice. As each is below their number, all are then there. */
static bool check_indices(const Entries *entries, Error *error) {
    unsigned char *seen = memory_allocate(entries->count, 1, "the vocabulary", error);
    bool done = seen != NULL;
    for (size_t k = 0; done && k < entries->count; k++) {
        uint32_t index = entries->rows[k].index;
        if (seen[index]++ > 0) {
            done = error_set(error, "the index %lu is there twice", (unsigned long)index);
        }
    }
    free(seen);
    return done;
}

static bool refuse_twice(Unit unit, Symbol symbol, Error *error) {
    Bytes description = {0};
    if (symbol_describe_with_number(unit, symbol, &description, error)) {
        error_set(error, "the symbol %s is there twice", description.data);
    }
    bytes_free(&description);
    return false;
}

/* Sorts the entries and makes the vocabulary of them. */
static bool make_vocab(Entries *entries, ImportVocab *import, Error *error) {
    qsort(entries->rows, entries->count, sizeof *entries->rows, compare_symbols);
    Symbol *symbols = memory_allocate(entries->count, sizeof *symbols, "the vocabulary", error);
    import->indices = memory_allocate(entries->count, sizeof *import->indices, "the vocabulary", error);
    bool done = symbols != NULL && import->indices != NULL;
    for (size_t k = 0; done && k < entries->count; k++) {
        symbols[k] = entries->rows[k].symbol;
        import->indices[k] = entries->rows[k].index;
        if (k > 0 && symbol_compare(symbols[k], symbols[k - 1]) == 0) {
            done = refuse_twice(entries->unit, symbols[k], error);
        }
    }
    if (done) {
        import->vocab = vocab_create(entries->unit, symbols, NULL, entries->count, error);
    }
    free(symbols);
    return import->vocab != NULL;
}

static bool read_entries(json_t *json, ImportVocab *import, Error *error) {
    Entries entries = {.count = json_is_array(json) ? json_array_size(json) : json_object_size(json)};
    if (entries.count == 0) {
        return error_set(error, "the vocabulary is empty");
    }
    entries.rows = memory_allocate(entries.count, sizeof *entries.rows, "the vocabulary", error);
    bool done =
        entries.rows != NULL &&
        (json_is_array(json) ? read_array(json, &entries, error) : read_object(json, &entries, error)) &&
        check_indices(&entries, error) && make_vocab(&entries, import, error);
    free(entries.rows);
    return done;
}

bool import_vocab_read(const char *path, size_t most, ImportVocab *import, Error *error) {
    *import = (ImportVocab){0};
    Bytes bytes = {0};
    if (!file_read(path, &bytes, error)) {
        return false;
    }
    /* An object has two values for each symbol. Where there are only a few too many, that is said in other words. */
    most = most < NETWORK_VOCAB_MAX ? most : NETWORK_VOCAB_MAX;
    json_t *json = json_text_parse(bytes.data, bytes.length, 2 * most + VALUES_SPARE, 0, error);
    bytes_free(&bytes);
    if (json == NULL) {
        error_prefix(error,
                     "a vocabulary is a JSON array of characters, or an object from characters to indices: ");
    }
    bool done = json != NULL && read_entries(json, import, error);
    json_decref(json);
    if (!done) {
        import_vocab_free(import);
        error_prefix(error, "%s: ", file_input_name(path));
    }
    return done;
}

void import_vocab_free(ImportVocab *import) {
    vocab_free(import->vocab);
    free(import->indices);
    *import = (ImportVocab){0};
}
