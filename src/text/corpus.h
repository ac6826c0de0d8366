/* A corpus: texts read, cleaned and turned into a row of vocabulary indices.
 *
 * The way of a text (its pipeline): read; strict UTF-8 (a byte-order mark at the start dropped); NFC; the
 * replacements in order, each followed by NFC; joined with a newline between files where there is none; symbols
 * counted; encoded. `--unit byte` reads bytes as they are: nothing normalised or dropped (replacements still apply,
 * byte-wise, and files are joined the same way).
 */
#ifndef LETRA_TEXT_CORPUS_H
#define LETRA_TEXT_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/vocab.h"

/* How text becomes units. Stored in the model, so that eval and prompts go the same way. {0} is characters without
 * replacements. */
typedef struct Pipeline {
    Unit unit;
    char **replacements; /* owned array of owned NUL-terminated expressions, in order */
    size_t replacement_count;
} Pipeline;

/* Adds a copy of an expression (see text/replacement.h), which must be a valid one: else false and a message that
 * shows it, and the pipeline is as it was. Set the unit first. */
bool pipeline_add_replacement(Pipeline *pipeline, const char *expression, Error *error);
/* A deep copy into `*copy`, which is overwritten; {0} on failure. */
bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error);
/* Frees what it owns and makes it {0}. */
void pipeline_free(Pipeline *pipeline);

/* A row of units. */
typedef struct Units {
    uint32_t *data; /* owned; indices into a vocabulary */
    size_t count;
} Units;
void units_free(Units *units);

typedef struct Corpus {
    Vocab *vocab;    /* owned; NULL in a corpus read with a given vocabulary */
    Units units;     /* owned */
    size_t bytes;    /* read from all files together */
    uint64_t digest; /* of the text after the pipeline (base/digest.h) */
    size_t unknown;  /* units left out because the given vocabulary lacks them (UNKNOWN_SKIP) */
} Corpus;

/* What happens to a symbol that a given vocabulary lacks. */
typedef enum Unknown { UNKNOWN_ERROR, UNKNOWN_SKIP } Unknown;

/* Reads `path_count` files ("-": standard input) through the pipeline into `*corpus`, which is overwritten, and makes
 * the vocabulary of what occurs. Errors name file, line and byte; then `*corpus` is {0}. That there is no text at all
 * (all files empty, or emptied by the replacements, or, below, nothing in them known) is an error; an empty file
 * among others is not. */
bool corpus_read(const Pipeline *pipeline, char *const *paths, size_t path_count, Corpus *corpus,
                 Error *error);

/* The same with a vocabulary that is given, and must be of the pipeline's unit. Under UNKNOWN_ERROR the message names
 * the first unknown symbol with its code point, file, line and byte (of the text after the pipeline, which is said
 * where NFC or a replacement changed it), how many there are, and --unknown skip. */
bool corpus_read_with_vocab(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, char *const *paths,
                            size_t path_count, Corpus *corpus, Error *error);
/* Adds the symbols of another vocabulary of the same unit to that of a corpus that has its own; they occur nowhere in
 * it. On failure, without memory, it is as it was. */
bool corpus_add_symbols(Corpus *corpus, const Vocab *vocab, Error *error);
/* Frees what it owns and makes it {0}. */
void corpus_free(Corpus *corpus);

/* A text that a person typed (a prime, a REPL line, a stop text), through the same pipeline and vocabulary, into
 * `*units`, which is overwritten ({0} on failure). `name` stands in messages ("--prime"). Every unknown character is
 * named with its code point under UNKNOWN_ERROR (the first ten different ones); `*skipped` (may be NULL) counts them
 * under UNKNOWN_SKIP. An empty text is no error: it has no units. */
bool corpus_encode_text(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, const char *name,
                        const char *text, size_t length, Units *units, size_t *skipped, Error *error);

#endif
