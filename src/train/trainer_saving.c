/* When a run saves, and what it does where that fails.
 *
 * Training never ends because something cannot be saved: that is said, and tried again, first soon and then at growing
 * intervals; the best model is kept in memory until it is written. Only at the end of the run is it waited for, as long
 * as the configuration says, and no longer than the run took; a run that fails tries once more.
 */
#include "train/trainer_saving.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Seconds. */
static const double first_pause = 1, longest_pause = 60;             /* between tries while the run goes on */
static const double first_silence = 60, longest_silence = 3600;      /* between warnings of the same */
static const double last_pause_first = 0.1, last_pause_longest = 10; /* between tries at the end */
static const double least_patience = 1;

static const char *const things[SAVE_KINDS] = {
    [SAVE_MODEL] = "the best model so far", [SAVE_CHECKPOINT] = "the checkpoint"};

static void tell(const TrainerRun *run, void (*how)(void *context, const char *message),
                 const char *message) {
    if (how != NULL) {
        how(run->callbacks->context, message);
    }
}

/* --- troubles --- */

/* A save failed: says so if it is new, or was not said for long, and plans the next try. */
static void note_failure(TrainerRun *run, SaveKind kind, const Error *failure) {
    SaveTrouble *trouble = &run->troubles[kind];
    double now = trainer_run_seconds(run);
    bool same = trouble->failures > 0 && strcmp(trouble->failure.message, failure->message) == 0;
    trouble->pause = trouble->failures == 0 ? first_pause : fmin(2 * trouble->pause, longest_pause);
    trouble->next_try = now + trouble->pause;
    trouble->failures++;
    if (!same || now >= trouble->next_word) {
        char message[ERROR_MESSAGE_SIZE + 64];
        snprintf(message, sizeof message, "%s could not be saved; training goes on: %s", things[kind],
                 failure->message);
        tell(run, run->callbacks->warning, message);
        trouble->silence = same ? fmin(2 * trouble->silence, longest_silence) : first_silence;
        trouble->next_word = now + trouble->silence;
    }
    trouble->failure = *failure;
}

static void note_success(TrainerRun *run, SaveKind kind) {
    SaveTrouble *trouble = &run->troubles[kind];
    if (trouble->failures > 0) {
        char message[ERROR_MESSAGE_SIZE];
        snprintf(message, sizeof message, "%s is saved now (%s failed before)", things[kind],
                 trouble->failures == 1 ? "one try" : "some tries");
        tell(run, run->callbacks->note, message);
    }
    *trouble = (SaveTrouble){0};
}

static void note_outcome(TrainerRun *run, SaveKind kind, bool saved, const Error *failure) {
    if (saved) {
        note_success(run, kind);
    } else {
        note_failure(run, kind, failure);
    }
}

/* What became of what is saved beside the training. */
static void hear_news(TrainerRun *run, SaveKind kind) {
    Trainer *trainer = run->trainer;
    Error failure = {0};
    SaveNews news = saver_news(trainer->saver, kind, &failure);
    if (news != SAVE_NOTHING_NEW) {
        note_outcome(run, kind, news == SAVE_DONE, &failure);
    }
    if (news == SAVE_DONE && kind == SAVE_CHECKPOINT) {
        trainer->checkpoint_stale = false;
        trainer->saved_step = run->given_step;
    }
}

/* --- while the run goes on --- */

void trainer_save_best(TrainerRun *run, double loss) {
    Trainer *trainer = run->trainer;
    Error failure = {0};
    trainer->progress.best_val = loss;
    trainer_update_history(trainer, false);
    hear_news(run, SAVE_MODEL); /* of the one before */
    /* A checkpoint of another run must be replaced first. */
    trainer->best_saved =
        trainer->copies_model && !trainer->checkpoint_stale && trainer_give_model(trainer, NULL);
    if (!trainer->best_saved) {
        trainer->best_saved = trainer_save_model(trainer, &failure);
        note_outcome(run, SAVE_MODEL, trainer->best_saved, &failure);
    }
}

static bool checkpoint_is_due(const TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    const SaveTrouble *trouble = &run->troubles[SAVE_CHECKPOINT];
    double seconds = trainer->progress.seconds;
    double interval = trainer->config.checkpoint_seconds;
    return interval > 0 && (seconds - run->last_checkpoint >= interval ||
                            (trouble->failures > 0 && seconds >= trouble->next_try));
}

static void save_checkpoint(TrainerRun *run) {
    Trainer *trainer = run->trainer;
    Error failure = {0};
    run->given_step = trainer->progress.step;
    if (!trainer_give_checkpoint(trainer, &failure)) {
        note_failure(run, SAVE_CHECKPOINT, &failure);
    }
}

void trainer_look_after_saves(TrainerRun *run) {
    Saver *saver = run->trainer->saver;
    hear_news(run, SAVE_MODEL);
    hear_news(run, SAVE_CHECKPOINT);
    if (saver_holds_failed(saver) && run->trainer->progress.seconds >= run->troubles[SAVE_MODEL].next_try) {
        saver_again(saver);
    }
    /* One at a time: where the disk is slower than the interval, the next one waits. */
    if (checkpoint_is_due(run) && !saver_is_busy(saver, SAVE_CHECKPOINT)) {
        saver_make_room(saver, trainer_checkpoint_size(run->trainer));
        run->last_checkpoint = run->trainer->progress.seconds;
    }
    if (saver_has_room(saver)) {
        save_checkpoint(run);
    }
}

void trainer_settle_saves(TrainerRun *run) {
    Saver *saver = run->trainer->saver;
    saver_finish(saver);
    hear_news(run, SAVE_MODEL);
    hear_news(run, SAVE_CHECKPOINT);
    if (saver_holds_failed(saver)) { /* once more, before it is given up */
        saver_again(saver);
        saver_finish(saver);
        hear_news(run, SAVE_MODEL);
    }
}

bool trainer_best_is_safe(const TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    return trainer->best_saved && !saver_holds_failed(trainer->saver);
}

/* --- at the end --- */

/* What is saved at the end. */
typedef struct LastSave {
    bool finished;          /* the run came to its end */
    bool model, checkpoint; /* are saved */
} LastSave;

/* Writes the best model if that failed before, or the model as it is now if none was validated. */
static bool try_model(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    Saver *saver = trainer->saver;
    if (saver_holds_failed(saver)) {
        saver_again(saver);
        saver_finish(saver);
        bool saved = saver_news(saver, SAVE_MODEL, error) == SAVE_DONE;
        if (saved) {
            note_success(run, SAVE_MODEL);
        }
        return saved;
    }
    trainer->best_saved = trainer->best_saved || trainer_save_model(trainer, error);
    return trainer->best_saved;
}

static bool try_checkpoint(TrainerRun *run, bool finished, Error *error) {
    bool saved = trainer_save_checkpoint(run->trainer, finished, error);
    if (saved) {
        note_success(run, SAVE_CHECKPOINT);
    }
    return saved;
}

/* Tries what is not saved yet. The checkpoint does not wait for the model: who has it loses nothing. The message is the
 * model's, if that is not saved. */
static bool try_last(TrainerRun *run, LastSave *last, Error *error) {
    Error second = {0};
    last->model = last->model || try_model(run, error);
    last->checkpoint = last->checkpoint || try_checkpoint(run, last->finished, last->model ? error : &second);
    return last->model && last->checkpoint;
}

/* Waits so long, or until the user gives up. */
static bool wait_for(const TrainerRun *run, double seconds) {
    static const double slice = 0.1;
    const TrainerCallbacks *callbacks = run->callbacks;
    int slices = (int)ceil(seconds / slice);
    bool waits = true;
    for (int k = 0; waits && k < slices; k++) {
        clock_wait(run->clock, seconds / slices);
        /* After an interruption it is a second one that gives up, and that ends the program. */
        waits = run->interrupted || callbacks->interrupted == NULL ||
                !callbacks->interrupted(callbacks->context, true);
    }
    return waits;
}

/* Tries until it is done, the patience is at its end, or the user gives up. */
static bool insist(TrainerRun *run, LastSave *last, Error *error) {
    const Trainer *trainer = run->trainer;
    double patience = fmin(trainer->config.save_patience, fmax(trainer->progress.seconds, least_patience));
    double pause = last_pause_first;
    double waited = 0;
    while (!try_last(run, last, error)) {
        if (waited >= patience) {
            return false;
        }
        if (waited == 0) {
            char message[ERROR_MESSAGE_SIZE + 128];
            snprintf(message, sizeof message,
                     "the end of the run could not be saved: %s; this is tried again for %.0f seconds "
                     "(Ctrl-C gives up)%s",
                     error->message, ceil(patience),
                     last->checkpoint ? "; the checkpoint is saved already" : "");
            tell(run, run->callbacks->warning, message);
        }
        if (!wait_for(run, fmin(pause, patience - waited))) {
            return false;
        }
        waited += pause;
        pause = fmin(2 * pause, last_pause_longest);
    }
    if (waited > 0) {
        tell(run, run->callbacks->note, "the end of the run is saved now");
    }
    return true;
}

/* Which checkpoint there is where this one could not be saved. */
static void describe_checkpoint(const Trainer *trainer, char *words, size_t size) {
    if (trainer->saved_step != CHECKPOINT_NONE) {
        snprintf(words, size, "the last one is of step %" PRIu64, trainer->saved_step);
    } else {
        snprintf(words, size, "%s",
                 trainer->checkpoint_stale ? "that of another run is there" : "there is none");
    }
}

/* What there is of the run where not all could be saved. */
static bool say_what_is_where(const Trainer *trainer, const LastSave *last, Error *error) {
    char message[ERROR_MESSAGE_SIZE];
    char there[64];
    snprintf(message, sizeof message, "%s", error->message);
    if (last->checkpoint) {
        return error_set(error,
                         "%s; the checkpoint %s is saved: when that is mended, --resume makes the model",
                         message, trainer->checkpoint);
    }
    describe_checkpoint(trainer, there, sizeof there);
    return last->model ? error_set(error, "%s; the model %s is saved, but not the checkpoint (%s)", message,
                                   trainer->output, there)
                       : error_set(error, "%s; nor could the checkpoint be saved (%s)", message, there);
}

bool trainer_save_last(TrainerRun *run, bool finished, Error *error) {
    LastSave last = {.finished = finished};
    trainer_settle_saves(run);
    return insist(run, &last, error) || say_what_is_where(run->trainer, &last, error);
}
