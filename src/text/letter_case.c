/* Letter case: see letter_case.h. */
#include "text/letter_case.h"

#include <utf8proc.h>

#include "text/utf8.h"
#include "text/utf8_inline.h"

const char *letter_case_name(LetterCase letter_case) {
    static const char *const names[LETTER_CASES] = {
        [CASE_KEEP] = "keep", [CASE_FOLD] = "fold", [CASE_LOWER] = "lower"};
    return names[letter_case];
}

/* Whether a code point becomes another one, or several. */
static bool has_other_case(LetterCase letter_case, uint32_t code_point) {
    if (code_point < 0x80) {
        return code_point >= 'A' && code_point <= 'Z';
    }
    if (letter_case == CASE_LOWER) {
        return utf8proc_tolower((utf8proc_int32_t)code_point) != (utf8proc_int32_t)code_point;
    }
    return utf8proc_get_property((utf8proc_int32_t)code_point)->casefold_seqindex != UINT16_MAX;
}

static bool append_code_point(Bytes *text, uint32_t code_point, Error *error) {
    char utf8[4];
    return bytes_append(text, utf8, utf8_encode(code_point, utf8), error);
}

/* Appends what a code point becomes. */
static bool append_other_case(Bytes *text, LetterCase letter_case, uint32_t code_point, Error *error) {
    enum { LONGEST_FOLDING = 8 }; /* the longest there is has 3 */
    if (letter_case == CASE_LOWER) {
        return append_code_point(text, (uint32_t)utf8proc_tolower((utf8proc_int32_t)code_point), error);
    }
    utf8proc_int32_t folded[LONGEST_FOLDING];
    int boundary_class = 0; /* utf8proc wants a place for it */
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, folded, LONGEST_FOLDING,
                                                     UTF8PROC_CASEFOLD, &boundary_class);
    bool done = true;
    for (utf8proc_ssize_t k = 0; done && k < count && k < LONGEST_FOLDING; k++) {
        done = append_code_point(text, (uint32_t)folded[k], error);
    }
    return done;
}

bool letter_case_change(Bytes *text, LetterCase letter_case, size_t *changed, Error *error) {
    Bytes out = {0};
    size_t copied = 0;
    size_t letters = 0;
    bool done = true;
    for (size_t position = 0; letter_case != CASE_KEEP && done && position < text->length;) {
        uint32_t code_point = 0;
        size_t taken = decode_valid(text->data + position, &code_point);
        if (has_other_case(letter_case, code_point)) {
            done = bytes_append(&out, text->data + copied, position - copied, error) &&
                   append_other_case(&out, letter_case, code_point, error);
            copied = position + taken;
            letters++;
        }
        position += taken;
    }
    if (done && copied > 0) {
        done = bytes_append(&out, text->data + copied, text->length - copied, error);
        Bytes old = *text;
        *text = done ? out : old;
        out = done ? old : out;
    }
    if (changed != NULL) {
        *changed += letters;
    }
    bytes_free(&out);
    return done;
}
