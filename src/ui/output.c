/* Results on standard output: see output.h. */
#define _GNU_SOURCE
#include "ui/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/message.h"

Output output_open(void) {
    return (Output){.terminal = isatty(STDOUT_FILENO) == 1, .line_ended = true};
}

/* Remembers errno if a call failed. */
static bool note(Output *output, bool done) {
    if (!done && output->failure == 0) {
        output->failure = errno != 0 ? errno : EIO;
    }
    return output->failure == 0;
}

bool output_write(Output *output, const char *data, size_t length) {
    if (output->failure != 0 || length == 0) {
        return output->failure == 0;
    }
    output->line_ended = data[length - 1] == '\n';
    errno = 0;
    return note(output, fwrite(data, 1, length, stdout) == length);
}

bool output_string(Output *output, const char *text) {
    return output_write(output, text, strlen(text));
}

bool output_printf(Output *output, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        errno = ENOMEM;
        return note(output, false);
    }
    bool done = output_write(output, text, (size_t)length);
    free(text);
    return done;
}

void output_wrapped(Output *output, const char *text, size_t column, size_t indent, size_t width) {
    bool first = true;
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " \n");
        if (!first && column + 1 + length > width) {
            output_printf(output, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        output_printf(output, "%s%.*s", first ? "" : " ", (int)length, word);
        column += length + (first ? 0 : 1);
        first = false;
        word += length;
        if (*word == '\n') {
            output_printf(output, "\n%*s", word[1] == '\n' || word[1] == '\0' ? 0 : (int)indent, "");
            column = indent;
            first = true;
            word++;
        } else if (*word == ' ') {
            word++;
        }
    }
    output_string(output, "\n");
}

/* A piece that was made visible. */
static bool write_visible(Output *output, bool made, Bytes *shown) {
    if (!made) {
        errno = ENOMEM;
    }
    bool done = note(output, made) && output_write(output, shown->data, shown->length);
    bytes_free(shown);
    return done;
}

bool output_visible(Output *output, const char *text, size_t length) {
    Visible visible = {0};
    Bytes shown = {0};
    bool made = visible_add(&visible, text, length, &shown, NULL) && visible_finish(&visible, &shown, NULL);
    return write_visible(output, made, &shown);
}

bool output_text(Output *output, const char *data, size_t length) {
    if (!output->terminal) {
        return output_write(output, data, length);
    }
    Bytes shown = {0};
    bool made = visible_add(&output->visible, data, length, &shown, NULL);
    return write_visible(output, made, &shown) && output_flush(output);
}

bool output_text_end(Output *output, TextEnd end) {
    Bytes shown = {0};
    bool made = visible_finish(&output->visible, &shown, NULL);
    if (!write_visible(output, made, &shown)) {
        return false;
    }
    return (end == TEXT_END_LINE && output->line_ended) || output_write(output, "\n", 1);
}

bool output_flush(Output *output) {
    if (output->failure != 0) {
        return false;
    }
    errno = 0;
    return note(output, fflush(stdout) == 0);
}

int output_close(Output *output) {
    output_flush(output);
    if (output->failure == 0 || output->failure == EPIPE) {
        return 0;
    }
    message_error("could not write to standard output: %s", strerror(output->failure));
    return 1;
}
