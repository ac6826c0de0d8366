/* The split of a text by position: the training part first, then validation, then test, in units. */
#ifndef LETRA_MODEL_SPLIT_H
#define LETRA_MODEL_SPLIT_H

#include <stddef.h>

#include "base/team.h"

typedef struct Split {
    Range train;
    Range val;
    Range test;
} Split;

/* Cuts `count` units: validation gets round(count × val_fraction), test round(count × test_fraction). */
Split split_units(size_t count, double val_fraction, double test_fraction);

#endif
