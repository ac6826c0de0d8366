/* Measuring time: what a team does over and over, each time from where all members have met to where all have met
 * again. */
#ifndef LETRA_TESTS_BENCH_SUPPORT_MEASURE_H
#define LETRA_TESTS_BENCH_SUPPORT_MEASURE_H

#include <stddef.h>

#include "base/team.h"

/* How long a measurement shall be: it ends when both are reached. */
typedef struct MeasureLimits {
    double seconds;
    size_t rounds;
} MeasureLimits;

/* Seconds that a round of `work(context, member)` takes on a team of `threads`: the median of the rounds, because
 * other programs slow some of them down. One more round goes before, to warm up. */
double measure_team(size_t threads, void (*work)(void *context, Member member), void *context,
                    MeasureLimits limits);

/* Seconds that a round of `work` takes more than one of `less`: the median of the differences. Both are measured in
 * turn, so that a machine that changes its speed meanwhile does not make a small difference out of two large numbers
 * a wrong one. */
double measure_team_difference(size_t threads, void (*work)(void *context, Member member),
                               void (*less)(void *context, Member member), void *context,
                               MeasureLimits limits);

/* The same work as measure_team, but the quickest round: what the machine can do when nothing disturbs it. */
double measure_team_best(size_t threads, void (*work)(void *context, Member member), void *context,
                         MeasureLimits limits);

#endif
