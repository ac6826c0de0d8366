/* UTF-8, strictly: what the standard allows and nothing else (no overlong forms, no surrogates, nothing
 * beyond U+10FFFF), through utf8proc. A NUL is a character like any other.
 *
 * Text is checked once, where it comes in; the functions that say "valid" trust it from there on.
 */
#ifndef LETRA_TEXT_UTF8_H
#define LETRA_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum { UNICODE_CODE_POINTS = 0x110000 }; /* all numbers of them are below */

/* The code point that starts at `text`, of which `length` > 0 bytes are there, into `*code_point`. Returns
 * how many bytes it takes, 0 if what is there is no UTF-8. */
size_t utf8_decode(const char *text, size_t length, uint32_t *code_point);

/* The UTF-8 of a code point into `out`; returns how many bytes (1 to 4). */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* The offset of the first byte at which no valid character starts; `length` if all of it is valid. */
size_t utf8_find_invalid(const char *text, size_t length);

/* How many newlines the text has. */
size_t utf8_newlines(const char *text, size_t length);

/* The line, from 1, in which the byte at `offset` stands. */
size_t utf8_line(const char *text, size_t offset);

/* Whether a piece of a file is valid, of which `lines` lines in `offset` bytes came before. Otherwise false and the
 * message "line L, byte N: 0x.. is not valid UTF-8; ..." (lines from 1, byte offsets in the file from 0), which
 * suggests iconv and --unit byte. */
bool utf8_validate(const char *text, size_t length, size_t lines, size_t offset, Error *error);

/* How many characters the valid text has. */
size_t utf8_count(const char *text, size_t length);

/* Where a text is no UTF-8, and how often. */
typedef struct Utf8Faults {
    size_t count; /* bytes at which no valid character starts */
    size_t first; /* the offset of the first one */
} Utf8Faults;

/* Makes a text valid: each byte at which no valid character starts becomes U+FFFD, or is left out. False without
 * memory: the text is as it was. */
bool utf8_repair(Bytes *text, bool leave_out, Utf8Faults *faults, Error *error);

/* How many columns a terminal gives to the valid UTF-8 text. */
size_t utf8_width(const char *text, size_t length);

#endif
