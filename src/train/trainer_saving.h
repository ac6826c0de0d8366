/* When a run saves, and what it does where that fails: see trainer_saving.c. Not for others; trainer.h is the
 * contract. */
#ifndef LETRA_TRAIN_TRAINER_SAVING_H
#define LETRA_TRAIN_TRAINER_SAVING_H

#include "train/trainer_state.h"

/* Saves the model as it is now, whose validation loss is the best so far. */
void trainer_save_best(TrainerRun *run, double loss);

/* Between two steps: saves a checkpoint if one is due, tells what became of earlier saves, and tries those that failed
 * again. */
void trainer_look_after_saves(TrainerRun *run);

/* At the end: the model, if none that was validated is saved, and the checkpoint. What fails is tried again for a
 * while; then false and a message that says what is where. */
bool trainer_save_last(TrainerRun *run, bool finished, Error *error);

/* When no step follows: waits for what is being saved, tells what became of it, and tries a model that could not be
 * saved once more. */
void trainer_settle_saves(TrainerRun *run);

/* After that: whether the best model so far is on the disk. */
bool trainer_best_is_safe(const TrainerRun *run);

#endif
