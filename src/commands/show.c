/* letra show: what is in a model file. A readable table by default, JSON on demand; both in show_*.c. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/json.h"
#include "commands/loading.h"
#include "commands/show_model.h"
#include "ui/output.h"

typedef struct ShowValues {
    bool json;
} ShowValues;

static const Option rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(ShowValues, json),
     .help = "print one JSON object: cell, layers, hidden, parameters, vocabulary, best_val_loss, "
             "chars_trained ..."},
};

/* The bytes of the file, 0 for what has no size of its own: a pipe. */
static uint64_t size_of(const char *path) {
    struct stat status;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(path, &status);
    return failed == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

static int run_show(const Invocation *invocation, const void *given) {
    const ShowValues *values = given;
    const char *path = invocation->texts[0];
    Error error = {0};
    Model model = {0};
    if (!loaded_model_open(path, &model, &error)) {
        return work_error(&error);
    }
    Output output = output_open();
    uint64_t bytes = size_of(path);
    bool done = true;
    if (values->json) {
        done = json_print(&output, show_model_make_json(&model, path, bytes), &error);
    } else {
        done = show_model_print(&model, path, bytes, &output, &error);
    }
    model_free(&model);
    return done ? output_close(&output) : work_error(&error);
}

const Command show_command = {
    .name = "show",
    .arguments = "MODEL",
    .least = 1,
    .most = 1,
    .summary = "show what is in a model file",
    .details = "Shows what is in a model or a checkpoint: the network, its vocabulary with the count of each "
               "symbol, the way of the text to it, how it was trained and by what.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(ShowValues),
    .run = run_show,
};
