/* The pace of steps: see pace.h. */
#include "generate/pace.h"

enum {
    TRIAL_STEPS = 16,
    WAKING_STEPS = 4, /* steps of a trial that do not count: threads that slept wake up in them */
    USUAL_STEPS = 64, /* between trials at least ... */
    TRIAL_SHARE = 50  /* ... and so many times as long as the last one took */
};

static void change_way(Pace *pace, bool trial) {
    pace->team = !pace->team;
    pace->trial = trial;
    pace->steps = 0;
    pace->spent = 0;
}

void pace_note(Pace *pace, double seconds) {
    pace->steps++;
    pace->spent += seconds;
    if (pace->trial) {
        pace->trial_cost += seconds;
        if (pace->steps == WAKING_STEPS) {
            pace->spent = 0;
        }
        if (pace->steps < TRIAL_STEPS) {
            return;
        }
        if (pace->spent / (TRIAL_STEPS - WAKING_STEPS) < pace->usual) {
            pace->trial = false; /* from now on this is the usual way */
            pace->steps = 0;
            pace->spent = 0;
        } else {
            change_way(pace, false);
        }
    } else if (pace->steps >= USUAL_STEPS && pace->spent >= TRIAL_SHARE * pace->trial_cost) {
        pace->usual = pace->spent / (double)pace->steps;
        pace->trial_cost = 0;
        change_way(pace, true);
    }
}
