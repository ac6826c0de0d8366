/* How texts become units, as options say it: see pipeline_options.h. */
#include "commands/pipeline_options.h"

#include <string.h>

const char *unit_choice(size_t index) {
    return index < UNITS ? unit_name((Unit)index) : NULL;
}

const char *normalization_choice(size_t index) {
    static const char *const names[] = {"nfc", "nfd", "nfkc", "nfkd", "none"};
    return index < ROWS(names) ? names[index] : NULL;
}

const char *newlines_choice(size_t index) {
    return index < 2 ? newlines_name(index == 0) : NULL;
}

const char *case_choice(size_t index) {
    return index < LETTER_CASES ? letter_case_name((LetterCase)index) : NULL;
}

const char *invalid_choice(size_t index) {
    return index < INVALIDS ? invalid_name((Invalid)index) : NULL;
}

static RuleKind kind_of(const char *option) {
    RuleKind kind = RULE_REPLACE;
    while (strcmp(rule_kind_name(kind), option) != 0) {
        kind++;
    }
    return kind;
}

/* The pipeline without what belongs to it. */
static Pipeline form_of(const PipelineValues *values) {
    Pipeline pipeline = {.unit = (Unit)values->unit, .normalization = NORMALIZATION_NONE};
    if (pipeline.unit != UNIT_BYTE) {
        pipeline.normalization = (Normalization)values->normalization;
        pipeline.unify_newlines = values->newlines == 0;
        pipeline.letter_case = (LetterCase)values->letter_case;
        pipeline.invalid = (Invalid)values->invalid;
    }
    return pipeline;
}

/* Puts what a user wrote between files, in which \\n, \\t and \\\\ stand for a newline, a tab and a backslash. */
static bool set_join(Pipeline *pipeline, const char *written, Error *error) {
    Bytes join = {0};
    bool done = bytes_append(&join, "", 0, error);
    for (const char *letter = written; done && *letter != '\0'; letter++) {
        bool escape = letter[0] == '\\' && letter[1] != '\0' && strchr("nt\\", letter[1]) != NULL;
        char meant = letter[0];
        if (escape) {
            letter++;
            meant = *letter == 'n' ? '\n' : *letter == 't' ? '\t' : '\\';
        }
        done = bytes_append(&join, &meant, 1, error);
    }
    done = done && (pipeline_set_join(pipeline, join.data, error) || error_prefix(error, "--join: "));
    bytes_free(&join);
    return done;
}

bool pipeline_options_join(const char *join, Bytes *out, Error *error) {
    bool done = true;
    for (const char *letter = join; done && *letter != '\0'; letter++) {
        static const char meant[] = "\n\t\\";
        const char *escape = strchr(meant, *letter);
        done = escape != NULL ? bytes_printf(out, error, "\\%c", "nt\\"[escape - meant])
                              : bytes_append(out, letter, 1, error);
    }
    return done;
}

int pipeline_options_check(const Invocation *invocation, const PipelineValues *values) {
    static const char *const forms[] = {"normalize", "newlines", "case", "invalid"};
    for (size_t k = 0; (Unit)values->unit == UNIT_BYTE && k < ROWS(forms); k++) {
        if (option_given(invocation, forms[k])) {
            return usage_error(invocation, "--%s: --unit byte reads bytes as they are", forms[k]);
        }
    }
    if (values->join != NULL && (values->records || values->separator != NULL)) {
        return usage_error(invocation, "--join: a file ends a record, so nothing stands between two of them");
    }
    Error fault = {0};
    Pipeline form = form_of(values);
    bool right = (values->join == NULL || set_join(&form, values->join, &fault)) &&
                 (values->separator == NULL || pipeline_set_separator(&form, values->separator, &fault));
    pipeline_free(&form);
    if (!right) {
        return checking_error(invocation, &fault);
    }
    for (size_t k = 0; k < values->rules.count; k++) {
        Error error = {0};
        size_t size = 0;
        if (!rule_check(kind_of(values->rules.names[k]), values->rules.items[k], (Unit)values->unit,
                        (Normalization)values->normalization, &size, &error)) {
            return checking_error(invocation, &error);
        }
    }
    return STATUS_DONE;
}

bool pipeline_options_make(const PipelineValues *values, Pipeline *pipeline, Error *error) {
    *pipeline = form_of(values);
    pipeline->min_count = values->min_count;
    const char *separator = values->separator;
    if (separator == NULL && values->records) {
        separator = pipeline_line_separator(pipeline);
    }
    bool done = (values->join == NULL || set_join(pipeline, values->join, error)) &&
                (separator == NULL || pipeline_set_separator(pipeline, separator, error));
    for (size_t k = 0; done && k < values->rules.count; k++) {
        done = pipeline_add_rule(pipeline, kind_of(values->rules.names[k]), values->rules.items[k], error);
    }
    return done;
}
