/* What the options of `train` ask of the trainer. */
#ifndef LETRA_COMMANDS_TRAIN_CONFIG_H
#define LETRA_COMMANDS_TRAIN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "commands/train_options.h"
#include "train/trainer.h"

/* The cells of the layers, their heads, and the width of the embedding, where nothing was said what suits the cells. */
CellList train_config_cells(const TrainValues *values);
size_t train_config_heads(const TrainValues *values);
size_t train_config_embed(const TrainValues *values);

/* The precision of training. False and a message if this processor lacks what was asked for. */
bool train_config_precision(const TrainValues *values, Precision *precision, Error *error);

/* The configuration of a run of its own, but for its output, its precision and what it starts from. */
TrainerConfig train_config_make(const TrainValues *values);

#endif
