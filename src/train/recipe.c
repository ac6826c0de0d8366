/* The default recipe: see recipe.h. */
#include "train/recipe.h"

#include <math.h>

/* Units that a run without a bound reads, if that is between EPOCHS_MIN and EPOCHS_MAX passes. */
static const double default_units = 8e6;
static const double epochs_min = 1.0;
static const double epochs_max = 40.0;

/* A guess at the speed of one thread, good enough for what depends on its logarithm: with AVX-512 or AVX2, and with
 * AMX. */
static const double operations_a_second = 1.2e11;
static const double tile_operations_a_second = 4.5e11;

static double clamp(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

/* How often the run will read the training part. */
static double expected_epochs(const RecipeInput *input, const Recipe *recipe) {
    double epochs = recipe->epochs;
    if (input->seconds > 0) {
        double operations = input->tiles ? tile_operations_a_second : operations_a_second;
        double speed = operations * (double)input->threads / input->unit_operations;
        double in_time = input->seconds * speed / (double)input->train_units;
        epochs = epochs > 0 ? fmin(epochs, in_time) : in_time;
    }
    return epochs;
}

Recipe recipe_choose(const RecipeInput *input) {
    Recipe recipe = {.epochs = input->epochs, .seconds = input->seconds};
    if (input->epochs <= 0 && input->seconds <= 0) {
        recipe.epochs = ceil(clamp(default_units / (double)input->train_units, epochs_min, epochs_max));
    }
    double epochs = expected_epochs(input, &recipe);
    recipe.epochs_expected = epochs;
    double steps = epochs * (double)input->train_units / (double)input->window_units;
    /* A text that is read once or twice cannot be learnt by heart; from then on, the more often it is read,
     * the more is held back. */
    double doublings = fmax(log2(fmax(epochs, 1.0) / 2.0), 0.0);
    recipe.dropout = clamp(0.1 * doublings, 0.0, 0.5);
    recipe.weight_decay = input->optimizer->regularized ? clamp(0.04 * doublings, 0.0, 0.2) : 0.0;
    recipe.average = steps >= 1000.0 ? 1.0 - 1.0 / (0.1 * steps) : 0.0;
    /* In a short run large steps learn most, in a long one small ones. */
    recipe.learning_rate = 0.013 * pow(256.0 / (double)input->hidden, 0.75) *
                           fmin(1.0, 2.0 / (double)input->layers) * fmin(1.5, pow(400.0 / steps, 0.28));
    recipe.learning_rate =
        clamp(recipe.learning_rate, 1e-4, 0.03) * input->cell_rate * input->optimizer->rate;
    return recipe;
}
