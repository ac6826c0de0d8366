/* Signals as a flag: see interrupt.h. The flag is the one variable of the program that is not passed down,
 * because a handler gets nothing else. */
#include "ui/interrupt.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t caught; /* the signal that came; 0: none */

enum { STATUS_OF_SIGNALS = 128 };

static void remember(int signal_number) {
    caught = signal_number;
}

static void remember_or_end(int signal_number) {
    if (caught != 0) {
        /* The last good files are safe: what is being written has another name until it is whole. */
        ssize_t ignored = write(STDERR_FILENO, "\n", 1);
        (void)ignored;
        _exit(STATUS_OF_SIGNALS + signal_number);
    }
    caught = signal_number;
}

void interrupt_catch(InterruptPolicy policy) {
    struct sigaction action = {.sa_flags = SA_RESTART}; /* no write of results, logs or models is cut short */
    struct sigaction hangup;
    action.sa_handler = policy == INTERRUPT_SECOND_ENDS ? remember_or_end : remember;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, &action, NULL);
    }
}

void interrupt_release(void) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++) {
        struct sigaction action;
        if (sigaction(signals[k], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            signal(signals[k], SIG_DFL);
        }
    }
}

bool interrupt_came(void) {
    return caught != 0;
}

int interrupt_signal(void) {
    return caught;
}

int interrupt_status(void) {
    return caught == 0 ? 0 : STATUS_OF_SIGNALS + caught;
}

void interrupt_clear(void) {
    caught = 0;
}
