/* The default recipe: what the trainer chooses itself where the user says nothing.
 *
 * The numbers follow from sizes only: the text, the network, and how many characters the run will read (which, where
 * a time is given, the processor decides). The learning rates are what was measured to learn best on a few texts, the
 * rest are choices: recipe.c says of each number what it rests on.
 */
#ifndef LETRA_TRAIN_RECIPE_H
#define LETRA_TRAIN_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "train/optimizer.h"
#include "train/schedule.h"

typedef struct RecipeInput {
    size_t layers, hidden;
    double cell_rate;       /* of the cells' learning rate, beside an LSTM's */
    size_t train_units;     /* of the training part */
    size_t window_units;    /* T·B: units of one step */
    double epochs;          /* bound, 0: none */
    double seconds;         /* bound, 0: none */
    double unit_operations; /* floating-point operations of one unit, there and back */
    bool fast;              /* they are made in bf16, where that is faster */
    size_t threads;
    const Optimizer *optimizer;
} RecipeInput;

/* The windows of a step: T units of B streams. */
typedef struct RecipeWindows {
    size_t steps, batch;
} RecipeWindows;

/* What is usual, where one of the two was asked for. */
RecipeWindows recipe_usual_windows(void);

/* What suits the run where neither was; window_units is not read. */
RecipeWindows recipe_windows(const RecipeInput *input);

typedef struct Recipe {
    double epochs, seconds; /* bounds in force: with neither given, the epochs that suit the text's size */
    double epochs_expected; /* how many there will be, or about as many where the clock decides */
    double learning_rate;
    const Schedule *schedule;
    double beta2; /* of optimizers that have one */
    double dropout;
    double weight_decay;
    double average; /* decay of the weights' average a step; 0: none */
} Recipe;

Recipe recipe_choose(const RecipeInput *input);

#endif
