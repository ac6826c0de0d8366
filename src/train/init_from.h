/* Starting from what another model has learned. */
#ifndef LETRA_TRAIN_INIT_FROM_H
#define LETRA_TRAIN_INIT_FROM_H

#include <stdbool.h>

#include "base/error.h"
#include "model/model_file.h"

/* Copies the parameters of `source`, which messages call `name`, over those of `model`, which are initialised. Both
 * must be of the same unit, cell and sizes, and `model` must know every symbol that `source` does; what belongs to
 * a symbol goes to the same symbol, and what belongs to one that is new stays as it is. False and a message that
 * names what differs. */
bool init_from(const Model *model, const Model *source, const char *name, Error *error);

#endif
