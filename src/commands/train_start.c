/* What a run takes from another model: see train_start.h. */
#include "commands/train_start.h"

#include <string.h>

void train_start_windows(const Model *checkpoint, TrainerConfig *config) {
    const TrainingMethod *there = &checkpoint->history.method;
    TrainingMethod *asked = &config->method;
    asked->seq_length = asked->seq_length == 0 ? there->seq_length : asked->seq_length;
    asked->batch_size = asked->batch_size == 0 ? there->batch_size : asked->batch_size;
}

void train_start_sizes(const Invocation *invocation, const Model *start, TrainerConfig *config) {
    const NetworkConfig *there = &start->network->config;
    const struct {
        const char *option;
        size_t *size;
        size_t there;
    } sizes[] = {
        {"layers", &config->layers, there->layers},
        {"hidden", &config->hidden, there->hidden},
        {"heads", &config->heads, network_cell_sizes(there, 0).heads},
        {"embed", &config->embed, there->embed},
    };
    for (size_t k = 0; k < ROWS(sizes); k++) {
        if (!option_given(invocation, sizes[k].option)) {
            *sizes[k].size = sizes[k].there;
        }
    }
    if (!option_given(invocation, "cell")) {
        config->cells = there->cells;
    }
    config->forget_bias = there->forget_bias; /* how the weights began that are taken */
}

/* Whether an option, if it was given, says what the model's text had. */
static bool agrees(const Invocation *invocation, const char *option, bool same, const char *name,
                   Error *error) {
    return !option_given(invocation, option) || same ||
           error_set(
               error,
               "--%s: the text goes the way that the text of %s went, and that was another; leave --%s out",
               option, name, option);
}

static bool same_text(const char *left, const char *right) {
    return left != NULL && right != NULL && strcmp(left, right) == 0;
}

static bool same_rules(const Pipeline *left, const Pipeline *right) {
    bool same = left->rule_count == right->rule_count;
    for (size_t k = 0; same && k < left->rule_count; k++) {
        same = left->rules[k].kind == right->rules[k].kind &&
               strcmp(left->rules[k].expression, right->rules[k].expression) == 0;
    }
    return same;
}

bool train_start_pipeline(const Invocation *invocation, const PipelineValues *values, const Model *start,
                          const char *name, Pipeline *pipeline, Error *error) {
    const Pipeline *there = &start->pipeline;
    Pipeline asked;
    if (!pipeline_options_make(values, &asked, error)) {
        pipeline_free(&asked);
        return false;
    }
    bool unit = !option_given(invocation, "unit") || (Unit)values->unit == there->unit;
    bool done =
        (unit || error_set(error, "--init-from: %s was trained with --unit %s; leave --unit out", name,
                           unit_name(there->unit))) &&
        agrees(invocation, "normalize", (Normalization)values->normalization == there->normalization, name,
               error) &&
        agrees(invocation, "newlines", (values->newlines == 0) == there->unify_newlines, name, error) &&
        agrees(invocation, "case", (LetterCase)values->letter_case == there->letter_case, name, error) &&
        agrees(invocation, "invalid", (Invalid)values->invalid == there->invalid, name, error) &&
        agrees(invocation, "join", same_text(asked.join, there->join), name, error) &&
        agrees(invocation, "records", pipeline_splits_lines(there), name, error) &&
        agrees(invocation, "separator", same_text(values->separator, there->separator), name, error) &&
        agrees(invocation, "min-count", values->min_count == there->min_count, name, error);
    if (done && values->rules.count > 0) {
        done = agrees(invocation, values->rules.names[0], same_rules(&asked, there), name, error);
    }
    pipeline_free(&asked);
    return done && pipeline_copy(there, pipeline, error);
}
