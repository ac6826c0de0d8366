/* JSON from files that may come from anyone: parsing that stays small and fast whatever is in it. And JSON of any
 * text. */
#ifndef LETRA_MODEL_JSON_TEXT_H
#define LETRA_MODEL_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

/* Parses a JSON object or array; the caller drops it with json_decref. NULs in strings are allowed, duplicate
 * keys are not. With more than `values_max` values, of which an array or object counts for four, it is refused before
 * anything is made of it: a value takes up to some 80 bytes of memory, whatever it takes in the file. The message says
 * what is wrong at which byte of `text`, counted from `offset`. */
json_t *json_text_parse(const char *text, size_t length, size_t values_max, size_t offset, Error *error);

/* A text as a string or, as JSON can hold only UTF-8, as an array of its bytes where it is none. NULL without
 * memory. */
json_t *json_text_make(const char *text, size_t length);

/* Appends the text that json_text_make made: of a string (NULs end nothing) or an array of bytes. False and a message
 * if the value is neither. */
bool json_text_read(const json_t *value, Bytes *text, Error *error);

#endif
