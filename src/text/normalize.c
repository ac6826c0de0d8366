/* Normalisation: see normalize.h.
 *
 * utf8proc normalises whole strings, at some 30 MB/s. Nearly all text is NFC already, so here it is given only the
 * short stretches that might change. A code point is *stable* when it stays as it is in a form and never joins
 * with anything before it (UAX #15 §9.1: combining class 0, quick check "yes"). A text may then be cut before any
 * stable code point and its parts normalised apart. So: run over stable code points; at an unstable one, take the
 * stretch from the last stable code point before it up to the next one after it, and hand that to utf8proc.
 *
 *     c a f e ´ s         e is stable, ´ (U+0301) is not, s is: the stretch is "e´", and becomes "é"
 *           [---)
 *
 * In NFC everything below U+0300 is stable, in the other forms everything below U+00A0. Above, stability is found by
 * asking utf8proc, once for each code point that occurs. utf8proc does not say which code points join with what is
 * before them, so all are taken for unstable that are marks or behave like one (Hangul vowels and finals, by their
 * grapheme class); too many cost time, not correctness. tests/text/test_normalize.c holds all of Unicode to it.
 */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/category.h"
#include "text/normalize.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

enum { LONGEST_DECOMPOSITION = 32 }; /* the longest there is has 18 */

static const struct Form {
    const char *name;
    int options;
    uint32_t stable; /* everything below this is */
} forms[NORMALIZATIONS] = {
    [NORMALIZATION_NFC] = {"NFC", UTF8PROC_STABLE | UTF8PROC_COMPOSE, 0x300},
    [NORMALIZATION_NFD] = {"NFD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, 0xA0},
    [NORMALIZATION_NFKC] = {"NFKC", UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT, 0xA0},
    [NORMALIZATION_NFKD] = {"NFKD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, 0xA0},
    [NORMALIZATION_NONE] = {"none", 0, 0},
};

const char *normalization_name(Normalization normalization) {
    return forms[normalization].name;
}

typedef struct Normalizer {
    utf8proc_option_t options;
    uint32_t stable;           /* everything below this is */
    signed char *stability;    /* per code point: 1 stable, -1 not, 0 not asked yet; NULL until needed */
    utf8proc_int32_t *stretch; /* room for a stretch being normalised */
    size_t stretch_room;       /* in code points */
    const char *text;          /* what is normalised */
    size_t copied;             /* bytes of it whose form is in `output` */
    size_t changed;            /* stretches that were in another form */
    Bytes output;              /* without data until something changes */
} Normalizer;

static bool is_mark_like(const utf8proc_property_t *property) {
    return category_is_mark((size_t)property->category) || property->boundclass == UTF8PROC_BOUNDCLASS_V ||
           property->boundclass == UTF8PROC_BOUNDCLASS_T;
}

static bool find_stability(const Normalizer *normalizer, uint32_t code_point) {
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)code_point);
    if (property->combining_class != 0 || is_mark_like(property)) {
        return false;
    }
    utf8proc_int32_t parts[LONGEST_DECOMPOSITION];
    int boundary_class = 0; /* utf8proc wants a place for it */
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)code_point, parts, LONGEST_DECOMPOSITION, normalizer->options, &boundary_class);
    if (count < 1 || count > LONGEST_DECOMPOSITION) {
        return false;
    }
    return utf8proc_normalize_utf32(parts, count, normalizer->options) == 1 &&
           parts[0] == (utf8proc_int32_t)code_point;
}

static inline bool is_stable(Normalizer *normalizer, uint32_t code_point) {
    if (code_point < normalizer->stable) {
        return true;
    }
    signed char *known = &normalizer->stability[code_point];
    if (*known == 0) {
        *known = find_stability(normalizer, code_point) ? 1 : -1;
    }
    return *known > 0;
}

/* Makes room for a stretch of `count` code points and one more, which utf8proc_reencode uses for a NUL. */
static bool reserve_stretch(Normalizer *normalizer, size_t count, Error *error) {
    if (normalizer->stretch != NULL && count <= normalizer->stretch_room) {
        return true;
    }
    size_t room = count + count / 2 + 64;
    free(normalizer->stretch);
    normalizer->stretch_room = 0;
    normalizer->stretch = memory_allocate(room + 1, sizeof *normalizer->stretch, "normalising a text", error);
    if (normalizer->stretch == NULL) {
        return false;
    }
    normalizer->stretch_room = room;
    return true;
}

/* Puts the form of the text's bytes from `start` to `end` into `stretch`, as `*length` bytes of UTF-8. */
static bool compose_stretch(Normalizer *normalizer, size_t start, size_t end, size_t *length, Error *error) {
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)normalizer->text + start;
    size_t guess = end - start; /* bytes: mostly more than its code points are */
    utf8proc_ssize_t count = 0;
    do {
        if (!reserve_stretch(normalizer, guess, error)) {
            return false;
        }
        count = utf8proc_decompose(bytes, (utf8proc_ssize_t)(end - start), normalizer->stretch,
                                   (utf8proc_ssize_t)normalizer->stretch_room, normalizer->options);
        guess = count > 0 ? (size_t)count : 0;
    } while (guess > normalizer->stretch_room);
    utf8proc_ssize_t composed =
        count < 0 ? count : utf8proc_reencode(normalizer->stretch, count, normalizer->options);
    if (composed < 0) {
        return error_set(error, "a text cannot be normalised: %s", utf8proc_errmsg(composed));
    }
    *length = (size_t)composed;
    return true;
}

/* Normalises the bytes from `start` to `end`; only where that changes something is anything copied. */
static bool normalize_stretch(Normalizer *normalizer, size_t start, size_t end, Error *error) {
    size_t length = 0;
    if (!compose_stretch(normalizer, start, end, &length, error)) {
        return false;
    }
    if (length == end - start && memcmp(normalizer->stretch, normalizer->text + start, length) == 0) {
        return true;
    }
    if (!bytes_append(&normalizer->output, normalizer->text + normalizer->copied, start - normalizer->copied,
                      error) ||
        !bytes_append(&normalizer->output, normalizer->stretch, length, error)) {
        return false;
    }
    normalizer->copied = end;
    normalizer->changed++;
    return true;
}

/* The end of the stretch that goes on at `position`: where the next stable code point starts. */
static size_t find_stretch_end(Normalizer *normalizer, size_t position, size_t length) {
    while (position < length) {
        uint32_t code_point = 0;
        size_t taken = decode_valid(normalizer->text + position, &code_point);
        if (is_stable(normalizer, code_point)) {
            break;
        }
        position += taken;
    }
    return position;
}

/* Goes through the text from stretch to stretch. */
static bool normalize_stretches(Normalizer *normalizer, size_t length, Error *error) {
    size_t position = 0;
    while (position < length) {
        size_t run = ascii_run(normalizer->text + position, length - position);
        position += run;
        /* Of the last stable code point; but of the text when that begins with what is not ASCII. */
        size_t start = run > 0 ? position - 1 : 0;
        while (position < length && (unsigned char)normalizer->text[position] >= 0x80) {
            uint32_t code_point = 0;
            size_t taken = decode_valid(normalizer->text + position, &code_point);
            if (is_stable(normalizer, code_point)) {
                start = position;
                position += taken;
                continue;
            }
            size_t end = find_stretch_end(normalizer, position + taken, length);
            if (!normalize_stretch(normalizer, start, end, error)) {
                return false;
            }
            position = end;
            start = end;
        }
    }
    return true;
}

bool normalize_text(Bytes *text, Normalization normalization, size_t *changed, Error *error) {
    const struct Form *form = &forms[normalization];
    if (normalization == NORMALIZATION_NONE || ascii_run(text->data, text->length) == text->length) {
        return true;
    }
    Normalizer normalizer = {.options = (utf8proc_option_t)form->options,
                             .stable = form->stable,
                             .stability =
                                 memory_allocate(UNICODE_CODE_POINTS, 1, "normalising a text", error),
                             .text = text->data};
    if (normalizer.stability == NULL) {
        return false;
    }
    bool done = normalize_stretches(&normalizer, text->length, error);
    if (done && normalizer.output.data != NULL) {
        done = bytes_append(&normalizer.output, text->data + normalizer.copied,
                            text->length - normalizer.copied, error);
        if (done) {
            Bytes old = *text;
            *text = normalizer.output;
            normalizer.output = old;
        }
    }
    if (changed != NULL) {
        *changed += normalizer.changed;
    }
    bytes_free(&normalizer.output);
    free(normalizer.stretch);
    free(normalizer.stability);
    return done;
}
