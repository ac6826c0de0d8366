/* Pipelines: see pipeline.h. What runs them is filter.h. */
#include "text/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/replacement.h"
#include "text/utf8.h"

/* Appends a copy of an expression, whatever it says. */
static bool append_expression(Pipeline *pipeline, const char *expression, Error *error) {
    size_t count = pipeline->replacement_count;
    char **more = realloc(pipeline->replacements, (count + 1) * sizeof *more);
    if (more == NULL) {
        return error_out_of_memory(error, (count + 1) * sizeof *more, "the replacements");
    }
    pipeline->replacements = more;
    more[count] = memory_copy_text(expression, strlen(expression), error);
    if (more[count] == NULL) {
        return false;
    }
    pipeline->replacement_count = count + 1;
    return true;
}

bool pipeline_add_replacement(Pipeline *pipeline, const char *expression, Error *error) {
    Replacement *replacement = replacement_create(expression, pipeline->unit, pipeline->normalization, error);
    replacement_free(replacement);
    return replacement != NULL && append_expression(pipeline, expression, error);
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

bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error) {
    *copy = *pipeline;
    copy->join = NULL;
    copy->replacements = NULL;
    copy->replacement_count = 0;
    if (pipeline->join != NULL && !pipeline_set_join(copy, pipeline->join, error)) {
        *copy = (Pipeline){0};
        return false;
    }
    for (size_t k = 0; k < pipeline->replacement_count; k++) {
        if (!append_expression(copy, pipeline->replacements[k], error)) {
            pipeline_free(copy);
            return false;
        }
    }
    return true;
}

void pipeline_free(Pipeline *pipeline) {
    for (size_t k = 0; k < pipeline->replacement_count; k++) {
        free(pipeline->replacements[k]);
    }
    free(pipeline->replacements);
    free(pipeline->join);
    *pipeline = (Pipeline){0};
}
