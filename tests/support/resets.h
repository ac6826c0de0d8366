/* Resets: where a window's mask says that a new text begins, the state before it is zero. These checks hold a window
 * with a mask to fresh passes that start where it has a reset, for every cell of the table. Written for either build:
 * `real` is float or double. A tolerance is of losses in nats, elements of the state, and gradients. */
#ifndef LETRA_TESTS_SUPPORT_RESETS_H
#define LETRA_TESTS_SUPPORT_RESETS_H

#include <stddef.h>

typedef struct ResetSetting {
    size_t layers, hidden, embed, vocab, steps, batch;
    size_t threads;
} ResetSetting;

/* A reset at (t, b), for every b and some t: from t on stream b has the losses and the last state of a pass that starts
 * there; before t, and in the other streams, no bit changes. */
void check_reset_forward(const ResetSetting *setting, double tolerance);

/* The gradient of a window with a reset at t is that of the part before and that of a fresh pass over the part from t
 * on, each weighted with its share of the scored units; the state before the window feels the first part alone. Once
 * with resets in all streams, once in one, which alone is scored. */
void check_reset_gradients(const ResetSetting *setting, double tolerance);

#endif
