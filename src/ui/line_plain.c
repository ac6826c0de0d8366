/* Lines typed at a terminal, without Readline: the terminal itself edits them. See line.h. */
#include "ui/line.h"

#if !LETRA_READLINE

#include <stdio.h>

LineOutcome line_read(Input *input, Bytes *line, Error *error) {
    (void)fputs("> ", stderr);
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
