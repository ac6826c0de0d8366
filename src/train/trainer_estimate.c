/* How long a run would take: some steps and a window of validation are timed. See trainer.h for the contract. */
#include <math.h>
#include <stdlib.h>

#include "train/recovery.h"
#include "train/trainer_state.h"
#include "train/validate.h"

enum { SAMPLES_MAX = 200 };

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Takes a step; `*seconds` is what it took for each unit. */
static bool time_step(TrainerRun *run, double *seconds, Error *error) {
    uint64_t before = run->trainer->progress.chars;
    double begin = trainer_run_seconds(run);
    bool done = trainer_take_step(run, error);
    if (done && recovery_is_due(run)) {
        return error_set(error, "training diverged at step %llu: %s",
                         (unsigned long long)run->trainer->progress.step, run->diverged);
    }
    *seconds = (trainer_run_seconds(run) - begin) / (double)(run->trainer->progress.chars - before);
    return done;
}

/* The median of what steps take, so that one in which the machine did something else does not count. The first one,
 * for which everything is cold, counts only if there is no time for another. */
static bool sample_steps(TrainerRun *run, double seconds, double *median, Error *error) {
    double samples[SAMPLES_MAX];
    size_t count = 0;
    if (!time_step(run, median, error)) {
        return false;
    }
    while (count < SAMPLES_MAX && trainer_run_seconds(run) < seconds) {
        if (!time_step(run, &samples[count++], error)) {
            return false;
        }
    }
    if (count > 0) {
        qsort(samples, count, sizeof *samples, compare_doubles);
        *median = samples[count / 2];
    }
    return true;
}

/* `*seconds` that validation takes for a unit that it reads: the last window again, there alone. */
static bool sample_validation(TrainerRun *run, double *seconds, Error *error) {
    Trainer *trainer = run->trainer;
    double begin = trainer_run_seconds(run);
    pass_pack_now(trainer->pass, trainer->model.parameters);
    PassWindow window = run->window;
    window.dropout_key = 0;
    pass_forward_now(trainer->pass, &window);
    *seconds = (trainer_run_seconds(run) - begin) / (double)(run->window.steps * trainer->shape.batch);
    return gemm_succeeded(trainer->compute->gemms, error);
}

bool trainer_estimate(Trainer *trainer, Clock clock, double seconds, TrainerEstimate *estimate,
                      Error *error) {
    TrainerRun run = {.trainer = trainer, .clock = clock, .started = clock_now(clock)};
    const TrainerPlan *plan = &trainer->plan;
    double unit = 0;
    if (!sample_steps(&run, seconds, &unit, error)) {
        return false;
    }
    double units = ceil(plan->epochs * (double)batches_predictions(&trainer->batches));
    *estimate = (TrainerEstimate){.seconds = units * unit, .chars_per_second = 1.0 / unit};
    if (trainer->val_interval > 0) {
        double validated = 0;
        if (!sample_validation(&run, &validated, error)) {
            return false;
        }
        double steps = units / (double)(trainer->shape.steps * trainer->shape.batch);
        double validations = ceil(steps / (double)trainer->val_interval);
        double cost = (double)validate_cost(plan->val_units, trainer->shape.batch);
        estimate->seconds += validations * cost * validated;
    }
    if (plan->seconds > 0) {
        estimate->seconds = plan->epochs > 0 ? fmin(estimate->seconds, plan->seconds) : plan->seconds;
    }
    return true;
}
