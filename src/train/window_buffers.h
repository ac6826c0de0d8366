/* The buffers of windows of T × B units, [t][b]: what the trainer reads into, and a pass from. */
#ifndef LETRA_TRAIN_WINDOW_BUFFERS_H
#define LETRA_TRAIN_WINDOW_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

#include "model/pass.h"
#include "text/vocab.h"

typedef struct WindowBuffers {
    uint32_t *ids, *targets; /* owned */
    uint8_t *reset;          /* owned; NULL: the text has no records */
    uint32_t border;         /* before which the state is made zero; VOCAB_UNKNOWN: there is none */
} WindowBuffers;

/* For the shape's windows; `shape->resets` must be window_buffers_resets. False and a message without memory. */
bool window_buffers_create(const PassShape *shape, const Vocab *vocab, WindowBuffers *buffers, Error *error);
/* Frees them and makes them {0}. */
void window_buffers_free(WindowBuffers *buffers);

/* Whether windows of a text with this vocabulary have resets: it has a border. */
bool window_buffers_resets(const Vocab *vocab);

/* A window of `steps` × `batch` units that are in the buffers, with resets where its borders are. */
PassWindow window_buffers_window(const WindowBuffers *buffers, size_t steps, size_t batch);

#endif
