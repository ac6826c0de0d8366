/* The guard of the terminal's modes: see terminal_guard.h. What a handler needs cannot be passed down: the modes are,
 * beside the flag of ui/interrupt.c, the one other variable of its own that the program has. */
#include "ui/terminal_guard.h"

#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

static struct termios modes;

/* What a terminal is told when a line ends on which text may be pasted; others do not know it. */
static const char no_bracketed_paste[] = "\033[?2004l";

/* The signal comes again, and finds what it did before, once this one has returned. */
static void bring_back(int signal_number) {
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    ssize_t ignored = write(STDIN_FILENO, no_bracketed_paste, sizeof no_bracketed_paste - 1);
    (void)ignored;
    (void)raise(signal_number);
}

void terminal_guard_start(void) {
    static const int defects[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    if (tcgetattr(STDIN_FILENO, &modes) != 0) {
        return;
    }
    for (size_t k = 0; k < sizeof defects / sizeof *defects; k++) {
        struct sigaction action = {.sa_flags = (int)SA_RESETHAND};
        struct sigaction before;
        action.sa_handler = bring_back;
        sigemptyset(&action.sa_mask);
        if (sigaction(defects[k], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            sigaction(defects[k], &action, NULL); /* not where a sanitizer watches */
        }
    }
}
