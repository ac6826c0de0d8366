/* The two innermost loops of what goes through a text, to be inlined there. For this folder alone. */
#ifndef LETRA_TEXT_UTF8_INLINE_H
#define LETRA_TEXT_UTF8_INLINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes at the start of the text are ASCII. */
static inline size_t ascii_run(const char *text, size_t length) {
    size_t run = 0;
    while (length - run >= 8) {
        uint64_t word = 0;
        memcpy(&word, text + run, 8);
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
        run += 8;
    }
    while (run < length && (unsigned char)text[run] < 0x80) {
        run++;
    }
    return run;
}

/* The code point that starts at `text` into `*code_point`; returns how many bytes it takes. The text must be
 * valid: nothing is checked. */
static inline size_t decode_valid(const char *text, uint32_t *code_point) {
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t lead = bytes[0];
    if (lead < 0x80) {
        *code_point = lead;
        return 1;
    }
    if (lead < 0xE0) {
        *code_point = (lead & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
        return 2;
    }
    if (lead < 0xF0) {
        *code_point = (lead & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
        return 3;
    }
    *code_point =
        (lead & 0x07u) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 | (bytes[3] & 0x3Fu);
    return 4;
}

#endif
