/* The trainer: truncated back-propagation through time (Williams & Peng 1990) over parallel streams, from a corpus to a
 * model.
 *
 * It never prints, never reads the environment and has no clock of its own: it tells what it does through
 * callbacks and asks the clock that it is given.
 */
#ifndef LETRA_TRAIN_TRAINER_H
#define LETRA_TRAIN_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/corpus.h"
#include "train/optimizer.h"
#include "train/recipe.h"
#include "train/schedule.h"

typedef struct TrainerConfig {
    CellList cells;
    size_t layers, hidden, heads, embed;
    const char *preset; /* the name of the recipe that was asked for, for the history; NULL: none */
    double forget_bias;
    double epochs;  /* bound; 0: none */
    double seconds; /* bound; 0: none; with neither bound a default one is chosen */
    const Optimizer *optimizer;
    const Schedule *schedule;  /* NULL: chosen */
    TrainingMethod method;     /* asked for */
    double zoneout;            /* of the network */
    double checkpoint_seconds; /* between checkpoints; 0: only at the end and over an older one */
    double report_seconds;     /* between reports, within a validation too; 0: every step */
    double sample_seconds;     /* between previews; 0: none */
    Precision precision;       /* of the operands of products: PRECISION_F32 or PRECISION_BF16 */
    double save_patience;      /* for how long what cannot be saved at the end is tried again */
    const char *output;        /* path of the model */
    const Model *
        init_from; /* read by trainer_create: the weights to start from, where nothing is resumed; NULL: none */
    const char *init_name; /* what messages call it */
    bool resume;           /* go on from the checkpoint beside `output`, if there is one ... */
    bool force;            /* ... though it was trained on another text */
    uint64_t run; /* a random number that tells this run from all others; a resumed one keeps its first */
} TrainerConfig;

/* What a report tells: the fields of the log. Losses are nats per unit, NAN where not measured. */
typedef struct TrainerReport {
    uint64_t step;
    double epoch;            /* passes over the training part so far, fractional */
    uint64_t chars;          /* units predicted so far */
    double seconds;          /* trained so far, validation included */
    double train_loss;       /* smoothed */
    double val_loss;         /* the last one */
    bool new_val;            /* val_loss was measured since the last report */
    double learning_rate;    /* NAN: no step was taken in this run yet */
    double grad_norm;        /* before clipping, of the last step */
    double chars_per_second; /* training alone, since the report before */
    uint64_t
        rollbacks; /* so far: how often the run went back to its last good state. Then step and chars do, too */
    double progress;     /* of the run, 0 .. 1 */
    double seconds_left; /* estimate; NAN: unknown */
} TrainerReport;

/* What the trainer tells while it runs; any of them may be NULL. */
typedef struct TrainerCallbacks {
    void *context;
    void (*report)(void *context, const TrainerReport *report);
    /* Something the user should know, one line: "training goes on: could not save ...: disk full". */
    void (*warning)(void *context, const char *message);
    /* A preview is due: the model as it is now. */
    void (*preview)(void *context, const Model *model);
    /* Asked after every step and, with `validating`, between two windows of a validation: true ends the run after
     * saving. A validation is dropped then, and made up for when the run goes on. */
    bool (*interrupted)(void *context, bool validating);
    /* Good news after a warning, one line: "the checkpoint is saved now". */
    void (*note)(void *context, const char *message);
} TrainerCallbacks;

typedef struct Trainer Trainer;

/* How the run will be, after what was asked for was fitted to the text. */
typedef struct TrainerPlan {
    size_t train_units, val_units, test_units;       /* of the parts */
    size_t train_records, val_records, test_records; /* of the parts, where the text has records */
    TrainingMethod method;                           /* in force */
    const Schedule *schedule;                        /* in force */
    RecipeWindows wanted;                            /* T and B, asked for or chosen, ... */
    bool batch_reduced;       /* ... of which one is less in force: the text is short */
    bool no_validation;       /* the validation part has under two units */
    bool validation_partial;  /* the part is so long that a fixed selection of it is scored */
    size_t validation_scored; /* units that validation scores */
    bool bound_chosen;        /* neither epochs nor seconds were asked for */
    double epochs, seconds;   /* the bounds in force, 0 for none */
    size_t parameters;
    size_t memory_bytes; /* the most that the process will have in memory, everything included */
    bool resumed;        /* from the checkpoint, at this step: */
    uint64_t resumed_step, resumed_rollbacks;
    bool finished;       /* the run has reached its bound already: nothing is left to do */
    bool text_changed;   /* resumed, and forced to: the text is another one than before */
    bool output_foreign; /* resumed, but what stands at `output` is not of this run */
} TrainerPlan;

/* Makes everything ready. The corpus (with its own vocabulary) and the compute context must outlive it; the
 * pipeline is copied. NULL and a message: text too short, no memory for this size, checkpoint that does not
 * fit. */
Trainer *trainer_create(const TrainerConfig *config, const Corpus *corpus, const Pipeline *pipeline,
                        const char *version, Compute *compute, Error *error);
void trainer_free(Trainer *trainer);

const TrainerPlan *trainer_plan(const Trainer *trainer);

typedef enum TrainerOutcome {
    TRAINER_FINISHED,    /* the bound is reached; the best model is at `output` */
    TRAINER_INTERRUPTED, /* `interrupted` said so; model and checkpoint are saved */
    TRAINER_FAILED       /* the message says why */
} TrainerOutcome;

/* Trains until the bound or the interruption. Once: a trainer that has run is done. */
TrainerOutcome trainer_run(Trainer *trainer, const TrainerCallbacks *callbacks, Clock clock, Error *error);

/* How long a run would take. */
typedef struct TrainerEstimate {
    double seconds;          /* all of it, validation included */
    double chars_per_second; /* training alone */
} TrainerEstimate;

/* Takes steps of training for about `seconds`, and a window of validation, and tells from their times how long
 * trainer_run would take on this machine. Nothing is reported or saved; afterwards the trainer is of no more use. */
bool trainer_estimate(Trainer *trainer, Clock clock, double seconds, TrainerEstimate *estimate, Error *error);

/* The model as it is now (its history is up to date after trainer_run). */
const Model *trainer_model(const Trainer *trainer);

#endif
