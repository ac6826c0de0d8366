/* Lines typed at a terminal, without Readline: the terminal itself edits them. See line.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/interrupt.h"
#include "ui/line.h"

#if !LETRA_READLINE

LineOutcome line_read(Bytes *line, Error *error) {
    (void)fputs("> ", stderr);
    (void)fflush(stderr);
    char *text = NULL;
    size_t capacity = 0;
    errno = 0;
    ssize_t length = getline(&text, &capacity, stdin);
    LineOutcome outcome = LINE_READ;
    if (length < 0 && interrupt_came()) {
        clearerr(stdin);
        outcome = LINE_INTERRUPTED;
    } else if (length < 0 && ferror(stdin)) {
        error_set(error, "standard input cannot be read: %s", strerror(errno));
        outcome = LINE_FAILED;
    } else if (length < 0) {
        outcome = LINE_END;
    } else {
        size_t kept = (size_t)length - (text[length - 1] == '\n');
        line->length = 0;
        outcome = bytes_append(line, text, kept, error) ? LINE_READ : LINE_FAILED;
    }
    free(text);
    return outcome;
}

#else
typedef int line_plain_is_not_built; /* a source file must hold something */
#endif
