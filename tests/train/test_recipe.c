/* The default recipe: its rules by hand, at the sizes where they bend. */
#include "train/recipe.h"

#include <math.h>

#include "support/cmocka_all.h"

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-12)) {
        fail_msg("%.15g instead of %.15g", value, expected);
    }
}

/* An LSTM of 2×256 that reads 400 windows of 1000 units in a pass. */
static RecipeInput usual_input(void) {
    return (RecipeInput){.layers = 2,
                         .hidden = 256,
                         .cell_rate = 1,
                         .train_units = 400000,
                         .window_units = 1000,
                         .epochs = 1,
                         .unit_operations = 6e6,
                         .threads = 2,
                         .optimizer = optimizer_at(0)};
}

static Recipe with_epochs(double epochs) {
    RecipeInput input = usual_input();
    input.epochs = epochs;
    return recipe_choose(&input);
}

static double rate_of(size_t layers, size_t hidden) {
    RecipeInput input = usual_input();
    input.layers = layers;
    input.hidden = hidden;
    return recipe_choose(&input).learning_rate;
}

static void rates_by_hand(void **state) {
    (void)state;
    assert_near(rate_of(2, 256), 0.013);
    assert_near(rate_of(1, 256), 0.013);
    assert_near(rate_of(3, 256), 0.013 * 2 / 3);
    assert_near(rate_of(2, 4096), 0.013 / 8);
    assert_near(rate_of(2, 32), 0.03);
    assert_near(rate_of(100, 65536), 1e-4);
    assert_near(with_epochs(32).learning_rate, 0.013 * pow(2, -1.4));
    assert_near(with_epochs(0.1).learning_rate, 0.013 * 1.5);
}

static void rates_of_others(void **state) {
    (void)state;
    RecipeInput input = usual_input();
    input.cell_rate = 0.6;
    assert_near(recipe_choose(&input).learning_rate, 0.013 * 0.6);
    for (size_t k = 0; k < optimizer_count(); k++) {
        input.optimizer = optimizer_at(k);
        assert_near(recipe_choose(&input).learning_rate, 0.013 * 0.6 * input.optimizer->rate);
    }
}

static void what_holds_back(void **state) {
    (void)state;
    assert_near(with_epochs(2).dropout, 0);
    assert_near(with_epochs(4).dropout, 0.1);
    assert_near(with_epochs(16).dropout, 0.3);
    assert_near(with_epochs(1000).dropout, 0.5);
    assert_near(with_epochs(2).weight_decay, 0);
    assert_near(with_epochs(4).weight_decay, 0.04);
    assert_near(with_epochs(64).weight_decay, 0.2);
    assert_near(with_epochs(1000).weight_decay, 0.2);
    RecipeInput input = usual_input();
    input.epochs = 16;
    for (size_t k = 0; k < optimizer_count(); k++) {
        input.optimizer = optimizer_at(k);
        assert_near(recipe_choose(&input).weight_decay, input.optimizer->regularized ? 0.12 : 0);
    }
}

/* A tenth of the run, if that is 100 steps. */
static void average_by_hand(void **state) {
    (void)state;
    assert_near(with_epochs(2).average, 0);
    assert_near(with_epochs(2.5).average, 0.99);
    assert_near(with_epochs(25).average, 0.999);
}

static void assert_goes_by(const Recipe *recipe, const char *schedule, double beta2) {
    assert_string_equal(recipe->schedule->name, schedule);
    assert_near(recipe->beta2, beta2);
}

/* Up to two passes the rate falls evenly, and the second moment follows faster. */
static void how_rates_fall(void **state) {
    (void)state;
    Recipe recipe = with_epochs(2);
    assert_goes_by(&recipe, "linear", 0.95);
    recipe = with_epochs(2.01);
    assert_goes_by(&recipe, "cosine", 0.99);
}

static void epochs_by_hand(void **state) {
    (void)state;
    RecipeInput input = usual_input();
    input.epochs = 0;
    assert_near(recipe_choose(&input).epochs, 20); /* 8 million units */
    input.train_units = 3000000;
    assert_near(recipe_choose(&input).epochs, 3);
    input.train_units = 100000000;
    assert_near(recipe_choose(&input).epochs, 1);
    input.train_units = 1000;
    assert_near(recipe_choose(&input).epochs, 40);
}

/* In 10 s, two threads that make 1.2e11 operations a second each read 400,000 units of 6e6 once. */
static void epochs_in_time(void **state) {
    (void)state;
    RecipeInput input = usual_input();
    input.epochs = 0;
    input.seconds = 10;
    assert_near(recipe_choose(&input).epochs, 0);
    assert_near(recipe_choose(&input).epochs_expected, 1);
    input.fast = true;
    assert_near(recipe_choose(&input).epochs_expected, 2);
    input.epochs = 1.5;
    assert_near(recipe_choose(&input).epochs, 1.5);
    assert_near(recipe_choose(&input).epochs_expected, 1.5);
}

static void assert_windows(const RecipeInput *input, size_t steps, size_t batch) {
    RecipeWindows windows = recipe_windows(input);
    assert_int_equal(windows.steps, steps);
    assert_int_equal(windows.batch, batch);
}

/* More streams where less than three quarters are read, and no more than two million: by the epochs, or in the time. */
static void windows_by_hand(void **state) {
    (void)state;
    RecipeInput input = usual_input();
    input.window_units = 0;
    assert_windows(&input, 64, 16);
    input.epochs = 0.74;
    assert_windows(&input, 16, 64);
    input.train_units = 820000;
    assert_windows(&input, 32, 32);
    input.train_units = 2700000;
    assert_windows(&input, 32, 32);
    input.train_units = 2800000;
    assert_windows(&input, 64, 16);
    input.train_units = 400000;
    input.epochs = 0.75;
    assert_windows(&input, 64, 16);
    input.epochs = 0;
    assert_windows(&input, 64, 16);
    input.seconds = 7.4;
    assert_windows(&input, 16, 64);
    input.fast = true;
    assert_windows(&input, 64, 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_by_hand),   cmocka_unit_test(rates_of_others),
        cmocka_unit_test(what_holds_back), cmocka_unit_test(average_by_hand),
        cmocka_unit_test(epochs_by_hand),  cmocka_unit_test(epochs_in_time),
        cmocka_unit_test(windows_by_hand), cmocka_unit_test(how_rates_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
