/* The normal forms of Unicode text (UAX #15). What is already as it should be passes quickly and without a copy. */
#ifndef LETRA_TEXT_NORMALIZE_H
#define LETRA_TEXT_NORMALIZE_H

#include "base/bytes.h"
#include "base/error.h"

typedef enum Normalization {
    NORMALIZATION_NFC,
    NORMALIZATION_NFD,
    NORMALIZATION_NFKC,
    NORMALIZATION_NFKD,
    NORMALIZATION_NONE,
    NORMALIZATIONS
} Normalization;

/* "NFC" ... "none" */
const char *normalization_name(Normalization normalization);

/* Normalises the valid UTF-8 in place; `*changed` (may be NULL) is raised by the number of places, mostly a letter with
 * its marks, that were in another form. False without memory: the text is as it was. */
bool normalize_text(Bytes *text, Normalization normalization, size_t *changed, Error *error);

#endif
