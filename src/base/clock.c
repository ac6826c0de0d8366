/* The system's clock: see clock.h. */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static double system_seconds(void *context) {
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Clock clock_system(void) {
    return (Clock){system_seconds, NULL};
}

double clock_now(Clock clock) {
    return clock.seconds(clock.context);
}
