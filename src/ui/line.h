/* Lines typed at a terminal, edited with GNU Readline (a history that is kept from one session to the next, completion
 * of the commands of repl_commands.h and of the files they take) unless the program was built without it (READLINE=0).
 *
 * Signals must be caught by ui/interrupt.h: one that comes while a line is being typed ends the reading, and
 * the line is dropped. The prompt and what is typed appear on standard error or the terminal, where no results go.
 */
#ifndef LETRA_UI_LINE_H
#define LETRA_UI_LINE_H

#include "base/bytes.h"
#include "base/error.h"
#include "ui/input.h"

typedef struct Lines {
    Input input;   /* Readline reads standard input in its own way and leaves it alone */
    Bytes history; /* owned: the file; empty: none is kept */
} Lines;

/* Ready to read lines from standard input. A history that cannot be kept is said. */
Lines lines_open(void);
void lines_close(Lines *lines);

/* Prompts, and reads a text into `text`, whose old text is dropped: a line, and further ones as long as they end in a
 * backslash (two stand for one, and end it); pasted text may have newlines inside. Ctrl-D on an empty
 * line is the end. Unless a line was read, the cursor is at the start of the next one. */
LineOutcome lines_read(Lines *lines, const char *prompt, Bytes *text, Error *error);

/* Puts a text into the history. That it can no longer be written is said once. */
void lines_remember(Lines *lines, const char *text);

#endif
