/* Ends of lines: see newlines.h. */
#include "text/newlines.h"

#include <string.h>

size_t newlines_unify(Bytes *text) {
    const char *first = text->length > 0 ? memchr(text->data, '\r', text->length) : NULL;
    if (first == NULL) {
        return 0;
    }
    size_t count = 0;
    size_t length = (size_t)(first - text->data);
    for (size_t k = length; k < text->length; k++) {
        bool pair = text->data[k] == '\r' && text->data[k + 1] == '\n'; /* after the last byte is a NUL */
        count += text->data[k] == '\r';
        if (!pair) {
            text->data[length++] = text->data[k] == '\r' ? '\n' : text->data[k];
        }
    }
    text->length = length;
    text->data[length] = '\0';
    return count;
}

const char *newlines_name(bool unify) {
    return unify ? "lf" : "keep";
}
