/* Substitutions on the text, sed's way: 's/PATTERN/REPLACEMENT/flags', done by PCRE2.
 *
 * Any ASCII punctuation but the backslash may stand for the slash; a backslash before it makes it a plain
 * character. Flags: g (every match; without it the first), i, m, s, x (PCRE2's caseless, multiline, dotall,
 * extended). The replacement is PCRE2's extended substitution: $1 ${name} \n \U \L \E ..., and a group that took no
 * part in the match is empty. UTF and Unicode properties are on, unless the unit is the byte; then pattern and
 * replacement are normalised as the text is. JIT where it is asked for; limits on backtracking and memory hold.
 */
#ifndef LETRA_TEXT_REPLACEMENT_H
#define LETRA_TEXT_REPLACEMENT_H

#include "base/bytes.h"
#include "base/error.h"
#include "text/normalize.h"
#include "text/unit.h"

typedef struct Replacement Replacement; /* immutable once made: any thread may apply it */

/* Parses and compiles. NULL and a message that shows what is wrong in the pattern or in the replacement, with
 * its offset in characters. */
Replacement *replacement_create(const char *expression, Unit unit, Normalization normalization, Error *error);
/* Frees it; NULL does nothing. */
void replacement_free(Replacement *replacement);

/* Makes it faster, for one that is going to be used (text/pattern.h). */
void replacement_speed_up(Replacement *replacement);
/* Bytes that it takes. */
size_t replacement_size(const Replacement *replacement);

/* Applies it to the whole text in place; `*count` (may be NULL) is how many matches were replaced. Unless the unit is
 * the byte, the text must be valid UTF-8, and is normalised afterwards if anything was replaced. On failure (match
 * limit, memory, more than `most` bytes come of it) the text is as it was. */
bool replacement_apply(const Replacement *replacement, Bytes *text, size_t most, size_t *count, Error *error);

#endif
