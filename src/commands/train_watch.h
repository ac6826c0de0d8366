/* What a person sees and keeps of a training run while it goes on: progress, warnings, previews, the log. */
#ifndef LETRA_COMMANDS_TRAIN_WATCH_H
#define LETRA_COMMANDS_TRAIN_WATCH_H

#include "commands/train_log.h"
#include "math/compute.h"
#include "train/trainer.h"
#include "ui/progress.h"

typedef struct TrainWatch {
    Progress progress;
    TrainLog log;
    Compute *compute;  /* for previews */
    uint64_t seed;     /* of the previews */
    uint64_t previews; /* so far */
} TrainWatch;

/* The trainer's callbacks, which all talk to `watch`. */
TrainerCallbacks train_watch_callbacks(TrainWatch *watch);

#endif
