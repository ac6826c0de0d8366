/* Pipelines: see pipeline.h. What runs them is filter.h. */
#include "text/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/separator.h"
#include "text/utf8.h"

/* Some 5,000 of usual size; rules may be a stranger's, and take up to 40 times as much when they are used. What is no
 * UTF-8 is an array of numbers in a model file, which shall take no more than a text. */
enum { RULES_SIZE_MOST = 1 << 20, BYTE_SIZE = 16 };

const char *invalid_name(Invalid invalid) {
    static const char *const names[INVALIDS] = {
        [INVALID_ERROR] = "error", [INVALID_REPLACE] = "replace", [INVALID_SKIP] = "skip"};
    return names[invalid];
}

/* Appends a rule, whatever it says. */
static bool append_rule(Pipeline *pipeline, RuleKind kind, const char *expression, Error *error) {
    size_t count = pipeline->rule_count;
    PipelineRule *more = realloc(pipeline->rules, (count + 1) * sizeof *more);
    if (more == NULL) {
        return error_out_of_memory(error, (count + 1) * sizeof *more, "the rules");
    }
    pipeline->rules = more;
    more[count] = (PipelineRule){kind, memory_copy_text(expression, strlen(expression), error)};
    if (more[count].expression == NULL) {
        return false;
    }
    pipeline->rule_count = count + 1;
    return true;
}

bool pipeline_add_rule(Pipeline *pipeline, RuleKind kind, const char *expression, Error *error) {
    size_t size = 0;
    if (!rule_check(kind, expression, pipeline->unit, pipeline->normalization, &size, error)) {
        return false;
    }
    size_t length = strlen(expression);
    size += utf8_find_invalid(expression, length) < length ? BYTE_SIZE * length : length;
    if (size > RULES_SIZE_MOST - pipeline->rules_size) {
        return error_set(error,
                         "with this one the rules take more than %d bytes of memory, and that is the limit",
                         (int)RULES_SIZE_MOST);
    }
    bool done = append_rule(pipeline, kind, expression, error);
    pipeline->rules_size += done ? size : 0;
    return done;
}

bool pipeline_set_join(Pipeline *pipeline, const char *join, Error *error) {
    size_t length = strlen(join);
    if (pipeline->unit != UNIT_BYTE && utf8_find_invalid(join, length) < length) {
        return error_set(error, "what joins the files is not valid UTF-8");
    }
    char *copy = memory_copy_text(join, length, error);
    if (copy == NULL) {
        return false;
    }
    free(pipeline->join);
    pipeline->join = copy;
    return true;
}

bool pipeline_set_separator(Pipeline *pipeline, const char *separator, Error *error) {
    Pattern pattern;
    if (!separator_create(&pattern, separator, pipeline->unit, pipeline->normalization, error)) {
        return false;
    }
    pattern_free(&pattern);
    char *copy = memory_copy_text(separator, strlen(separator), error);
    if (copy == NULL) {
        return false;
    }
    free(pipeline->separator);
    pipeline->separator = copy;
    return true;
}

const char *pipeline_line_separator(const Pipeline *pipeline) {
    return pipeline->unify_newlines ? "\\n" : "\\r?\\n";
}

bool pipeline_splits_lines(const Pipeline *pipeline) {
    return pipeline->separator != NULL && strcmp(pipeline->separator, pipeline_line_separator(pipeline)) == 0;
}

bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error) {
    *copy = *pipeline;
    copy->separator = NULL;
    copy->join = NULL;
    copy->rules = NULL;
    copy->rule_count = 0;
    if (pipeline->join != NULL && !pipeline_set_join(copy, pipeline->join, error)) {
        *copy = (Pipeline){0};
        return false;
    }
    if (pipeline->separator != NULL && !pipeline_set_separator(copy, pipeline->separator, error)) {
        pipeline_free(copy);
        return false;
    }
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        if (!append_rule(copy, pipeline->rules[k].kind, pipeline->rules[k].expression, error)) {
            pipeline_free(copy);
            return false;
        }
    }
    return true;
}

void pipeline_free(Pipeline *pipeline) {
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        free(pipeline->rules[k].expression);
    }
    free(pipeline->rules);
    free(pipeline->join);
    free(pipeline->separator);
    *pipeline = (Pipeline){0};
}
