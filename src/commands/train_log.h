/* The log of a training run: one JSON object a line.
 *
 *     {"step":120,"epoch":0.31,"chars":245760,"seconds":5.01,"train_loss":2.31,"val_loss":null,...}
 *
 * Losses are nats per unit. val_loss stands on the first line after it was measured and is null on the
 * others. After a rollback (train/recovery.h) steps come again; "rollbacks" says how many there were. A log
 * that cannot be written does not stop the training: lines wait in memory until it can be again.
 */
#ifndef LETRA_COMMANDS_TRAIN_LOG_H
#define LETRA_COMMANDS_TRAIN_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/error.h"
#include "train/trainer.h"

typedef struct TrainLog {
    FILE *file; /* NULL: there is no log */
    const char *path;
    bool made;     /* there was none before, and no run has begun */
    bool failed;   /* it could not be written when that was tried last */
    bool lost;     /* lines are missing for good */
    Bytes waiting; /* lines, the first perhaps in part, that are still to be written */
} TrainLog;

/* What became of writing. */
typedef enum TrainLogNews {
    LOG_NOTHING_NEW,
    LOG_FAILED, /* for the first time since it could be written */
    LOG_MENDED  /* for the first time since it could not */
} TrainLogNews;

/* Opens the log for writing at its end. What it holds stays; where there was none, none is left if it is closed
 * before a run began. `path` NULL: no log. */
bool train_log_open(const char *path, TrainLog *log, Error *error);

/* The run begins: empties the log. If it goes on from a checkpoint, only what came after that is taken out, because
 * it comes once more. */
bool train_log_begin(TrainLog *log, const TrainerPlan *plan, Error *error);

/* Adds a line, after those that wait. The message says why it failed. */
TrainLogNews train_log_write(TrainLog *log, const TrainerReport *report, Error *error);

/* At the end of the run: writes what still waits. False and a message if lines are missing. */
bool train_log_finish(TrainLog *log, Error *error);

void train_log_close(TrainLog *log);

#endif
