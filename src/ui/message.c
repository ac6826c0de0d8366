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
    } else { /* no memory, which is perhaps what it is about */
        for (const char *at = text; *at != '\0'; at++) {
            (void)fputc((*at >= ' ' && *at <= '~') || *at == '\n' ? *at : '?', stderr);
        }
    }
    bytes_free(&shown);
}

/* Everything at once, so that lines of two programs do not mix on one terminal. */
static void print_line(const char *colour, const char *label, const char *format, va_list arguments) {
    char *message = NULL;
    if (vasprintf(&message, format, arguments) < 0) {
        (void)fprintf(stderr, "%sout of memory\n", label);
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

void message_invalid(const Pipeline *pipeline, const TextReport *report) {
    if (report->invalid > 0) {
        message_warning("%zu %s no UTF-8 and %s; the first at %s", report->invalid,
                        report->invalid == 1 ? "byte is" : "bytes are",
                        pipeline->invalid == INVALID_SKIP ? "left out" : "replaced by U+FFFD",
                        report->invalid_at.data);
    }
}

void message_idle_rules(const Pipeline *pipeline, const TextReport *report) {
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        const PipelineRule *rule = &pipeline->rules[k];
        size_t files = report->rules[k].files;
        bool once_a_file = rule->kind == RULE_FROM || rule->kind == RULE_TO;
        Bytes name = {0};
        if (files > 0 && (!once_a_file || files == report->files)) {
            continue;
        }
        if (rule_describe(rule->kind, rule->expression, &name, NULL) && files == 0) {
            message_warning("%s matched nothing", name.data);
        } else if (name.data != NULL) {
            message_warning("%s matched in %zu of %zu files; the others stay whole", name.data, files,
                            report->files);
        }
        bytes_free(&name);
    }
}

void message_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_line("", "", format, arguments);
    va_end(arguments);
}
