/* Texts at which writing ends: see stop_texts.h. */
#include "generate/stop_texts.h"

#include <string.h>

size_t stop_texts_find(const WriterStop *stops, size_t count, const char *text, size_t length) {
    size_t longest = 0;
    for (size_t k = 0; k < count; k++) {
        const WriterStop *stop = &stops[k];
        if (stop->length > longest && stop->length <= length &&
            memcmp(text + length - stop->length, stop->text, stop->length) == 0) {
            longest = stop->length;
        }
    }
    return longest;
}

size_t stop_texts_longest(const WriterStop *stops, size_t count) {
    size_t longest = 0;
    for (size_t k = 0; k < count; k++) {
        longest = stops[k].length > longest ? stops[k].length : longest;
    }
    return longest;
}
