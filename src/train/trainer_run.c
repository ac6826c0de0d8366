/* The run: steps, validation, saving and reports. See trainer.h for the contract. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/recovery.h"
#include "train/trainer_saving.h"
#include "train/validate.h"
#include "train/writing_precision.h"

/* The training loss is smoothed with this factor a step. */
static const double smoothing = 0.98;

double trainer_smoothed_loss(const Trainer *trainer) {
    const TrainerProgress *progress = &trainer->progress;
    return progress->loss_weight > 0 ? progress->loss_sum / progress->loss_weight : NAN;
}

double trainer_epochs(const Trainer *trainer) {
    return (double)trainer->progress.chars / (double)batches_predictions(&trainer->batches);
}

/* Seconds that the last validation will take, from the speed so far. */
static double validation_seconds(const Trainer *trainer, double seconds) {
    const TrainerPlan *plan = &trainer->plan;
    if (plan->no_validation || trainer->progress.chars == 0) {
        return 0;
    }
    return fmin(trainer_validation_cost(plan) * seconds / (double)trainer->progress.chars,
                plan->seconds / 4.0);
}

double trainer_done(const Trainer *trainer, double seconds) {
    const TrainerPlan *plan = &trainer->plan;
    double done = 0;
    if (plan->epochs > 0) {
        double all = ceil(plan->epochs * (double)batches_predictions(&trainer->batches));
        done = (double)trainer->progress.chars / all;
    }
    if (plan->seconds > 0) {
        double in_time = seconds / (plan->seconds - validation_seconds(trainer, seconds));
        done = fmax(done, in_time);
    }
    return fmin(done, 1.0);
}

double trainer_run_seconds(const TrainerRun *run) {
    return run->seconds_before + clock_now(run->clock) - run->started;
}

/* The norm of all gradients: each member sums some chunks, and every member adds them up in order. */
static double gradient_norm(Trainer *trainer, size_t chunks, Member member) {
    size_t total = trainer->model.network->layout.total;
    Range share = member_share(member, chunks);
    for (size_t k = share.begin; k < share.end; k++) {
        size_t begin = k * TRAINER_CHUNK;
        size_t count = total - begin < TRAINER_CHUNK ? total - begin : TRAINER_CHUNK;
        trainer->norm_parts[k] = trainer->compute->kernels->sum_of_squares(trainer->gradients + begin, count);
    }
    team_barrier(member);
    double sum = 0;
    for (size_t k = 0; k < chunks; k++) {
        sum += trainer->norm_parts[k];
    }
    return sqrt(sum);
}

/* The mean loss of the window, in nats per unit. */
static double window_loss(const Trainer *trainer) {
    return pass_loss(trainer->pass) / (double)pass_scored(trainer->pass);
}

/* One step, by every member: new weights packed, the window there and back, the gradient clipped (Pascanu et
 * al. 2013: scaled down to the threshold if its norm is beyond it; and, or, each element by itself), what was there
 * copied if a good state is due and this is one, the parameters and their average moved. */
static void step_work(void *context, Member member) {
    TrainerRun *run = context;
    Trainer *trainer = run->trainer;
    const Kernels *kernels = trainer->compute->kernels;
    real *parameters = trainer->model.parameters;
    size_t total = trainer->model.network->layout.total;
    size_t chunks = (total + TRAINER_CHUNK - 1) / TRAINER_CHUNK;
    Range share = member_share(member, chunks);
    Range elements = {share.begin * TRAINER_CHUNK,
                      share.end * TRAINER_CHUNK < total ? share.end * TRAINER_CHUNK : total};
    memset(trainer->gradients + elements.begin, 0, (elements.end - elements.begin) * sizeof(real));
    pass_pack_update(trainer->pass, parameters, run->window.dropout_key, member);
    pass_train(trainer->pass, &run->window, trainer->gradients, member);
    double norm = gradient_norm(trainer, chunks, member);
    OptimizerStep update = run->update;
    double clip = trainer->plan.method.clip;
    update.scale = clip > 0 && norm > clip ? clip / norm : 1.0;
    if (member.index == 0) {
        trainer->progress.grad_norm = norm;
    }
    if (!divergence_gradient_is_good(norm)) {
        return; /* every member sees the same norm, and the same loss */
    }
    bool good = run->noted &&
                divergence_is_calm(&trainer->divergence, &trainer->divergence_rule, window_loss(trainer));
    if (good) {
        snapshot_copy(trainer, elements);
    }
    if (member.index == 0) {
        run->good = good;
    }
    trainer->config.optimizer->update(kernels, &update, elements, parameters, trainer->gradients,
                                      trainer->moments);
    if (trainer->average != NULL) {
        kernels->average(trainer->average + elements.begin, parameters + elements.begin, run->average_decay,
                         elements.end - elements.begin);
    }
}

/* Goes on to the next step and reads its window, of which `*scored` targets are scored. False and a message if the
 * text cannot be read. */
static bool next_window(TrainerRun *run, size_t *scored, Error *error) {
    Trainer *trainer = run->trainer;
    bool first = false;
    size_t steps = batches_next(&trainer->batches, trainer->buffers.ids, trainer->buffers.targets, scored,
                                &first, error);
    if (steps == 0) {
        return false;
    }
    if (first) {
        pass_clear_state(trainer->pass);
    }
    uint64_t step = ++trainer->progress.step;
    uint64_t key = random_at(trainer->plan.method.seed, step);
    run->window = window_buffers_window(&trainer->buffers, steps, trainer->shape.batch);
    run->window.dropout_key = key == 0 ? 1 : key;
    return true;
}

/* How the parameters and their average move in a step that begins `seconds` into the run. */
static void choose_update(TrainerRun *run, double seconds) {
    const Trainer *trainer = run->trainer;
    const TrainingMethod *method = &trainer->plan.method;
    uint64_t step = trainer->progress.step;
    const ScheduleMoment moment = {
        .step = step, .epochs = trainer_epochs(trainer), .progress = trainer_done(trainer, seconds)};
    double factor = schedule_factor(trainer->plan.schedule, &method->schedule_numbers, &moment);
    run->update = (OptimizerStep){.step = step,
                                  .learning_rate =
                                      factor * method->learning_rate * divergence_rate(&trainer->divergence),
                                  .weight_decay = method->weight_decay,
                                  .limit = method->clip_value,
                                  .numbers = method->numbers};
    /* The weights' average (Polyak & Juditsky 1992) is an exponential one. While young it follows quickly, or it would
     * remember the start for long: as TensorFlow's ExponentialMovingAverage. */
    double young = (1.0 + (double)step) / (10.0 + (double)step);
    run->average_decay = fmin(method->average, young);
}

/* Takes a step that began `begin` seconds into the run and scored so many units into the run's progress. */
static void count_step(TrainerRun *run, double begin, size_t scored) {
    const Trainer *trainer = run->trainer;
    TrainerProgress *progress = &run->trainer->progress;
    progress->chars += scored;
    progress->loss_sum = smoothing * progress->loss_sum + pass_loss(trainer->pass);
    progress->loss_weight = smoothing * progress->loss_weight + (double)pass_scored(trainer->pass);
    progress->seconds = trainer_run_seconds(run);
    run->training_seconds += progress->seconds - begin;
}

/* Looks at what the step came to, before it counts: is it good, or has the run diverged? */
static void judge_step(TrainerRun *run) {
    Trainer *trainer = run->trainer;
    double loss = window_loss(trainer);
    if (run->good) {
        snapshot_keep(trainer);
    }
    if (!divergence_gradient_is_good(trainer->progress.grad_norm)) {
        recovery_note(run, "the gradient is %s",
                      isfinite(trainer->progress.grad_norm) ? "too large for its square"
                                                            : "not a finite number");
    } else if (!isfinite(loss)) {
        recovery_note(run, "the loss is not a finite number");
    } else if (divergence_take_loss(&trainer->divergence, &trainer->divergence_rule, loss)) {
        recovery_note(run, "the loss has risen to %.3g nats, far above its level of %.3g", loss,
                      trainer->divergence.level);
    }
}

bool trainer_take_step(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    size_t scored = 0;
    double begin = trainer_run_seconds(run);
    run->noted = snapshot_is_due(trainer);
    run->good = false;
    if (run->noted) {
        snapshot_note(trainer);
    }
    if (!next_window(run, &scored, error)) {
        return false;
    }
    choose_update(run, begin);
    team_run(trainer->compute->threads, step_work, run);
    if (!gemm_succeeded(trainer->compute->gemms, error)) {
        return false;
    }
    judge_step(run);
    if (!recovery_is_due(run)) {
        count_step(run, begin, scored);
    }
    return true;
}

void trainer_warn(const TrainerRun *run, const char *format, ...) {
    if (run->callbacks->warning != NULL) {
        char message[2 * ERROR_MESSAGE_SIZE];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        run->callbacks->warning(run->callbacks->context, message);
    }
}

/* --- reports --- */

static void report(TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    const TrainerProgress *progress = &trainer->progress;
    double done = trainer_done(trainer, progress->seconds);
    double chars = (double)(progress->chars - run->chars_reported);
    TrainerReport report = {
        .step = progress->step,
        .epoch = trainer_epochs(trainer),
        .chars = progress->chars,
        .seconds = progress->seconds,
        .train_loss = trainer_smoothed_loss(trainer),
        .val_loss = progress->last_val,
        .new_val = run->new_val,
        .learning_rate = run->update.learning_rate,
        .grad_norm = progress->grad_norm,
        .chars_per_second = run->training_seconds > 0 ? chars / run->training_seconds : NAN,
        .rollbacks = trainer->divergence.rollbacks,
        .progress = done,
        .seconds_left = done > 0 ? progress->seconds * (1.0 - done) / done : NAN,
    };
    if (run->callbacks->report != NULL) {
        run->callbacks->report(run->callbacks->context, &report);
    }
    run->last_report = progress->seconds;
    run->chars_reported = progress->chars;
    run->training_seconds = 0;
    run->new_val = run->went_back = false;
}

static bool interrupted(const TrainerRun *run, bool validating) {
    return run->callbacks->interrupted != NULL &&
           run->callbacks->interrupted(run->callbacks->context, validating);
}

static bool report_is_due(const TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    return trainer->progress.seconds - run->last_report >= trainer->config.report_seconds;
}

/* --- validation --- */

/* Between two windows of a validation: reports keep coming, and so may the end. */
static bool keep_validating(void *context) {
    TrainerRun *run = context;
    run->trainer->progress.seconds = trainer_run_seconds(run);
    if (run->trainer->config.report_seconds > 0 && report_is_due(run)) {
        report(run);
    }
    run->interrupted = interrupted(run, true);
    return !run->interrupted;
}

/* The loss of the part, in `loss`; run->interrupted if it was not measured. The carried state of training comes back
 * afterwards. A product that failed leaves a loss that looks like any other, so that is an error here. */
static bool run_validation(TrainerRun *run, double *loss, Error *error) {
    Trainer *trainer = run->trainer;
    size_t state_bytes = network_state_size(trainer->model.network, trainer->shape.batch) * sizeof(real);
    real *carried = memory_allocate(state_bytes, 1, "the carried state", error);
    if (carried == NULL) {
        return false;
    }
    memcpy(carried, pass_state(trainer->pass), state_bytes);
    pass_pack_now(trainer->pass, trainer->average != NULL ? trainer->average : trainer->model.parameters);
    const ValidationWatch watch = {keep_validating, run};
    bool done = validate(trainer->pass, &trainer->shape, trainer->corpus->units, trainer->split.val,
                         &trainer->buffers, &watch, loss, error);
    memcpy(pass_state(trainer->pass), carried, state_bytes);
    free(carried);
    return done && gemm_succeeded(trainer->compute->gemms, error);
}

/* Measures the validation loss, and saves the model if it is the best so far, or the earlier best could not be
 * saved. An interruption leaves everything as it was, but for the note that this is still to be done. */
static bool measure(TrainerRun *run, Error *error) {
    Trainer *trainer = run->trainer;
    TrainerProgress *progress = &trainer->progress;
    double loss = NAN;
    if (!run_validation(run, &loss, error)) {
        return false;
    }
    progress->validation_due = run->interrupted;
    if (run->interrupted) {
        return true;
    }
    if (!isfinite(loss)) {
        recovery_note(run, "the validation loss is not a finite number");
        return true;
    }
    progress->last_val = loss;
    run->new_val = true;
    run->measured_step = progress->step;
    progress->seconds = trainer_run_seconds(run);
    if (isnan(progress->best_val) || loss < progress->best_val || !trainer->best_saved) {
        trainer_save_best(run, loss);
    }
    return true;
}

/* --- the run --- */

/* What is due between two steps. */
static void between_steps(TrainerRun *run) {
    Trainer *trainer = run->trainer;
    double seconds = trainer->progress.seconds;
    if (run->new_val || run->went_back || report_is_due(run)) {
        report(run);
    }
    trainer_look_after_saves(run);
    if (trainer->config.sample_seconds > 0 && run->callbacks->preview != NULL &&
        seconds - run->last_preview >= trainer->config.sample_seconds) {
        Model model = trainer->model;
        model.parameters = trainer->average != NULL ? trainer->average : model.parameters;
        run->callbacks->preview(run->callbacks->context, &model);
        run->last_preview = trainer_run_seconds(run);
    }
}

/* Seals the saved model: its history gets what is known only at the end of the run, whether that was reached and in
 * which precision the model should write. The best model is read back, as the parameters may have gone on since; steps
 * and losses in its history stay those of its own parameters. */
static bool seal_model(Trainer *trainer, bool finished, Error *error) {
    Model saved;
    if (!model_load(trainer->output, &saved, error)) {
        return false;
    }
    TrainingHistory *history = &saved.history;
    Precision chosen = PRECISION_F32;
    bool done = writing_precision_choose(&saved, trainer->compute, trainer->corpus->units, trainer->split.val,
                                         &chosen, error);
    if (chosen != history->sampling_precision || finished != history->finished) {
        history->sampling_precision = chosen;
        history->finished = finished;
        done = model_save(trainer->output, &saved, NULL, 0, error) && done;
    }
    trainer->model.history.sampling_precision = chosen;
    model_free(&saved);
    return done;
}

/* Saves at the end of a run, however it ended: without a validated model, the model as it is now. What comes last
 * only says more of a model that is there: the run is saved before it. */
static bool finish(TrainerRun *run, bool finished, Error *error) {
    Trainer *trainer = run->trainer;
    trainer->progress.seconds = trainer_run_seconds(run);
    if (run->new_val || run->chars_reported < trainer->progress.chars) {
        report(run);
    }
    trainer_update_history(trainer, finished);
    if (!trainer_save_last(run, finished, error)) {
        return false;
    }
    pass_free(trainer->pass); /* no step follows: the saved model is read into this memory */
    trainer->pass = NULL;
    snapshot_free(&trainer->good);
    Error failure = {0};
    if (trainer->val_interval > 0 && !seal_model(trainer, finished, &failure)) {
        trainer_warn(run, "the saved model does not say how the run ended: %s", failure.message);
    }
    return true;
}

/* Whether a validation falls at the step that was just taken. */
static bool at_validation(const Trainer *trainer) {
    return trainer->val_interval > 0 && trainer->progress.step % trainer->val_interval == 0;
}

/* A validation that was dropped when the earlier run was interrupted comes first of all. */
static bool make_up_validation(TrainerRun *run, Error *error) {
    bool good = !run->trainer->progress.validation_due || measure(run, error);
    good = good && (!recovery_is_due(run) || recovery_make(run, error));
    if (run->new_val) {
        report(run);
    }
    return good;
}

/* The last step was perhaps measured as it was taken; a resumed run may have lost the model since. */
static bool lacks_last_validation(const TrainerRun *run) {
    const Trainer *trainer = run->trainer;
    bool measured = at_validation(trainer) || run->measured_step == trainer->progress.step;
    return trainer->val_interval > 0 && !(measured && trainer->best_saved);
}

/* A step, and what is due after it. */
static bool advance(TrainerRun *run, Error *error) {
    bool good = trainer_take_step(run, error);
    if (good && !recovery_is_due(run) && at_validation(run->trainer)) {
        good = measure(run, error);
    }
    if (good && recovery_is_due(run)) {
        good = recovery_make(run, error);
    }
    if (good && !run->interrupted) {
        between_steps(run);
        run->interrupted = interrupted(run, false);
    }
    return good;
}

/* What is still to be done when no step follows: a validation, and a look at whether there is something to save. If
 * not, the run goes back (run->went_back), and, unless it was interrupted, on from there. */
static bool end(TrainerRun *run, Error *error) {
    run->went_back = false;
    if (!run->interrupted && lacks_last_validation(run) && !measure(run, error)) {
        return false;
    }
    recovery_check_parameters(run);
    if (!recovery_is_due(run)) {
        return true;
    }
    if (!recovery_make(run, error)) {
        return false;
    }
    report(run);
    run->went_back = !run->interrupted;
    return true;
}

TrainerOutcome trainer_run(Trainer *trainer, const TrainerCallbacks *callbacks, Clock clock, Error *error) {
    TrainerRun run = {.trainer = trainer,
                      .callbacks = callbacks,
                      .clock = clock,
                      .started = clock_now(clock),
                      .seconds_before = trainer->progress.seconds,
                      .update.learning_rate = NAN}; /* until a step is taken */
    assert(trainer->pass != NULL);
    run.last_report = run.last_checkpoint = run.last_preview = run.seconds_before;
    run.chars_reported = trainer->progress.chars;
    bool good = make_up_validation(&run, error);
    bool over = false;
    while (good && !over) {
        bool bound = run.interrupted || trainer_done(trainer, trainer_run_seconds(&run)) >= 1.0;
        good = bound ? end(&run, error) : advance(&run, error);
        over = bound && !run.went_back;
    }
    if (!good) {
        trainer_settle_saves(&run);
        return TRAINER_FAILED;
    }
    if (!finish(&run, !run.interrupted, error)) {
        return TRAINER_FAILED;
    }
    return run.interrupted ? TRAINER_INTERRUPTED : TRAINER_FINISHED;
}
