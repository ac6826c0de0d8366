/* UTF-8: see utf8.h.
 *
 * Everything runs over ASCII eight bytes at a time and looks closer only at the rest.
 */
#include "text/utf8.h"

#include <string.h>
#include <utf8proc.h>

#include "text/utf8_inline.h"

enum { LONGEST = 4 }; /* bytes of a character */

size_t utf8_decode(const char *text, size_t length, uint32_t *code_point) {
    utf8proc_int32_t found = 0;
    utf8proc_ssize_t room = length < LONGEST ? (utf8proc_ssize_t)length : LONGEST;
    utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text, room, &found);
    if (taken <= 0) {
        return 0;
    }
    *code_point = (uint32_t)found;
    return (size_t)taken;
}

size_t utf8_encode(uint32_t code_point, char out[4]) {
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)code_point, (utf8proc_uint8_t *)out);
}

size_t utf8_find_invalid(const char *text, size_t length) {
    size_t position = 0;
    while (position < length) {
        position += ascii_run(text + position, length - position);
        while (position < length && (unsigned char)text[position] >= 0x80) {
            uint32_t code_point = 0;
            size_t taken = utf8_decode(text + position, length - position, &code_point);
            if (taken == 0) {
                return position;
            }
            position += taken;
        }
    }
    return length;
}

size_t utf8_newlines(const char *text, size_t length) {
    enum { STRIDE = 64 }; /* a number that the compiler knows, so that it takes all of them at once */
    size_t count = 0;
    size_t k = 0;
    for (; k + STRIDE <= length; k += STRIDE) {
        unsigned char here = 0;
        for (size_t j = 0; j < STRIDE; j++) {
            here = (unsigned char)(here + (text[k + j] == '\n'));
        }
        count += here;
    }
    for (; k < length; k++) {
        count += text[k] == '\n';
    }
    return count;
}

size_t utf8_line(const char *text, size_t offset) {
    return 1 + utf8_newlines(text, offset);
}

/* Whether the text, up to its end, is the beginning of a character that was cut off. */
static bool is_cut(const char *text, size_t length) {
    unsigned char lead = (unsigned char)text[0];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length >= wanted) {
        return false;
    }
    for (size_t k = 1; k < length; k++) {
        if (((unsigned char)text[k] & 0xC0u) != 0x80u) {
            return false;
        }
    }
    return true;
}

/* Whether the text starts with the byte-order mark of UTF-16. */
static bool is_utf16(const char *text, size_t length) {
    return length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
}

bool utf8_validate(const char *text, size_t length, size_t lines, size_t offset, Error *error) {
    size_t at = utf8_find_invalid(text, length);
    if (at == length) {
        return true;
    }
    return error_set(
        error,
        "line %zu, byte %zu: 0x%02X is not valid UTF-8%s; convert the file (iconv -f %s -t UTF-8) "
        "or read it with --unit byte",
        lines + utf8_line(text, at), offset + at, (unsigned)(unsigned char)text[at],
        is_cut(text + at, length - at) ? " (the file ends inside a character)" : "",
        offset == 0 && is_utf16(text, length) ? "UTF-16" : "LATIN1");
}

bool utf8_repair(Bytes *text, bool leave_out, Utf8Faults *faults, Error *error) {
    *faults = (Utf8Faults){.first = utf8_find_invalid(text->data, text->length)};
    Bytes out = {0};
    size_t copied = 0;
    bool done = true;
    for (size_t at = faults->first; done && at < text->length;) {
        faults->count++;
        done = bytes_append(&out, text->data + copied, at - copied, error) &&
               bytes_append(&out, "\xEF\xBF\xBD", leave_out ? 0 : 3, error);
        copied = at + 1;
        at = copied + utf8_find_invalid(text->data + copied, text->length - copied);
    }
    if (done && faults->count > 0) {
        done = bytes_append(&out, text->data + copied, text->length - copied, error);
        Bytes old = *text;
        *text = done ? out : old;
        out = done ? old : out;
    }
    bytes_free(&out);
    return done;
}

size_t utf8_count(const char *text, size_t length) {
    size_t count = 0;
    for (size_t k = 0; k < length; k++) {
        count += ((unsigned char)text[k] & 0xC0u) != 0x80u;
    }
    return count;
}

size_t utf8_width(const char *text, size_t length) {
    size_t width = 0;
    for (size_t position = 0; position < length;) {
        uint32_t code_point = 0;
        position += decode_valid(text + position, &code_point);
        int columns = utf8proc_charwidth((utf8proc_int32_t)code_point);
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}
