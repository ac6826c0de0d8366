/* The commands of the conversation: see repl_commands.h. One row each, and the settings behind them. */
#include "ui/repl_commands.h"

#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ui/message.h"
#include "ui/nearest.h"
#include "ui/repl_choose.h"
#include "ui/repl_files.h"
#include "ui/repl_turns.h"
#include "ui/terminal.h"

/* What stands behind the name of a command. */
typedef enum Argument {
    ARGUMENT_NONE,
    ARGUMENT_NAME,
    ARGUMENT_OPTIONAL_NAME,
    ARGUMENT_TEXT, /* all that follows the first blank */
    ARGUMENT_FILE
} Argument;

/* Does the command; false and a message, which is said behind its name, if it could not be done. */
typedef bool (*CommandAction)(Repl *repl, const char *argument, Error *error);

typedef struct ReplCommand {
    const char *name;
    Argument argument;
    CommandAction action;
    const char *help;
} ReplCommand;

static bool help(Repl *repl, const char *argument, Error *error);
static bool show_settings(Repl *repl, const char *argument, Error *error);
static bool quit(Repl *repl, const char *argument, Error *error);

static const ReplCommand commands[] = {
    {"/help", ARGUMENT_NONE, help, "print this"},
    {"/settings", ARGUMENT_NONE, show_settings, "show all settings"},
    {"/more", ARGUMENT_NONE, repl_more, "go on writing, as an empty line does"},
    {"/retry", ARGUMENT_NONE, repl_retry, "the last prompt again, with the coins of the next seed"},
    {"/undo", ARGUMENT_NONE, repl_undo, "take back the last turn; again: the one before it"},
    {"/reset", ARGUMENT_NONE, repl_reset, "forget what was read and written: a new text begins"},
    {"/transcript", ARGUMENT_NONE, repl_transcript, "print the text so far"},
    {"/branch", ARGUMENT_OPTIONAL_NAME, repl_branch, "go on from here under another name; alone: list them"},
    {"/switch", ARGUMENT_NAME, repl_switch, "go to where another branch was left"},
    {"/save", ARGUMENT_FILE, repl_save, "keep text, settings and exact state in a file"},
    {"/load", ARGUMENT_FILE, repl_load, "go on exactly where a file was saved"},
    {"/model", ARGUMENT_FILE, repl_model, "another model, with the same settings: a new text begins"},
    {"/eval", ARGUMENT_TEXT, repl_eval, "how surprising this text would be if it came next"},
    {"/choose", ARGUMENT_NONE, repl_choose, "write character by character, choosing among the likeliest"},
    {"/quit", ARGUMENT_NONE, quit, "leave, as Ctrl-D does"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

const char *repl_command_name(size_t index) {
    if (index < COMMAND_COUNT) {
        return commands[index].name;
    }
    const ReplSetting *setting = repl_setting_at(index - COMMAND_COUNT);
    return setting != NULL ? setting->name : NULL;
}

bool repl_is_command(const char *line) {
    return line[0] == '/' && ((line[1] >= 'a' && line[1] <= 'z') || (line[1] >= 'A' && line[1] <= 'Z'));
}

/* --- commands about commands --- */

/* Appends words, in lines that end before the last column; those after the first are indented. */
static bool append_wrapped(Bytes *out, const char *text, size_t column, size_t indent, size_t width) {
    bool done = true;
    for (const char *word = text; done && *word != '\0';) {
        size_t length = strcspn(word, " ");
        bool fits = column + 1 + length < width || column <= indent;
        done = bytes_printf(out, NULL, fits ? "%*s%.*s" : "\n%*s%.*s", fits ? 1 : (int)indent, "",
                            (int)length, word);
        column = (fits ? column + 1 : indent) + length;
        word += length + strspn(word + length, " ");
    }
    return done;
}

/* "  /save FILE       keep ..." */
static void say_help(const char *name, Argument argument, const char *text) {
    enum { INDENT = 19 };
    static const char *const shown[] = {[ARGUMENT_NONE] = "",
                                        [ARGUMENT_NAME] = " NAME",
                                        [ARGUMENT_OPTIONAL_NAME] = " [NAME]",
                                        [ARGUMENT_TEXT] = " TEXT",
                                        [ARGUMENT_FILE] = " FILE"};
    Bytes line = {0};
    int rest = INDENT - 3 - (int)strlen(name);
    if (bytes_printf(&line, NULL, "  %s%-*s", name, rest, shown[argument]) &&
        append_wrapped(&line, text, INDENT - 1, INDENT, terminal_width(STDERR_FILENO))) {
        message_note("%s", line.data);
    }
    bytes_free(&line);
}

static bool help(Repl *repl, const char *argument, Error *error) {
    (void)repl;
    (void)argument;
    (void)error;
    message_note("Type the beginning of a text and the model goes on; an empty line lets it go\n"
                 "on from where it is. A line that ends in \\ goes on in the next one. A text that\n"
                 "begins like a command is typed with \\ before the slash.");
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        say_help(commands[k].name, commands[k].argument, commands[k].help);
    }
    message_note("Settings; with a value one is changed, without one it is shown:");
    for (size_t k = 0; repl_setting_at(k) != NULL; k++) {
        say_help(repl_setting_at(k)->name, ARGUMENT_NONE, repl_setting_at(k)->help);
    }
    message_note("Names may be cut short: /temp 0.7. Ctrl-C stops the writing.");
    return true;
}

static bool quit(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    (void)error;
    repl->over = true;
    return true;
}

/* --- settings --- */

static bool show_setting(const Repl *repl, const ReplSetting *setting, Error *error) {
    TextList lines = {0};
    bool done = repl_setting_describe(setting, &repl->settings, &lines, error);
    for (size_t k = 0; done && k < lines.count; k++) {
        message_note("%s", lines.items[k]);
    }
    text_list_free(&lines);
    return done;
}

static bool show_settings(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    TextList lines = {0};
    bool done = repl_settings_describe(&repl->settings, &lines, error);
    repl_show_list(&lines);
    text_list_free(&lines);
    return done;
}

static bool set_setting(Repl *repl, const ReplSetting *setting, const char *text, Error *error) {
    ReplSettings wanted;
    size_t surprise = repl->settings.surprise;
    if (!repl_settings_copy(&repl->settings, &wanted, error)) {
        return false;
    }
    if (!repl_setting_set(setting, text, &wanted, error) || !repl_take_settings(repl, &wanted, error)) {
        repl_settings_free(&wanted);
        return false;
    }
    if (setting->kind == SETTING_SEED) {
        writer_seed(repl->writer, repl->settings.seed);
    }
    if (repl->settings.surprise == 1 && surprise == 0) {
        repl_show_scale(repl);
    }
    return show_setting(repl, repl_setting_meant(setting), error);
}

/* --- finding --- */

static const char *name_at(const void *context, size_t index) {
    (void)context;
    return repl_command_name(index);
}

/* The index of the command of that name, or of the only one that begins so; SIZE_MAX: there is none. */
static size_t find_command(const char *name) {
    size_t found = SIZE_MAX;
    size_t beginnings = 0;
    for (size_t k = 0; repl_command_name(k) != NULL; k++) {
        if (strcmp(repl_command_name(k), name) == 0) {
            return k;
        }
        if (strncmp(repl_command_name(k), name, strlen(name)) == 0) {
            found = k;
            beginnings++;
        }
    }
    return beginnings == 1 ? found : SIZE_MAX;
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

/* --- reading a line --- */

static const char blanks[] = " \t\n";

/* Cuts the name off, in place; what follows is a text as it stands behind one blank, or else a word without blanks
 * around it. */
static char *cut_name(char *line, bool text) {
    size_t length = strcspn(line, blanks);
    char *argument = line + length + (line[length] != '\0' ? 1 : 0);
    line[length] = '\0';
    if (text) {
        return argument;
    }
    argument += strspn(argument, blanks);
    size_t end = strlen(argument);
    while (end > 0 && strchr(blanks, argument[end - 1]) != NULL) {
        end--;
    }
    argument[end] = '\0';
    return argument;
}

/* The command that the line names; SIZE_MAX: none. */
static size_t command_of(const char *line, Bytes *name) {
    name->length = 0;
    return bytes_append(name, line, strcspn(line, blanks), NULL) ? find_command(name->data) : SIZE_MAX;
}

bool repl_command_takes_file(const char *line) {
    Bytes name = {0};
    size_t index = command_of(line, &name);
    bytes_free(&name);
    return index < COMMAND_COUNT && commands[index].argument == ARGUMENT_FILE;
}

/* Whether what stands behind the name is what the command takes. */
static bool check_argument(const ReplCommand *command, const char *argument, Error *error) {
    switch (command->argument) {
    case ARGUMENT_NONE: return argument[0] == '\0' || error_set(error, "%s takes no value", command->name);
    case ARGUMENT_NAME:
    case ARGUMENT_OPTIONAL_NAME:
        if (strpbrk(argument, blanks) != NULL) {
            return error_set(error, "%s takes one name, without blanks", command->name);
        }
        break;
    case ARGUMENT_TEXT:
    case ARGUMENT_FILE: break;
    }
    return argument[0] != '\0' || command->argument == ARGUMENT_OPTIONAL_NAME ||
           error_set(error, "%s needs %s behind it", command->name,
                     command->argument == ARGUMENT_FILE   ? "the name of a file"
                     : command->argument == ARGUMENT_TEXT ? "a text"
                                                          : "a name");
}

static bool run_command(Repl *repl, const ReplCommand *command, char *line, Error *error) {
    const char *argument = cut_name(line, command->argument == ARGUMENT_TEXT);
    return check_argument(command, argument, error) &&
           (command->action(repl, argument, error) || error_prefix(error, "%s: ", command->name));
}

static bool run_setting(Repl *repl, const ReplSetting *setting, char *line, Error *error) {
    bool text = setting->kind == SETTING_TEXTS || setting->kind == SETTING_PATTERN;
    const char *argument = cut_name(line, text);
    if (!text && strpbrk(argument, blanks) != NULL) {
        return error_set(error, "%s takes one value; a text that begins so is typed with \\ before the slash",
                         setting->name);
    }
    bool shown = argument[0] == '\0' && setting->kind != SETTING_SHORTCUT;
    return shown ? show_setting(repl, setting, error) : set_setting(repl, setting, argument, error);
}

void repl_command_run(Repl *repl, const char *line) {
    Bytes name = {0};
    Bytes copy = {0};
    Error error = {0};
    size_t index = command_of(line, &name);
    bool done = bytes_append(&copy, line, strlen(line), &error);
    if (done && index == SIZE_MAX) {
        say_unknown(name.data);
    } else if (done && index < COMMAND_COUNT) {
        done = run_command(repl, &commands[index], copy.data, &error);
    } else if (done) {
        done = run_setting(repl, repl_setting_at(index - COMMAND_COUNT), copy.data, &error);
    }
    if (!done) {
        repl_say_error(&error);
    }
    bytes_free(&copy);
    bytes_free(&name);
}
