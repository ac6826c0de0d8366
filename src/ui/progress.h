/* The progress of training, on standard error: a live bar on a terminal, a line every few seconds elsewhere.
 *
 *     34% ━━━━━━━━━━────────────────── epoch 1.25 step 1,204 48.4k chars/s loss 1.712 val 1.701 0:41 left
 *
 * It takes one line, however narrow the terminal is: step, epoch, and then the bar itself are left out first (80
 * columns have room for a bar), then speed and what is left. Whoever
 * prints something else meanwhile takes the bar away before; the next report brings it back.
 */
#ifndef LETRA_UI_PROGRESS_H
#define LETRA_UI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "train/trainer.h"

typedef struct Progress {
    bool quiet;    /* nothing is shown */
    bool terminal; /* a bar; otherwise lines */
    bool colours;
    bool utf8;
    size_t width;      /* columns of the bar that is on the terminal now; 0: none is */
    double shown_at;   /* seconds on the monotonic clock */
    bool shown_before; /* something was shown already */
    bool held_back;    /* the last report came too soon to be shown */
    TrainerReport last;
} Progress;

/* For standard error as it is now. */
Progress progress_start(bool quiet);

/* Shows a report, if it is time for it. */
void progress_report(Progress *progress, const TrainerReport *report);

/* Takes the bar away, so that something else can be printed. */
void progress_clear(Progress *progress);

/* The end: takes the bar away; where there are lines, the last report is the last of them. */
void progress_finish(Progress *progress);

#endif
