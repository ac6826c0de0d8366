/* What is known about how a model came to be; all of it is shown by `letra show`. As JSON it stands in the model's file
 * (model_history.c).
 */
#ifndef LETRA_MODEL_TRAINING_HISTORY_H
#define LETRA_MODEL_TRAINING_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "math/precision.h"
#include "model/training_method.h"

/* Values that do not apply are NAN or 0 or "". */
typedef struct TrainingHistory {
    char version[32];       /* program version that wrote it */
    uint64_t run;           /* which run it is of: a random number; 0: not known */
    uint64_t corpus_digest; /* of the training text after its pipeline */
    uint64_t corpus_units;  /* units of the whole text */
    uint64_t chars_trained; /* units predicted in training so far */
    uint64_t steps;
    double epochs;        /* passes over the training part */
    double seconds;       /* spent training */
    double best_val_loss; /* nats per unit; NAN when there was no validation */
    double train_loss;    /* nats per unit, smoothed, at the end */
    char preset[32];      /* the recipe by name that was asked for; "": none */
    char optimizer[32];
    char schedule[32];
    TrainingMethod method; /* in force */
    uint64_t rollbacks;    /* how often it diverged and went on with half the learning rate */
    bool finished;         /* the run reached its bound */
    /* Of the operands of the products in training; PRECISION_F32 when not known. */
    Precision training_precision;
    /* How weights are best stored for writing: found at the end of training; PRECISION_F32 when not known. */
    Precision sampling_precision;
} TrainingHistory;

/* Nothing is known. */
extern const TrainingHistory training_history_unknown;

#endif
