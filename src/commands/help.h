/* --help, made from the tables. */
#ifndef LETRA_COMMANDS_HELP_H
#define LETRA_COMMANDS_HELP_H

#include "commands/command.h"

/* Print to standard output; the exit status. */
int help_program(void);
int help_command(const Command *command);
int help_version(void);

/* A row of a table: a name on the left, words on the right. */
void help_row(Output *output, const char *left, const char *right);

#endif
