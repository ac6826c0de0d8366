/* Samples as lines of JSON: see sample_json.h. */
#include "commands/sample_json.h"

#include <string.h>

#include "commands/command.h"
#include "commands/json.h"
#include "commands/options_json.h"
#include "model/json_text.h"
#include "model/model_metadata.h"

/* The options, but for those that do not say how a text is written, and with what was made of them. */
static json_t *make_settings(const SampleRun *run) {
    static const char *const others[] = {"prime", "prime_file", "no_echo", "count",
                                         "beam",  "format",     "threads"};
    const Sampling *sampling = run->sampling;
    json_t *settings = options_to_json(run->options, run->values);
    for (size_t k = 0; k < ROWS(others); k++) {
        json_object_del(settings, others[k]);
    }
    json_t *found = json_pack("{s:I, s:o, s:s}", "seed", (json_int_t)run->seed, "temperature",
                              json_number(sampling_sampler(sampling).temperature), "precision",
                              precision_name((size_t)sampling_precision(sampling, run->model)));
    bool done = json_merge(settings, found);
    if (done && sampling->until_end) {
        done = json_object_set_new(settings, "length", json_null()) == 0;
    }
    if (!done) {
        json_decref(settings);
        return NULL;
    }
    return settings;
}

static json_t *bytes_to_json(const Bytes *text) {
    return json_text_make(text->length > 0 ? text->data : "", text->length);
}

/* The units with what they are and how likely each was. */
static json_t *make_symbols(const Vocab *vocab, const WriterPiece *last) {
    json_t *symbols = json_array();
    json_t *log_probabilities = json_array();
    double sum = 0;
    bool done = symbols != NULL && log_probabilities != NULL;
    for (size_t k = 0; done && k < last->unit_count; k++) {
        double log_probability = (double)last->units[k].log_probability;
        sum += log_probability;
        done = json_array_append_new(symbols, metadata_symbol_to_json(vocab, last->units[k].unit)) == 0 &&
               json_array_append_new(log_probabilities, json_number(log_probability)) == 0;
    }
    if (!done) {
        json_decref(symbols);
        json_decref(log_probabilities);
        return NULL;
    }
    return json_pack("{s:o, s:o, s:o}", "symbols", symbols, "log_probabilities", log_probabilities,
                     "log_probability", json_number(sum));
}

static json_t *make_end(const WriterPiece *last) {
    static const char *const names[] = {
        [WRITER_LENGTH] = "length",         [WRITER_STOP] = "stop",
        [WRITER_RECORD] = "record",         [WRITER_COMPLETE] = "pattern",
        [WRITER_INCOMPLETE] = "incomplete", [WRITER_STUCK] = "stuck",
        [WRITER_UNFIT] = "unfit",           [WRITER_INTERRUPTED] = "interrupted"};
    return json_pack("{s:s, s:o}", "end", names[last->end], "stop",
                     last->stop.text != NULL ? json_text_make(last->stop.text, last->stop.length)
                                             : json_null());
}

json_t *sample_json_make(const SampleRun *run, json_t *settings, const Bytes *text, const WriterPiece *last) {
    json_t *object = json_pack(
        "{s:I, s:I, s:o, s:o}", "index", (json_int_t)last->sample, "seed", (json_int_t)run->seed, "prime",
        run->prime != NULL ? bytes_to_json(run->prime) : json_null(), "text", bytes_to_json(text));
    if (!json_merge(object, make_symbols(run->model->vocab, last)) || !json_merge(object, make_end(last)) ||
        json_object_set_new(object, "model", json_text_make(run->path, strlen(run->path))) != 0 ||
        json_object_set(object, "settings", settings) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

bool sample_objects_open(SampleObjects *objects, const SampleRun *run, Output *output, Error *error) {
    *objects = (SampleObjects){.run = run, .output = output, .settings = make_settings(run)};
    return objects->settings != NULL || error_set_memory(error, "the JSON could not be written");
}

bool sample_objects_add(SampleObjects *objects, const WriterPiece *piece, Error *error) {
    bool done = bytes_append(&objects->text, piece->text, piece->length, error);
    if (done && piece->end != WRITER_NO_END) {
        json_t *object = sample_json_make(objects->run, objects->settings, &objects->text, piece);
        done = json_print_line(objects->output, object, error);
        objects->text.length = 0;
    }
    return done;
}

void sample_objects_close(SampleObjects *objects) {
    json_decref(objects->settings);
    bytes_free(&objects->text);
}
