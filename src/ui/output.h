/* Results, on standard output: the text that a model writes, tables, JSON, help.
 *
 * On a terminal text is flushed at once and its control characters are made visible; to a pipe or a file it
 * goes as it is, in blocks. The first failure is remembered and later writes do nothing, so that a caller may
 * look at the result of every write, or only at output_close. SIGPIPE must be ignored: a reader that went
 * away is no failure, only the end of the work.
 */
#ifndef LETRA_UI_OUTPUT_H
#define LETRA_UI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/visible.h"

typedef struct Output {
    bool terminal;   /* standard output is a terminal */
    int failure;     /* errno of the first write that failed; 0 */
    bool line_ended; /* what was written last was a newline, or nothing was written */
    Visible visible; /* the beginning of a character of text */
} Output;

/* Standard output as it is now. */
Output output_open(void);

/* Writes bytes as they are. False after a failure: there is no use in going on. */
bool output_write(Output *output, const char *data, size_t length);

/* Writes a string as it is. */
bool output_string(Output *output, const char *text);

/* Writes what printf would print. */
bool output_printf(Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes a text from outside: what would steer a terminal is written out, wherever it goes. */
bool output_visible(Output *output, const char *text, size_t length);

/* Writes words and a newline, from column `column` on, in lines of `width` columns; further lines are
 * indented by `indent`. A newline in the text begins a new line. A byte counts as a column. */
void output_wrapped(Output *output, const char *text, size_t column, size_t indent, size_t width);

/* Writes a piece of a text, cut anywhere. */
bool output_text(Output *output, const char *data, size_t length);

/* What comes after a text. */
typedef enum TextEnd {
    TEXT_END_LINE,   /* a newline if its last line has none */
    TEXT_END_NEWLINE /* a newline in any case */
} TextEnd;

/* Ends a text: what was held back comes out, and then what `end` says. */
bool output_text_end(Output *output, TextEnd end);

/* Everything written so far goes out now. */
bool output_flush(Output *output);

/* Flushes and gives the exit status: 0, also where the reader went away; 1 after a message that names the
 * failure. */
int output_close(Output *output);

#endif
