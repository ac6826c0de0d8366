/* Texts on their way from files to units: see corpus.h. */
#include "text/corpus.h"

#include <inttypes.h>
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
    records_free(&corpus->records);
    text_report_free(&corpus->report);
    *corpus = (Corpus){0};
}

/* Appends a piece to the units; where there is a border (NULL: none) the piece is a record. */
static bool append_piece(Corpus *corpus, const uint32_t *border, const uint32_t *units, size_t count,
                         Error *error) {
    return (border == NULL || (records_add(&corpus->records, unit_store_count(corpus->units), false, error) &&
                               unit_store_append(corpus->units, border, 1, error))) &&
           unit_store_append(corpus->units, units, count, error);
}

/* Appends what stands behind the last piece. */
static bool append_end(Corpus *corpus, const uint32_t *border, Error *error) {
    return border == NULL || (records_add(&corpus->records, unit_store_count(corpus->units), true, error) &&
                              unit_store_append(corpus->units, border, 1, error));
}

/* --- with a vocabulary of its own --- */

/* Symbols as they come, and how often. */
typedef struct Counting {
    Corpus *corpus; /* borrowed: units and records go there */
    SymbolSet *set;
    uint64_t *counts;
    size_t counts_room;
    Numbers numbers;
    bool records;    /* there are some, and this is the number ... */
    uint32_t border; /* ... of the border between them */
    uint32_t rare;   /* of the rare symbol */
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
    counting->counts[counting->border] += counting->records;
    return append_piece(counting->corpus, counting->records ? &counting->border : NULL,
                        counting->numbers.data, count, error);
}

/* Adds what the vocabulary has beside what occurred: what is known, and the rare symbol. */
static bool add_symbols(Counting *counting, const Vocab *known, Error *error) {
    uint32_t number = 0;
    bool done = symbol_set_add(counting->set, symbol_rare(), &counting->rare, error);
    for (uint32_t k = 0; known != NULL && done && k < vocab_size(known); k++) {
        done = symbol_set_add(counting->set, vocab_symbol(known, k), &number, error);
    }
    return done && reserve_counts(counting, error);
}

/* Says which symbols are left out of the vocabulary: those that are too rare, and the rare one if there are none. */
static void leave_out_rare(Counting *counting, const Pipeline *pipeline, const Vocab *known, bool *left_out) {
    Corpus *corpus = counting->corpus;
    for (uint32_t k = 0; k < symbol_set_size(counting->set); k++) {
        Symbol symbol = symbol_set_at(counting->set, k);
        bool is_known = known != NULL && vocab_find(known, symbol) != VOCAB_UNKNOWN;
        left_out[k] = !is_known && !symbol_is_special(symbol) && counting->counts[k] < pipeline->min_count;
        corpus->rare_symbols += left_out[k];
        corpus->rare += left_out[k] ? counting->counts[k] : 0;
    }
    bool rare_known = known != NULL && vocab_find(known, symbol_rare()) != VOCAB_UNKNOWN;
    left_out[counting->rare] = corpus->rare == 0 && !rare_known;
    counting->counts[counting->rare] = corpus->rare;
}

/* Units of the text, but for borders. */
static uint64_t units_counted(const Counting *counting) {
    uint64_t count = unit_store_count(counting->corpus->units);
    return counting->records ? count - counting->corpus->records.count - 1 : count;
}

/* Makes the vocabulary of what was counted and is known, and has the units read as its indices. */
static bool make_vocab(Counting *counting, const Pipeline *pipeline, const Vocab *known, Error *error) {
    Corpus *corpus = counting->corpus;
    if (!add_symbols(counting, known, error)) {
        return false;
    }
    size_t size = symbol_set_size(counting->set);
    uint32_t *order = memory_allocate(size, sizeof *order, "the vocabulary", error);
    bool *left_out = memory_allocate(size, sizeof *left_out, "the vocabulary", error);
    if (order != NULL && left_out != NULL) {
        leave_out_rare(counting, pipeline, known, left_out);
        corpus->vocab = vocab_create_from_set(counting->set, counting->counts, left_out, order, error);
    }
    for (size_t k = 0; order != NULL && corpus->vocab != NULL && k < size; k++) {
        order[k] = order[k] != VOCAB_UNKNOWN ? order[k] : order[counting->rare];
    }
    bool all_rare = corpus->rare > 0 && corpus->rare == units_counted(counting);
    bool done = !all_rare ? corpus->vocab != NULL && unit_store_map(corpus->units, order, size, error)
                          : error_set(error,
                                      "all symbols of the text occur less often than --min-count %" PRIu64
                                      " times: give a smaller one",
                                      pipeline->min_count);
    free(left_out);
    free(order);
    return done;
}

static bool read_counting(Source *source, const Vocab *known, Corpus *corpus, Error *error) {
    const Pipeline *pipeline = source->pipeline;
    Counting counting = {.corpus = corpus,
                         .set = symbol_set_create(pipeline->unit, error),
                         .records = pipeline->separator != NULL};
    bool done =
        counting.set != NULL &&
        (!counting.records || symbol_set_add(counting.set, symbol_border(), &counting.border, error)) &&
        source_read(source, (Sink){count_piece, &counting}, error) &&
        append_end(corpus, counting.records ? &counting.border : NULL, error) &&
        make_vocab(&counting, pipeline, known, error);
    symbol_set_free(counting.set);
    free(counting.counts);
    free(counting.numbers.data);
    return done;
}

/* --- with a given vocabulary --- */

/* Symbols that are known, and those that are not. */
typedef struct Encoding {
    const Vocab *vocab;
    Corpus *corpus;  /* borrowed: units and records go there */
    uint32_t border; /* VOCAB_UNKNOWN: there are no records */
    uint32_t rare;   /* what the unknown is read as; VOCAB_UNKNOWN: as nothing */
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
        uint32_t number = numbers[k] != VOCAB_UNKNOWN ? numbers[k] : encoding->rare;
        encoding->corpus->rare += number == encoding->rare && number != VOCAB_UNKNOWN;
        if (number != VOCAB_UNKNOWN) {
            numbers[kept++] = number;
        }
    }
    if (kept < count && encoding->unknown == 0 && !note_unknown(encoding, piece, error)) {
        return false;
    }
    encoding->unknown += count - kept;
    const uint32_t *border = encoding->border != VOCAB_UNKNOWN ? &encoding->border : NULL;
    return kept == 0 || append_piece(encoding->corpus, border, numbers, kept, error);
}

/* That something is unknown, or everything. */
static bool check_unknown(const Source *source, const Encoding *encoding, Unknown unknown, Error *error) {
    if (encoding->unknown > 0 && unknown == UNKNOWN_ERROR) {
        return error_set(error, "%s; unknown %ss in all: %zu; --unknown skip leaves them out",
                         encoding->first.data, unit_noun(vocab_unit(encoding->vocab)), encoding->unknown);
    }
    return unit_store_count(encoding->corpus->units) > 0 ||
           error_set(error, "the model knows nothing of what is in %s: there is nothing to read",
                     source->path_count == 1 ? file_input_name(source->paths[0]) : "the files");
}

static bool read_encoding(Source *source, const Vocab *vocab, Unknown unknown, Corpus *corpus, Error *error) {
    Encoding encoding = {.vocab = vocab,
                         .corpus = corpus,
                         .border = vocab_border(vocab),
                         .rare = vocab_find(vocab, symbol_rare())};
    bool done = source_read(source, (Sink){encode_piece, &encoding}, error) &&
                check_unknown(source, &encoding, unknown, error) &&
                append_end(corpus, encoding.border != VOCAB_UNKNOWN ? &encoding.border : NULL, error);
    corpus->unknown = encoding.unknown;
    bytes_free(&encoding.first);
    free(encoding.numbers.data);
    return done;
}

/* --- both --- */

/* `vocab` NULL: its own is made, in which is what is `known`. */
static bool read_corpus(Source *source, const CorpusFiles *files, const Vocab *vocab, const Vocab *known,
                        Unknown unknown, Corpus *corpus, Error *error) {
    source->paths = files->paths;
    source->path_count = files->count;
    *corpus = (Corpus){.units = unit_store_create(files->cache, error)};
    bool done = corpus->units != NULL &&
                (vocab == NULL ? read_counting(source, known, corpus, error)
                               : read_encoding(source, vocab, unknown, corpus, error)) &&
                unit_store_finish(corpus->units, error) &&
                (corpus->records.count == 0 ||
                 records_shuffle(&corpus->records, &corpus->units, files->cache, error));
    corpus->report = source->report;
    if (!done) {
        corpus_free(corpus);
    }
    return done;
}

bool corpus_read(const Pipeline *pipeline, const Vocab *known, const CorpusFiles *files, Corpus *corpus,
                 Error *error) {
    return corpus_read_watched(pipeline, known, files, NULL, corpus, error);
}

bool corpus_read_watched(const Pipeline *pipeline, const Vocab *known, const CorpusFiles *files,
                         const Sink *watcher, Corpus *corpus, Error *error) {
    Source source = {.pipeline = pipeline, .purpose = "learn from", .watcher = watcher};
    return read_corpus(&source, files, NULL, known, UNKNOWN_ERROR, corpus, error);
}

bool corpus_read_with_vocab(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown,
                            const CorpusFiles *files, Corpus *corpus, Error *error) {
    Source source = {.pipeline = pipeline, .purpose = "read"};
    return read_corpus(&source, files, vocab, NULL, unknown, corpus, error);
}
