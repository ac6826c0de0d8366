/* Learning-rate schedules: see schedule.h. */
#include "train/schedule.h"

#include <math.h>
#include <string.h>

/* Where a rate ends that falls over the whole run, as a part of its top. */
static const double last = 0.01;

/* Half a cosine from 1 down to the last (Loshchilov & Hutter 2017, without restarts). */
static double cosine_factor(const ScheduleNumbers *numbers, const ScheduleMoment *moment) {
    (void)numbers;
    return last + (1.0 - last) * 0.5 * (1.0 + cos(3.14159265358979323846 * moment->progress));
}

static double linear_factor(const ScheduleNumbers *numbers, const ScheduleMoment *moment) {
    (void)numbers;
    return last + (1.0 - last) * (1.0 - moment->progress);
}

/* A first fall when `after` epochs are over, and one more each time that `every` are. In whole epochs these are at the
 * ends of epochs, which the position in the text hits exactly. With `every` 1 it is what char-rnn does at the end of
 * each epoch: if epoch >= after then rate = rate × decay. */
static double step_factor(const ScheduleNumbers *numbers, const ScheduleMoment *moment) {
    double since = moment->epochs - numbers->after;
    return since < 0 ? 1.0 : pow(numbers->decay, 1.0 + floor(since / numbers->every));
}

/* The same fall, spread over all steps. */
static double exponential_factor(const ScheduleNumbers *numbers, const ScheduleMoment *moment) {
    double since = fmax(moment->epochs - numbers->after, 0.0);
    return pow(numbers->decay, since / numbers->every);
}

static double constant_factor(const ScheduleNumbers *numbers, const ScheduleMoment *moment) {
    (void)numbers;
    (void)moment;
    return 1.0;
}

static const Schedule schedules[] = {
    {.name = "cosine", .factor = cosine_factor},
    {.name = "linear", .factor = linear_factor},
    {.name = "step", .factor = step_factor, .decays = true, .wait = 1},
    {.name = "exponential", .factor = exponential_factor, .decays = true, .wait = 0},
    {.name = "constant", .factor = constant_factor},
};

size_t schedule_count(void) {
    return sizeof schedules / sizeof *schedules;
}

const Schedule *schedule_at(size_t index) {
    return &schedules[index];
}

const Schedule *schedule_find(const char *name) {
    for (size_t k = 0; k < schedule_count(); k++) {
        if (strcmp(schedules[k].name, name) == 0) {
            return &schedules[k];
        }
    }
    return NULL;
}

ScheduleNumbers schedule_numbers(const Schedule *schedule, const ScheduleNumbers *asked, double epochs) {
    ScheduleNumbers numbers = {.warmup = asked->warmup, .decay = NAN, .every = NAN, .after = NAN};
    if (schedule->decays) {
        numbers.every = asked->every;
        numbers.after = asked->after >= 0 ? asked->after : schedule->wait * asked->every;
        /* A run that has no time for two falls does not get as far. */
        double falls = fmax((epochs - numbers.after) / numbers.every + schedule->wait, 2.0);
        numbers.decay = asked->decay >= 0 ? asked->decay : pow(last, 1.0 / falls);
    }
    return numbers;
}

double schedule_factor(const Schedule *schedule, const ScheduleNumbers *numbers,
                       const ScheduleMoment *moment) {
    ScheduleMoment within = *moment; /* a run may go a little beyond its bound */
    within.progress = fmin(fmax(moment->progress, 0.0), 1.0);
    double warmup = numbers->warmup > 0 ? fmin((double)moment->step / numbers->warmup, 1.0) : 1.0;
    return warmup * schedule->factor(numbers, &within);
}
