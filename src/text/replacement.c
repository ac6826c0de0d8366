/* Substitutions on the text: see replacement.h. */
#include "text/replacement.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/memory.h"
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

enum { SHOWN = 200 }; /* bytes of an expression in a message, so that the rest of it has room */

struct Replacement {
    Unit unit;
    Normalization normalization;
    Bytes label;   /* --replace 's/a/b/', for messages */
    Bytes pattern; /* as written between the delimiters */
    Bytes with;    /* the replacement, as written */
    uint32_t compile_options;
    bool everywhere; /* flag g */
    pcre2_code *code;
};

/* --- parsing --- */

static bool make_label(Replacement *replacement, const char *expression, Error *error) {
    size_t length = strlen(expression);
    size_t shown = length <= SHOWN ? length : SHOWN;
    while (shown < length && shown > 0 && ((unsigned char)expression[shown] & 0xC0u) == 0x80u) {
        shown--;
    }
    return bytes_printf(&replacement->label, error, "--replace '%.*s%s'", (int)shown, expression,
                        shown < length ? "..." : "");
}

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
        case 'i': replacement->compile_options |= PCRE2_CASELESS; break;
        case 'm': replacement->compile_options |= PCRE2_MULTILINE; break;
        case 's': replacement->compile_options |= PCRE2_DOTALL; break;
        case 'x': replacement->compile_options |= PCRE2_EXTENDED; break;
        default:
            return error_set(error, "there is no flag '%.*s'; the flags are g i m s x",
                             (unsigned char)*flag < 0x80 ? 1 : (int)strlen(flag), flag);
        }
    }
    return true;
}

static bool parse(Replacement *replacement, const char *expression, Error *error) {
    bool chars = replacement->unit != UNIT_BYTE;
    if (chars && utf8_find_invalid(expression, strlen(expression)) != strlen(expression)) {
        return error_set(error, "the expression is not valid UTF-8");
    }
    char delimiter = expression[0] == 's' ? expression[1] : '\0';
    if ((unsigned char)delimiter >= 0x80 || !ispunct((unsigned char)delimiter) || delimiter == '\\') {
        return error_set(error, "an expression looks like s/PATTERN/REPLACEMENT/ or s/PATTERN/REPLACEMENT/g");
    }
    const char *rest = read_part(expression + 2, delimiter, &replacement->pattern, error);
    rest = rest == NULL ? NULL : read_part(rest, delimiter, &replacement->with, error);
    if (rest == NULL || !read_flags(replacement, rest, error)) {
        return false;
    }
    if (replacement->pattern.length == 0) {
        return error_set(error, "the pattern is empty");
    }
    return !chars || (text_normalize(&replacement->pattern, replacement->normalization, error) &&
                      text_normalize(&replacement->with, replacement->normalization, error));
}

/* --- compiling --- */

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

/* "WORDS at offset N of the PART", the offset counted as a person counts. */
static bool refuse(const Replacement *replacement, int number, const Bytes *part, size_t offset,
                   Error *error) {
    char words[256];
    error_words(number, words, sizeof words);
    if (offset > part->length) {
        return error_set(error, "%s", words);
    }
    size_t characters = replacement->unit != UNIT_BYTE ? utf8_count(part->data, offset) : offset;
    return error_set(error, "%s at offset %zu of the %s", words, characters,
                     part == &replacement->pattern ? "pattern" : "replacement");
}

static pcre2_code *compile(const Replacement *replacement, const Bytes *pattern, int *number,
                           size_t *offset) {
    return pcre2_compile((PCRE2_SPTR)pattern->data, pattern->length, replacement->compile_options, number,
                         offset, NULL);
}

/* What pcre2_substitute is asked to do. A text is checked where it comes in, not again at every match. */
static uint32_t substitute_options(const Replacement *replacement) {
    return PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH |
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
    const Bytes *pattern = &replacement->pattern;
    for (size_t place = 0;;) {
        Bytes probe = {0};
        if (!bytes_printf(&probe, error, "%.*s(?:)|%s", (int)place, pattern->data, pattern->data + place)) {
            return NULL;
        }
        int number = 0;
        size_t offset = 0;
        pcre2_code *code = compile(replacement, &probe, &number, &offset);
        bytes_free(&probe);
        size_t step = setting_length(pattern, place);
        if (code == NULL && step == 0) {
            refuse(replacement, number, pattern, SIZE_MAX,
                   error); /* it is just as long as a pattern can be */
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
    int number =
        pcre2_substitute(code, (PCRE2_SPTR) "", 0, 0, substitute_options(replacement), NULL, NULL,
                         (PCRE2_SPTR)replacement->with.data, replacement->with.length, out, &out_length);
    pcre2_code_free(code);
    if (number > 1) {
        return refuse(replacement, number, &replacement->with, SIZE_MAX, error);
    }
    return number >= 0 || number == PCRE2_ERROR_NOMEMORY ||
           refuse(replacement, number, &replacement->with, out_length, error);
}

static bool compile_all(Replacement *replacement, Error *error) {
    replacement->compile_options |= PCRE2_NEVER_BACKSLASH_C;
    replacement->compile_options |= replacement->unit != UNIT_BYTE ? PCRE2_UTF | PCRE2_UCP : PCRE2_NEVER_UTF;
    int number = 0;
    size_t offset = 0;
    replacement->code = compile(replacement, &replacement->pattern, &number, &offset);
    if (replacement->code == NULL) {
        return refuse(replacement, number, &replacement->pattern, offset, error);
    }
    (void)pcre2_jit_compile(replacement->code, PCRE2_JIT_COMPLETE); /* without it matching is merely slower */
    return check_replacement(replacement, error);
}

Replacement *replacement_create(const char *expression, Unit unit, Normalization normalization,
                                Error *error) {
    Replacement *replacement = memory_allocate(1, sizeof *replacement, "a replacement", error);
    if (replacement == NULL) {
        return NULL;
    }
    replacement->unit = unit;
    replacement->normalization = normalization;
    if (!make_label(replacement, expression, error)) {
        replacement_free(replacement);
        return NULL;
    }
    if (!parse(replacement, expression, error) || !compile_all(replacement, error)) {
        error_prefix(error, "%s: ", replacement->label.data);
        replacement_free(replacement);
        return NULL;
    }
    return replacement;
}

void replacement_free(Replacement *replacement) {
    if (replacement == NULL) {
        return;
    }
    bytes_free(&replacement->label);
    bytes_free(&replacement->pattern);
    bytes_free(&replacement->with);
    pcre2_code_free(replacement->code);
    free(replacement);
}

/* --- applying --- */

/* What a run over a text needs beside the pattern; made for each, so that threads do not meet in it. */
typedef struct Workspace {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
} Workspace;

static void workspace_free(Workspace *workspace) {
    pcre2_match_data_free(workspace->match);
    pcre2_match_context_free(workspace->context);
    pcre2_jit_stack_free(workspace->stack);
}

static bool workspace_create(const Replacement *replacement, size_t length, Workspace *workspace,
                             Error *error) {
    workspace->match = pcre2_match_data_create_from_pattern(replacement->code, NULL);
    workspace->context = pcre2_match_context_create(NULL);
    workspace->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_LIMIT, NULL); /* NULL: no JIT here */
    if (workspace->match == NULL || workspace->context == NULL) {
        workspace_free(workspace);
        return error_set(error, "out of memory");
    }
    bool huge = length > (UINT32_MAX - STEPS) / STEPS_PER_BYTE;
    uint32_t limit = huge ? UINT32_MAX : (uint32_t)length * STEPS_PER_BYTE + STEPS;
    pcre2_set_match_limit(workspace->context, limit);
    pcre2_set_depth_limit(workspace->context, limit);
    pcre2_set_heap_limit(workspace->context, HEAP_LIMIT);
    pcre2_jit_stack_assign(workspace->context, NULL, workspace->stack);
    return true;
}

/* Says why the matching was given up. */
static void explain(int result, Error *error) {
    if (result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
        result == PCRE2_ERROR_HEAPLIMIT || result == PCRE2_ERROR_JIT_STACKLIMIT) {
        error_set(error,
                  "the pattern backtracks too much on this text (nested repetitions such as (a+)+ do that); "
                  "make it simpler");
        return;
    }
    char words[256];
    error_words(result, words, sizeof words);
    error_set(error, "%s", words);
}

/* Writes the text after substitution to `out`; returns how many matches there were, or PCRE2's error. The first
 * try guesses how long the result will be; if it is longer, PCRE2 says how long, and all is done again. */
static int substitute(const Replacement *replacement, const Workspace *workspace, const Bytes *text,
                      Bytes *out, Error *error) {
    size_t room = text->length + text->length / 8 + 64;
    for (;;) {
        if (!bytes_reserve(out, room, error)) {
            return PCRE2_ERROR_NOMEMORY;
        }
        size_t length = out->capacity; /* counts the NUL */
        PCRE2_SPTR subject = (PCRE2_SPTR)(text->data == NULL ? "" : text->data);
        int result =
            pcre2_substitute(replacement->code, subject, text->length, 0, substitute_options(replacement),
                             workspace->match, workspace->context, (PCRE2_SPTR)replacement->with.data,
                             replacement->with.length, (PCRE2_UCHAR *)out->data, &length);
        if (result >= 0) {
            out->length = length;
            return result;
        }
        if (result != PCRE2_ERROR_NOMEMORY) {
            explain(result, error);
            return result;
        }
        room = length; /* far more than there can be if it was something else that had no memory */
    }
}

static bool apply(const Replacement *replacement, Bytes *text, size_t *count, Error *error) {
    Workspace workspace = {0};
    if (!workspace_create(replacement, text->length, &workspace, error)) {
        return false;
    }
    Bytes out = {0};
    int result = substitute(replacement, &workspace, text, &out, error);
    workspace_free(&workspace);
    bool done = result >= 0;
    if (result > 0) {
        done = replacement->unit == UNIT_BYTE || text_normalize(&out, replacement->normalization, error);
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

bool replacement_apply(const Replacement *replacement, Bytes *text, size_t *count, Error *error) {
    return apply(replacement, text, count, error) || error_prefix(error, "%s: ", replacement->label.data);
}
