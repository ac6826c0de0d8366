/* Measuring time: see measure.h. */
#include "bench/support/measure.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

enum { ROUNDS_MAX = 4096 };

typedef void (*Work)(void *context, Member member);

/* What the members of a measuring team share. */
typedef struct Measurement {
    Work work;
    Work less; /* NULL: nothing is taken off */
    void *context;
    MeasureLimits limits;
    double rounds[ROUNDS_MAX]; /* seconds of each */
    size_t count;
    bool enough;
} Measurement;

/* Seconds of one call, on every member. */
static double time_of(Work work, void *context, Clock clock, Member member) {
    team_barrier(member);
    double begin = clock_now(clock);
    work(context, member);
    team_barrier(member);
    return clock_now(clock) - begin;
}

static void measuring(void *context, Member member) {
    Measurement *measurement = context;
    Clock clock = clock_system();
    measurement->work(measurement->context, member); /* warm up */
    double started = clock_now(clock);
    while (!measurement->enough) {
        double seconds = time_of(measurement->work, measurement->context, clock, member);
        if (measurement->less != NULL) {
            seconds -= time_of(measurement->less, measurement->context, clock, member);
        }
        if (member.index == 0) {
            measurement->rounds[measurement->count] = seconds;
            measurement->count++;
            bool reached = clock_now(clock) - started >= measurement->limits.seconds &&
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

/* The round at `place` (0 the quickest, 1 the slowest). */
static double measure(size_t threads, Measurement *measurement, double place) {
    team_run(threads, measuring, measurement);
    qsort(measurement->rounds, measurement->count, sizeof *measurement->rounds, compare);
    return measurement->rounds[(size_t)(place * (double)(measurement->count - 1))];
}

double measure_team(size_t threads, void (*work)(void *context, Member member), void *context,
                    MeasureLimits limits) {
    Measurement measurement = {.work = work, .context = context, .limits = limits};
    return measure(threads, &measurement, 0.5);
}

double measure_team_best(size_t threads, void (*work)(void *context, Member member), void *context,
                         MeasureLimits limits) {
    Measurement measurement = {.work = work, .context = context, .limits = limits};
    return measure(threads, &measurement, 0.0);
}

double measure_team_difference(size_t threads, void (*work)(void *context, Member member),
                               void (*less)(void *context, Member member), void *context,
                               MeasureLimits limits) {
    Measurement measurement = {.work = work, .less = less, .context = context, .limits = limits};
    return measure(threads, &measurement, 0.5);
}
