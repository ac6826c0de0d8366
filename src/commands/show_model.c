/* A model described for a person: see show_model.h. */
#include "commands/show_model.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "commands/pipeline_options.h"
#include "commands/symbol_table.h"
#include "commands/train_method.h"
#include "ui/figures.h"
#include "ui/terminal.h"

enum { LABEL_WIDTH = 16 };

static void print_label(Output *output, const char *label) {
    output_printf(output, "  %-*s", LABEL_WIDTH - 2, label);
}

/* A text from the file, on one line: it must not look like rows of ours. */
static void print_text_row(Output *output, const char *label, const char *text) {
    Bytes line = {0};
    print_label(output, label);
    if (visible_line(text, strlen(text), &line, NULL) && line.length > 0) {
        output_visible(output, line.data, line.length);
    }
    output_string(output, "\n");
    bytes_free(&line);
}

static void print_number(Output *output, const char *label, double number) {
    if (!isnan(number)) {
        print_label(output, label);
        output_printf(output, "%.6g\n", number);
    }
}

static void print_count(Output *output, const char *label, uint64_t count) {
    char figure[FIGURE_SIZE];
    print_label(output, label);
    output_printf(output, "%s\n", figure_count(count, figure));
}

/* --- network --- */

static void print_network(const Model *model, Output *output) {
    const NetworkConfig *config = &model->network->config;
    output_string(output, "\nNetwork\n");
    for (size_t k = 0; k < config->cells.count; k++) {
        const Cell *cell = config->cells.cells[k];
        print_label(output, k == 0 ? "cell" : "");
        output_printf(output, "%s: ", cell->name);
        size_t column = LABEL_WIDTH + strlen(cell->name) + 2;
        output_wrapped(output, cell->title, column, LABEL_WIDTH, terminal_width(STDOUT_FILENO));
    }
    print_count(output, "layers", config->layers);
    print_count(output, "hidden", config->hidden);
    if (config->heads > 1) {
        print_count(output, "heads", config->heads);
    }
    print_label(output, "embed");
    output_printf(output, config->embed > 0 ? "%zu\n" : "none (one-hot)\n", config->embed);
    print_number(output, "forget bias", config->forget_bias);
    if (config->zoneout > 0) {
        print_number(output, "zoneout", config->zoneout);
    }
    print_count(output, "parameters", layout_parameters(&model->network->layout));
    print_label(output, "writes in");
    output_printf(output, "%s (sample --precision auto)\n",
                  precision_name(model->history.sampling_precision));
}

/* --- training --- */

static void print_loss(Output *output, const char *label, double loss, const char *unit) {
    if (!isnan(loss)) {
        print_label(output, label);
        output_printf(output, "%.4f nats/%s, %.4f bits/%s\n", loss, unit, bits_from_nats(loss), unit);
    }
}

static void print_decay(const TrainingHistory *history, Output *output) {
    Bytes text = {0};
    train_method_describe_decay(&history->method.schedule_numbers, &text);
    print_label(output, "decay");
    output_printf(output, "%s\n", text.length > 0 ? text.data : "");
    bytes_free(&text);
}

static void print_dropout(const TrainingHistory *history, Output *output) {
    Bytes text = {0};
    train_method_describe_dropout(&history->method, 6, &text);
    print_label(output, "dropout");
    output_printf(output, "%s\n", text.length > 0 ? text.data : "");
    bytes_free(&text);
}

static void print_method(const TrainingHistory *history, Output *output) {
    const TrainingMethod *method = &history->method;
    if (history->optimizer[0] == '\0') {
        return;
    }
    if (history->preset[0] != '\0') {
        print_text_row(output, "preset", history->preset);
    }
    print_text_row(output, "optimizer", history->optimizer);
    for (size_t k = 0; k < OPTIMIZER_NESTEROV; k++) {
        bool ahead = k == OPTIMIZER_MOMENTUM && method->numbers[OPTIMIZER_NESTEROV] > 0;
        print_number(output, ahead ? "Nesterov" : optimizer_number_name((OptimizerNumber)k),
                     method->numbers[k]);
    }
    if (method->init_range > 0) {
        print_label(output, "start");
        output_printf(output, "uniform in ±%g\n", method->init_range);
    }
    print_number(output, "learning rate", method->learning_rate);
    if (history->rollbacks > 0) {
        print_label(output, "diverged");
        output_printf(output, "%" PRIu64 " times; the learning rate was halved each time\n",
                      history->rollbacks);
    }
    print_text_row(output, "schedule", history->schedule);
    print_number(output, "warm-up", method->schedule_numbers.warmup);
    if (!isnan(method->schedule_numbers.decay)) {
        print_decay(history, output);
    }
    print_number(output, "clip", method->clip);
    if (method->clip_value > 0) {
        print_number(output, "clip value", method->clip_value);
    }
    if (!isnan(method->dropout)) {
        print_dropout(history, output);
    }
    if (method->weight_drop > 0) {
        print_number(output, "weight drop", method->weight_drop);
    }
    print_number(output, "weight decay", method->weight_decay);
    print_number(output, "average", method->average);
    print_label(output, "batch");
    output_printf(output, "%" PRIu64 " streams of %" PRIu64 "\n", method->batch_size, method->seq_length);
    print_label(output, "precision");
    output_printf(output, "%s\n", precision_name(history->training_precision));
    print_label(output, "seed");
    output_printf(output, "%" PRIu64 "\n", method->seed);
    if (history->run != 0) {
        print_label(output, "run");
        output_printf(output, "%016" PRIx64 "\n", history->run);
    }
}

static void print_training(const Model *model, Output *output) {
    const TrainingHistory *history = &model->history;
    const char *unit = unit_name(model->pipeline.unit);
    char figure[FIGURE_SIZE];
    output_string(output, "\nTraining\n");
    if (history->steps == 0) {
        print_label(output, "");
        output_string(output, "not known\n");
        return;
    }
    print_label(output, "trained on");
    output_printf(output, "%s %ss, ", figure_count(history->chars_trained, figure),
                  unit_noun(model->pipeline.unit));
    output_printf(output, "%.2f epochs, %s steps, ", history->epochs, figure_count(history->steps, figure));
    output_printf(output, "%s\n", figure_duration(history->seconds, figure));
    print_loss(output, "best val loss", history->best_val_loss, unit);
    print_loss(output, "train loss", history->train_loss, unit);
    print_method(history, output);
}

/* --- text --- */

/* "char (UTF-8, NFC, newlines lf, case folded)" */
static void print_forms(const Pipeline *pipeline, Output *output) {
    static const char *const cases[LETTER_CASES] = {"", ", case folded", ", small letters"};
    static const char *const invalid[INVALIDS] = {"", ", invalid bytes U+FFFD", ", invalid bytes left out"};
    bool bytes = pipeline->unit == UNIT_BYTE;
    output_string(output, unit_name(pipeline->unit));
    if (!bytes) {
        output_printf(
            output, " (UTF-8%s%s%s%s%s)", pipeline->normalization == NORMALIZATION_NONE ? "" : ", ",
            pipeline->normalization == NORMALIZATION_NONE ? "" : normalization_name(pipeline->normalization),
            pipeline->unify_newlines ? ", newlines lf" : "", cases[pipeline->letter_case],
            invalid[pipeline->invalid]);
    }
    output_string(output, "\n");
}

/* As --join takes it: most are newlines. */
static void print_join(const char *join, Output *output) {
    Bytes written = {0};
    if (pipeline_options_join(join, &written, NULL)) {
        print_label(output, "join");
        output_printf(output, "'");
        output_visible(output, written.data, written.length);
        output_printf(output, "'\n");
    }
    bytes_free(&written);
}

static void print_pipeline(const Model *model, Output *output) {
    const Pipeline *pipeline = &model->pipeline;
    const TrainingHistory *history = &model->history;
    char figure[FIGURE_SIZE];
    output_string(output, "\nText\n");
    print_label(output, "unit");
    print_forms(pipeline, output);
    if (pipeline->join != NULL) {
        print_join(pipeline->join, output);
    }
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        const PipelineRule *rule = &pipeline->rules[k];
        print_text_row(output, rule_kind_name(rule->kind), rule->expression);
    }
    if (pipeline->separator != NULL) {
        bool lines = pipeline_splits_lines(pipeline);
        print_text_row(output, "records", lines ? "each line" : pipeline->separator);
    }
    if (pipeline->min_count > 1) {
        print_label(output, "min-count");
        output_printf(output, "%" PRIu64 "\n", pipeline->min_count);
    }
    if (history->corpus_units > 0) {
        print_label(output, "corpus");
        output_printf(output, "%s %ss, digest %016" PRIx64 "\n", figure_count(history->corpus_units, figure),
                      unit_noun(pipeline->unit), history->corpus_digest);
        print_label(output, "split");
        output_printf(output, "validation %g, test %g\n", history->method.val_fraction,
                      history->method.test_fraction);
    }
}

static bool print_vocab(const Model *model, Output *output, Error *error) {
    size_t size = vocab_size(model->vocab);
    char figure[FIGURE_SIZE];
    output_printf(output, "\nVocabulary: %s %s, each with its count\n", figure_count(size, figure),
                  size == 1 ? "symbol" : "symbols");
    return symbol_table_print(model->vocab, NULL, size, output, error);
}

bool show_model_print(const Model *model, const char *path, uint64_t bytes, Output *output, Error *error) {
    char size[FIGURE_SIZE];
    const char *name = file_input_name(path);
    output_visible(output, name, strlen(name));
    output_printf(output, ": %s%s%s\n",
                  model->checkpoint ? "a checkpoint of a letra model, to go on training from"
                                    : "a letra model",
                  bytes > 0 ? ", " : "", bytes > 0 ? figure_bytes(bytes, size) : "");
    if (model->history.version[0] != '\0') {
        print_text_row(output, "written by", model->history.version);
    }
    print_text_row(output, "checksum", model->checksum ? "holds" : "none");
    print_network(model, output);
    print_training(model, output);
    print_pipeline(model, output);
    return print_vocab(model, output, error);
}
