/* What the files of the trainer share: its state. Not for others; trainer.h is the contract. */
#ifndef LETRA_TRAIN_TRAINER_STATE_H
#define LETRA_TRAIN_TRAINER_STATE_H

#include "model/pass.h"
#include "text/split.h"
#include "train/batches.h"
#include "train/divergence.h"
#include "train/saver.h"
#include "train/snapshot.h"
#include "train/trainer.h"
#include "train/window_buffers.h"

/* How far the run is: everything that a checkpoint must hold besides parameters and moments. */
typedef struct TrainerProgress {
    uint64_t step;
    uint64_t chars;  /* units predicted */
    double seconds;  /* spent, in earlier runs too */
    double loss_sum; /* of the smoothed training loss: sum and weight */
    double loss_weight;
    double last_val;     /* NAN: none yet */
    double best_val;     /* NAN: none yet */
    double grad_norm;    /* of the last step */
    bool validation_due; /* that after the last step was dropped */
} TrainerProgress;

#define CHECKPOINT_NONE UINT64_MAX

struct Trainer {
    TrainerConfig config;
    TrainerPlan plan;
    TrainerProgress progress;
    const Corpus *corpus;
    Compute *compute;
    Split split;
    Model model;      /* parameters: owned; vocab: the corpus's */
    char *output;     /* owned */
    char *checkpoint; /* owned: path */
    real *gradients;  /* owned blocks ... */
    real *moments[OPTIMIZER_BLOCKS_MAX];
    real *average;      /* NULL: no averaging */
    double *norm_parts; /* owned: one partial sum for each chunk of the block */
    PassShape shape;
    Pass *pass;
    Batches batches;
    RecordBatches *records; /* owned; NULL: the text has none */
    WindowBuffers buffers;
    DivergenceRule divergence_rule;
    Divergence divergence; /* a checkpoint holds it, too */
    Snapshot good;         /* the last good state */
    uint64_t val_interval; /* steps between validations */
    bool best_saved;       /* the model of progress.best_val is at `output`, or the saver has it */
    bool checkpoint_stale; /* `checkpoint` is one of another run, to be replaced before `output` is */
    uint64_t saved_step;   /* of what this run has at `checkpoint`; CHECKPOINT_NONE: nothing yet */
    bool copies_model; /* there is memory for the saver's copy; else saving a model holds up the training */
    Saver *saver;      /* owned */
};

enum { DIVERGED_SIZE = 160 };

/* Saves that failed since the last that did not. */
typedef struct SaveTrouble {
    unsigned failures; /* 0: there is no trouble */
    Error failure;     /* the last one */
    double next_try;   /* in seconds of the run, like the next ones */
    double pause;
    double next_word; /* when the same is said again */
    double silence;
} SaveTrouble;

/* What lives only as long as a call of trainer_run or trainer_estimate. */
typedef struct TrainerRun {
    Trainer *trainer;
    const TrainerCallbacks *callbacks;
    Clock clock;
    double started;        /* clock */
    double seconds_before; /* of the earlier runs */
    double last_report;    /* in seconds of the run, like the next ones */
    double last_checkpoint;
    double last_preview;
    uint64_t chars_reported; /* at the last report */
    double training_seconds; /* spent in steps since the last report */
    bool new_val;            /* since the last report */
    uint64_t measured_step;  /* the last one that was validated in this run; 0: none */
    bool interrupted;
    SaveTrouble troubles[SAVE_KINDS];
    uint64_t given_step;          /* of the checkpoint that the saver was given last */
    bool went_back;               /* since the last report */
    char diverged[DIVERGED_SIZE]; /* what shows that the run has diverged; "": it has not */
    /* One step: */
    bool noted; /* its state before may become the last good one ... */
    bool good;  /* ... and does */
    PassWindow window;
    OptimizerStep update;
    double average_decay;
} TrainerRun;

/* Elements of the block that are worked on at a time. */
enum { TRAINER_CHUNK = 16384 };

/* The smoothed training loss in nats per unit; NAN before the first step. */
double trainer_smoothed_loss(const Trainer *trainer);

/* Passes over the training part so far, a whole number exactly at the end of each. */
double trainer_epochs(const Trainer *trainer);

/* How much of the run is done, 0 .. 1, `seconds` into it. */
double trainer_done(const Trainer *trainer, double seconds);

/* What a validation takes, in units that training reads in the same time: about three units are validated in the time
 * of one. */
double trainer_validation_cost(const TrainerPlan *plan);

/* Seconds of the run so far, earlier ones included. */
double trainer_run_seconds(const TrainerRun *run);

/* Takes one step; recovery_is_due says whether the run has diverged in it. False and a message when a product failed,
 * or the text cannot be read. */
bool trainer_take_step(TrainerRun *run, Error *error);

/* Tells the user, as printf does, something that does not stop the run. */
__attribute__((format(printf, 2, 3))) void trainer_warn(const TrainerRun *run, const char *format, ...);

/* Puts what the run will take into the plan. False and a message if there is not so much memory. */
bool trainer_check_memory(Trainer *trainer, Error *error);

/* Brings the model's history up to date. */
void trainer_update_history(Trainer *trainer, bool finished);

/* Saves the model (the average, if there is one) to `output`, and before it the checkpoint if there is one of another
 * run, which would otherwise be taken for the model's. */
bool trainer_save_model(Trainer *trainer, Error *error);

/* Saves everything that is needed to go on to the checkpoint. */
bool trainer_save_checkpoint(Trainer *trainer, bool finished, Error *error);

/* The same by way of the saver: it holds up the training less. False and a message without memory or thread for a
 * model, or if a checkpoint cannot be written. */
bool trainer_give_model(Trainer *trainer, Error *error);
bool trainer_give_checkpoint(Trainer *trainer, Error *error);

/* Bytes of a checkpoint, about. */
size_t trainer_checkpoint_size(const Trainer *trainer);

/* Takes everything from the checkpoint, which exists. False and a message if it belongs to another run. */
bool trainer_load_checkpoint(Trainer *trainer, Error *error);

#endif
