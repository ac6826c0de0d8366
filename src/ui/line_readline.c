/* Lines typed at a terminal, through GNU Readline. See line.h.
 *
 * Readline catches signals while it reads, puts the terminal in order and raises them again, so that they
 * reach the handlers of ui/interrupt.h. What it does not offer is to give up the line. So it is handed a
 * function of ours that reads the next byte: it waits as ui/input.h does, and once a signal was caught it
 * answers READERR, which makes readline() return at once.
 */
#include "ui/line.h"

#if LETRA_READLINE

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "ui/interrupt.h"
#include "ui/repl_commands.h"
#include "ui/terminal.h"

enum { HISTORY_LENGTH = 1000 };

/* \001 and \002 tell Readline that what is between them takes no room. */
#define PROMPT          "> "
#define PROMPT_COLOURED "\001\033[1;32m\002> \001\033[0m\002"

/* What Readline does at a signal: a new width, a stop and its end, or one that interrupt.h gets then. After a
 * stop the line is shown again, because the shell has written meanwhile. */
static void on_signal(void) {
    bool stops = rl_pending_signal() == SIGTSTP;
    rl_check_signals();
    if (stops) {
        rl_forced_update_display();
    }
}

static int read_byte(FILE *stream) {
    return input_wait(fileno(stream), on_signal) ? rl_getc(stream) : READERR;
}

/* The command that is the `number`th of those that begin with `text`. */
static char *next_command(const char *text, int number) {
    int matches = 0;
    for (size_t k = 0; repl_command_name(k) != NULL; k++) {
        const char *name = repl_command_name(k);
        if (strncmp(name, text, strlen(text)) == 0 && matches++ == number) {
            return strdup(name);
        }
    }
    return NULL;
}

static char **complete(const char *text, int start, int end) {
    (void)end;
    rl_attempted_completion_over = 1; /* no names of files instead */
    return start == 0 && text[0] == '/' ? rl_completion_matches(text, next_command) : NULL;
}

/* Where the line is shown: standard error, or, where that goes to a file, the terminal itself: never among results. */
static FILE *terminal_of(void) {
    FILE *terminal = isatty(STDERR_FILENO) ? NULL : fopen("/dev/tty", "we");
    return terminal != NULL ? terminal : stderr;
}

/* What Readline is to know; it keeps it in variables of its own. */
static void prepare(void) {
    rl_readline_name = "letra";
    rl_instream = stdin;
    rl_getc_function = read_byte;
    rl_attempted_completion_function = complete;
    if (!history_is_stifled()) { /* the first time */
        rl_outstream = terminal_of();
        using_history();
        stifle_history(HISTORY_LENGTH);
    }
}

/* Leaves the line that was being typed. Readline has done so itself where it switches bracketed paste off. */
static void end_line(void) {
    const char *bracketed = rl_variable_value("enable-bracketed-paste");
    if (bracketed == NULL || strcmp(bracketed, "on") != 0) {
        (void)fputc('\n', rl_outstream);
    }
}

LineOutcome line_read(Input *input, Bytes *line, Error *error) {
    (void)input;
    prepare();
    char *text = readline(terminal_has_colours(STDERR_FILENO) ? PROMPT_COLOURED : PROMPT);
    if (text == NULL) {
        end_line();
        return interrupt_came() ? LINE_INTERRUPTED : LINE_END;
    }
    if (text[0] != '\0') {
        add_history(text);
    }
    line->length = 0;
    bool done = !interrupt_came() && bytes_append(line, text, strlen(text), error);
    free(text);
    if (interrupt_came()) {
        return LINE_INTERRUPTED;
    }
    return done ? LINE_READ : LINE_FAILED;
}

#else
typedef int line_readline_is_not_built; /* a source file must hold something */
#endif
