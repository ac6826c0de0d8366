/* Unicode's general categories, in words. For this folder alone. */
#ifndef LETRA_TEXT_CATEGORY_H
#define LETRA_TEXT_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CATEGORIES = 30 };

/* The category of a code point, below CATEGORIES. */
size_t category_of(uint32_t code_point);
/* Of all of them: "capital letters"; of one: "capital letter". */
const char *category_name(size_t category);
const char *category_name_of_one(size_t category);
/* Unicode's two letters: "Lu". */
const char *category_code(size_t category);
/* Controls and formats, what is not assigned, and spaces: what a reader does not see, or not as what it is. */
bool category_is_hidden(size_t category);
/* What stands on, below or beside the letter before it. */
bool category_is_mark(size_t category);

#endif
