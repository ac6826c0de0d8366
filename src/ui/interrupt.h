/* Ctrl-C and its kind: a signal only sets a flag, and the work that asks for it stops where it is safe. */
#ifndef LETRA_UI_INTERRUPT_H
#define LETRA_UI_INTERRUPT_H

#include <stdbool.h>

/* What a second signal does while the first has not been answered yet. */
typedef enum InterruptPolicy {
    INTERRUPT_SECOND_ENDS, /* it ends the program at once, with status 130 (143 for SIGTERM) */
    INTERRUPT_ONLY_FLAGS   /* nothing more */
} InterruptPolicy;

/* Catches SIGINT and SIGTERM from here on, and SIGHUP unless it is ignored (nohup). System calls go on after
 * a signal; who waits for input waits with ui/input.h. */
void interrupt_catch(InterruptPolicy policy);

/* From here on they end the program again, as before. */
void interrupt_release(void);

/* Whether a signal came since the last interrupt_clear. */
bool interrupt_came(void);

/* The last signal that came: SIGINT, SIGTERM or SIGHUP; 0 if none. */
int interrupt_signal(void);

/* What the program ends with after it: 130, 143, 129; 0 if none came. */
int interrupt_status(void);

/* Forgets a signal that was answered. */
void interrupt_clear(void);

#endif
