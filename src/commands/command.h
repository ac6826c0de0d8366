/* A command of the program: one row in the table of commands.c, one file that parses nothing, but gets its
 * values ready (commands/options.h), calls what does the work, and prints. */
#ifndef LETRA_COMMANDS_COMMAND_H
#define LETRA_COMMANDS_COMMAND_H

#include <stddef.h>

#include "base/error.h"
#include "commands/options.h"
#include "ui/output.h"

/* What the program ends with; interrupted runs end with 128 and the number of the signal. */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* How a command was called. */
typedef struct Invocation {
    const char *program;     /* as the user called it: "./letra" */
    const char *command;     /* "train" */
    const char *const *line; /* the whole command line as it was written */
    size_t line_count;
    char **texts; /* the arguments that are no options */
    size_t text_count;
    const OptionTable *options; /* of the command */
    const OptionSource *sources;
} Invocation;

typedef struct Command {
    const char *name;
    const char *arguments; /* as in the usage line: "MODEL TEXT..." */
    size_t least, most;    /* how many of them */
    const char *summary;   /* one line, after the name */
    const char *details;   /* paragraphs for --help */
    const OptionTable *options;
    void (*more)(Output *output); /* prints what --help has after the options; NULL: nothing */
    size_t values_size;           /* of the struct that the options fill */
    int (*run)(const Invocation *invocation, const void *values);
} Command;

/* The commands, each in a file of its name. */
extern const Command train_command;
extern const Command sample_command;
extern const Command fill_command;
extern const Command repl_command;
extern const Command eval_command;
extern const Command show_command;
extern const Command import_command;
extern const Command corpus_command;
extern const Command novelty_command;

/* The command in row `index`, NULL after the last. */
const Command *command_at(size_t index);
/* The command of that name, NULL if there is none. */
const Command *command_find(const char *name);

/* The whole program: finds the command, reads its options, runs it. Returns the exit status. */
int command_main(int argument_count, char **arguments);

/* Prints the error as a fault of the command line, with where to read more. Returns STATUS_USAGE. */
int usage_error(const Invocation *invocation, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints what was found while the command line was checked: a fault of it, or that there was no memory to check it
 * with. Returns STATUS_USAGE or STATUS_FAILED. */
int checking_error(const Invocation *invocation, const Error *error);

/* Prints the error's message. Returns STATUS_FAILED. */
int work_error(const Error *error);

/* Whether the option of that name stands on the command line. */
bool option_given(const Invocation *invocation, const char *name);

/* The number of rows of an array. */
#define ROWS(array) (sizeof(array) / sizeof *(array))

#endif
