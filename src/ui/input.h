/* Standard input, line by line, in a program whose signals only set a flag (ui/interrupt.h).
 *
 * The handlers let system calls go on (SA_RESTART), so that no write is ever cut short; therefore whoever
 * wants to stop reading at a signal waits here first, with pselect, which ends at every signal. Lines may be
 * of any length and may hold NULs.
 */
#ifndef LETRA_UI_INPUT_H
#define LETRA_UI_INPUT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

typedef enum LineOutcome {
    LINE_READ,        /* without its newline */
    LINE_INTERRUPTED, /* interrupt_signal() tells by what; what was read of the line is dropped */
    LINE_END,         /* nothing more will come */
    LINE_FAILED
} LineOutcome;

typedef struct Input {
    int descriptor;
    Bytes buffer; /* read, and not given out yet */
    bool ended;
} Input; /* {.descriptor = STDIN_FILENO} is at its beginning */

/* Waits until there is something to read (or the end, or an error). False when a signal that ends the work
 * came before; at every other signal `on_signal` (may be NULL) is called. */
bool input_wait(int descriptor, void (*on_signal)(void));

/* Reads the next line into `line`, whose old text is dropped. A last line without a newline is one. */
LineOutcome input_line(Input *input, Bytes *line, Error *error);

void input_close(Input *input);

#endif
