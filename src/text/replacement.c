/* Substitutions on the text: see replacement.h. */
#include "text/replacement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/pattern.h"
#include "text/utf8.h"

struct Replacement {
    Unit unit;
    Normalization normalization;
    Pattern pattern;
    Bytes with;       /* the replacement, as written and normalised */
    uint32_t options; /* PCRE2's, that the flags say */
    bool everywhere;  /* flag g */
};

/* --- parsing --- */

/* Reads up to the next delimiter that has no backslash before it, which makes `part`. Returns what comes after the
 * delimiter, NULL if there is none. Backslashes stay: to PCRE2, in a pattern as in a replacement, a backslash
 * before punctuation says that it means itself, which is what is wanted of the delimiter. */
static const char *read_part(const char *text, char delimiter, Bytes *part, Error *error) {
    const char *end = text;
    while (*end != '\0' && *end != delimiter) {
        end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
    }
    if (*end == '\0') {
        error_set(error, "the closing %c is missing; write s%cPATTERN%cREPLACEMENT%c", delimiter, delimiter,
                  delimiter, delimiter);
        return NULL;
    }
    return bytes_append(part, text, (size_t)(end - text), error) ? end + 1 : NULL;
}

static bool read_flags(Replacement *replacement, const char *flags, Error *error) {
    for (const char *flag = flags; *flag != '\0'; flag++) {
        switch (*flag) {
        case 'g': replacement->everywhere = true; break;
        case 'i': replacement->options |= PCRE2_CASELESS; break;
        case 'm': replacement->options |= PCRE2_MULTILINE; break;
        case 's': replacement->options |= PCRE2_DOTALL; break;
        case 'x': replacement->options |= PCRE2_EXTENDED; break;
        default:
            return error_set(error, "there is no flag '%.*s'; the flags are g i m s x",
                             (unsigned char)*flag < 0x80 ? 1 : (int)strlen(flag), flag);
        }
    }
    return true;
}

/* The two parts of an expression, of which `pattern` is compiled later. */
static bool parse(Replacement *replacement, const char *expression, Bytes *pattern, Error *error) {
    bool chars = replacement->unit != UNIT_BYTE;
    if (chars && utf8_find_invalid(expression, strlen(expression)) != strlen(expression)) {
        return error_set(error, "the expression is not valid UTF-8");
    }
    char delimiter = expression[0] == 's' ? expression[1] : '\0';
    if ((unsigned char)delimiter >= 0x80 || !ispunct((unsigned char)delimiter) || delimiter == '\\') {
        return error_set(error, "an expression looks like s/PATTERN/REPLACEMENT/ or s/PATTERN/REPLACEMENT/g");
    }
    const char *rest = read_part(expression + 2, delimiter, pattern, error);
    rest = rest == NULL ? NULL : read_part(rest, delimiter, &replacement->with, error);
    if (rest == NULL || !read_flags(replacement, rest, error)) {
        return false;
    }
    return !chars || normalize_text(&replacement->with, replacement->normalization, NULL, error);
}

/* --- compiling --- */

/* What pcre2_substitute is asked to do. A text is checked where it comes in, not again at every match. */
static uint32_t substitute_options(const Replacement *replacement) {
    return PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY |
           (replacement->everywhere ? PCRE2_SUBSTITUTE_GLOBAL : 0) |
           (replacement->unit != UNIT_BYTE ? PCRE2_NO_UTF_CHECK : 0);
}

/* The length of the setting such as (*CRLF) that begins at `place`, which only the start of a pattern can hold; 0 if
 * there is none. */
static size_t setting_length(const Bytes *pattern, size_t place) {
    const char *start = pattern->data + place;
    const char *end = strncmp(start, "(*", 2) == 0 ? strchr(start, ')') : NULL;
    return end == NULL ? 0 : (size_t)(end + 1 - start);
}

/* A pattern with the same groups that matches anything. What it matches first, nothing, can only stand behind the
 * settings: where that is, compiling tells. */
static pcre2_code *compile_probe(const Replacement *replacement, Error *error) {
    const Bytes *pattern = &replacement->pattern.text;
    for (size_t place = 0;;) {
        Bytes probe = {0};
        if (!bytes_printf(&probe, error, "%.*s(?:)|%s", (int)place, pattern->data, pattern->data + place)) {
            return NULL;
        }
        int number = 0;
        size_t offset = 0;
        pcre2_code *code = pattern_compile(&replacement->pattern, &probe, &number, &offset);
        bytes_free(&probe);
        size_t step = setting_length(pattern, place);
        if (code == NULL && step == 0) {
            /* it is just as long as a pattern can be */
            pattern_refuse(replacement->unit, number, "pattern", pattern, SIZE_MAX, error);
        }
        if (code != NULL || step == 0) {
            return code;
        }
        place += step;
    }
}

/* Finds the mistakes of a replacement now and not after hours, or never: PCRE2 reads it only when there is a match.
 * One match is made, so that a larger number is an error's: PCRE2 10.42 returns those of escapes, as in ${1:-\x{},
 * with the sign of a count. */
static bool check_replacement(const Replacement *replacement, Error *error) {
    pcre2_code *code = compile_probe(replacement, error);
    if (code == NULL) {
        return false;
    }
    PCRE2_UCHAR out[16];
    size_t out_length = sizeof out;
    int number = pcre2_substitute(
        code, (PCRE2_SPTR) "", 0, 0, substitute_options(replacement) | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH, NULL,
        NULL, (PCRE2_SPTR)replacement->with.data, replacement->with.length, out, &out_length);
    pcre2_code_free(code);
    if (number > 1) {
        return pattern_refuse(replacement->unit, number, "replacement", &replacement->with, SIZE_MAX, error);
    }
    return number >= 0 || number == PCRE2_ERROR_NOMEMORY ||
           pattern_refuse(replacement->unit, number, "replacement", &replacement->with, out_length, error);
}

static bool parse_and_compile(Replacement *replacement, const char *expression, Error *error) {
    Bytes pattern = {0};
    bool done = parse(replacement, expression, &pattern, error) &&
                pattern_create(&replacement->pattern, pattern.data, pattern.length, replacement->unit,
                               replacement->normalization, replacement->options, error) &&
                check_replacement(replacement, error);
    bytes_free(&pattern);
    return done;
}

Replacement *replacement_create(const char *expression, Unit unit, Normalization normalization,
                                Error *error) {
    Replacement *replacement = memory_allocate(1, sizeof *replacement, "a replacement", error);
    if (replacement == NULL) {
        return NULL;
    }
    replacement->unit = unit;
    replacement->normalization = normalization;
    if (!parse_and_compile(replacement, expression, error)) {
        replacement_free(replacement);
        return NULL;
    }
    return replacement;
}

void replacement_free(Replacement *replacement) {
    if (replacement == NULL) {
        return;
    }
    pattern_free(&replacement->pattern);
    bytes_free(&replacement->with);
    free(replacement);
}

void replacement_speed_up(Replacement *replacement) {
    pattern_speed_up(&replacement->pattern);
}

size_t replacement_size(const Replacement *replacement) {
    return pattern_size(&replacement->pattern) + replacement->with.length;
}

/* --- applying --- */

/* Writes the text after substitution to `out`; returns how many matches there were, or PCRE2's error. The first
 * try guesses how long the result will be; if it is longer, all is done again with twice the room. (PCRE2 would say how
 * much it takes, but only after it has come to the end, which may be out of reach.) */
static int substitute(const Replacement *replacement, const Matching *matching, const Bytes *text,
                      size_t most, Bytes *out, Error *error) {
    size_t room = text->length + text->length / 8 + 64;
    for (;;) {
        room = room < most ? room : most;
        if (!bytes_reserve(out, room, error)) {
            return PCRE2_ERROR_NOMEMORY;
        }
        size_t length = room + 1; /* counts the NUL */
        PCRE2_SPTR subject = (PCRE2_SPTR)(text->data == NULL ? "" : text->data);
        int result = pcre2_substitute(replacement->pattern.code, subject, text->length, 0,
                                      substitute_options(replacement), matching->match, matching->context,
                                      (PCRE2_SPTR)replacement->with.data, replacement->with.length,
                                      (PCRE2_UCHAR *)out->data, &length);
        if (result >= 0) {
            out->length = length;
            return result;
        }
        if (result != PCRE2_ERROR_NOMEMORY) {
            (void)pattern_explain(result, error);
            return result;
        }
        if (room >= most) {
            error_set(error, "the text grows to more than %zu bytes, which is taken for a mistake", most);
            return result;
        }
        room = room < SIZE_MAX / 4 ? 2 * room : most;
    }
}

bool replacement_apply(const Replacement *replacement, Bytes *text, size_t most, size_t *count,
                       Error *error) {
    Matching matching;
    if (!matching_create(&replacement->pattern, text->length, &matching, error)) {
        return false;
    }
    Bytes out = {0};
    int result = substitute(replacement, &matching, text, most, &out, error);
    matching_free(&matching);
    bool done = result >= 0;
    if (result > 0) {
        done =
            replacement->unit == UNIT_BYTE || normalize_text(&out, replacement->normalization, NULL, error);
        if (done) {
            Bytes old = *text;
            *text = out;
            out = old;
        }
    }
    bytes_free(&out);
    if (done && count != NULL) {
        *count = (size_t)result;
    }
    return done;
}
