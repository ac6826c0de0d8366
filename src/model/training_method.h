/* How a training goes, in numbers. One struct holds what is asked for (train's options fill it in, TrainerConfig has
 * it), what is in force (TrainerPlan) and what a model tells of it afterwards (TrainingHistory): a new number is a
 * member here, a row of the fields in the file (model_history.c), a row of train's options, a line of `show`, and its
 * use.
 */
#ifndef LETRA_MODEL_TRAINING_METHOD_H
#define LETRA_MODEL_TRAINING_METHOD_H

#include <stdbool.h>
#include <stdint.h>

/* Instead of a number that is asked for: it is left to the trainer, which chooses by the text's size, the run's length
 * and the other numbers. */
#define METHOD_AUTO (-1.0)

/* The numbers that optimisers go by. */
typedef enum OptimizerNumber {
    OPTIMIZER_BETA1,    /* smoothing of the gradient */
    OPTIMIZER_BETA2,    /* smoothing of its square */
    OPTIMIZER_RHO,      /* the same for RMSProp; PyTorch's alpha */
    OPTIMIZER_EPSILON,  /* added to the square root that the step is divided by */
    OPTIMIZER_MOMENTUM, /* of SGD: what is left of the earlier steps */
    OPTIMIZER_NESTEROV, /* 1: Nesterov's momentum, 0: the plain one */
    OPTIMIZER_NUMBERS
} OptimizerNumber;

/* What people call them, train's options and the fields of the model file: the name of a number is NUMBER_NAME. */
#define OPTIMIZER_BETA1_NAME    "beta1"
#define OPTIMIZER_BETA2_NAME    "beta2"
#define OPTIMIZER_RHO_NAME      "rho"
#define OPTIMIZER_EPSILON_NAME  "epsilon"
#define OPTIMIZER_MOMENTUM_NAME "momentum"
#define OPTIMIZER_NESTEROV_NAME "nesterov"
const char *optimizer_number_name(OptimizerNumber number);

/* What a schedule goes by. The last three are of those that fall with the epochs. */
typedef struct ScheduleNumbers {
    double warmup; /* steps over which the rate rises to its top, in equal parts; 0: none */
    double decay;  /* what the rate is multiplied by in each fall ... */
    double every;  /* ... of so many epochs ... */
    double after;  /* ... once so many epochs are over */
} ScheduleNumbers;

/* Of a method that is in force, NAN is what does not apply; of one that a model tells of, also what it does not say. No
 * number that is asked for is NAN. */
typedef struct TrainingMethod {
    double numbers[OPTIMIZER_NUMBERS]; /* of the optimizer; asked: what it does not use is passed over */
    ScheduleNumbers schedule_numbers;  /* of the schedule; asked: below 0 is chosen (train/schedule.h) */
    double learning_rate;              /* at its highest; or METHOD_AUTO */
    double init_range;                 /* the parameters start uniform in ±this; 0: as PyTorch's */
    double clip;                       /* global norm; 0: off; or METHOD_AUTO: off where clip_value is on */
    double clip_value;                 /* of each element, after that; 0: off */
    double dropout;                    /* of the layers' outputs; or METHOD_AUTO */
    double dropout_input;              /* of what the first layer reads */
    double dropout_output;             /* of the last layer's output; or METHOD_AUTO: as `dropout` */
    bool variational;                  /* the masks are the same at all steps of a window */
    double weight_drop;                /* of the recurrent weights */
    double weight_decay;               /* or METHOD_AUTO */
    double average;                    /* decay of the average of the weights, 0: none; or METHOD_AUTO */
    uint64_t seq_length, batch_size;   /* T and B, 0: chosen; in force they may be less than was asked for */
    double val_fraction;               /* the split, by position: training, validation, test */
    double test_fraction;
    uint64_t seed;
} TrainingMethod;

#endif
