/* Text as a message shows it: see shown.h. */
#include "base/shown.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8_byte.h"

/* The control characters are C0, DEL and C1 (0xC2 0x80 to 0xC2 0x9F in UTF-8); the bytes they take, 0 for
 * others. */
static size_t control_length(const unsigned char *text, unsigned *code) {
    if (text[0] < 0x20 || text[0] == 0x7F) {
        *code = text[0];
        return 1;
    }
    if (text[0] == 0xC2 && text[1] >= 0x80 && text[1] < 0xA0) {
        *code = text[1];
        return 2;
    }
    return 0;
}

const char *shown_within(const char *text, char *out, size_t size) {
    enum { ESCAPE = 6 };
    const size_t room = size - sizeof "...";
    const unsigned char *from = (const unsigned char *)text;
    size_t used = 0;
    while (*from != '\0') {
        unsigned code = 0;
        size_t length = control_length(from, &code);
        bool control = length > 0;
        while (!control && (length == 0 || utf8_byte_continues((char)from[length]))) {
            length++;
        }
        size_t shown = control ? (size_t)ESCAPE : length;
        if (used + shown > room) {
            memcpy(out + used, "...", 3);
            used += 3;
            break;
        }
        if (control) {
            snprintf(out + used, size - used, "\\u%04X", code);
        } else {
            memcpy(out + used, from, length);
        }
        used += shown;
        from += length;
    }
    out[used] = '\0';
    return out;
}

const char *shown_text(const char *text, char out[SHOWN_SIZE]) {
    return shown_within(text, out, SHOWN_SIZE);
}
