/* --help: see help.h. Usage, what the command does, then a table: names on the left, words wrapped on the
 * right. */
#include "commands/help.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/output.h"
#include "ui/terminal.h"

enum {
    LEFT_COLUMN = 28, /* where the words begin */
    WIDEST = 100,     /* longer lines are hard to read */
    NARROWEST = 50
};

static size_t help_width(void) {
    size_t width = terminal_width(STDOUT_FILENO);
    if (width > WIDEST) {
        return WIDEST;
    }
    return width < NARROWEST ? NARROWEST : width;
}

void help_row(Output *output, const char *left, const char *right) {
    size_t column = strlen(left);
    output_string(output, left);
    if (column + 2 > LEFT_COLUMN) {
        output_string(output, "\n");
        column = 0;
    }
    output_printf(output, "%*s", (int)(LEFT_COLUMN - column), "");
    output_wrapped(output, right, LEFT_COLUMN, LEFT_COLUMN, help_width());
}

static void print_option(Output *output, const Option *option) {
    char left[128];
    char right[1024];
    char letter[8] = "    ";
    if (option->kind == OPTION_HEADING) {
        output_printf(output, "\n%s:\n", option->help);
        return;
    }
    if (option->letter != '\0') {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name, option->argument != NULL ? " " : "",
             option->argument != NULL ? option->argument : "");
    size_t used = (size_t)snprintf(right, sizeof right, "%s", option->help);
    if (option->choices != NULL) {
        used += (size_t)snprintf(right + used, sizeof right - used, ":");
        for (size_t k = 0; option->choices(k) != NULL && used < sizeof right; k++) {
            used += (size_t)snprintf(right + used, sizeof right - used, "%s %s", k > 0 ? "," : "",
                                     option->choices(k));
        }
    }
    if (option->fallback != NULL && used < sizeof right) {
        snprintf(right + used, sizeof right - used, " (default: %s)", option->fallback);
    }
    help_row(output, left, right);
}

int help_command(const Command *command) {
    Output output = output_open();
    output_printf(&output, "Usage: letra %s %s [OPTIONS]\n\n", command->name, command->arguments);
    output_wrapped(&output, command->details, 0, 0, help_width());
    if (command->options->count > 0 && command->options->rows[0].kind != OPTION_HEADING) {
        output_string(&output, "\nOptions:\n");
    }
    for (size_t k = 0; k < command->options->count; k++) {
        print_option(&output, &command->options->rows[k]);
    }
    help_row(&output, "  -h, --help", "print this");
    if (command->more != NULL) {
        command->more(&output);
    }
    return output_close(&output);
}

int help_program(void) {
    Output output = output_open();
    output_string(&output, "letra learns a text character by character and writes more of it.\n\n"
                           "Usage: letra COMMAND ARGUMENTS... [OPTIONS]\n\n"
                           "Commands:\n");
    for (size_t k = 0; command_at(k) != NULL; k++) {
        output_printf(&output, "  %-8s %s\n", command_at(k)->name, command_at(k)->summary);
    }
    output_string(&output, "  help     say what a command does: letra help COMMAND\n\n"
                           "Options:\n"
                           "  -h, --help     print this; after a command: its options\n"
                           "  -v, --version  print the version\n\n"
                           "For example:\n"
                           "  letra train shakespeare.txt\n"
                           "  letra sample models/shakespeare.safetensors --prime \"ROMEO:\"\n"
                           "  letra repl models/shakespeare.safetensors\n");
    return output_close(&output);
}

int help_version(void) {
    Output output = output_open();
    output_string(&output, "letra " LETRA_VERSION "\n");
    return output_close(&output);
}
