/* How far a piece of work is, in per cent, on one line of standard error. Only on a terminal. */
#ifndef LETRA_UI_METER_H
#define LETRA_UI_METER_H

#include <stdbool.h>

typedef struct Meter {
    const char *label;
    bool visible;
    double shown_at; /* seconds on the monotonic clock; 0: never */
} Meter;

/* Nothing is shown yet. The label must stay. */
Meter meter_start(const char *label);

/* Shows that `fraction` (0 .. 1) is done, a few times a second at most. */
void meter_show(Meter *meter, double fraction);

/* Takes the line away. */
void meter_end(Meter *meter);

#endif
