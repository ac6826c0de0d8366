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

static void system_sleep(void *context, double seconds) {
    (void)context;
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)(1e9 * (seconds - (double)time.tv_sec));
    nanosleep(&time, NULL);
}

Clock clock_system(void) {
    return (Clock){system_seconds, NULL, system_sleep};
}

double clock_now(Clock clock) {
    return clock.seconds(clock.context);
}

void clock_wait(Clock clock, double seconds) {
    if (clock.sleep_for != NULL) {
        clock.sleep_for(clock.context, seconds);
    }
}
