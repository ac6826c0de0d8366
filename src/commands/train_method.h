/* How a training goes by its options: the optimizer and the schedule with their numbers, and clipping. Which options
 * the chosen ones have no use for is found out here, too. */
#ifndef LETRA_COMMANDS_TRAIN_METHOD_H
#define LETRA_COMMANDS_TRAIN_METHOD_H

#include "base/bytes.h"
#include "base/error.h"
#include "commands/command.h"
#include "commands/train_options.h"
#include "train/trainer.h"

/* Whether every option on the command line goes with the optimizer or the schedule; the message names both. */
bool train_method_check(const Invocation *invocation, const TrainValues *values, Error *error);

/* Fills the members of the configuration that are about it. */
void train_method_configure(const TrainValues *values, TrainerConfig *config);

/* Adds the numbers of an optimizer to the text, as in "beta1 0.5, beta2 0.99". */
void train_method_describe(const Optimizer *optimizer, const double *numbers, Bytes *text);

/* Adds how the learning rate falls with the epochs, as in "× 0.97 every epoch after 10". */
void train_method_describe_decay(const ScheduleNumbers *numbers, Bytes *text);

/* Adds how the learning rate goes, as in "cosine", "step: × 0.97 every epoch after 10". */
void train_method_describe_schedule(const Schedule *schedule, const ScheduleNumbers *numbers, Bytes *text);

/* Adds the shares that are left out, with so many digits, as in "0.2 (input 0.1, output 0.5, variational)". */
void train_method_describe_dropout(const TrainingMethod *method, int digits, Bytes *text);

/* What --help says after the options: the optimizers with their numbers, and the presets with their options. */
void train_method_help(Output *output);

#endif
