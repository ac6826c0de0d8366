/* Rules that clean a text, by patterns of PCRE2: what --replace, --drop-lines, --keep-lines, --from and --to do.
 *
 * Lines end at \n; a rule for lines sees neither that nor a \r before it. --from cuts off what stands before the first
 * match in a file, --to what stands behind it: the match stays, unless \K or a look-ahead leaves it out, and ^ and $
 * are at lines. A file without a match stays whole.
 */
#ifndef LETRA_TEXT_RULE_H
#define LETRA_TEXT_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/normalize.h"
#include "text/unit.h"

typedef enum RuleKind {
    RULE_REPLACE, /* text/replacement.h */
    RULE_DROP_LINES,
    RULE_KEEP_LINES,
    RULE_FROM,
    RULE_TO,
    RULE_KINDS
} RuleKind;

/* "drop-lines", as the option is called. */
const char *rule_kind_name(RuleKind kind);
/* Whether a rule of the kind goes by lines, so that a text may go through it in pieces that end with one. */
bool rule_kind_goes_by_lines(RuleKind kind);

typedef struct Rule Rule; /* immutable once made: any thread may apply it */

/* Compiles what it says, an expression of replacement.h or a pattern. NULL and a message that begins with the option
 * ("--from 'a(': ...") and shows what is wrong. */
Rule *rule_create(RuleKind kind, const char *expression, Unit unit, Normalization normalization,
                  Error *error);
/* Whether it could be made, which takes less than making it; `*size` becomes the bytes that it would take. */
bool rule_check(RuleKind kind, const char *expression, Unit unit, Normalization normalization, size_t *size,
                Error *error);
/* Frees it; NULL does nothing. */
void rule_free(Rule *rule);
RuleKind rule_kind(const Rule *rule);

/* Applies it to a text, which is normalised and, unless the unit is the byte, valid, and is that afterwards; `*matches`
 * becomes how often the pattern matched: lines, for rules that go by lines. On failure (limits, memory, more than
 * `most` bytes come of it) the message begins with the option. */
bool rule_apply(const Rule *rule, Bytes *text, size_t most, size_t *matches, Error *error);

/* Appends the option as it was written, "--drop-lines 'PATTERN'", shortened if it is long. */
bool rule_describe(RuleKind kind, const char *expression, Bytes *out, Error *error);

#endif
