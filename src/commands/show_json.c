/* A model described as JSON: see show_model.h. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "commands/json.h"
#include "commands/show_model.h"

/* The symbols as the model file has them: strings of one character, integers for bytes. */
static json_t *make_symbols(const Vocab *vocab) {
    json_t *symbols = json_array();
    for (uint32_t k = 0; symbols != NULL && k < vocab_size(vocab); k++) {
        char text[4];
        size_t length = vocab_decode(vocab, k, text);
        json_t *symbol = vocab_unit(vocab) == UNIT_CHAR ? json_stringn(text, length)
                                                        : json_integer((json_int_t)vocab_symbol(vocab, k));
        if (json_array_append_new(symbols, symbol) != 0) {
            json_decref(symbols);
            return NULL;
        }
    }
    return symbols;
}

static json_t *make_counts(const Vocab *vocab) {
    json_t *counts = json_array();
    for (uint32_t k = 0; counts != NULL && k < vocab_size(vocab); k++) {
        if (json_array_append_new(counts, json_integer((json_int_t)vocab_count(vocab, k))) != 0) {
            json_decref(counts);
            return NULL;
        }
    }
    return counts;
}

static json_t *make_replacements(const Pipeline *pipeline) {
    json_t *replacements = json_array();
    for (size_t k = 0; replacements != NULL && k < pipeline->replacement_count; k++) {
        if (json_array_append_new(replacements, json_string(pipeline->replacements[k])) != 0) {
            json_decref(replacements);
            return NULL;
        }
    }
    return replacements;
}

static json_t *make_network(const Model *model) {
    const NetworkConfig *config = &model->network->config;
    return json_pack("{s:s, s:I, s:I, s:I, s:o, s:I, s:I}", "cell", config->cell->name, "layers",
                     (json_int_t)config->layers, "hidden", (json_int_t)config->hidden, "embed",
                     (json_int_t)config->embed, "forget_bias", json_number(config->forget_bias), "parameters",
                     (json_int_t)layout_parameters(&model->network->layout), "vocabulary",
                     (json_int_t)config->vocab);
}

/* What is not known (0 or "" in the history of a model that was not trained here) is null. */
static json_t *known_text(const char *text) {
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *known_count(uint64_t count) {
    return count > 0 ? json_integer((json_int_t)count) : json_null();
}

static json_t *make_training(const TrainingHistory *history) {
    return json_pack(
        "{s:o, s:o, s:I, s:I, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:s}",
        "best_val_loss", json_number(history->best_val_loss), "train_loss", json_number(history->train_loss),
        "chars_trained", (json_int_t)history->chars_trained, "steps", (json_int_t)history->steps, "epochs",
        json_number(history->epochs), "seconds", json_number(history->seconds), "finished", history->finished,
        "optimizer", known_text(history->optimizer), "schedule", known_text(history->schedule),
        "learning_rate", json_number(history->learning_rate), "clip", json_number(history->clip), "dropout",
        json_number(history->dropout), "weight_decay", json_number(history->weight_decay), "average",
        json_number(history->average), "seq_length", known_count(history->seq_length), "batch_size",
        known_count(history->batch_size), "seed", (json_int_t)history->seed, "training_precision",
        precision_name(history->training_precision), "sampling_precision",
        precision_name(history->sampling_precision));
}

static json_t *make_text(const Model *model) {
    const TrainingHistory *history = &model->history;
    char digest[32] = "";
    if (history->corpus_units > 0) {
        snprintf(digest, sizeof digest, "%016" PRIx64, history->corpus_digest);
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "unit", unit_name(model->pipeline.unit),
                     "replacements", make_replacements(&model->pipeline), "corpus_units",
                     known_count(history->corpus_units), "corpus_digest", known_text(digest), "val_fraction",
                     json_number(history->val_fraction), "test_fraction", json_number(history->test_fraction),
                     "symbols", make_symbols(model->vocab), "symbol_counts", make_counts(model->vocab));
}

/* Adds what `part` has to the object, and frees it. */
static bool merge(json_t *object, json_t *part) {
    bool done = object != NULL && part != NULL && json_object_update(object, part) == 0;
    json_decref(part);
    return done;
}

json_t *show_make_json(const Model *model, const char *path, uint64_t bytes) {
    /* A name that is no UTF-8 cannot stand in JSON. */
    json_t *file = json_string(path);
    json_t *object = json_pack("{s:o, s:o, s:o}", "file", file != NULL ? file : json_null(), "bytes",
                               known_count(bytes), "version", known_text(model->history.version));
    if (!merge(object, make_network(model)) || !merge(object, make_training(&model->history)) ||
        !merge(object, make_text(model))) {
        json_decref(object);
        return NULL;
    }
    return object;
}
