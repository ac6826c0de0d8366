/* What a machine can do at most, measured; and what follows from it for training and sampling. */
#ifndef LETRA_TESTS_BENCH_SUPPORT_MACHINE_H
#define LETRA_TESTS_BENCH_SUPPORT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "math/precision.h"

/* The number of threads that a figure is for. */
enum { MACHINE_ONE, MACHINE_ALL, MACHINE_TEAMS };

/* The precisions whose arithmetic is measured: the first so many. */
#define MACHINE_PRECISIONS ((size_t)PRECISION_BF16 + 1)

/* Where data are read from. */
typedef enum MachineLevel { MACHINE_L1, MACHINE_L2, MACHINE_BEYOND, MACHINE_LEVELS } MachineLevel;

/* Figures of all threads together. */
typedef struct Machine {
    size_t threads[MACHINE_TEAMS];
    size_t l1, l2;                                        /* bytes of a core's caches */
    double operations[MACHINE_PRECISIONS][MACHINE_TEAMS]; /* a second; 0: not for these products */
    double products[MACHINE_PRECISIONS][MACHINE_TEAMS];   /* the same in oneDNN's product of large matrices */
    double bytes[MACHINE_LEVELS][MACHINE_TEAMS];          /* a second, read */
} Machine;

/* Measures it, in some seconds. */
bool machine_measure(Machine *machine, Error *error);

/* As lines of a name and a number. */
void machine_write(const Machine *machine, FILE *file);
bool machine_read(Machine *machine, const char *path, Error *error);

/* The size of a network and of its windows. */
typedef struct MachineWork {
    size_t layers, hidden, embed, vocab, steps, batch;
} MachineWork;

/* Layers, hidden, steps and batch from "2x256x50x64". */
bool machine_work_read(const char *text, MachineWork *work);

/* Multiplied weights: each costs two operations a character on the way there and four on the way back. A first
 * layer's product is made for each symbol or each character of the window, whichever are fewer, so that its weights
 * count in part only. */
double machine_weights(const MachineWork *work);

/* Characters a second that training cannot exceed: the lesser of what the arithmetic and what the reading allows. A
 * step of time reads the recurrent weights there and back, from a core's own cache if its share of a layer fits in;
 * an update reads and writes the parameters, their gradients and two moments. */
double machine_training_limit(const Machine *machine, const MachineWork *work, Precision precision, int team);

/* The same for one stream of sampling with weights of `weight_bytes` bytes each, every one of which is read for every
 * character: from the cores' own caches if they fit in. */
double machine_sampling_limit(const Machine *machine, const MachineWork *work, double weight_bytes, int team);

#endif
