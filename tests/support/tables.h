/* Rows of the trainer's tables by their names. */
#ifndef LETRA_TESTS_SUPPORT_TABLES_H
#define LETRA_TESTS_SUPPORT_TABLES_H

#include "support/cmocka_all.h"

#include "train/optimizer.h"
#include "train/schedule.h"

/* The numbers of a configuration: each optimizer's own. */
#define OPTIMIZER_AUTO                                                                                       \
    { -1, -1, -1, -1, -1, -1 }

/* Fifty steps of warm-up, and what the schedule chooses itself. */
#define SCHEDULE_AUTO                                                                                        \
    { .warmup = 50, .decay = -1, .every = 1, .after = -1 }

/* Fails the test if there is none of that name. */
static inline const Optimizer *optimizer_find(const char *name) {
    for (size_t k = 0; k < optimizer_count(); k++) {
        if (strcmp(optimizer_at(k)->name, name) == 0) {
            return optimizer_at(k);
        }
    }
    fail_msg("there is no optimizer %s", name);
    return NULL;
}

#endif
