/* Texts on their way from files to units: see corpus.h. */
#include "text/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_input.h"
#include "base/memory.h"
#include "text/source.h"
#include "text/utf8.h"

/* Room for the numbers of a piece's symbols. */
typedef struct Numbers {
    uint32_t *data;
    size_t room;
} Numbers;

static bool reserve_numbers(Numbers *numbers, size_t count, Error *error) {
    if (count <= numbers->room) {
        return true;
    }
    free(numbers->data);
    *numbers = (Numbers){.data = malloc(count * sizeof *numbers->data), .room = count};
    if (numbers->data == NULL) {
        numbers->room = 0;
        return error_out_of_memory(error, count * sizeof *numbers->data, "the text's units");
    }
    return true;
}

void corpus_free(Corpus *corpus) {
    vocab_free(corpus->vocab);
    unit_store_free(corpus->units);
    text_report_free(&corpus->report);
    *corpus = (Corpus){0};
}

/* --- with a vocabulary of its own --- */

/* Symbols as they come, and how often. */
typedef struct Counting {
    UnitStore *units; /* borrowed */
    SymbolSet *set;
    uint64_t *counts;
    size_t counts_room;
    Numbers numbers;
} Counting;

/* Makes the counts as many as the symbols. */
static bool reserve_counts(Counting *counting, Error *error) {
    size_t size = symbol_set_size(counting->set);
    if (size <= counting->counts_room) {
        return true;
    }
    size_t room = 2 * size;
    uint64_t *counts = realloc(counting->counts, room * sizeof *counts);
    if (counts == NULL) {
        return error_out_of_memory(error, room * sizeof *counts, "counting symbols");
    }
    memset(counts + counting->counts_room, 0, (room - counting->counts_room) * sizeof *counts);
    counting->counts = counts;
    counting->counts_room = room;
    return true;
}

static bool count_piece(void *context, const Piece *piece, Error *error) {
    Counting *counting = context;
    size_t count = 0;
    if (!reserve_numbers(&counting->numbers, piece->length, error) ||
        !symbol_set_encode_adding(counting->set, piece->text, piece->length, counting->numbers.data, &count,
                                  error) ||
        !reserve_counts(counting, error)) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        counting->counts[counting->numbers.data[k]]++;
    }
    return unit_store_append(counting->units, counting->numbers.data, count, error);
}

/* Makes the vocabulary of what was counted, and has the units read as its indices. */
static bool make_vocab(Counting *counting, Corpus *corpus, Error *error) {
    size_t size = symbol_set_size(counting->set);
    uint32_t *order = memory_allocate(size, sizeof *order, "the vocabulary", error);
    if (order != NULL) {
        corpus->vocab = vocab_create_from_set(counting->set, counting->counts, order, error);
    }
    bool done = corpus->vocab != NULL && unit_store_map(corpus->units, order, size, error);
    free(order);
    return done;
}

static bool read_counting(Source *source, Corpus *corpus, Error *error) {
    Counting counting = {.units = corpus->units, .set = symbol_set_create(source->pipeline->unit, error)};
    bool done = counting.set != NULL && source_read(source, (Sink){count_piece, &counting}, error) &&
                make_vocab(&counting, corpus, error);
    symbol_set_free(counting.set);
    free(counting.counts);
    free(counting.numbers.data);
    return done;
}

bool corpus_add_symbols(Corpus *corpus, const Vocab *vocab, Error *error) {
    Vocab *merged = vocab_merge(corpus->vocab, vocab, error);
    if (merged == NULL) {
        return false;
    }
    size_t size = vocab_size(corpus->vocab);
    uint32_t *map = memory_allocate(size, sizeof *map, "the vocabulary", error);
    for (uint32_t k = 0; map != NULL && k < size; k++) {
        map[k] = vocab_find(merged, vocab_symbol(corpus->vocab, k));
    }
    bool done = map != NULL && unit_store_map(corpus->units, map, size, error);
    free(map);
    vocab_free(done ? corpus->vocab : merged);
    corpus->vocab = done ? merged : corpus->vocab;
    return done;
}

/* --- with a given vocabulary --- */

/* Symbols that are known, and those that are not. */
typedef struct Encoding {
    const Vocab *vocab;
    UnitStore *units; /* borrowed */
    Numbers numbers;
    size_t unknown;
    Bytes first; /* "FILE: line 3, byte 120: the model does not know 'ñ' (U+00F1)" */
} Encoding;

/* What makes a place another one than in the file. */
static const char *place_note(const FilterEffect *effect) {
    return effect->changed ? " (of the text as it was cleaned)" : "";
}

/* The first symbol of the text that the vocabulary lacks, of which there must be one. */
static Symbol find_unknown(const Vocab *vocab, const char *text, size_t length) {
    Symbol symbol = symbol_first(vocab_unit(vocab), text, length);
    while (vocab_find(vocab, symbol) != VOCAB_UNKNOWN) {
        text += symbol.length;
        length -= symbol.length;
        symbol = symbol_first(vocab_unit(vocab), text, length);
    }
    return symbol;
}

static bool note_unknown(Encoding *encoding, const Piece *piece, Error *error) {
    Symbol symbol = find_unknown(encoding->vocab, piece->text, piece->length);
    size_t position = (size_t)(symbol.text - piece->text);
    return bytes_printf(&encoding->first, error, "%s: line %zu, byte %zu%s: the model does not know ",
                        piece->name, piece->lines + utf8_line(piece->text, position),
                        piece->effect->mark + piece->offset + position, place_note(piece->effect)) &&
           symbol_describe_with_number(vocab_unit(encoding->vocab), symbol, &encoding->first, error);
}

static bool encode_piece(void *context, const Piece *piece, Error *error) {
    Encoding *encoding = context;
    size_t count = 0;
    if (!reserve_numbers(&encoding->numbers, piece->length, error)) {
        return false;
    }
    uint32_t *numbers = encoding->numbers.data;
    symbol_set_encode(vocab_set(encoding->vocab), piece->text, piece->length, numbers, &count);
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        if (numbers[k] != VOCAB_UNKNOWN) {
            numbers[kept++] = numbers[k];
        }
    }
    if (kept < count && encoding->unknown == 0 && !note_unknown(encoding, piece, error)) {
        return false;
    }
    encoding->unknown += count - kept;
    return unit_store_append(encoding->units, numbers, kept, error);
}

/* That something is unknown, or everything. */
static bool check_unknown(const Source *source, const Encoding *encoding, Unknown unknown, Error *error) {
    if (encoding->unknown > 0 && unknown == UNKNOWN_ERROR) {
        return error_set(error, "%s; unknown %ss in all: %zu; --unknown skip leaves them out",
                         encoding->first.data, unit_noun(vocab_unit(encoding->vocab)), encoding->unknown);
    }
    return unit_store_count(encoding->units) > 0 ||
           error_set(error, "the model knows nothing of what is in %s: there is nothing to read",
                     source->path_count == 1 ? file_input_name(source->paths[0]) : "the files");
}

static bool read_encoding(Source *source, const Vocab *vocab, Unknown unknown, Corpus *corpus, Error *error) {
    Encoding encoding = {.vocab = vocab, .units = corpus->units};
    bool done = source_read(source, (Sink){encode_piece, &encoding}, error) &&
                check_unknown(source, &encoding, unknown, error);
    corpus->unknown = encoding.unknown;
    bytes_free(&encoding.first);
    free(encoding.numbers.data);
    return done;
}

/* --- both --- */

/* `vocab` NULL: its own is made. */
static bool read_corpus(Source *source, const Vocab *vocab, Unknown unknown, Corpus *corpus, Error *error) {
    *corpus = (Corpus){.units = unit_store_create(NULL, error)};
    bool done = corpus->units != NULL &&
                (vocab == NULL ? read_counting(source, corpus, error)
                               : read_encoding(source, vocab, unknown, corpus, error)) &&
                unit_store_finish(corpus->units, error);
    corpus->report = source->report;
    if (!done) {
        corpus_free(corpus);
    }
    return done;
}

bool corpus_read(const Pipeline *pipeline, char *const *paths, size_t path_count, Corpus *corpus,
                 Error *error) {
    Source source = {.pipeline = pipeline, .paths = paths, .path_count = path_count, .purpose = "learn from"};
    return read_corpus(&source, NULL, UNKNOWN_ERROR, corpus, error);
}

bool corpus_read_with_vocab(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, char *const *paths,
                            size_t path_count, Corpus *corpus, Error *error) {
    Source source = {.pipeline = pipeline, .paths = paths, .path_count = path_count, .purpose = "read"};
    return read_corpus(&source, vocab, unknown, corpus, error);
}
