/* What a single byte of UTF-8 is. (What goes through whole texts is in text/utf8.h.) */
#ifndef LETRA_BASE_UTF8_BYTE_H
#define LETRA_BASE_UTF8_BYTE_H

#include <stdbool.h>

/* Whether the byte goes on with a character: it is 10......, and none begins with it. */
static inline bool utf8_byte_continues(char byte) {
    return ((unsigned char)byte & 0xC0u) == 0x80u;
}

#endif
