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

/* Gets an element of an array and its number; an array or object in it comes as NULL, and must be refused. False and
 * a message ends it. */
typedef bool (*JsonTake)(void *context, size_t index, const json_t *element, Error *error);

/* Hands out the elements of a JSON array in turn. Only one is in memory at a time, and only until `take` is done with
 * it, so that many of them may be parsed. `*count` becomes how many there were. False and a message: that of `take`, or
 * what is wrong at which byte. */
bool json_text_each(const char *text, size_t length, JsonTake take, void *context, size_t *count,
                    Error *error);

/* A text as a string or, as JSON can hold only UTF-8, as an array of its bytes where it is none. NULL without
 * memory. */
json_t *json_text_make(const char *text, size_t length);

/* Appends the text that json_text_make made: of a string (NULs end nothing) or an array of bytes. False and a message
 * if the value is neither. */
bool json_text_read(const json_t *value, Bytes *text, Error *error);

#endif
