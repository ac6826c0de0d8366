/* The commands of the conversation: see repl_commands.h. One row each; a setting is a place and a range. */
#include "ui/repl_commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ui/message.h"
#include "ui/nearest.h"
#include "ui/numbers.h"
#include "ui/setting.h"

typedef enum Action { ACTION_REAL, ACTION_COUNT, ACTION_SEED, ACTION_HELP, ACTION_RESET, ACTION_QUIT } Action;

typedef struct ReplCommand {
    const char *name;
    Action action;
    size_t offset; /* of a setting in ReplSettings: a double, a size_t, the uint64_t of the seed */
    double least, most;
    const char *help;
} ReplCommand;

#define AT(member) offsetof(ReplSettings, member)

static const ReplCommand commands[] = {
    {"/help", ACTION_HELP, 0, 0, 0, "print this"},
    {"/temperature", ACTION_REAL, AT(writing.sampler.temperature), 0, TEMPERATURE_MAX, TEMPERATURE_HELP},
    {"/length", ACTION_COUNT, AT(writing.length), 0, LENGTH_MAX, "how many characters it writes at most"},
    {"/seed", ACTION_SEED, AT(seed), 0, SEED_MAX, "the coins it draws with, from the first"},
    {"/top-k", ACTION_COUNT, AT(writing.sampler.top_k), 0, LENGTH_MAX, TOP_K_HELP},
    {"/top-p", ACTION_REAL, AT(writing.sampler.top_p), TOP_P_LEAST, 1, TOP_P_HELP},
    {"/min-p", ACTION_REAL, AT(writing.sampler.min_p), 0, 1, MIN_P_HELP},
    {"/typical-p", ACTION_REAL, AT(writing.sampler.typical_p), TOP_P_LEAST, 1, TYPICAL_P_HELP},
    {"/repeat-penalty", ACTION_REAL, AT(writing.sampler.repeat_penalty), REPEAT_PENALTY_LEAST,
     REPEAT_PENALTY_MAX, REPEAT_PENALTY_HELP},
    {"/repeat-window", ACTION_COUNT, AT(writing.sampler.repeat_window), 0, RECENT_MAX, REPEAT_WINDOW_HELP},
    {"/reset", ACTION_RESET, 0, 0, 0, "forget what was read and written"},
    {"/quit", ACTION_QUIT, 0, 0, 0, "leave, as Ctrl-D does"},
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
        char range[RANGE_SIZE];
        message_error("%s %s: must be %s%s", command->name, text,
                      command->action == ACTION_REAL ? "" : "a whole number ",
                      number_range(command->least, command->most, range));
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
    message_note("With a value a setting is changed, without one it is shown.");
    message_note("Ctrl-C stops the writing.");
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

/* Whether several commands begin so; then they are listed. */
static bool say_ambiguous(const char *name) {
    Bytes list = {0};
    size_t count = names_beginning(name, "", name_at, NULL, &list, NULL);
    if (count > 1 && list.length > 0) {
        message_error("%s may be %s", name, list.data);
    }
    bytes_free(&list);
    return count > 1;
}

static void say_unknown(const char *name) {
    if (say_ambiguous(name)) {
        return;
    }
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
