/* The options that say how texts become units, for the commands that take them: train and corpus. */
#ifndef LETRA_COMMANDS_PIPELINE_OPTIONS_H
#define LETRA_COMMANDS_PIPELINE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "commands/command.h"
#include "text/pipeline.h"

typedef struct PipelineValues {
    const char *join;     /* as it was written; NULL: none */
    size_t unit;          /* a Unit */
    size_t normalization; /* a Normalization */
    size_t newlines;      /* 0: lf, 1: keep */
    size_t letter_case;   /* a LetterCase */
    size_t invalid;       /* an Invalid */
    bool records;
    const char *separator; /* NULL: none was given */
    uint64_t min_count;
    OptionTexts rules; /* with the names of their options, in the order given */
} PipelineValues;

const char *unit_choice(size_t index);
const char *normalization_choice(size_t index);
const char *newlines_choice(size_t index);
const char *case_choice(size_t index);
const char *invalid_choice(size_t index);

#define PIPELINE_CHOICE(values, place, title, what, names, normally, words)                                  \
    {                                                                                                        \
        .name = (title), .kind = OPTION_CHOICE, .argument = (what), .offset = offsetof(values, place),       \
        .choices = (names), .fallback = (normally), .help = (words)                                          \
    }
#define PIPELINE_RULE(values, place, title, what, words)                                                     \
    {                                                                                                        \
        .name = (title), .kind = OPTION_TEXTS, .argument = (what), .offset = offsetof(values, place),        \
        .help = (words)                                                                                      \
    }

/* Rows of an option table; `member` of `values` is the PipelineValues. */
#define PIPELINE_OPTIONS(values, member)                                                                     \
    {.name = "join",                                                                                         \
     .kind = OPTION_TEXT,                                                                                    \
     .argument = "STRING",                                                                                   \
     .offset = offsetof(values, member.join),                                                                \
     .help =                                                                                                 \
         "what stands between files (\\n, \\t and \\\\ are understood); without it, a newline where there "  \
         "is none"},                                                                                         \
        PIPELINE_CHOICE(                                                                                     \
            values, member.unit, "unit", "UNIT", unit_choice, "char",                                        \
            "what is learned one by one: code points, bytes as they are, or what a reader takes "            \
            "for one character"),                                                                            \
        PIPELINE_CHOICE(values, member.normalization, "normalize", "FORM", normalization_choice, "nfc",      \
                        "the form of Unicode that the text is brought into"),                                \
        PIPELINE_CHOICE(values, member.newlines, "newlines", "NEWLINES", newlines_choice, "lf",              \
                        "lf: \\r\\n and \\r become \\n"),                                                    \
        PIPELINE_CHOICE(values, member.letter_case, "case", "CASE", case_choice, "keep",                     \
                        "make letters small, or fold them (ß becomes ss)"),                                  \
        PIPELINE_CHOICE(values, member.invalid, "invalid", "WHAT", invalid_choice, "error",                  \
                        "what happens to bytes that are no UTF-8; replace: each becomes U+FFFD"),            \
        PIPELINE_RULE(                                                                                       \
            values, member.rules, "replace", "EXPRESSION",                                                   \
            "'s/PATTERN/REPLACEMENT/flags' on each file (PCRE2; flags g i m s x); this and the next "        \
            "four apply in the order given, and may be given again"),                                        \
        PIPELINE_RULE(values, member.rules, "drop-lines", "PATTERN", "leave out lines that match"),          \
        PIPELINE_RULE(values, member.rules, "keep-lines", "PATTERN", "leave out lines that do not match"),   \
        PIPELINE_RULE(                                                                                       \
            values, member.rules, "from", "PATTERN",                                                         \
            "of each file, leave out what stands before the first match ('...\\K': and the match)"),         \
        PIPELINE_RULE(                                                                                       \
            values, member.rules, "to", "PATTERN",                                                           \
            "of each file, leave out what stands behind the first match ('(?=...)': and the match)"),        \
        {.name = "records",                                                                                  \
         .kind = OPTION_FLAG,                                                                                \
         .offset = offsetof(values, member.records),                                                         \
         .help = "each line is a text of its own (a name, a tweet): learned in another order each epoch, "   \
                 "and where one ends sample ends"},                                                          \
        {.name = "separator",                                                                                \
         .kind = OPTION_TEXT,                                                                                \
         .argument = "PATTERN",                                                                              \
         .offset = offsetof(values, member.separator),                                                       \
         .help = "the same of what stands between matches of a pattern: '\\n\\n+' for poems"},               \
    {                                                                                                        \
        .name = "min-count", .kind = OPTION_INTEGER, .argument = "N",                                        \
        .offset = offsetof(values, member.min_count), .least = 1, .most = 1e15, .fallback = "1",             \
        .help = "all symbols that occur less often become one, which is never written"                       \
    }

/* What is wrong with what was asked. STATUS_DONE: nothing is. */
int pipeline_options_check(const Invocation *invocation, const PipelineValues *values);

/* The pipeline as the options say, into `*pipeline`, which is overwritten. */
bool pipeline_options_make(const PipelineValues *values, Pipeline *pipeline, Error *error);

/* What --join would have to be given for this text between files, appended to `out`. */
bool pipeline_options_join(const char *join, Bytes *out, Error *error);

#endif
