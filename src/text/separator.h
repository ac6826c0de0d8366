/* What cuts a text into records: a pattern of PCRE2. For this folder alone. */
#ifndef LETRA_TEXT_SEPARATOR_H
#define LETRA_TEXT_SEPARATOR_H

#include "text/pattern.h"

/* Compiles one. False and a message that begins with the option and shows what is wrong. */
bool separator_create(Pattern *separator, const char *text, Unit unit, Normalization normalization,
                      Error *error);

/* Puts the option before a message that is about it. Returns false. */
bool separator_blame(const char *text, Error *error);

/* A text on its way into records; {0} but for the text is the start. */
typedef struct RecordCursor {
    const char *text;
    size_t length;
    size_t next; /* the first byte that no record has had */
    bool ended;
} RecordCursor;

/* Finds the next record that is not empty: what stands before, between and behind the matches. 1: found; 0: there is
 * no more; -1 and a message: matching was given up. */
int separator_next(const Pattern *separator, const Matching *matching, RecordCursor *cursor, Found *record,
                   Error *error);

#endif
