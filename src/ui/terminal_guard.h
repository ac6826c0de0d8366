/* The terminal's modes, brought back when a defect ends the program in the middle of a line. (A signal that ends the
 * work is answered by ui/interrupt.h, and Readline brings the modes back itself.) */
#ifndef LETRA_UI_TERMINAL_GUARD_H
#define LETRA_UI_TERMINAL_GUARD_H

/* Remembers the modes that the terminal at standard input has now. From here on a signal that is a defect (SIGSEGV,
 * SIGBUS, SIGFPE, SIGILL, SIGABRT) brings them back, and then does what it did before. */
void terminal_guard_start(void);

#endif
