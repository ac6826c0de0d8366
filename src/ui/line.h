/* Lines typed at a terminal, edited with GNU Readline (history, completion of the commands of repl_commands.h) unless the program was built
 * without it (READLINE=0).
 *
 * Signals must be caught by ui/interrupt.h: one that comes while a line is being typed ends the reading, and the
 * line is dropped. The prompt and what is typed appear on standard error, where no results go.
 */
#ifndef LETRA_UI_LINE_H
#define LETRA_UI_LINE_H

#include "base/bytes.h"
#include "base/error.h"

typedef enum LineOutcome {
    LINE_READ,        /* without its newline; pasted text may have newlines inside */
    LINE_INTERRUPTED, /* interrupt_signal() tells by what */
    LINE_END,         /* Ctrl-D on an empty line */
    LINE_FAILED
} LineOutcome;

/* Reads a line into `line`, whose old text is dropped. */
LineOutcome line_read(Bytes *line, Error *error);

#endif
