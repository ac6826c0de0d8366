/* letra repl: a conversation with a model (ui/repl.h). */
#include <string.h>

#include "commands/command.h"
#include "commands/loading.h"
#include "commands/sampling.h"
#include "ui/repl.h"

typedef struct ReplValues {
    Sampling sampling;
} ReplValues;

static const Option rows[] = {
    SAMPLING_OPTIONS(ReplValues, sampling, "300"),
};

static bool add_pattern(const char *pattern, TextList *list, Error *error) {
    return pattern == NULL || text_list_add(list, pattern, error);
}

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
    if (!loaded_open(invocation->texts[0], sampling->threads, &loaded, &error)) {
        return work_error(&error);
    }
    ReplSettings settings = {
        .sampler = sampling_sampler(sampling),
        .precision = sampling->precision,
        .unknown = sampling->unknown,
    };
    bool done = sampling_length(sampling, &loaded.model, sampling->stops.count, &settings.length, &error) &&
                sampling_check_memory(sampling, &loaded, 1, &error);
    for (size_t k = 0; done && k < sampling->stops.count; k++) {
        done = text_list_add(&settings.stops, sampling->stops.items[k], &error);
    }
    done = done && add_pattern(sampling->stop_regex, &settings.stop_regex, &error) &&
           add_pattern(sampling->match, &settings.match, &error) &&
           add_pattern(sampling->forbid, &settings.forbid, &error);
    if (done) {
        settings.seed = sampling_seed(sampling);
        done = repl_run(invocation->texts[0], &loaded.model, &loaded.compute, &settings, &status, &error);
    }
    repl_settings_free(&settings);
    loaded_close(&loaded);
    return done ? status : work_error(&error);
}

const Command repl_command = {
    .name = "repl",
    .arguments = "MODEL",
    .least = 1,
    .most = 1,
    .summary = "type beginnings that a model continues",
    .details =
        "A conversation: type the beginning of a text and the model goes on, carrying its state on "
        "from turn to turn. /help lists the commands: they change the settings below, take turns back "
        "and write them again, keep several continuations, save a conversation and load it, and show "
        "what the model expects. Ctrl-C stops the writing, Ctrl-D leaves. Lines are kept in "
        "$XDG_STATE_HOME/letra/history (~/.local/state/letra/history).\n"
        "\n"
        "Where standard input is no terminal it is a filter: each line is a prompt, commands too, starts "
        "afresh, and is answered with the prompt, its continuation and a newline. A line with characters "
        "that the model does not know is left out, said on standard error, and makes the exit status 1.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(ReplValues),
    .run = run_repl,
};
