/* A corpus: texts read, cleaned and turned into a row of vocabulary indices.
 *
 * The way of a text: read and taken through a pipeline (pipeline.h); joined (source.h); symbols counted; encoded.
 */
#ifndef LETRA_TEXT_CORPUS_H
#define LETRA_TEXT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/piece.h"
#include "text/pipeline.h"
#include "text/records.h"
#include "text/text_report.h"
#include "text/unit_store.h"
#include "text/vocab.h"

typedef struct Corpus {
    Vocab *vocab;     /* owned; NULL in a corpus read with a given vocabulary */
    UnitStore *units; /* owned; indices into the vocabulary */
    Records records;  /* owned; none unless the pipeline makes records */
    TextReport report;
    size_t rare_symbols; /* different ones of the text that became the rare one ... */
    size_t rare;         /* ... and units that it is */
    size_t unknown;      /* units left out because the given vocabulary lacks them (UNKNOWN_SKIP) */
} Corpus;

/* What a corpus is read from, and where it is kept meanwhile. */
typedef struct CorpusFiles {
    char *const *paths; /* "-": standard input */
    size_t count;
    const char *cache; /* the folder where the units are kept, in a file without a name; NULL: in memory */
} CorpusFiles;

/* What happens to a symbol that a given vocabulary lacks. */
typedef enum Unknown {
    UNKNOWN_ERROR,
    UNKNOWN_SKIP,
    UNKNOWN_NEAREST /* of what a person typed alone: text/nearest_symbols.h */
} Unknown;

/* Reads files through the pipeline into `*corpus`, which is overwritten, and makes the vocabulary of what occurs and of
 * what is `known` (NULL: nothing; of the same unit) already, which is never too rare. Errors name file, line and byte,
 * or the cache, which is tried before anything is read; then `*corpus` is {0}. That there is no text at all (all files
 * empty, or emptied by the rules, or, below, nothing in them known) is an error; an empty file among others is not. */
bool corpus_read(const Pipeline *pipeline, const Vocab *known, const CorpusFiles *files, Corpus *corpus,
                 Error *error);

/* The same; `watcher` (NULL: nobody) sees the text after the pipeline, before it is cut into records, piece by
 * piece. */
bool corpus_read_watched(const Pipeline *pipeline, const Vocab *known, const CorpusFiles *files,
                         const Sink *watcher, Corpus *corpus, Error *error);

/* The same with a vocabulary that is given, and must be of the pipeline's unit; if it has the rare symbol, all that it
 * does not know is that. Under UNKNOWN_ERROR the message names
 * the first unknown symbol with its code point, file, line and byte (of the text after the pipeline, which is said
 * where the pipeline changed it), how many there are, and --unknown skip. */
bool corpus_read_with_vocab(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown,
                            const CorpusFiles *files, Corpus *corpus, Error *error);
/* Frees what it owns and makes it {0}. */
void corpus_free(Corpus *corpus);

#endif
