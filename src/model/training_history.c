/* What is known about a training: see training_history.h. */
#include "model/training_history.h"

#include <math.h>

const TrainingHistory training_history_unknown = {
    .best_val_loss = NAN,
    .train_loss = NAN,
    .method = {.numbers = {NAN, NAN, NAN, NAN, NAN, NAN},
               .schedule_numbers = {.warmup = NAN, .decay = NAN, .every = NAN, .after = NAN},
               .dropout_output = NAN},
};
