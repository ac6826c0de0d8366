/* A choice of copies: the longest ones of a text that say different things, found in one walk through all of them and
 * in memory that does not grow with their number. */
#ifndef LETRA_TEXT_COPY_CHOICE_H
#define LETRA_TEXT_COPY_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "text/copies.h"

/* Copies from which is chosen: the longest, of those of one length the first, and each text once. */
typedef struct CopyChoice {
    const char *text; /* borrowed: the bytes that they are of */
    Copy *items;      /* owned */
    size_t count;
    size_t floor; /* units up to which a further copy is not wanted any more */
} CopyChoice;

/* Begins with no copies. False and a message without memory. */
bool copy_choice_open(CopyChoice *choice, const char *text, Error *error);
/* Frees what it owns and makes it {0}. */
void copy_choice_close(CopyChoice *choice);

/* Offers the next copy of the text. */
void copy_choice_add(CopyChoice *choice, const Copy *copy);

/* Chooses up to `most` of the longest copies into `chosen`, the longest first, of which each tells something new: none
 * has most of its text in one that is longer, or says what a longer one says, too. Returns how many these are. */
size_t copy_choice_make(CopyChoice *choice, size_t most, Copy *chosen);

#endif
