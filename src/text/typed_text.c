/* Typed texts: see typed_text.h. */
#include "text/typed_text.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/filter.h"
#include "text/utf8.h"

enum { UNKNOWN_NAMED = 10 }; /* different unknown symbols that a message names */

void units_free(Units *units) {
    free(units->data);
    *units = (Units){0};
}

/* Lists the different unknown symbols, and how many more there are than are listed, in `list`. */
static bool list_unknown(const Vocab *vocab, const Bytes *text, Bytes *list, Error *error) {
    SymbolSet *named = symbol_set_create(vocab_unit(vocab), error);
    bool done = named != NULL;
    size_t more = 0;
    for (size_t position = 0; done && position < text->length;) {
        Symbol symbol = symbol_first(vocab_unit(vocab), text->data + position, text->length - position);
        position += symbol.length;
        if (vocab_read(vocab, symbol) != VOCAB_UNKNOWN || symbol_set_find(named, symbol) != SYMBOL_UNKNOWN) {
            continue;
        }
        uint32_t number = 0;
        done = symbol_set_add(named, symbol, &number, error);
        if (number >= UNKNOWN_NAMED) {
            more++;
            continue;
        }
        done = done && bytes_printf(list, error, "%s", number > 0 ? ", " : "") &&
               symbol_describe_with_number(vocab_unit(vocab), symbol, list, error);
    }
    symbol_set_free(named);
    return done && (more == 0 || bytes_printf(list, error, " and %zu more", more));
}

/* `nothing_near` says that what is near was looked for. */
static bool refuse_unknown(const Vocab *vocab, const char *name, const Bytes *text, bool nothing_near,
                           Error *error) {
    Bytes list = {0};
    if (list_unknown(vocab, text, &list, error)) {
        error_set(error, "%s: the model does not know %s%s; --unknown skip leaves them out%s", name,
                  list.data, nothing_near ? ", nor anything near" : "",
                  nothing_near || vocab_unit(vocab) == UNIT_BYTE
                      ? ""
                      : ", --unknown nearest reads them as what is like them");
    }
    bytes_free(&list);
    return false;
}

bool typed_text_clean(const Pipeline *pipeline, const char *name, Bytes *text, Error *error) {
    if (pipeline->unit != UNIT_BYTE && pipeline->invalid == INVALID_ERROR) {
        size_t offset = utf8_find_invalid(text->data, text->length);
        if (offset < text->length) {
            return error_set(error, "%s: byte %zu: 0x%02X is not valid UTF-8", name, offset,
                             (unsigned)(unsigned char)text->data[offset]);
        }
    }
    Filter filter = {0};
    FilterEffect effect = {0};
    bool done = filter_create(pipeline, &filter, error);
    if (done) {
        filter.typed = true;
        done = filter_run(&filter, text, &effect, error);
        filter_free(&filter);
    }
    return done || error_prefix(error, "%s: ", name);
}

/* Encodes what is known; `*unknown` is how many symbols are not. */
static bool encode(const Vocab *vocab, const Bytes *text, Units *units, size_t *unknown, Error *error) {
    units->data = memory_allocate(text->length, sizeof *units->data, "a text's units", error);
    if (units->data == NULL) {
        return false;
    }
    size_t count = 0;
    symbol_set_encode(vocab_set(vocab), text->data, text->length, units->data, &count);
    uint32_t rare = vocab_find(vocab, symbol_rare());
    for (size_t k = 0; k < count; k++) {
        uint32_t unit = units->data[k] != VOCAB_UNKNOWN ? units->data[k] : rare;
        if (unit != VOCAB_UNKNOWN) {
            units->data[units->count++] = unit;
        }
    }
    *unknown = count - units->count;
    return true;
}

bool typed_text_encode(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, const char *name,
                       const char *text, size_t length, Units *units, size_t *skipped, Error *error) {
    *units = (Units){0};
    Bytes clean_text = {0};
    size_t missing = 0;
    bool done = bytes_append(&clean_text, text, length, error) &&
                typed_text_clean(pipeline, name, &clean_text, error) &&
                encode(vocab, &clean_text, units, &missing, error);
    if (done && missing > 0 && unknown != UNKNOWN_SKIP) {
        done = refuse_unknown(vocab, name, &clean_text, false, error);
    }
    if (!done) {
        units_free(units);
    } else if (skipped != NULL) {
        *skipped = missing;
    }
    bytes_free(&clean_text);
    return done;
}

bool typed_text_encode_nearest(const Pipeline *pipeline, const Vocab *vocab, const NearestSymbols *nearest,
                               const char *name, const char *text, size_t length, Units *units, Bytes *list,
                               Error *error) {
    *units = (Units){0};
    Bytes clean_text = {0};
    size_t missing = 0;
    bool done = bytes_append(&clean_text, text, length, error) &&
                typed_text_clean(pipeline, name, &clean_text, error) &&
                nearest_symbols_replace(nearest, &clean_text, list, error) &&
                encode(vocab, &clean_text, units, &missing, error);
    if (done && missing > 0) {
        done = refuse_unknown(vocab, name, &clean_text, true, error);
    }
    if (!done) {
        units_free(units);
    }
    bytes_free(&clean_text);
    return done;
}
