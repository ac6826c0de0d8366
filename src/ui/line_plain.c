/* Lines typed at a terminal, without Readline: the terminal itself edits them. See line_editor.h. */
#include "ui/line_editor.h"

#if !LETRA_READLINE

#include <stdio.h>

bool line_editor_open(Bytes *history, Error *error) {
    (void)history;
    (void)error;
    return true;
}

bool line_editor_remember(const Bytes *history, const char *text, Error *error) {
    (void)history;
    (void)text;
    (void)error;
    return true;
}

LineOutcome line_editor_read(Input *input, const char *prompt, Bytes *line, Error *error) {
    (void)fputs(prompt, stderr);
    (void)fflush(stderr);
    LineOutcome outcome = input_line(input, line, error);
    if (outcome != LINE_READ) {
        (void)fputc('\n', stderr); /* from behind what was typed */
    }
    input->ended = false; /* Ctrl-D behind a line that was not finished only ends that line */
    return outcome;
}

#else
typedef int line_plain_is_not_built; /* a source file must hold something */
#endif
