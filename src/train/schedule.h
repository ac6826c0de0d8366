/* Learning-rate schedules: a factor for each moment of the run, one row of a table each. */
#ifndef LETRA_TRAIN_SCHEDULE_H
#define LETRA_TRAIN_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/training_method.h"

/* Where a run is before a step. */
typedef struct ScheduleMoment {
    uint64_t step;   /* the number of that step, from 1 */
    double epochs;   /* passes over the text so far */
    double progress; /* of the run, 0 .. 1 */
} ScheduleMoment;

typedef struct Schedule {
    const char *name; /* "cosine" */
    double (*factor)(const ScheduleNumbers *numbers, const ScheduleMoment *moment);
    bool decays; /* it falls with the epochs; the others do with the progress of the run */
    double wait; /* how often `every` is over when it begins to fall, if nothing is said of `after` */
} Schedule;

size_t schedule_count(void);
const Schedule *schedule_at(size_t index);

/* The one of that name; NULL: there is none. */
const Schedule *schedule_find(const char *name);

/* The numbers in force. Of those that are asked for, one below 0 is chosen: `decay` so that the rate comes to about a
 * hundredth in a run of so many epochs. What the schedule does not go by is NAN. */
ScheduleNumbers schedule_numbers(const Schedule *schedule, const ScheduleNumbers *asked, double epochs);

/* The factor of the learning rate in a step, the warm-up included. It follows from the moment alone. */
double schedule_factor(const Schedule *schedule, const ScheduleNumbers *numbers,
                       const ScheduleMoment *moment);

#endif
