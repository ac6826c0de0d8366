/* The pace: finds out, while steps are taken, whether one thread or a team takes them faster.
 *
 * A team halves the weights that a core has to read, and may keep them in its cache where one core could not; but
 * its members wait for each other several times a step, and on a busy machine that may take a hundred times as
 * long as the step. No rule from sizes knows either, so both ways are timed: the slower one is tried again and
 * again, for a few steps, so seldom that it does not cost much. What is computed is the same in both.
 */
#ifndef LETRA_GENERATE_PACE_H
#define LETRA_GENERATE_PACE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Pace {
    bool team;         /* how to take the next step */
    bool trial;        /* ... which is to find out whether that is faster */
    size_t steps;      /* so far in this way */
    double spent;      /* seconds in them */
    double usual;      /* seconds a step in the other way, during a trial */
    double trial_cost; /* seconds that the last trial took */
} Pace;                /* {0} is the start: one thread */

/* Takes note that a step took so many seconds, and sets `team` for the next one. */
void pace_note(Pace *pace, double seconds);

#endif
