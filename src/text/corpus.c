/* Texts on their way from files to units: see corpus.h. */
#include "text/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "text/pipeline.h"
#include "text/utf8.h"

enum { UNKNOWN_NAMED = 10 }; /* different unknown characters that a message names */

/* A file's part of the text. */
typedef struct Part {
    size_t start;
    FilterEffect effect;
} Part;

/* The text of all files together, after the pipeline. */
typedef struct Source {
    char *const *paths;
    size_t path_count;
    Part *parts; /* one for each path */
    Bytes text;
    size_t bytes; /* read */
} Source;

void units_free(Units *units) {
    free(units->data);
    *units = (Units){0};
}

void corpus_free(Corpus *corpus) {
    vocab_free(corpus->vocab);
    units_free(&corpus->units);
    *corpus = (Corpus){0};
}

/* --- from files to text --- */

static void source_free(Source *source) {
    free(source->parts);
    bytes_free(&source->text);
}

/* Puts a file's text behind what is there, with a newline between if there is none. The first is moved, not copied. */
static bool join(Source *source, size_t file, Bytes *piece, Error *error) {
    Bytes *text = &source->text;
    if (text->length == 0) {
        Bytes old = *text;
        *text = *piece;
        *piece = old;
        source->parts[file].start = 0;
        return true;
    }
    if (piece->length > 0 && text->data[text->length - 1] != '\n' && !bytes_append(text, "\n", 1, error)) {
        return false;
    }
    source->parts[file].start = text->length;
    return bytes_append(text, piece->data, piece->length, error);
}

static bool read_file(Source *source, size_t file, const Filter *filter, Error *error) {
    const char *name = file_input_name(source->paths[file]);
    Bytes piece = {0};
    bool done = file_read(source->paths[file], &piece, error);
    source->bytes += piece.length;
    if (done && filter->pipeline->unit == UNIT_CHAR) {
        done = utf8_validate(name, piece.data, piece.length, error);
    }
    if (done) {
        done = filter_run(filter, &piece, &source->parts[file].effect, error) ||
               error_prefix(error, "%s: ", name);
    }
    done = done && join(source, file, &piece, error);
    bytes_free(&piece);
    return done;
}

/* That there is nothing at all, in words; `purpose` is what it was wanted for. */
static void refuse_empty(const Source *source, const char *purpose, Error *error) {
    const char *emptied_by = NULL;
    for (size_t file = 0; file < source->path_count; file++) {
        const char *expression = source->parts[file].effect.emptied_by;
        emptied_by = expression != NULL ? expression : emptied_by;
    }
    if (emptied_by != NULL) {
        error_set(error, "the text is empty after --replace '%s': there is nothing to %s", emptied_by,
                  purpose);
    } else if (source->path_count == 1) {
        error_set(error, "%s is empty: there is nothing to %s", file_input_name(source->paths[0]), purpose);
    } else {
        error_set(error, "all %zu files are empty: there is nothing to %s", source->path_count, purpose);
    }
}

static bool source_read(Source *source, const Pipeline *pipeline, const char *purpose, Error *error) {
    source->parts = memory_allocate(source->path_count, sizeof *source->parts, "the list of files", error);
    if (source->parts == NULL) {
        return false;
    }
    Filter filter = {0};
    if (!filter_create(pipeline, &filter, error)) {
        return false;
    }
    bool done = true;
    for (size_t file = 0; done && file < source->path_count; file++) {
        done = read_file(source, file, &filter, error);
    }
    filter_free(&filter);
    if (done && source->text.length == 0) {
        refuse_empty(source, purpose, error);
        return false;
    }
    return done;
}

/* --- from text to units --- */

/* The symbols of a text, not yet indices. */
static bool split_symbols(Unit unit, const Bytes *text, Units *units, Error *error) {
    size_t count = unit == UNIT_CHAR ? utf8_count(text->data, text->length) : text->length;
    /* malloc, not memory_allocate: it is large, and filled at once. */
    size_t size = count <= SIZE_MAX / sizeof *units->data - 1 ? (count + 1) * sizeof *units->data : SIZE_MAX;
    units->data = malloc(size);
    if (units->data == NULL) {
        return error_out_of_memory(error, size, "the text's units");
    }
    units->count = count;
    if (unit == UNIT_CHAR) {
        utf8_decode_all(text->data, text->length, units->data);
        return true;
    }
    for (size_t k = 0; k < count; k++) {
        units->data[k] = (unsigned char)text->data[k];
    }
    return true;
}

/* Leaves out what is unknown. */
static void skip_unknown(Units *units) {
    size_t kept = 0;
    for (size_t k = 0; k < units->count; k++) {
        if (units->data[k] != VOCAB_UNKNOWN) {
            units->data[kept++] = units->data[k];
        }
    }
    units->count = kept;
}

/* The symbol at `position` of the text; `*taken` is how many bytes it has. */
static uint32_t symbol_at(Unit unit, const Bytes *text, size_t position, size_t *taken) {
    if (unit == UNIT_BYTE) {
        *taken = 1;
        return (unsigned char)text->data[position];
    }
    uint32_t symbol = 0;
    *taken = utf8_decode(text->data + position, text->length - position, &symbol);
    return symbol;
}

/* The next symbol, from `*position` on, that the vocabulary lacks; `*position` becomes where it ends. False when
 * there is none. */
static bool next_unknown(const Vocab *vocab, const Bytes *text, size_t *position, uint32_t *symbol) {
    while (*position < text->length) {
        size_t taken = 0;
        *symbol = symbol_at(vocab_unit(vocab), text, *position, &taken);
        *position += taken;
        if (vocab_find(vocab, *symbol) == VOCAB_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/* The symbol with its number: 'é' (U+00E9), or the number alone if it shows nothing else. */
static bool describe_with_number(Unit unit, uint32_t symbol, Bytes *out, Error *error) {
    size_t before = out->length;
    if (!symbol_describe(unit, symbol, out, error)) {
        return false;
    }
    if (out->data[before] != '\'') {
        return true;
    }
    return unit == UNIT_BYTE ? bytes_printf(out, error, " (0x%02lX)", (unsigned long)symbol)
                             : bytes_printf(out, error, " (U+%04lX)", (unsigned long)symbol);
}

/* What makes a place another one than in the file. */
static const char *place_note(const FilterEffect *effect) {
    if (effect->replaced) {
        return " (after --replace)";
    }
    return effect->normalized ? " (of the text as NFC)" : "";
}

/* "FILE: line 3, byte 120: the model does not know 'ñ' (U+00F1) ..." */
static bool refuse_unknown_in_files(const Source *source, const Pipeline *pipeline, const Vocab *vocab,
                                    size_t count, Error *error) {
    uint32_t symbol = 0;
    size_t end = 0;
    next_unknown(vocab, &source->text, &end, &symbol);
    size_t file = source->path_count - 1;
    while (file > 0 && source->parts[file].start >= end) {
        file--;
    }
    char utf8[4];
    size_t start = source->parts[file].start;
    const FilterEffect *effect = &source->parts[file].effect;
    size_t position = end - (pipeline->unit == UNIT_BYTE ? 1 : utf8_encode(symbol, utf8));
    size_t line = utf8_line(source->text.data + start, position - start);
    Bytes description = {0};
    if (describe_with_number(pipeline->unit, symbol, &description, error)) {
        error_set(error,
                  "%s: line %zu, byte %zu%s: the model does not know %s; unknown %ss in all: %zu; "
                  "--unknown skip leaves them out",
                  file_input_name(source->paths[file]), line, effect->mark + position - start,
                  place_note(effect), description.data, unit_noun(pipeline->unit), count);
    }
    bytes_free(&description);
    return false;
}

/* Encodes with a vocabulary that is given; `*unknown` is how many symbols it lacks. */
static bool encode(const Vocab *vocab, const Bytes *text, Units *units, size_t *unknown, Error *error) {
    if (!split_symbols(vocab_unit(vocab), text, units, error)) {
        return false;
    }
    *unknown = vocab_encode(vocab, units->data, units->count);
    if (*unknown > 0) {
        skip_unknown(units);
    }
    return true;
}

/* Makes the vocabulary of what occurs, and encodes with it. */
static bool encode_with_own(Unit unit, const Bytes *text, Corpus *corpus, Error *error) {
    if (!split_symbols(unit, text, &corpus->units, error)) {
        return false;
    }
    corpus->vocab = vocab_create_from_text(unit, corpus->units.data, corpus->units.count, error);
    if (corpus->vocab == NULL) {
        return false;
    }
    vocab_encode(corpus->vocab, corpus->units.data, corpus->units.count);
    return true;
}

/* --- the three ways in --- */

static bool encode_source(const Source *source, const Pipeline *pipeline, const Vocab *vocab, Unknown unknown,
                          Corpus *corpus, Error *error) {
    corpus->bytes = source->bytes;
    corpus->digest = digest_add(DIGEST_START, source->text.data, source->text.length);
    if (vocab == NULL) {
        return encode_with_own(pipeline->unit, &source->text, corpus, error);
    }
    if (!encode(vocab, &source->text, &corpus->units, &corpus->unknown, error)) {
        return false;
    }
    if (corpus->unknown > 0 && unknown == UNKNOWN_ERROR) {
        return refuse_unknown_in_files(source, pipeline, vocab, corpus->unknown, error);
    }
    if (corpus->units.count == 0) {
        return error_set(error, "the model knows nothing of what is in %s: there is nothing to read",
                         source->path_count == 1 ? file_input_name(source->paths[0]) : "the files");
    }
    return true;
}

/* `vocab` NULL: its own is made. */
static bool read_corpus(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, char *const *paths,
                        size_t path_count, Corpus *corpus, Error *error) {
    *corpus = (Corpus){0};
    Source source = {.paths = paths, .path_count = path_count};
    bool done = source_read(&source, pipeline, vocab == NULL ? "learn from" : "read", error) &&
                encode_source(&source, pipeline, vocab, unknown, corpus, error);
    source_free(&source);
    if (!done) {
        corpus_free(corpus);
    }
    return done;
}

bool corpus_read(const Pipeline *pipeline, char *const *paths, size_t path_count, Corpus *corpus,
                 Error *error) {
    return read_corpus(pipeline, NULL, UNKNOWN_ERROR, paths, path_count, corpus, error);
}

bool corpus_read_with_vocab(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, char *const *paths,
                            size_t path_count, Corpus *corpus, Error *error) {
    return read_corpus(pipeline, vocab, unknown, paths, path_count, corpus, error);
}

bool corpus_add_symbols(Corpus *corpus, const Vocab *vocab, Error *error) {
    Vocab *merged = vocab_merge(corpus->vocab, vocab, error);
    if (merged == NULL) {
        return false;
    }
    for (size_t k = 0; vocab_size(merged) > vocab_size(corpus->vocab) && k < corpus->units.count; k++) {
        corpus->units.data[k] = vocab_find(merged, vocab_symbol(corpus->vocab, corpus->units.data[k]));
    }
    vocab_free(corpus->vocab);
    corpus->vocab = merged;
    return true;
}

/* Lists the different unknown symbols, and how many more there are than are listed, in `list`. */
static bool list_unknown(const Vocab *vocab, const Bytes *text, Bytes *list, Error *error) {
    uint32_t named[UNKNOWN_NAMED];
    size_t named_count = 0;
    size_t more = 0;
    uint32_t symbol = 0;
    size_t position = 0;
    while (next_unknown(vocab, text, &position, &symbol)) {
        size_t k = 0;
        while (k < named_count && named[k] != symbol) {
            k++;
        }
        if (k < named_count) {
            continue;
        }
        if (named_count == UNKNOWN_NAMED) {
            more++;
            continue;
        }
        named[named_count++] = symbol;
        if ((list->length > 0 && !bytes_append(list, ", ", 2, error)) ||
            !describe_with_number(vocab_unit(vocab), symbol, list, error)) {
            return false;
        }
    }
    return more == 0 || bytes_printf(list, error, " and %zu more", more);
}

static bool refuse_unknown_in_text(const Vocab *vocab, const char *name, const Bytes *text, Error *error) {
    Bytes list = {0};
    if (list_unknown(vocab, text, &list, error)) {
        error_set(error, "%s: the model does not know %s; start with --unknown skip to leave them out", name,
                  list.data);
    }
    bytes_free(&list);
    return false;
}

/* Checks a typed text and takes it through the pipeline. */
static bool clean_typed(const Pipeline *pipeline, const char *name, Bytes *text, Error *error) {
    if (pipeline->unit == UNIT_CHAR) {
        size_t offset = utf8_find_invalid(text->data, text->length);
        if (offset < text->length) {
            return error_set(error, "%s: byte %zu: 0x%02X is not valid UTF-8", name, offset,
                             (unsigned)(unsigned char)text->data[offset]);
        }
    }
    Filter filter = {0};
    FilterEffect effect;
    bool done = filter_create(pipeline, &filter, error);
    if (done) {
        done = filter_run(&filter, text, &effect, error);
        filter_free(&filter);
    }
    return done || error_prefix(error, "%s: ", name);
}

bool corpus_encode_text(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, const char *name,
                        const char *text, size_t length, Units *units, size_t *skipped, Error *error) {
    *units = (Units){0};
    Bytes clean = {0};
    size_t missing = 0;
    bool done = bytes_append(&clean, text, length, error) && clean_typed(pipeline, name, &clean, error) &&
                encode(vocab, &clean, units, &missing, error);
    if (done && missing > 0 && unknown == UNKNOWN_ERROR) {
        done = refuse_unknown_in_text(vocab, name, &clean, error);
    }
    if (!done) {
        units_free(units);
    } else if (skipped != NULL) {
        *skipped = missing;
    }
    bytes_free(&clean);
    return done;
}
