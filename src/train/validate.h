/* Validation while training: as many streams side by side as the pass has, each read from some units before
 * its part on, which are not scored, so that its state is warm where scoring begins. The figure agrees with
 * the one pass of generate/score.h within 0.001 nats (a test holds it to that). Of a part of more than
 * VALIDATION_UNITS_MAX units an evenly spread selection is scored, always the same.
 */
#ifndef LETRA_TRAIN_VALIDATE_H
#define LETRA_TRAIN_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"
#include "model/pass.h"
#include "text/unit_store.h"
#include "train/window_buffers.h"

enum { VALIDATION_UNITS_MAX = 1000000, VALIDATION_WARM_UP = 256 };

/* Units that validation of a part of `count` units scores: all but the first, or the selection. */
size_t validate_scored(size_t count, size_t batch);

/* Units that it reads, warm-up included: what it costs. */
size_t validate_cost(size_t count, size_t batch);

/* Who watches a validation is called between two windows; false ends it. */
typedef struct ValidationWatch {
    bool (*go_on)(void *context);
    void *context;
} ValidationWatch;

/* Measures the mean loss in nats per unit of the part (at least 2 units) of `units` under the packed parameters. The
 * pass's state is used and left changed, and so are the buffers. The loss is NaN if the watch (NULL: nobody) ended it.
 * False and a message if the text cannot be read. */
bool validate(Pass *pass, const PassShape *shape, const UnitStore *units, Range part,
              const WindowBuffers *buffers, const ValidationWatch *watch, double *loss, Error *error);

#endif
