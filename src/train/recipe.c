/* The default recipe: see recipe.h. */
#include "train/recipe.h"

#include <math.h>

/* A guess at the speed of one thread, good enough for what depends on its logarithm: with AVX-512 or AVX2, and in bf16
 * where that is faster. (For AMX it was 4.5e11 before anybody had run it: a run of 45 s took itself for one of 8.4
 * passes where it was one of 3.4, held back too much, and came to 1.464 nats on Tiny Shakespeare instead of 1.449.) */
static const double operations_a_second = 1.2e11;
static const double fast_operations_a_second = 2.4e11;

static double clamp(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

/* Passes over the training part that a run makes if it is given no bound: as many as read 8 million units, but at least
 * one and at most 40. A choice: no other number was tried. */
static double recipe_epochs(const RecipeInput *input) {
    if (input->epochs > 0 || input->seconds > 0) {
        return input->epochs;
    }
    return ceil(clamp(8e6 / (double)input->train_units, 1.0, 40.0));
}

/* How often the run will read the training part: `epochs` times, or as often as it comes to in its time. */
static double recipe_epochs_expected(const RecipeInput *input, double epochs) {
    if (input->seconds <= 0) {
        return epochs;
    }
    double operations = input->fast ? fast_operations_a_second : operations_a_second;
    double speed = operations * (double)input->threads / input->unit_operations;
    double in_time = input->seconds * speed / (double)input->train_units;
    return epochs > 0 ? fmin(epochs, in_time) : in_time;
}

RecipeWindows recipe_usual_windows(void) {
    return (RecipeWindows){64, 16};
}

/* A run that does not come to the end of its streams knows the text only from where they begin: the more of them, the
 * better. As many units make a step either way. Tiny Shakespeare, with 16, 32 and 64 streams (tests/bench/recipe.md):
 * after 0.3 passes 1.794, 1.740 and 1.721 nats, after 0.7 1.632, 1.569 and 1.577; but after one, with 16 and 32, 1.502
 * and 1.526. On Don Quijote, which is of one piece, they came out alike. Runs of more than two million units were not
 * compared. */
RecipeWindows recipe_windows(const RecipeInput *input) {
    double epochs = recipe_epochs_expected(input, recipe_epochs(input));
    double units = epochs * (double)input->train_units;
    if (epochs >= 0.75 || units > 2e6) {
        return recipe_usual_windows();
    }
    return units < 6e5 ? (RecipeWindows){16, 64} : (RecipeWindows){32, 32};
}

/* What holds back follows from how often the text is read, counted in doublings from the second pass on: a text that is
 * read once or twice cannot be learnt by heart. */
static double recipe_doublings(double epochs) {
    return fmax(log2(fmax(epochs, 1.0) / 2.0), 0.0);
}

/* How the rate falls: a run in which nothing has to be held back learns more if its rate falls evenly, and the
 * second moment follows faster. Both together, Tiny Shakespeare, 2×256: 1.811 → 1.796 nats after 0.3 passes, 1.520 →
 * 1.502 after one, 1.444 → 1.442 after 3.8; Don Quijote 1.366 → 1.347 after half a pass. But of corpora/english.txt,
 * after 20 passes, 1.452 → 1.460 (tests/bench/recipe.md). */
static bool recipe_is_brief(double doublings) {
    return doublings == 0;
}

/* A tenth more of the outputs is left out each time the passes double, up to a half: 0.1 of them at 4 passes, 0.3 at
 * 16, 0.5 from 64 on. A choice: it was 0.1 at first, 0.07 from 9f94f1e on and 0.1 again from 62f1085 on, for texts that
 * are read often, and no loss was written down for either. */
static double recipe_dropout(double doublings) {
    return clamp(0.1 * doublings, 0.0, 0.5);
}

/* In the same way 0.04 a doubling, up to 0.2: 0.04 at 4 passes, 0.12 at 16, 0.2 from 64 on. A choice, raised together
 * with the dropout from 0.015 a doubling, and no loss was written down. It is for AdamW alone: the others
 * add weight decay to the gradient, which as much of it would drown (train/optimizer.c). */
static double recipe_weight_decay(const Optimizer *optimizer, double doublings) {
    return optimizer->regularized ? clamp(0.04 * doublings, 0.0, 0.2) : 0.0;
}

/* The decay d of an average that weighs the weights of n steps ago by d^n sums up the last 1 / (1 - d) steps, its
 * horizon. The horizon is a tenth of the run: long enough to average out the noise of single steps, and short enough
 * that the average is of what the learning rate's end made and not of its middle. Under 1000 steps, where it would be
 * less than 100, there is none. Both are choices: runs with and without, or with another horizon, were not compared. */
static double recipe_average(double steps) {
    return steps >= 1000.0 ? 1.0 - 1.0 / (0.1 * steps) : 0.0;
}

/* Wider layers learn with smaller steps: 1 at 256 units, 1.68 at 128, 0.59 at 512. Other powers were not compared: this
 * one follows the rates that a trial before the first commit used, 0.015 at 128 units, 0.01 at 256 and 0.005 at 384 and
 * 512. */
static double width_factor(size_t hidden) {
    return pow(256.0 / (double)hidden, 0.75);
}

/* And so do deeper stacks: 1 for one layer and two, then 2/L. The form is a choice. In the same trial three layers came
 * to 1.55 nats at the rate at which two came to 1.43 (Tiny Shakespeare, 12 million characters); what a lower rate makes
 * of them was not measured. */
static double depth_factor(size_t layers) {
    return fmin(1.0, 2.0 / (double)layers);
}

/* In a short run large steps learn most, in a long one small ones: 1 at 400 steps, 0.45 at 6,860. Measured on Tiny
 * Shakespeare with 2×256 and batches of 16: the best rate was 0.012 at 540 steps and about 0.0075 at 1,960 (this makes
 * 0.0120 and 0.0083 of them; 14ea9d3), and at 6,860 steps 0.0064 came to 1.426 nats and 0.0035 to 1.435 (0.0059;
 * f59dc52). In a run of 137 steps, of which neither text nor size are written down, 0.02 came to 1.909 where the rule
 * that then ended at 400 steps came to 1.947: so the factor goes on rising below them, up to 1.5 at 94 (771482a). */
static double length_factor(double steps) {
    return fmin(1.5, pow(400.0 / steps, 0.28));
}

/* The rate at the top of the schedule: for an LSTM and AdamW 0.013 with 2×256 and 400 steps, times the three factors,
 * within bounds that are a choice (at 400 steps, layers of under 84 units come to the upper one); then beside it what
 * other cells and optimizers were measured to need (model/cell.h, train/optimizer.c). All that was measured is in
 * tests/bench/recipe.md. */
static double recipe_learning_rate(const RecipeInput *input, double steps) {
    double rate = 0.013 * width_factor(input->hidden) * depth_factor(input->layers) * length_factor(steps);
    return clamp(rate, 1e-4, 0.03) * input->cell_rate * input->optimizer->rate;
}

Recipe recipe_choose(const RecipeInput *input) {
    double epochs = recipe_epochs(input);
    double expected = recipe_epochs_expected(input, epochs);
    double steps = expected * (double)input->train_units / (double)input->window_units;
    double doublings = recipe_doublings(expected);
    bool brief = recipe_is_brief(doublings);
    return (Recipe){.epochs = epochs,
                    .seconds = input->seconds,
                    .epochs_expected = expected,
                    .learning_rate = recipe_learning_rate(input, steps),
                    .schedule = schedule_find(brief ? "linear" : "cosine"),
                    .beta2 = brief ? 0.95 : input->optimizer->numbers[OPTIMIZER_BETA2],
                    .dropout = recipe_dropout(doublings),
                    .weight_decay = recipe_weight_decay(input->optimizer, doublings),
                    .average = recipe_average(steps)};
}
