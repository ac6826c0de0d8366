/* How a training goes by its options: the optimizer with its numbers. Which options the chosen one has no use for is
 * found out here, too. */
#ifndef LETRA_COMMANDS_TRAIN_METHOD_H
#define LETRA_COMMANDS_TRAIN_METHOD_H

#include "base/bytes.h"
#include "base/error.h"
#include "commands/train_options.h"
#include "train/trainer.h"

/* Whether every option goes with the optimizer; the message names both. */
bool train_method_check(const TrainValues *values, Error *error);

/* Fills the members of the configuration that are about it. */
void train_method_configure(const TrainValues *values, TrainerConfig *config);

/* Adds the numbers of an optimizer to the text, as in "beta1 0.5, beta2 0.99". */
void train_method_describe(const Optimizer *optimizer, const double *numbers, Bytes *text);

#endif
