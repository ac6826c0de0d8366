/* What edits a single line: GNU Readline (line_readline.c), or the terminal itself (line_plain.c). */
#ifndef LETRA_UI_LINE_EDITOR_H
#define LETRA_UI_LINE_EDITOR_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "ui/input.h"

/* Gets ready; `*history` becomes the file where the history is kept, or stays empty. False and a message if none can
 * be. */
bool line_editor_open(Bytes *history, Error *error);

/* Prompts and reads a line into `line`, whose old text is dropped. */
LineOutcome line_editor_read(Input *input, const char *prompt, Bytes *line, Error *error);

/* Adds a text to the history, and to the file unless its name is empty. False and a message if that failed. */
bool line_editor_remember(const Bytes *history, const char *text, Error *error);

#endif
