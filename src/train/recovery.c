/* Going back to the last good state: see recovery.h. */
#include "train/recovery.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "train/snapshot.h"
#include "train/trainer_saving.h"

void recovery_note(TrainerRun *run, const char *format, ...) {
    va_list arguments;
    if (!recovery_is_due(run)) {
        va_start(arguments, format);
        vsnprintf(run->diverged, sizeof run->diverged, format, arguments);
        va_end(arguments);
    }
}

bool recovery_is_due(const TrainerRun *run) {
    return run->diverged[0] != '\0';
}

void recovery_check_parameters(TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    const real *parameters = trainer->model.parameters;
    for (size_t k = 0; k < trainer->model.network->layout.total; k++) {
        if (!isfinite(parameters[k])) {
            recovery_note(run, "a parameter is not a finite number");
            return;
        }
    }
}

/* Saves the last good state, so that it can be gone on from with another learning rate, and the best model if it is
 * not. */
static bool save_good(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    trainer_settle_saves(run);
    if (trainer->best_saved && !trainer_best_is_safe(run)) {
        return error_set(error, "the best model could not be written: %s",
                         run->troubles[SAVE_MODEL].failure.message);
    }
    if (!snapshot_restore(trainer, error)) {
        return false;
    }
    trainer_update_history(trainer, false);
    if (!trainer->best_saved) {
        trainer->best_saved = trainer_save_model(trainer, error);
        if (!trainer->best_saved) {
            return false;
        }
    }
    return trainer_save_checkpoint(trainer, false, error);
}

/* The end of a run that has gone back as often as it may. Always false. */
static bool give_up(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    uint64_t step = trainer->progress.step;
    double asked = trainer->plan.method.learning_rate;
    Error failure = {0};
    bool learned = trainer->good.place.step > 0;
    bool saved = learned && save_good(run, &failure);
    error_set(error,
              "training diverged at step %" PRIu64 ": %s. It had gone back %" PRIu64
              " times, to a learning rate of %g (it was %g), and gives up; ",
              step, run->diverged, trainer->divergence.halvings,
              asked * divergence_rate(&trainer->divergence), asked);
    char message[ERROR_MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", error->message);
    if (saved) {
        return error_set(error,
                         "%s%s is kept, and %s is the last good state, of step %" PRIu64
                         ": go on from it with --resume and a lower --lr",
                         message, trainer->output, trainer->checkpoint, trainer->good.place.step);
    }
    return error_set(error, "%sstart again with a lower --lr%s%s", message,
                     learned ? "; the last good state could not be saved: " : "",
                     learned ? failure.message : "");
}

bool recovery_make(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    uint64_t step = trainer->progress.step;
    if (trainer->divergence.halvings >= DIVERGENCE_HALVINGS_MAX) {
        return give_up(run, error);
    }
    if (!snapshot_restore(trainer, error)) {
        return false;
    }
    trainer->divergence.rollbacks++;
    trainer->divergence.halvings++;
    trainer->progress.seconds = trainer_run_seconds(run);
    run->chars_reported = trainer->progress.chars;
    run->training_seconds = 0;
    run->measured_step = 0;
    run->went_back = true;
    trainer_warn(run,
                 "training diverged at step %" PRIu64 ": %s; going back to step %" PRIu64
                 " with half the learning rate, %g (%" PRIu64 " of %d times)",
                 step, run->diverged, trainer->progress.step,
                 trainer->plan.method.learning_rate * divergence_rate(&trainer->divergence),
                 trainer->divergence.halvings, (int)DIVERGENCE_HALVINGS_MAX);
    run->diverged[0] = '\0';
    return true;
}
