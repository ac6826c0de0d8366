/* Lines typed at a terminal, through GNU Readline. See line.h.
 *
 * Readline catches signals while it reads, puts the terminal in order and raises them again, so that they reach the
 * handlers of ui/interrupt.h. What it does not offer is to give up the line. So it is handed a function of ours that
 * waits for the next byte: it waits with pselect, whose mask lets signals through only while it waits (none is
 * missed), and once one was caught it answers READERR, which makes readline() return at once.
 */
#include "ui/line.h"

#if LETRA_READLINE

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
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

/* Waits until there is something to read. False when a signal ends the line. */
static bool wait_for_input(int descriptor) {
    sigset_t held;
    sigset_t before;
    fd_set set;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGWINCH);
    sigprocmask(SIG_BLOCK, &held, &before);
    int ready = 0;
    while (ready <= 0 && !interrupt_came()) {
        FD_ZERO(&set);
        FD_SET(descriptor, &set);
        ready = pselect(descriptor + 1, &set, NULL, NULL, NULL, &before);
        if (ready < 0 && errno != EINTR) {
            break;
        }
        if (ready < 0) {
            sigprocmask(SIG_SETMASK, &before, NULL);
            rl_check_signals(); /* a new width, a stop and its end, or one that interrupt.h gets now */
            sigprocmask(SIG_BLOCK, &held, NULL);
        }
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !interrupt_came();
}

static int read_byte(FILE *stream) {
    return wait_for_input(fileno(stream)) ? rl_getc(stream) : READERR;
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

/* What Readline is to know; it keeps it in variables of its own. */
static void prepare(void) {
    rl_readline_name = "letra";
    rl_instream = stdin;
    rl_outstream = isatty(STDERR_FILENO) ? stderr : stdout;
    rl_getc_function = read_byte;
    rl_attempted_completion_function = complete;
    if (!history_is_stifled()) {
        using_history();
        stifle_history(HISTORY_LENGTH);
    }
}

LineOutcome line_read(Bytes *line, Error *error) {
    prepare();
    char *text = readline(terminal_has_colours(STDERR_FILENO) ? PROMPT_COLOURED : PROMPT);
    if (text == NULL) {
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
