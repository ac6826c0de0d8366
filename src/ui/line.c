/* Texts of several lines, from an editor of lines: see line.h. */
#include "ui/line.h"

#include <string.h>
#include <unistd.h>

#include "ui/line_editor.h"
#include "ui/message.h"

Lines lines_open(void) {
    Lines lines = {.input = {.descriptor = STDIN_FILENO}};
    Error error = {0};
    if (!line_editor_open(&lines.history, &error)) {
        message_warning("no history is kept: %s", error.message);
        bytes_free(&lines.history);
    }
    return lines;
}

void lines_close(Lines *lines) {
    input_close(&lines->input);
    bytes_free(&lines->history);
}

/* Takes a backslash at the end away. Whether the text goes on in the next line: not where there were two. */
static bool take_backslash(Bytes *text) {
    if (text->length == 0 || text->data[text->length - 1] != '\\') {
        return false;
    }
    text->data[--text->length] = '\0';
    return text->length == 0 || text->data[text->length - 1] != '\\';
}

LineOutcome lines_read(Lines *lines, const char *prompt, Bytes *text, Error *error) {
    Bytes line = {0};
    text->length = 0;
    LineOutcome outcome = bytes_reserve(text, 0, error) ? LINE_READ : LINE_FAILED;
    for (bool goes_on = true; goes_on && outcome == LINE_READ;) {
        outcome = line_editor_read(&lines->input, text->length == 0 ? prompt : ". ", &line, error);
        if (outcome == LINE_READ && !bytes_append(text, line.data, line.length, error)) {
            outcome = LINE_FAILED;
        }
        goes_on = outcome == LINE_READ && take_backslash(text);
        if (goes_on && !bytes_append(text, "\n", 1, error)) {
            outcome = LINE_FAILED;
        }
    }
    bytes_free(&line);
    if (outcome == LINE_END && text->length > 0) {
        outcome = LINE_READ; /* Ctrl-D ends a text of several lines, and not the conversation */
    }
    return outcome;
}

void lines_remember(Lines *lines, const char *text) {
    Error error = {0};
    if (text[0] != '\0' && !line_editor_remember(&lines->history, text, &error)) {
        message_warning("the history is no longer kept: %s", error.message);
        bytes_free(&lines->history);
    }
}
