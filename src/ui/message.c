/* Messages on standard error: see message.h. */
#define _GNU_SOURCE
#include "ui/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/terminal.h"
#include "ui/visible.h"

#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define PLAIN  "\033[0m"

static void print_visible(const char *text) {
    Visible visible = {0};
    Bytes shown = {0};
    if (visible_add(&visible, text, strlen(text), &shown, NULL) && visible_finish(&visible, &shown, NULL)) {
        (void)fwrite(shown.data, 1, shown.length, stderr);
    }
    bytes_free(&shown);
}

/* Everything at once, so that lines of two programs do not mix on one terminal. */
static void print_line(const char *colour, const char *label, const char *format, va_list arguments) {
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0) {
        return;
    }
    bool colours = label[0] != '\0' && terminal_has_colours(STDERR_FILENO);
    flockfile(stderr);
    (void)fprintf(stderr, "%s%s%s", colours ? colour : "", label, colours ? PLAIN : "");
    print_visible(message);
    (void)fputc('\n', stderr);
    (void)fflush(stderr);
    funlockfile(stderr);
    free(message);
}

void message_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(RED, "letra: ", format, arguments);
    va_end(arguments);
}

void message_warning(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line(YELLOW, "letra: warning: ", format, arguments);
    va_end(arguments);
}

void message_left_out(const char *name, Unit unit, size_t count) {
    if (count > 0) {
        message_warning("%s%sleft out %zu %s%s that the model does not know", name != NULL ? name : "",
                        name != NULL ? ": " : "", count, unit_noun(unit), count == 1 ? "" : "s");
    }
}

void message_invalid(const Pipeline *pipeline, const Corpus *corpus) {
    if (corpus->invalid > 0) {
        message_warning("%zu %s no UTF-8 and %s; the first at %s", corpus->invalid,
                        corpus->invalid == 1 ? "byte is" : "bytes are",
                        pipeline->invalid == INVALID_SKIP ? "left out" : "replaced by U+FFFD",
                        corpus->invalid_at.data);
    }
}

void message_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line("", "", format, arguments);
    va_end(arguments);
}
