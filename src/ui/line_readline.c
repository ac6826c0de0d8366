/* Lines typed at a terminal, through GNU Readline. See line_editor.h.
 *
 * Readline catches signals while it reads, puts the terminal in order and raises them again, so that they
 * reach the handlers of ui/interrupt.h. What it does not offer is to give up the line. So it is handed a
 * function of ours that reads the next byte: it waits as ui/input.h does, and once a signal was caught it
 * answers READERR, which makes readline() return at once.
 */
#include "ui/line_editor.h"

#if LETRA_READLINE

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "ui/history.h"
#include "ui/interrupt.h"
#include "ui/repl_commands.h"
#include "ui/terminal.h"

enum { HISTORY_LENGTH = 1000 };

/* \001 and \002 tell Readline that what is between them takes no room. */
#define COLOURED_FORMAT "\001\033[1;32m\002%s\001\033[0m\002"

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
    rl_attempted_completion_over = 1; /* no names of files but those below */
    if (start == 0) {
        return text[0] == '/' ? rl_completion_matches(text, next_command) : NULL;
    }
    return repl_command_takes_file(rl_line_buffer)
               ? rl_completion_matches(text, rl_filename_completion_function)
               : NULL;
}

/* Where the line is shown: standard error, or, where that goes to a file, the terminal itself: never among results. */
static FILE *terminal_of(void) {
    FILE *terminal = isatty(STDERR_FILENO) ? NULL : fopen("/dev/tty", "we");
    return terminal != NULL ? terminal : stderr;
}

/* Leaves the line that was being typed. Readline has done so itself where it switches bracketed paste off. */
static void end_line(void) {
    const char *bracketed = rl_variable_value("enable-bracketed-paste");
    if (bracketed == NULL || strcmp(bracketed, "on") != 0) {
        (void)fputc('\n', rl_outstream);
    }
}

/* Reads what was kept. The file gives each text a line with its time before it, so that one of several lines stays
 * one. A file that grew long loses its beginning. */
static bool load_history(const char *path, Error *error) {
    int failure = read_history(path);
    if (failure == 0 && history_length >= HISTORY_LENGTH) {
        failure = history_truncate_file(path, HISTORY_LENGTH);
    }
    return failure == 0 || error_set(error, "%s: %s", path, strerror(failure));
}

bool line_editor_open(Bytes *history, Error *error) {
    rl_readline_name = "letra";
    rl_instream = stdin;
    rl_outstream = terminal_of();
    rl_getc_function = read_byte;
    rl_attempted_completion_function = complete;
    history_comment_char = '#';
    history_write_timestamps = 1;
    history_multiline_entries = 1;
    using_history();
    stifle_history(HISTORY_LENGTH);
    return history_make(history, error) && load_history(history->data, error);
}

bool line_editor_remember(const Bytes *history, const char *text, Error *error) {
    const HIST_ENTRY *last = history_get(history_base + history_length - 1);
    if (last != NULL && strcmp(last->line, text) == 0) {
        return true;
    }
    add_history(text);
    int failure = history->length > 0 ? append_history(1, history->data) : 0;
    return failure == 0 || error_set(error, "%s: %s", history->data, strerror(failure));
}

LineOutcome line_editor_read(Input *input, const char *prompt, Bytes *line, Error *error) {
    (void)input;
    char coloured[64];
    snprintf(coloured, sizeof coloured, terminal_has_colours(STDERR_FILENO) ? COLOURED_FORMAT : "%s", prompt);
    rl_reset_screen_size(); /* it may have another since the last line */
    char *text = readline(coloured);
    if (text == NULL) {
        end_line();
        return interrupt_came() ? LINE_INTERRUPTED : LINE_END;
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
