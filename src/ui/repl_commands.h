/* The commands of the conversation: lines that begin with a slash and a letter. A setting (repl_settings.h) is one too:
 * with a value it is changed, without one it is shown. */
#ifndef LETRA_UI_REPL_COMMANDS_H
#define LETRA_UI_REPL_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/repl_state.h"

/* "/help" and so on, by index; NULL after the last one. */
const char *repl_command_name(size_t index);

/* Whether a line is meant as a command. */
bool repl_is_command(const char *line);

/* Whether it is one that takes the name of a file. */
bool repl_command_takes_file(const char *line);

/* Does what a line that is a command says, and says what is wrong with it. */
void repl_command_run(Repl *repl, const char *line);

#endif
