/* Learning-rate schedules: a factor for each moment of the run, one row of a table each. */
#ifndef LETRA_TRAIN_SCHEDULE_H
#define LETRA_TRAIN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

typedef struct Schedule {
    const char *name; /* "cosine" */
    /* The factor of the learning rate when `progress` (0 .. 1) of the run is done. */
    double (*factor)(double progress);
} Schedule;

enum { SCHEDULE_WARMUP_STEPS = 50 };

size_t schedule_count(void);
const Schedule *schedule_at(size_t index);

/* The factor with the linear warm-up over the first SCHEDULE_WARMUP_STEPS steps (`step` from 1). */
double schedule_factor(const Schedule *schedule, uint64_t step, double progress);

#endif
