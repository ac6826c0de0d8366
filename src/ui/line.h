/* Lines typed at a terminal, edited with GNU Readline (history, completion of the commands of
 * repl_commands.h) unless the program was built without it (READLINE=0).
 *
 * Signals must be caught by ui/interrupt.h: one that comes while a line is being typed ends the reading, and
 * the line is dropped. The prompt and what is typed appear on standard error or the terminal, where no results go.
 */
#ifndef LETRA_UI_LINE_H
#define LETRA_UI_LINE_H

#include "base/bytes.h"
#include "base/error.h"
#include "ui/input.h"

/* Prompts, and reads a line into `line`, whose old text is dropped; pasted text may have newlines inside.
 * Ctrl-D on an empty line is the end. Unless a line was read, the cursor is at the start of the next one.
 * Readline reads standard input in its own way and leaves `input` alone. */
LineOutcome line_read(Input *input, Bytes *line, Error *error);

#endif
