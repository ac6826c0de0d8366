/* Texts that a person typed (a prime, a REPL line, a stop text) on their way to units. */
#ifndef LETRA_TEXT_TYPED_TEXT_H
#define LETRA_TEXT_TYPED_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/corpus.h"
#include "text/nearest_symbols.h"

/* A row of units. */
typedef struct Units {
    uint32_t *data; /* owned; indices into a vocabulary */
    size_t count;
} Units;
void units_free(Units *units);

/* Takes a text through the pipeline, in place. Its errors, which begin with the text's name, name the byte that is no
 * UTF-8. */
bool typed_text_clean(const Pipeline *pipeline, const char *name, Bytes *text, Error *error);

/* Takes a text through the pipeline and encodes it into `*units`, which is overwritten ({0} on failure). `name` stands
 * in messages ("--prime"). Every unknown symbol is named with its code point under UNKNOWN_ERROR (the first ten
 * different ones); `*skipped` (may be NULL) counts them under UNKNOWN_SKIP. An empty text is no error: it has no
 * units. */
bool typed_text_encode(const Pipeline *pipeline, const Vocab *vocab, Unknown unknown, const char *name,
                       const char *text, size_t length, Units *units, size_t *skipped, Error *error);

/* The same; what the vocabulary lacks is read as what is nearest to it, which `list` (appended to) says as
 * nearest_symbols_replace does. What has nothing near it is refused. */
bool typed_text_encode_nearest(const Pipeline *pipeline, const Vocab *vocab, const NearestSymbols *nearest,
                               const char *name, const char *text, size_t length, Units *units, Bytes *list,
                               Error *error);

#endif
