/* A list of texts that are kept: what a setting of several texts holds, the lines of a file. */
#ifndef LETRA_UI_TEXT_LIST_H
#define LETRA_UI_TEXT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct TextList {
    char **items; /* owned, and what they point to */
    size_t count;
} TextList; /* {0} is empty */

/* Adds a copy of a text. False and a message without memory: the list is as it was. */
bool text_list_add(TextList *list, const char *text, Error *error);

/* A copy into `*copy`, which is overwritten; {0} and a message without memory. */
bool text_list_copy(const TextList *list, TextList *copy, Error *error);

/* Frees what it owns and makes it {0}. */
void text_list_free(TextList *list);

#endif
