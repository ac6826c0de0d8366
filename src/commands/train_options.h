/* The options of `train`. */
#ifndef LETRA_COMMANDS_TRAIN_OPTIONS_H
#define LETRA_COMMANDS_TRAIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands/options.h"
#include "commands/pipeline_options.h"
#include "train/optimizer.h"

#define TRAIN_AUTO UINT64_MAX /* a whole number that follows from others */

typedef struct TrainValues {
    const char *preset; /* NULL: none */
    /* Model */
    const char *output;  /* NULL: after the first text */
    OptionChoices cells; /* of model/cells.h */
    uint64_t layers, hidden;
    uint64_t heads, embed; /* TRAIN_AUTO: what suits the cells */
    double forget_bias;
    const char *init_from; /* NULL: random weights */
    /* Learning */
    double epochs, seconds;     /* 0: no bound */
    size_t optimizer, schedule; /* of train/optimizer.h, train/schedule.h (0: auto, 1: the first) */
    TrainingMethod method;      /* asked for. Two numbers come apart, in the options' types: */
    bool nesterov;
    uint64_t warmup; /* steps */
    double zoneout;
    /* Text */
    const char *include; /* NULL: all files of a folder */
    const char *cache;   /* NULL: the text is kept in memory */
    PipelineValues pipeline;
    /* Run */
    bool resume, force, quiet;
    double checkpoint_seconds, sample_seconds;
    const char *log;  /* NULL: none */
    size_t precision; /* of sampling.h's precision_choice */
    uint64_t threads;
} TrainValues;

extern const OptionTable train_options;

#endif
