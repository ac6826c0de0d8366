/* The forms of Unicode text: normalisation (UAX #15), letter case, and the ends of lines. All functions take valid
 * UTF-8 and leave valid UTF-8; what is already as it should be passes quickly and without a copy.
 */
#ifndef LETRA_TEXT_NORMALIZE_H
#define LETRA_TEXT_NORMALIZE_H

#include <stdbool.h>

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

/* Normalises the text in place; `*changed` (may be NULL) is raised by the number of places, mostly a letter with its
 * marks, that were in another form. False without memory: the text is as it was. */
bool text_normalize(Bytes *text, Normalization normalization, size_t *changed, Error *error);

typedef enum LetterCase {
    CASE_KEEP,
    CASE_FOLD,  /* as two texts are compared without regard to case: ß becomes ss */
    CASE_LOWER, /* every letter by its small one, if it has one */
    LETTER_CASES
} LetterCase;

/* "keep", "fold", "lower" */
const char *letter_case_name(LetterCase letter_case);

/* Changes the case in place; what comes out may have to be normalised again. `*changed` (may be NULL) is raised by the
 * number of letters that became others. False without memory. */
bool text_change_case(Bytes *text, LetterCase letter_case, size_t *changed, Error *error);

/* Makes \r\n and \r to \n. Returns how many there were. */
size_t text_unify_newlines(Bytes *text);

/* "lf" where that is done, and "keep" */
const char *newlines_name(bool unify);

#endif
