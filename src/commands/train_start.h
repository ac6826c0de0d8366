/* letra train --init-from: what the run takes from the model that it starts from, beside the weights: the sizes of the
 * network, and the way of the text. */
#ifndef LETRA_COMMANDS_TRAIN_START_H
#define LETRA_COMMANDS_TRAIN_START_H

#include "commands/command.h"
#include "commands/train_options.h"
#include "model/model_file.h"
#include "train/trainer.h"

/* Takes the sizes of the network that no option was given for. (That others are the same is checked when the weights
 * are taken: train/init_from.h.) */
void train_start_sizes(const Invocation *invocation, const Model *start, TrainerConfig *config);

/* Takes the windows of the checkpoint that the run goes on from, where no option was given for them: a run that shall
 * be longer now would perhaps have others. */
void train_start_windows(const Model *checkpoint, TrainerConfig *config);

/* Makes `*pipeline`, which is {0}, that of the model. False and a message if an option asks for another. `name` is the
 * model's, for messages. */
bool train_start_pipeline(const Invocation *invocation, const PipelineValues *values, const Model *start,
                          const char *name, Pipeline *pipeline, Error *error);

#endif
