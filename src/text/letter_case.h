/* Letter case: capitals and small letters made one. */
#ifndef LETRA_TEXT_LETTER_CASE_H
#define LETRA_TEXT_LETTER_CASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

typedef enum LetterCase {
    CASE_KEEP,
    CASE_FOLD,  /* as two texts are compared without regard to case: ß becomes ss */
    CASE_LOWER, /* every letter by its small one, if it has one */
    LETTER_CASES
} LetterCase;

/* "keep", "fold", "lower" */
const char *letter_case_name(LetterCase letter_case);

/* Changes the case of the valid UTF-8 in place; what comes out is valid, and may have to be normalised again.
 * `*changed` (may be NULL) is raised by the number of letters that became others. False without memory. */
bool letter_case_change(Bytes *text, LetterCase letter_case, size_t *changed, Error *error);

#endif
