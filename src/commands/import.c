/* letra import: brings a model here that was trained in PyTorch. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "commands/command.h"
#include "commands/destination.h"
#include "commands/run_lock.h"
#include "commands/texts.h"
#include "model/import.h"
#include "ui/figures.h"
#include "ui/message.h"

typedef struct ImportValues {
    const char *vocab;
    bool relu;
    const char *output;
} ImportValues;

static const Option rows[] = {
    {.name = "vocab",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .offset = offsetof(ImportValues, vocab),
     .help = "the vocabulary as JSON: an array of characters (of integers for bytes), or an object that "
             "gives each character its index"},
    {.name = "relu",
     .kind = OPTION_FLAG,
     .offset = offsetof(ImportValues, relu),
     .help = "the module is torch.nn.RNN(nonlinearity='relu'), which the file does not tell"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "MODEL",
     .offset = offsetof(ImportValues, output),
     .help = "where the model shall be (default: models/NAME.safetensors, named after FILE)"},
};

/* `*replaced` tells whether something was at the path already. */
static bool import_model(const Invocation *invocation, const ImportValues *values, Model *model, Bytes *path,
                         bool *replaced, Error *error) {
    char *inputs[] = {invocation->texts[0], (char *)values->vocab};
    if (!import_state_dict(inputs[0], values->vocab, LETRA_VERSION, values->relu, model, error) ||
        !destination_path(values->output, inputs[0], path, error) ||
        !destination_prepare(values->output, path->data, error) ||
        !destination_is_not_input("-o", path->data, inputs, ROWS(inputs), error)) {
        return false;
    }
    FileLock *lock = NULL;
    *replaced = file_exists(path->data);
    bool done = run_lock_take(path->data, &lock, error) && model_save(path->data, model, NULL, 0, error);
    file_lock_release(lock);
    return done;
}

static void say_imported(const Model *model, const char *path, bool replaced) {
    const NetworkConfig *config = &model->network->config;
    char parameters[FIGURE_SIZE];
    message_note("imported %s, %zu %s of %zu units, %s parameters, %zu symbols", config->cells.cells[0]->name,
                 config->layers, config->layers == 1 ? "layer" : "layers", config->hidden,
                 figure_count(layout_parameters(&model->network->layout), parameters),
                 vocab_size(model->vocab));
    message_note("the model is %s%s", path, replaced ? " (what was there was replaced)" : "");
}

static int run_import(const Invocation *invocation, const void *given) {
    const ImportValues *values = given;
    if (values->vocab == NULL) {
        return usage_error(invocation, "--vocab FILE is missing: a state dict does not tell its characters");
    }
    const char *inputs[] = {invocation->texts[0], values->vocab};
    const char *fault = texts_fault(inputs, ROWS(inputs));
    if (fault == NULL) {
        fault = destination_fault(values->output, invocation->texts, 1);
    }
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    Error error = {0};
    Model model = {0};
    Bytes path = {0};
    bool replaced = false;
    bool done = import_model(invocation, values, &model, &path, &replaced, &error);
    if (done) {
        say_imported(&model, path.data, replaced);
    }
    model_free(&model);
    bytes_free(&path);
    return done ? STATUS_DONE : work_error(&error);
}

const Command import_command = {
    .name = "import",
    .arguments = "FILE",
    .least = 1,
    .most = 1,
    .summary = "bring a model here that was trained in PyTorch",
    .details =
        "Makes a model of a PyTorch state dict that was saved as safetensors: an Embedding (or none), "
        "an LSTM, GRU or RNN and a Linear. Tensors are told apart by the ends of their names and by their shapes.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(ImportValues),
    .run = run_import,
};
