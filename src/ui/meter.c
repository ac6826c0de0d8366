/* How far a piece of work is: see meter.h. */
#include "ui/meter.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "ui/terminal.h"

#define SECONDS_BETWEEN 0.1

Meter meter_start(const char *label) {
    return (Meter){.label = label, .visible = terminal_is_capable(STDERR_FILENO)};
}

void meter_show(Meter *meter, double fraction) {
    double now = clock_now(clock_system());
    if (!meter->visible || now - meter->shown_at < SECONDS_BETWEEN) {
        return;
    }
    meter->shown_at = now;
    (void)fprintf(stderr, "\r%s %.0f%%\033[K", meter->label, fraction * 100.0);
    (void)fflush(stderr);
}

void meter_end(Meter *meter) {
    if (meter->shown_at > 0.0) {
        (void)fprintf(stderr, "\r\033[K");
        (void)fflush(stderr);
    }
}
