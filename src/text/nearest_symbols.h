/* What is nearest to symbols that a vocabulary lacks: the same letter in another case or without its accents, the plain
 * form of a quote, a dash or a space.
 *
 * Two symbols are near each other when the same is left of them after Unicode's compatibility decomposition, case
 * folding and the loss of marks (so É, é, E and e are), and after quotes, dashes and spaces became those of ASCII
 * (utf8proc's "lump", and double quotes beside it). Of several symbols the one that keeps case comes first, then the
 * one that keeps the marks (of ñ and n for Ñ), then the plain form itself (' before ’), then the one that is more
 * frequent in what was trained on. What is near no single
 * symbol may be several ("fi" for ﬁ, "ss" for ß, "..." for …) or, if it is a mark or has no look of its own, none.
 * Letters that Unicode keeps apart stay apart: ı is not i, ø is not o.
 */
#ifndef LETRA_TEXT_NEAREST_SYMBOLS_H
#define LETRA_TEXT_NEAREST_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/vocab.h"

typedef struct NearestSymbols NearestSymbols;

/* For a vocabulary, which must outlive it. NULL and a message without memory, or of a vocabulary of bytes, of which
 * none is near another. */
NearestSymbols *nearest_symbols_create(const Vocab *vocab, Error *error);
/* Frees it; NULL does nothing. */
void nearest_symbols_free(NearestSymbols *nearest);

/* Appends to `out` what is nearest to a symbol that the vocabulary lacks: symbols that it has, or nothing. `*found` is
 * whether there is such; otherwise `out` stays as it is. False and a message without memory. */
bool nearest_symbols_find(const NearestSymbols *nearest, Symbol symbol, Bytes *out, bool *found,
                          Error *error);

/* Puts what is nearest in the place of all symbols of the valid text that the vocabulary lacks and that have such.
 * Appends to `list` which became what, in words ("'É' (U+00C9) as 'E'"): the first ten different ones, and how
 * many more there were; nothing if nothing was replaced. False and a message without memory. */
bool nearest_symbols_replace(const NearestSymbols *nearest, Bytes *text, Bytes *list, Error *error);

#endif
