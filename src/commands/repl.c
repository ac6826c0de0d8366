/* letra repl: a conversation with a model (ui/repl.h). */
#include <string.h>

#include "commands/command.h"
#include "commands/loading.h"
#include "commands/sampling.h"
#include "commands/writing_bounds.h"
#include "ui/repl.h"

typedef struct ReplValues {
    Sampling sampling;
} ReplValues;

static const Option rows[] = {
    SAMPLING_OPTIONS(ReplValues, sampling, "300"),
};

static int run_repl(const Invocation *invocation, const void *given) {
    const Sampling *sampling = &((const ReplValues *)given)->sampling;
    if (strcmp(invocation->texts[0], "-") == 0) {
        return usage_error(invocation, "-: standard input is what is typed; give the model as a file");
    }
    int status = sampling_check(invocation, sampling);
    if (status != STATUS_DONE) {
        return status;
    }
    Error error = {0};
    Loaded loaded;
    WritingBounds bounds = {0};
    if (!loaded_open(invocation->texts[0], sampling->threads, &loaded, &error)) {
        return work_error(&error);
    }
    size_t length = 0;
    bool done = sampling_length(sampling, &loaded.model, &length, &error) &&
                sampling_check_memory(sampling, &loaded, 1, &error) &&
                writing_bounds_make(sampling, &loaded.model, &bounds, &error);
    if (done) {
        ReplSettings settings = {
            .writing = {.sampler = sampling_sampler(sampling), .length = length},
            .seed = sampling_seed(sampling),
            .precision = sampling_precision(sampling, &loaded.model),
            .unknown = (Unknown)sampling->unknown,
        };
        writing_bounds_apply(&bounds, &settings.writing);
        done = repl_run(&loaded.model, &loaded.compute, &settings, &status, &error);
    }
    writing_bounds_free(&bounds);
    loaded_close(&loaded);
    return done ? status : work_error(&error);
}

const Command repl_command = {
    .name = "repl",
    .arguments = "MODEL",
    .least = 1,
    .most = 1,
    .summary = "type beginnings that a model continues",
    .details = "A conversation: type the beginning of a text and the model goes on, carrying its state on "
               "from turn to turn. /help lists the commands that change the settings below; Ctrl-C stops the "
               "writing, Ctrl-D leaves.\n"
               "\n"
               "Where standard input is no terminal it is a filter: each line is a prompt, starts afresh, "
               "and is answered with the prompt, its continuation and a newline. A line with characters that "
               "the model does not know is left out, said on standard error, and makes the exit status 1.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(ReplValues),
    .run = run_repl,
};
