/* The table of commands, and the way from the command line to the one that is meant: see command.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/command.h"
#include "commands/help.h"
#include "ui/message.h"
#include "ui/nearest.h"

static const Command *const commands[] = {
    &corpus_command, &train_command,   &sample_command, &fill_command,   &repl_command,
    &eval_command,   &novelty_command, &show_command,   &import_command,
};

const Command *command_at(size_t index) {
    return index < ROWS(commands) ? commands[index] : NULL;
}

const Command *command_find(const char *name) {
    for (size_t k = 0; k < ROWS(commands); k++) {
        if (strcmp(commands[k]->name, name) == 0) {
            return commands[k];
        }
    }
    return NULL;
}

/* --- errors --- */

int usage_error(const Invocation *invocation, const char *format, ...) {
    char message[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    message_error("%s", message);
    message_note("Try '%s %s%s--help'.", invocation->program, invocation->command,
                 invocation->command[0] != '\0' ? " " : "");
    return STATUS_USAGE;
}

int checking_error(const Invocation *invocation, const Error *error) {
    return error->memory ? work_error(error) : usage_error(invocation, "%s", error->message);
}

int work_error(const Error *error) {
    message_error("%s", error->message);
    return STATUS_FAILED;
}

bool option_given(const Invocation *invocation, const char *name) {
    for (size_t k = 0; k < invocation->options->count; k++) {
        const char *option = invocation->options->rows[k].name;
        if (option != NULL && strcmp(option, name) == 0) {
            return invocation->sources[k] == OPTION_BY_USER;
        }
    }
    return false;
}

/* The names a command line may begin with. */
static const char *name_at(const void *context, size_t index) {
    (void)context;
    if (index == ROWS(commands)) {
        return "help";
    }
    return index < ROWS(commands) ? commands[index]->name : NULL;
}

/* The options it may begin with instead, without their dashes. */
static const char *option_at(const void *context, size_t index) {
    static const char *const options[] = {"help", "version"};
    (void)context;
    return index < ROWS(options) ? options[index] : NULL;
}

static int unknown_option(const Invocation *invocation, const char *name) {
    const char *nearest = nearest_name(name + strspn(name, "-"), option_at, NULL);
    if (nearest != NULL) {
        return usage_error(invocation, "unknown option '%s'; did you mean '--%s'?", name, nearest);
    }
    return usage_error(invocation, "unknown option '%s'; a command comes first: %s train TEXT...", name,
                       invocation->program);
}

static int unknown_command(const Invocation *invocation, const char *name) {
    if (name[0] == '-' && name[1] != '\0') {
        return unknown_option(invocation, name);
    }
    const char *nearest = nearest_name(name, name_at, NULL);
    if (nearest != NULL) {
        return usage_error(invocation, "unknown command '%s'; did you mean '%s'?", name, nearest);
    }
    char list[128] = "";
    size_t used = 0;
    for (size_t k = 0; name_at(NULL, k) != NULL && used < sizeof list; k++) {
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s", k > 0 ? ", " : "", name_at(NULL, k));
    }
    return usage_error(invocation, "unknown command '%s'; there is: %s", name, list);
}

/* --- running --- */

/* The word of a command's arguments that stands at `index`: of "MODEL TEXT...", 1 gives "TEXT". */
static int argument_name(const char *arguments, size_t index, const char **name) {
    const char *word = arguments;
    for (size_t k = 0; k < index && strchr(word, ' ') != NULL; k++) {
        word = strchr(word, ' ') + 1;
    }
    *name = word;
    return (int)strcspn(word, " .");
}

static int check_and_run(const Command *command, const Invocation *invocation, const void *values) {
    if (invocation->text_count < command->least) {
        const char *name = NULL;
        int length = argument_name(command->arguments, invocation->text_count, &name);
        return usage_error(invocation, "%.*s is missing: %s %s %s", length, name, invocation->program,
                           command->name, command->arguments);
    }
    if (invocation->text_count > command->most) {
        return usage_error(invocation, "'%s' is one argument too many: %s %s %s",
                           invocation->texts[command->most], invocation->program, command->name,
                           command->arguments);
    }
    return command->run(invocation, values);
}

/* Reads the options of a command, whose name is the first of the arguments, and runs it. */
static int run_command(const Command *command, Arguments arguments, Invocation *invocation) {
    Error error = {0};
    const OptionTable *options = command->options;
    void *values = memory_allocate(1, command->values_size, "the options", &error);
    OptionSource *sources = memory_allocate(options->count, sizeof *sources, "the options", &error);
    if (values == NULL || sources == NULL) {
        free(values);
        free(sources);
        return work_error(&error);
    }
    int rest = 0;
    int status = STATUS_USAGE;
    invocation->command = command->name;
    invocation->options = options;
    invocation->sources = sources;
    switch (options_read(options, arguments, values, sources, &rest, &error)) {
    case OPTIONS_HELP: status = help_command(command); break;
    case OPTIONS_WRONG: status = checking_error(invocation, &error); break;
    case OPTIONS_READ:
        invocation->texts = arguments.items + rest;
        invocation->text_count = (size_t)(arguments.count - rest);
        status = check_and_run(command, invocation, values);
        break;
    }
    options_free(options, values);
    free(values);
    free(sources);
    return status;
}

/* letra help [COMMAND], letra --help [COMMAND] */
static int run_help(Arguments arguments, const Invocation *invocation) {
    if (arguments.count <= 1) {
        return help_program();
    }
    const Command *command = command_find(arguments.items[1]);
    if (command != NULL && arguments.count == 2) {
        return help_command(command);
    }
    if (command != NULL) {
        return usage_error(invocation, "'%s' is one argument too many: %s help COMMAND", arguments.items[2],
                           invocation->program);
    }
    const char *name = arguments.items[1];
    bool self = strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    return self ? help_program() : unknown_command(invocation, name);
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c) {
    return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

int command_main(int argument_count, char **arguments) {
    const char *program = argument_count > 0 ? arguments[0] : "letra";
    if (argument_count < 2) {
        return help_program();
    }
    Error error = {0};
    /* getopt_long will put the arguments into another order. */
    const char **line = memory_allocate((size_t)argument_count, sizeof *line, "the command line", &error);
    if (line == NULL) {
        return work_error(&error);
    }
    for (int k = 0; k < argument_count; k++) {
        line[k] = arguments[k];
    }
    Invocation invocation = {
        .program = program, .command = "", .line = line, .line_count = (size_t)argument_count};
    Arguments rest = {argument_count - 1, arguments + 1};
    const char *name = arguments[1];
    const Command *command = command_find(name);
    int status = 0;
    if (command != NULL) {
        status = run_command(command, rest, &invocation);
    } else if (is_one_of(name, "help", "--help", "-h")) {
        status = run_help(rest, &invocation);
    } else if (is_one_of(name, "--version", "-v", "-V")) {
        status = rest.count == 1 ? help_version()
                                 : usage_error(&invocation, "'%s' is one argument too many", rest.items[1]);
    } else {
        status = unknown_command(&invocation, name);
    }
    free((void *)line);
    return status;
}
