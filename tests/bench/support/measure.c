/* Measuring time: see measure.h. */
#include "bench/support/measure.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

enum { ROUNDS_MAX = 4096 };

/* What the members of a measuring team share. */
typedef struct Measurement {
    void (*work)(void *context, Member member);
    void *context;
    MeasureLimits limits;
    double rounds[ROUNDS_MAX]; /* seconds of each */
    size_t count;
    bool enough;
} Measurement;

static void measuring(void *context, Member member) {
    Measurement *measurement = context;
    Clock clock = clock_system();
    measurement->work(measurement->context, member); /* warm up */
    team_barrier(member);
    double started = clock_now(clock);
    while (!measurement->enough) {
        team_barrier(member);
        double begin = clock_now(clock);
        measurement->work(measurement->context, member);
        team_barrier(member);
        if (member.index == 0) {
            double now = clock_now(clock);
            measurement->rounds[measurement->count] = now - begin;
            measurement->count++;
            bool reached = now - started >= measurement->limits.seconds &&
                           measurement->count >= measurement->limits.rounds;
            measurement->enough = reached || measurement->count == ROUNDS_MAX;
        }
        team_barrier(member);
    }
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Seconds of the round at `place` (0 the quickest, 1 the slowest). */
static double measure(size_t threads, void (*work)(void *context, Member member), void *context,
                      MeasureLimits limits, double place) {
    Measurement measurement = {.work = work, .context = context, .limits = limits};
    team_run(threads, measuring, &measurement);
    qsort(measurement.rounds, measurement.count, sizeof *measurement.rounds, compare);
    return measurement.rounds[(size_t)(place * (double)(measurement.count - 1))];
}

double measure_team(size_t threads, void (*work)(void *context, Member member), void *context,
                    MeasureLimits limits) {
    return measure(threads, work, context, limits, 0.5);
}

double measure_team_best(size_t threads, void (*work)(void *context, Member member), void *context,
                         MeasureLimits limits) {
    return measure(threads, work, context, limits, 0.0);
}
