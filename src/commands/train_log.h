/* The log of a training run: one JSON object a line.
 *
 *     {"step":120,"epoch":0.31,"chars":245760,"seconds":5.01,"train_loss":2.31,"val_loss":null,...}
 *
 * Losses are nats per unit. val_loss stands on the first line after it was measured and is null on the
 * others. After a rollback (train/recovery.h) steps come again; "rollbacks" says how many there were. A log
 * that can no longer be written does not stop the training; it is said once.
 */
#ifndef LETRA_COMMANDS_TRAIN_LOG_H
#define LETRA_COMMANDS_TRAIN_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "train/trainer.h"

typedef struct TrainLog {
    FILE *file; /* NULL: there is no log */
    const char *path;
    bool made;   /* there was none before, and no run has begun */
    bool failed; /* lines are missing */
} TrainLog;

/* Opens the log for writing at its end. What it holds stays; where there was none, none is left if it is closed
 * before a run began. `path` NULL: no log. */
bool train_log_open(const char *path, TrainLog *log, Error *error);

/* The run begins: empties the log. If it goes on from a checkpoint, only what came after that is taken out, because
 * it comes once more. */
bool train_log_begin(TrainLog *log, const TrainerPlan *plan, Error *error);

/* Adds a line. False and a message the first time that it fails. */
bool train_log_write(TrainLog *log, const TrainerReport *report, Error *error);

void train_log_close(TrainLog *log);

#endif
