/* Patterns made ready for texts: compiled by PCRE2 for the unit, with JIT where it is asked for, under limits on
 * backtracking and memory, and with messages that point at the place. For this folder alone.
 */
#ifndef LETRA_TEXT_PATTERN_H
#define LETRA_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/bytes.h"
#include "base/error.h"
#include "text/normalize.h"
#include "text/unit.h"

/* Immutable once made: any thread may match it. */
typedef struct Pattern {
    Unit unit;
    Bytes text;       /* owned: as it is compiled */
    uint32_t options; /* PCRE2's, with those that the unit asks for */
    pcre2_code *code; /* owned */
} Pattern;

/* Compiles `length` bytes, normalised as the text is, with PCRE2's options beside those of the unit: UTF and Unicode
 * properties, unless it is the byte. False and a message that shows where something is wrong; then it is {0}. */
bool pattern_create(Pattern *pattern, const char *text, size_t length, Unit unit, Normalization normalization,
                    uint32_t options, Error *error);
void pattern_free(Pattern *pattern);

/* Makes it faster (JIT), which takes far longer than compiling does, and may take 40 times the memory: for patterns
 * that are going to be used. */
void pattern_speed_up(Pattern *pattern);
/* Bytes that it takes, compiled. */
size_t pattern_size(const Pattern *pattern);

/* The code of another text, compiled as the pattern was; NULL with PCRE2's number and the offset. */
pcre2_code *pattern_compile(const Pattern *pattern, const Bytes *text, int *number, size_t *offset);

/* "WORDS at offset N of the NAME" for PCRE2's error, and the place in the text on two more lines; an offset beyond the
 * text: WORDS alone. Returns false. */
bool pattern_refuse(Unit unit, int number, const char *name, const Bytes *text, size_t offset, Error *error);
/* The same with words of one's own. */
bool pattern_point_out(Unit unit, const char *words, const char *name, const Bytes *text, size_t offset,
                       Error *error);
/* "--OPTION 'TEXT'" for messages; a long text is cut between characters. */
bool pattern_describe(const char *option, const char *text, Bytes *out, Error *error);
/* Why matching was given up, of PCRE2's error. Returns false. */
bool pattern_explain(int number, Error *error);

/* What matching needs beside the pattern; made for each run over a text, so that threads do not meet in it. */
typedef struct Matching {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
} Matching;

/* For a text of `length` bytes, on which the steps that a match may take depend. */
bool matching_create(const Pattern *pattern, size_t length, Matching *matching, Error *error);
/* For a text of another length. */
void matching_set_length(const Matching *matching, size_t length);
void matching_free(Matching *matching);

/* Where something was found in a text: the bytes from `start` to `end`. */
typedef struct Found {
    size_t start, end;
} Found;

/* What a search came to. */
enum {
    PATTERN_GAVE_UP = -1, /* a message */
    PATTERN_ABSENT = 0,
    PATTERN_FOUND = 1,
    PATTERN_BEGINS = 2 /* what was found may become a match (PCRE2_PARTIAL_HARD) */
};

/* Looks for the first match at `from` or later in a text that was checked where it came in. */
int pattern_find(const Pattern *pattern, const Matching *matching, const char *text, size_t length,
                 size_t from, Found *found, Error *error);

/* The same with further options of PCRE2's. */
int pattern_find_with(const Pattern *pattern, const Matching *matching, uint32_t options, const char *text,
                      size_t length, size_t from, Found *found, Error *error);

#endif
