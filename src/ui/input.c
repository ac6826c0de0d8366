/* Standard input, line by line: see input.h. */
#include "ui/input.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "ui/interrupt.h"

enum { READ_SIZE = 1 << 16 };

bool input_wait(int descriptor, void (*on_signal)(void)) {
    sigset_t held;
    sigset_t before;
    fd_set set;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGWINCH);
    /* Signals are let through only while pselect waits: none comes between looking and waiting. */
    sigprocmask(SIG_BLOCK, &held, &before);
    while (!interrupt_came()) {
        FD_ZERO(&set);
        FD_SET(descriptor, &set);
        if (pselect(descriptor + 1, &set, NULL, NULL, NULL, &before) >= 0 || errno != EINTR) {
            break;
        }
        if (on_signal != NULL) {
            sigprocmask(SIG_SETMASK, &before, NULL);
            on_signal();
            sigprocmask(SIG_BLOCK, &held, NULL);
        }
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !interrupt_came();
}

/* Gives out the first `length` bytes, and drops them and the `skipped` bytes behind them. */
static LineOutcome give_out(Input *input, size_t length, size_t skipped, Bytes *line, Error *error) {
    Bytes *buffer = &input->buffer;
    line->length = 0;
    if (!bytes_append(line, length > 0 ? buffer->data : "", length, error)) {
        return LINE_FAILED;
    }
    buffer->length -= length + skipped;
    if (buffer->length > 0) {
        memmove(buffer->data, buffer->data + length + skipped, buffer->length);
    }
    return LINE_READ;
}

/* Reads what there is. False when a signal came, or on an error, with a message. */
static bool read_more(Input *input, Error *error) {
    if (!bytes_reserve(&input->buffer, READ_SIZE, error) || !input_wait(input->descriptor, NULL)) {
        return false;
    }
    ssize_t got = read(input->descriptor, input->buffer.data + input->buffer.length, READ_SIZE);
    if (got < 0) {
        return error_set(error, "standard input cannot be read: %s", strerror(errno));
    }
    input->buffer.length += (size_t)got;
    input->ended = got == 0;
    return true;
}

LineOutcome input_line(Input *input, Bytes *line, Error *error) {
    size_t searched = 0;
    for (;;) {
        const Bytes *buffer = &input->buffer;
        const char *end = buffer->length > searched
                              ? memchr(buffer->data + searched, '\n', buffer->length - searched)
                              : NULL;
        if (end != NULL) {
            return give_out(input, (size_t)(end - buffer->data), 1, line, error);
        }
        if (input->ended) {
            return buffer->length > 0 ? give_out(input, buffer->length, 0, line, error) : LINE_END;
        }
        searched = buffer->length;
        if (!read_more(input, error)) {
            input->buffer.length = 0;
            return interrupt_came() ? LINE_INTERRUPTED : LINE_FAILED;
        }
    }
}

void input_close(Input *input) {
    bytes_free(&input->buffer);
}
