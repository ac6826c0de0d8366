/* The pipeline of a text: see corpus.h (what it is) and pipeline.h (how it runs). */
#include "text/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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
    Replacement *replacement = replacement_create(expression, pipeline->unit, error);
    replacement_free(replacement);
    return replacement != NULL && append_expression(pipeline, expression, error);
}

bool pipeline_copy(const Pipeline *pipeline, Pipeline *copy, Error *error) {
    *copy = (Pipeline){.unit = pipeline->unit};
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
    *pipeline = (Pipeline){0};
}

bool filter_create(const Pipeline *pipeline, Filter *filter, Error *error) {
    *filter = (Filter){.pipeline = pipeline};
    size_t count = pipeline->replacement_count;
    filter->replacements = memory_allocate(count, sizeof *filter->replacements, "the replacements", error);
    if (filter->replacements == NULL) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        filter->replacements[k] = replacement_create(pipeline->replacements[k], pipeline->unit, error);
        if (filter->replacements[k] == NULL) {
            filter_free(filter);
            return false;
        }
    }
    return true;
}

void filter_free(Filter *filter) {
    for (size_t k = 0; filter->replacements != NULL && k < filter->pipeline->replacement_count; k++) {
        replacement_free(filter->replacements[k]);
    }
    free(filter->replacements);
    *filter = (Filter){0};
}

/* Returns how many bytes it had; 0: there is none. */
static size_t drop_byte_order_mark(Bytes *text) {
    if (text->length < 3 || memcmp(text->data, "\xEF\xBB\xBF", 3) != 0) {
        return 0;
    }
    text->length -= 3;
    memmove(text->data, text->data + 3, text->length + 1);
    return 3;
}

bool filter_run(const Filter *filter, Bytes *text, FilterEffect *effect, Error *error) {
    *effect = (FilterEffect){0};
    if (filter->pipeline->unit == UNIT_CHAR) {
        const char *read = text->data;
        effect->mark = drop_byte_order_mark(text);
        if (!utf8_normalize(text, error)) {
            return false;
        }
        effect->normalized = text->data != read; /* what is NFC already stays where it is */
    }
    for (size_t k = 0; k < filter->pipeline->replacement_count; k++) {
        size_t before = text->length;
        size_t count = 0;
        if (!replacement_apply(filter->replacements[k], text, &count, error)) {
            return false;
        }
        effect->replaced = effect->replaced || count > 0;
        if (before > 0 && text->length == 0) {
            effect->emptied_by = filter->pipeline->replacements[k];
        }
    }
    return true;
}
