/* The commands of the conversation: see repl_commands.h. One row each; a setting is a place and a range. */
#include "ui/repl_commands.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ui/message.h"
#include "ui/nearest.h"
#include "ui/numbers.h"

typedef enum Action { ACTION_REAL, ACTION_COUNT, ACTION_SEED, ACTION_HELP, ACTION_RESET, ACTION_QUIT } Action;

typedef struct ReplCommand {
    const char *name;
    Action action;
    size_t offset; /* of a setting in ReplSettings: a double, a size_t, the uint64_t of the seed */
    double least, most;
    const char *range; /* in words */
    const char *help;
} ReplCommand;

#define MANY       1e15
#define LAST_SEED  9007199254740991.0
#define AT(member) offsetof(ReplSettings, member)

static const ReplCommand commands[] = {
    {"/help", ACTION_HELP, 0, 0, 0, "", "print this"},
    {"/temperature", ACTION_REAL, AT(writing.sampler.temperature), 0, 100, "from 0 to 100",
     "lower is safer, higher is wilder; 0: always the likeliest character"},
    {"/length", ACTION_COUNT, AT(writing.length), 0, MANY, "a whole number, 0 or more",
     "how many characters it writes at most"},
    {"/seed", ACTION_SEED, AT(seed), 0, LAST_SEED, "a whole number from 0 to 9007199254740991",
     "the coins it draws with, from the first"},
    {"/top-k", ACTION_COUNT, AT(writing.sampler.top_k), 0, MANY, "a whole number, 0 or more",
     "draw from so many of the likeliest characters; 0: from all"},
    {"/top-p", ACTION_REAL, AT(writing.sampler.top_p), DBL_MIN, 1, "more than 0 and at most 1",
     "draw from the likeliest characters that together have this probability"},
    {"/min-p", ACTION_REAL, AT(writing.sampler.min_p), 0, 1, "from 0 to 1",
     "draw from characters of at least so much of the likeliest one's probability"},
    {"/reset", ACTION_RESET, 0, 0, 0, "", "forget what was read and written"},
    {"/quit", ACTION_QUIT, 0, 0, 0, "", "leave, as Ctrl-D does"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

const char *repl_command_name(size_t index) {
    return index < COMMAND_COUNT ? commands[index].name : NULL;
}

bool repl_is_command(const char *line) {
    return line[0] == '/' && ((line[1] >= 'a' && line[1] <= 'z') || (line[1] >= 'A' && line[1] <= 'Z'));
}

/* --- settings --- */

static void *place_of(Repl *repl, const ReplCommand *command) {
    return (char *)&repl->settings + command->offset;
}

static void show_setting(Repl *repl, const ReplCommand *command) {
    const void *place = place_of(repl, command);
    if (command->action == ACTION_REAL) {
        message_note("%s %g", command->name, *(const double *)place);
    } else if (command->action == ACTION_COUNT) {
        message_note("%s %zu", command->name, *(const size_t *)place);
    } else {
        message_note("%s %" PRIu64, command->name, *(const uint64_t *)place);
    }
}

static void set_setting(Repl *repl, const ReplCommand *command, const char *text) {
    double number = 0;
    uint64_t whole = 0;
    void *place = place_of(repl, command);
    bool read = command->action == ACTION_REAL
                    ? number_read(text, &number)
                    : number_read_whole(text, command->action == ACTION_COUNT, &number, &whole);
    if (!read || !(number >= command->least && number <= command->most)) {
        message_error("%s %s: must be %s", command->name, text, command->range);
        return;
    }
    if (command->action == ACTION_REAL) {
        *(double *)place = number;
    } else if (command->action == ACTION_COUNT) {
        *(size_t *)place = (size_t)whole;
    } else {
        *(uint64_t *)place = whole;
        writer_seed(repl->writer, whole);
    }
    show_setting(repl, command);
}

static void help(void) {
    message_note(
        "Type the beginning of a text and the model goes on; an empty line lets it go on from where it is.\n"
        "A text that begins like a command is typed with \\ before the slash.");
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        message_note("  %-14s %s", commands[k].name, commands[k].help);
    }
    message_note("With a value a setting is changed, without one it is shown. Ctrl-C stops the writing.");
}

/* --- finding and doing --- */

static const char *name_at(const void *context, size_t index) {
    (void)context;
    return repl_command_name(index);
}

/* The command of that name, or the only one that begins so. */
static const ReplCommand *find_command(const char *name) {
    const ReplCommand *found = NULL;
    size_t beginnings = 0;
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        if (strcmp(commands[k].name, name) == 0) {
            return &commands[k];
        }
        if (strncmp(commands[k].name, name, strlen(name)) == 0) {
            found = &commands[k];
            beginnings++;
        }
    }
    return beginnings == 1 ? found : NULL;
}

static void say_unknown(const char *name) {
    const char *nearest = nearest_name(name, name_at, NULL);
    if (nearest != NULL) {
        message_error("unknown command %s; did you mean %s?", name, nearest);
    } else {
        message_error("unknown command %s; /help lists them", name);
    }
}

/* `name` is the first word of the line, `argument` the second, "" if there is none. */
static bool do_command(Repl *repl, const char *name, const char *argument) {
    const ReplCommand *command = find_command(name);
    if (command == NULL) {
        say_unknown(name);
        return true;
    }
    bool setting =
        command->action == ACTION_REAL || command->action == ACTION_COUNT || command->action == ACTION_SEED;
    if (setting && argument[0] != '\0') {
        set_setting(repl, command, argument);
    } else if (setting) {
        show_setting(repl, command);
    } else if (argument[0] != '\0') {
        message_error("%s takes no value", command->name);
    } else if (command->action == ACTION_HELP) {
        help();
    } else if (command->action == ACTION_RESET) {
        writer_reset(repl->writer);
        message_note("a new text begins");
    }
    return command->action != ACTION_QUIT || argument[0] != '\0';
}

bool repl_command_run(Repl *repl, const char *line) {
    static const char blanks[] = " \t\n";
    char *copy = strdup(line);
    if (copy == NULL) {
        message_error("out of memory");
        return true;
    }
    char *rest = NULL;
    const char *name = strtok_r(copy, blanks, &rest);
    const char *argument = strtok_r(NULL, blanks, &rest);
    const char *more = strtok_r(NULL, blanks, &rest);
    bool goes_on = true;
    if (more != NULL) {
        message_error("%s takes one value; a text that begins so is typed with \\ before the slash", name);
    } else {
        goes_on = do_command(repl, name, argument != NULL ? argument : "");
    }
    free(copy);
    return goes_on;
}
