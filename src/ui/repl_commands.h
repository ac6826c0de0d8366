/* The commands of the conversation: lines that begin with a slash and a letter. */
#ifndef LETRA_UI_REPL_COMMANDS_H
#define LETRA_UI_REPL_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/repl.h"

/* "/help" and so on, by index; NULL after the last one. */
const char *repl_command_name(size_t index);

/* Whether a line is meant as a command. */
bool repl_is_command(const char *line);

/* Does what a line that is a command says. False: the conversation is over. */
bool repl_command_run(Repl *repl, const char *line);

#endif
