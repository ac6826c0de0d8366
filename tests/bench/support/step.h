/* A whole training step as train/trainer_run.c takes it, on made-up text, and its three parts. */
#ifndef LETRA_TESTS_BENCH_SUPPORT_STEP_H
#define LETRA_TESTS_BENCH_SUPPORT_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/team.h"
#include "bench/support/machine.h"
#include "math/compute.h"
#include "model/pass.h"

enum { STEP_MOMENTS = 2 };

typedef struct Step {
    MachineWork work;
    Precision precision;
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters, *gradients, *moments[STEP_MOMENTS]; /* blocks */
    double *norm_parts;
    uint32_t *ids, *targets; /* T × B */
} Step;

/* On `threads` threads. False and a message on failure; step_free in any case. */
bool step_create(Step *step, const MachineWork *work, Precision precision, size_t threads, Error *error);
void step_free(Step *step);

/* What each member of a team does; `context` is the step. */
void step_pack(void *context, Member member);
void step_train(void *context, Member member);  /* the window there and back */
void step_update(void *context, Member member); /* gradients: norm, AdamW, zeroed again */
void step_whole(void *context, Member member);

#endif
