/* What a run does when it has diverged: it goes back to its last good state with half the learning rate, and after
 * DIVERGENCE_HALVINGS_MAX times it gives up. */
#ifndef LETRA_TRAIN_RECOVERY_H
#define LETRA_TRAIN_RECOVERY_H

#include <stdbool.h>

#include "base/error.h"

typedef struct TrainerRun TrainerRun;

/* Notes, as a printf, what shows that the run has diverged; what was noted first stays. */
__attribute__((format(printf, 2, 3))) void recovery_note(TrainerRun *run, const char *format, ...);

/* Whether something was noted. */
bool recovery_is_due(const TrainerRun *run);

/* Goes back, warns, and forgets what was noted. False and a message if the run gives up: then the last good state is
 * saved as its checkpoint, and as its model if it has none yet, unless nothing was learned; what another run left is
 * not replaced for that. */
bool recovery_make(TrainerRun *run, Error *error);

/* Notes it if a parameter is no finite number, which else the next step would find. */
void recovery_check_parameters(TrainerRun *run);

#endif
