/* Texts at which writing ends: which of them stands at the end of what was written. */
#ifndef LETRA_GENERATE_STOP_TEXTS_H
#define LETRA_GENERATE_STOP_TEXTS_H

#include <stddef.h>

/* A text at which writing ends, as bytes (UTF-8 in the form that the model's text has, NFC). An empty one never
 * occurs. */
typedef struct WriterStop {
    const char *text;
    size_t length;
} WriterStop;

/* The length of the longest of `count` stop texts that ends at the end of these bytes; 0: none. */
size_t stop_texts_find(const WriterStop *stops, size_t count, const char *text, size_t length);

/* The length of the longest; 0: there is none. */
size_t stop_texts_longest(const WriterStop *stops, size_t count);

#endif
