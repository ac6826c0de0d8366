/* Patterns made ready for texts: see pattern.h. */
#include "text/pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8_byte.h"
#include "text/utf8.h"

/* What one match may take before it is given up. The steps of backtracking grow with the text, so that a pattern
 * such as (?s).*END, which goes back over all of it once, is not stopped in a long one. */
enum {
    STEPS = 10000000, /* about a tenth of a second */
    STEPS_PER_BYTE = 16,
    HEAP_LIMIT = 512 << 10,     /* KiB, without JIT */
    JIT_STACK_START = 32 << 10, /* bytes, with JIT */
    JIT_STACK_LIMIT = 256 << 20,
};

enum {
    SHOWN = 200,       /* bytes of a pattern in a message, so that the rest of it has room */
    SHOWN_BEFORE = 48, /* characters that are shown before the place where something is wrong */
    SHOWN_AFTER = 24,
};

/* --- messages --- */

/* PCRE2's words for an error, and our own where those leave a person wondering. */
static void error_words(int number, char *words, size_t size) {
    const char *own = NULL;
    if (number == PCRE2_ERROR_NOSUBSTRING) {
        own = "there is no such group";
    } else if (number == PCRE2_ERROR_BADREPESCAPE) {
        own = "a bad escape (groups are written $1 or ${name}, a backslash \\\\)";
    }
    if (own != NULL) {
        snprintf(words, size, "%s", own);
    } else if (pcre2_get_error_message(number, (PCRE2_UCHAR *)words, size) < 0) {
        snprintf(words, size, "error %d of PCRE2", number);
    }
}

/* The character of a text at a place: its bytes, and how many of them. What would not stand on one line as itself is a
 * dot. */
static size_t show_character(Unit unit, const char *text, size_t length, const char **shown) {
    unsigned char first = (unsigned char)*text;
    uint32_t code_point = first;
    size_t taken = unit != UNIT_BYTE ? utf8_decode(text, length, &code_point) : 1;
    bool control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
    bool itself = !control && taken > 0 && (unit != UNIT_BYTE || first < 0x80);
    *shown = itself ? text : ".";
    return taken > 0 ? taken : 1;
}

/* Appends the text around an offset as one line, and a line with a caret under the place. */
static bool show_place(Unit unit, const Bytes *text, size_t offset, Bytes *out, Error *error) {
    size_t before = unit != UNIT_BYTE ? utf8_count(text->data, offset) : offset;
    size_t first = before > SHOWN_BEFORE ? before - SHOWN_BEFORE : 0;
    Bytes caret = {0};
    bool done = bytes_printf(out, error, "\n    %s", first > 0 ? "..." : "") &&
                bytes_printf(&caret, error, "\n    %s", first > 0 ? "   " : "");
    size_t place = 0;
    for (size_t character = 0; done && place < text->length; character++) {
        const char *shown = "";
        size_t taken = show_character(unit, text->data + place, text->length - place, &shown);
        if (character >= before + SHOWN_AFTER) {
            done = bytes_append(out, "...", 3, error);
            break;
        }
        size_t length = *shown == '.' ? 1 : taken;
        if (character >= first) {
            size_t width = place < offset ? utf8_width(shown, length) : 0;
            done =
                bytes_append(out, shown, length, error) && bytes_printf(&caret, error, "%*s", (int)width, "");
        }
        place += taken;
    }
    done = done && bytes_printf(out, error, "%s^", caret.data);
    bytes_free(&caret);
    return done;
}

bool pattern_point_out(Unit unit, const char *words, const char *name, const Bytes *text, size_t offset,
                       Error *error) {
    size_t characters = unit != UNIT_BYTE ? utf8_count(text->data, offset) : offset;
    Bytes place = {0};
    if (show_place(unit, text, offset, &place, error)) {
        error_set(error, "%s at offset %zu of the %s%s", words, characters, name, place.data);
    }
    bytes_free(&place);
    return false;
}

bool pattern_refuse(Unit unit, int number, const char *name, const Bytes *text, size_t offset, Error *error) {
    char words[256];
    if (number == PCRE2_ERROR_HEAP_FAILED) {
        return error_set_memory(error, "PCRE2 has none for the %s", name);
    }
    error_words(number, words, sizeof words);
    return offset > text->length ? error_set(error, "%s", words)
                                 : pattern_point_out(unit, words, name, text, offset, error);
}

bool pattern_describe(const char *option, const char *text, Bytes *out, Error *error) {
    size_t length = strlen(text);
    size_t shown = length <= SHOWN ? length : SHOWN;
    while (shown < length && shown > 0 && utf8_byte_continues(text[shown])) {
        shown--;
    }
    return bytes_printf(out, error, "--%s '%.*s%s'", option, (int)shown, text, shown < length ? "..." : "");
}

bool pattern_explain(int number, Error *error) {
    if (number == PCRE2_ERROR_MATCHLIMIT || number == PCRE2_ERROR_DEPTHLIMIT ||
        number == PCRE2_ERROR_HEAPLIMIT || number == PCRE2_ERROR_JIT_STACKLIMIT) {
        return error_set(error,
                         "the pattern backtracks too much on this text (nested repetitions such as (a+)+ "
                         "do that); make it simpler");
    }
    if (number == PCRE2_ERROR_NOMEMORY) {
        return error_set_memory(error, "PCRE2 has none to match");
    }
    char words[256];
    error_words(number, words, sizeof words);
    return error_set(error, "%s", words);
}

/* --- compiling --- */

pcre2_code *pattern_compile(const Pattern *pattern, const Bytes *text, int *number, size_t *offset) {
    return pcre2_compile((PCRE2_SPTR)text->data, text->length, pattern->options, number, offset, NULL);
}

static bool compile(Pattern *pattern, Error *error) {
    int number = 0;
    size_t offset = 0;
    pattern->code = pattern_compile(pattern, &pattern->text, &number, &offset);
    if (pattern->code == NULL) {
        return pattern_refuse(pattern->unit, number, "pattern", &pattern->text, offset, error);
    }
    return true;
}

bool pattern_create(Pattern *pattern, const char *text, size_t length, Unit unit, Normalization normalization,
                    uint32_t options, Error *error) {
    bool chars = unit != UNIT_BYTE;
    *pattern = (Pattern){.unit = unit, .options = options | PCRE2_NEVER_BACKSLASH_C};
    pattern->options |= chars ? PCRE2_UTF | PCRE2_UCP : PCRE2_NEVER_UTF;
    if (length == 0) {
        return error_set(error, "the pattern is empty");
    }
    if (chars && utf8_find_invalid(text, length) < length) {
        return error_set(error, "the pattern is not valid UTF-8");
    }
    bool done = bytes_append(&pattern->text, text, length, error) &&
                (!chars || normalize_text(&pattern->text, normalization, NULL, error)) &&
                compile(pattern, error);
    if (!done) {
        pattern_free(pattern);
    }
    return done;
}

void pattern_free(Pattern *pattern) {
    bytes_free(&pattern->text);
    pcre2_code_free(pattern->code);
    *pattern = (Pattern){0};
}

void pattern_speed_up(Pattern *pattern) {
#ifdef LETRA_MEMCHECK
    (void)pattern; /* such code looks beyond the end of a text, and Memcheck minds that */
#else
    (void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE); /* without it matching is merely slower */
#endif
}

size_t pattern_size(const Pattern *pattern) {
    size_t size = 0;
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size);
    return size;
}

/* --- matching --- */

void matching_free(Matching *matching) {
    pcre2_match_data_free(matching->match);
    pcre2_match_context_free(matching->context);
    pcre2_jit_stack_free(matching->stack);
    *matching = (Matching){0};
}

bool matching_create(const Pattern *pattern, size_t length, Matching *matching, Error *error) {
    matching->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
    matching->context = pcre2_match_context_create(NULL);
    matching->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_LIMIT, NULL); /* NULL: no JIT here */
    if (matching->match == NULL || matching->context == NULL) {
        matching_free(matching);
        return error_set_memory(error, "PCRE2 has none for its matches");
    }
    pcre2_set_heap_limit(matching->context, HEAP_LIMIT);
    pcre2_jit_stack_assign(matching->context, NULL, matching->stack);
    matching_set_length(matching, length);
    return true;
}

void matching_set_length(const Matching *matching, size_t length) {
    bool huge = length > (UINT32_MAX - STEPS) / STEPS_PER_BYTE;
    uint32_t limit = huge ? UINT32_MAX : (uint32_t)length * STEPS_PER_BYTE + STEPS;
    pcre2_set_match_limit(matching->context, limit);
    pcre2_set_depth_limit(matching->context, limit);
}

int pattern_find_with(const Pattern *pattern, const Matching *matching, uint32_t options, const char *text,
                      size_t length, size_t from, Found *found, Error *error) {
    options |= pattern->unit != UNIT_BYTE ? PCRE2_NO_UTF_CHECK : 0;
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, from, options, matching->match,
                             matching->context);
    if (result == PCRE2_ERROR_NOMATCH) {
        return PATTERN_ABSENT;
    }
    if (result < 0 && result != PCRE2_ERROR_PARTIAL) {
        (void)pattern_explain(result, error);
        return PATTERN_GAVE_UP;
    }
    const PCRE2_SIZE *place = pcre2_get_ovector_pointer(matching->match);
    /* \K can put the start behind the end */
    *found = (Found){place[0] < place[1] ? place[0] : place[1], place[1]};
    return result == PCRE2_ERROR_PARTIAL ? PATTERN_BEGINS : PATTERN_FOUND;
}

int pattern_find(const Pattern *pattern, const Matching *matching, const char *text, size_t length,
                 size_t from, Found *found, Error *error) {
    return pattern_find_with(pattern, matching, 0, text, length, from, found, error);
}
