/* Time is an argument: whoever needs it is handed a clock, and a test hands one that it turns itself. */
#ifndef LETRA_BASE_CLOCK_H
#define LETRA_BASE_CLOCK_H

typedef struct Clock {
    double (*seconds)(void *context); /* seconds since some fixed moment; never goes backwards */
    void *context;
    void (*sleep_for)(void *context, double seconds); /* NULL: a clock on which nobody waits */
} Clock;

/* The monotonic clock of the system. */
Clock clock_system(void);

/* What the clock says now, in seconds. */
double clock_now(Clock clock);

/* Waits so many seconds, or until a signal comes. */
void clock_wait(Clock clock, double seconds);

#endif
