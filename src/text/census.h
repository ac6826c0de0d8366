/* The code points of a text by what Unicode says of them: general categories (utf8proc) and scripts (PCRE2). They are
 * counted from the vocabulary, which has all there are but for those that --min-count made one.
 */
#ifndef LETRA_TEXT_CENSUS_H
#define LETRA_TEXT_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/vocab.h"

/* The code points of one category or script. */
typedef struct CensusGroup {
    const char *name; /* "small letters"; "Latin" */
    const char *code; /* "Ll"; NULL for a script */
    uint64_t count;
    size_t different;
} CensusGroup;

typedef struct Census {
    uint64_t code_points;
    size_t different;
    CensusGroup *categories; /* owned; none is empty, the largest is first */
    size_t category_count;
    CensusGroup *scripts; /* the same */
    size_t script_count;
} Census;

/* Counts the code points of a vocabulary, but for special symbols. Of bytes nothing is known: then the census is {0}.
 * False and a message without memory. */
bool census_take(const Vocab *vocab, Census *census, Error *error);
/* Frees what it owns and makes it {0}. */
void census_free(Census *census);

#endif
