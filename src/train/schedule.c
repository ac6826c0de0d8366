/* Learning-rate schedules: see schedule.h. */
#include "train/schedule.h"

#include <math.h>

/* Half a cosine from 1 down to a hundredth (Loshchilov & Hutter 2017, without restarts). */
static double cosine_factor(double progress) {
    const double last = 0.01;
    return last + (1.0 - last) * 0.5 * (1.0 + cos(3.14159265358979323846 * progress));
}

static double linear_factor(double progress) {
    const double last = 0.01;
    return last + (1.0 - last) * (1.0 - progress);
}

static double constant_factor(double progress) {
    (void)progress;
    return 1.0;
}

static const Schedule schedules[] = {
    {"cosine", cosine_factor},
    {"linear", linear_factor},
    {"constant", constant_factor},
};

size_t schedule_count(void) {
    return sizeof schedules / sizeof *schedules;
}

const Schedule *schedule_at(size_t index) {
    return &schedules[index];
}

double schedule_factor(const Schedule *schedule, uint64_t step, double progress) {
    double limited = fmin(fmax(progress, 0.0), 1.0);
    double warmup = fmin((double)step / SCHEDULE_WARMUP_STEPS, 1.0);
    return warmup * schedule->factor(limited);
}
