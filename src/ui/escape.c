/* Texts on one line: see escape.h. */
#include "ui/escape.h"

static char letter_of(char byte) {
    switch (byte) {
    case '\0': return '0';
    case '\n': return 'n';
    case '\t': return 't';
    case '\\': return '\\';
    default: return '\0';
    }
}

bool escape_add(const char *text, size_t length, Bytes *out, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < length; k++) {
        const char escaped[] = {'\\', letter_of(text[k])};
        done =
            escaped[1] != '\0' ? bytes_append(out, escaped, 2, error) : bytes_append(out, &text[k], 1, error);
    }
    return done;
}

bool escape_read(const char *text, Bytes *out, Error *error) {
    bool done = true;
    for (const char *from = text; done && *from != '\0'; from++) {
        bool escaped = *from == '\\' && from[1] != '\0';
        from += escaped ? 1 : 0;
        char byte = escaped && *from == 'n' ? '\n' : escaped && *from == 't' ? '\t' : *from;
        done = bytes_append(out, &byte, 1, error);
    }
    return done;
}
