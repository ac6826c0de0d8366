/* A model described as JSON: see show_model.h. What is in the file has the names that it has there. */
#include <string.h>

#include "commands/json.h"
#include "commands/show_model.h"
#include "model/json_text.h"
#include "model/model_metadata.h"

static json_t *make_network(const Model *model) {
    const NetworkConfig *config = &model->network->config;
    json_t *network = metadata_config_to_json(config, model->pipeline.unit);
    json_object_del(network, "vocab");
    json_object_set_new(network, "vocabulary", json_integer((json_int_t)config->vocab));
    json_object_set_new(network, "parameters",
                        json_integer((json_int_t)layout_parameters(&model->network->layout)));
    return network;
}

/* Whether a value stands for nothing: 0 of what is never 0, as a number or a digest, or "". */
static bool is_nothing(const json_t *value) {
    const char *text = json_string_value(value);
    return (json_is_integer(value) && json_integer_value(value) == 0) ||
           (text != NULL && text[strspn(text, "0")] == '\0');
}

/* The history. What is not known (0 or "" in that of a model that was not trained here) is null. */
static json_t *make_training(const TrainingHistory *history) {
    static const char *const known_or_null[] = {"preset",     "optimizer",    "schedule",      "seq_length",
                                                "batch_size", "corpus_units", "corpus_digest", "run"};
    json_t *training = metadata_history_to_json(history);
    for (size_t k = 0; k < sizeof known_or_null / sizeof *known_or_null; k++) {
        if (is_nothing(json_object_get(training, known_or_null[k]))) {
            json_object_set_new(training, known_or_null[k], json_null());
        }
    }
    return training;
}

static json_t *make_text(const Model *model) {
    return json_pack("{s:o, s:o}", "symbols", metadata_symbols_to_json(model->vocab), "symbol_counts",
                     metadata_counts_to_json(model->vocab));
}

static json_t *make_file(const Model *model, const char *path, uint64_t bytes) {
    const char *version = model->history.version;
    return json_pack("{s:o, s:o, s:o}", "file", json_text_make(path, strlen(path)), "bytes",
                     bytes > 0 ? json_integer((json_int_t)bytes) : json_null(), "version",
                     version[0] != '\0' ? json_string(version) : json_null());
}

json_t *show_model_make_json(const Model *model, const char *path, uint64_t bytes) {
    json_t *object = make_file(model, path, bytes);
    if (!json_merge(object, make_network(model)) || !json_merge(object, make_training(&model->history)) ||
        !json_merge(object, metadata_pipeline_to_json(&model->pipeline)) ||
        !json_merge(object, make_text(model))) {
        json_decref(object);
        return NULL;
    }
    return object;
}
