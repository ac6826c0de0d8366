/* Text made safe to look at: see visible.h. */
#include "ui/visible.h"

#include <stdint.h>
#include <string.h>

#include "text/utf8.h"

/* How many bytes the character that starts with `first` takes, 1 for what starts none. */
static size_t expected_length(char first) {
    unsigned char byte = (unsigned char)first;
    if (byte >= 0xF0 && byte < 0xF8) {
        return 4;
    }
    if (byte >= 0xE0) {
        return byte < 0xF0 ? 3 : 1;
    }
    return byte >= 0xC0 ? 2 : 1;
}

/* Whether a terminal shows the text behind it in another order than it has, which hides what is there ("Trojan Source",
 * CVE-2021-42574): the embeddings, overrides and isolates of the bidirectional algorithm. */
static bool turns_text(uint32_t code_point) {
    return (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

/* One whole character, or one byte that belongs to none. */
static bool add_character(const char *text, size_t length, Bytes *out, Error *error) {
    uint32_t code_point = 0;
    if (utf8_decode(text, length, &code_point) != length) {
        return bytes_printf(out, error, "\\x%02X", (unsigned)(unsigned char)text[0]);
    }
    switch (code_point) {
    case '\n':
    case '\t': return bytes_append(out, text, length, error);
    case '\r': return bytes_append(out, "\\r", 2, error);
    case 0x1B: return bytes_append(out, "\\e", 2, error);
    default: break;
    }
    if (code_point < 0x20 || code_point == 0x7F) {
        return bytes_printf(out, error, "\\x%02X", (unsigned)code_point);
    }
    if ((code_point >= 0x80 && code_point < 0xA0) || turns_text(code_point)) {
        return bytes_printf(out, error, "\\u%04X", (unsigned)code_point);
    }
    return bytes_append(out, text, length, error);
}

/* Takes the first character off what is pending. */
static bool take_character(Visible *visible, Bytes *out, Error *error) {
    uint32_t code_point = 0;
    size_t length = utf8_decode(visible->pending, visible->count, &code_point);
    if (length == 0) {
        length = 1;
    }
    bool drop = visible->count == 2 && memcmp(visible->pending, "\r\n", 2) == 0;
    bool done = drop || add_character(visible->pending, length, out, error);
    visible->count -= length;
    memmove(visible->pending, visible->pending + length, visible->count);
    return done;
}

/* Whether what is pending begins with something that no further byte can change. */
static bool is_settled(const Visible *visible) {
    if (visible->count == 1 && visible->pending[0] == '\r') {
        return false;
    }
    for (size_t k = 1; k < visible->count; k++) {
        if (((unsigned char)visible->pending[k] & 0xC0u) != 0x80u) {
            return true;
        }
    }
    return visible->count >= expected_length(visible->pending[0]);
}

bool visible_add(Visible *visible, const char *text, size_t length, Bytes *out, Error *error) {
    for (size_t k = 0; k < length; k++) {
        visible->pending[visible->count++] = text[k];
        while (visible->count > 0 && is_settled(visible)) {
            if (!take_character(visible, out, error)) {
                return false;
            }
        }
    }
    return true;
}

bool visible_line(const char *text, size_t length, Bytes *out, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < length; k++) {
        done = text[k] == '\n'   ? bytes_printf(out, error, "%s", VISIBLE_NEWLINE)
               : text[k] == '\t' ? bytes_printf(out, error, "%s", VISIBLE_TAB)
                                 : bytes_append(out, text + k, 1, error);
    }
    return done;
}

bool visible_finish(Visible *visible, Bytes *out, Error *error) {
    while (visible->count > 0) {
        if (!take_character(visible, out, error)) {
            return false;
        }
    }
    return true;
}
