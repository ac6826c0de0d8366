/* How text becomes units. Stored in the model, so that eval and prompts go the same way.
 *
 * A text goes through: strict UTF-8 (a byte-order mark at the start dropped); newlines; letter case; normalisation;
 * the rules in order (rule.h), replacements followed by normalisation. `--unit byte` reads bytes as they are: nothing
 * normalised or dropped (rules still apply, byte-wise).
 */
#ifndef LETRA_TEXT_PIPELINE_H
#define LETRA_TEXT_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/letter_case.h"
#include "text/newlines.h"
#include "text/normalize.h"
#include "text/rule.h"
#include "text/unit.h"

/* What happens to bytes that are no UTF-8. */
typedef enum Invalid {
    INVALID_ERROR,
    INVALID_REPLACE, /* each becomes U+FFFD */
    INVALID_SKIP,    /* they are left out */
    INVALIDS
} Invalid;

/* "error", "replace", "skip" */
const char *invalid_name(Invalid invalid);

/* A rule, and what it says. */
typedef struct PipelineRule {
    RuleKind kind;
    char *expression; /* owned, NUL-terminated */
} PipelineRule;

/* {0} is characters, normalised to NFC, and nothing else. */
typedef struct Pipeline {
    Unit unit;
    /* Of bytes all four mean nothing. */
    Normalization normalization;
    bool unify_newlines; /* \r\n and \r become \n */
    LetterCase letter_case;
    Invalid invalid;
    char *join;          /* owned: stands between files; NULL: a newline where there is none */
    PipelineRule *rules; /* owned, in order */
    size_t rule_count;
    size_t rules_size; /* bytes that the rules take, written and compiled */
    char *
        separator; /* owned: a pattern that stands between records, which are texts for themselves; NULL: none */
    uint64_t min_count; /* a new vocabulary has one symbol for all that occur less often */
} Pipeline;

/* Adds a rule with a copy of what it says, which must be right, and all together not too large: else false and a
 * message that shows it, and the pipeline is as it was. Set all else first. */
bool pipeline_add_rule(Pipeline *pipeline, RuleKind kind, const char *expression, Error *error);
/* Makes records of what stands between matches of a pattern (^ and $ are at lines): false and a message if it is wrong.
 * Set the unit and the normalisation first. */
bool pipeline_set_separator(Pipeline *pipeline, const char *separator, Error *error);
/* The separator that makes a record of each line. */
const char *pipeline_line_separator(const Pipeline *pipeline);
/* Whether that is the pipeline's. */
bool pipeline_splits_lines(const Pipeline *pipeline);
/* Puts a copy of a text between files: false and a message if it must be UTF-8 and is not. Set the unit first. */
bool pipeline_set_join(Pipeline *pipeline, const char *join, Error *error);
/* A deep copy into `*copy`, which is overwritten; {0} on failure. */
bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error);
/* Frees what it owns and makes it {0}. */
void pipeline_free(Pipeline *pipeline);

#endif
