/* Room for windows of T × B units, [t][b], and what is in them. */
#ifndef LETRA_MODEL_WINDOW_ROOM_H
#define LETRA_MODEL_WINDOW_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include "model/pass.h"
#include "text/vocab.h"

typedef struct WindowRoom {
    uint32_t *ids, *targets; /* owned */
    uint8_t *reset;          /* owned; NULL: the text has no records */
    uint32_t border;         /* the unit before which the state is made zero */
} WindowRoom;

/* For the shape's windows; `shape->resets` must be window_room_resets. False and a message without memory. */
bool window_room_create(const PassShape *shape, const Vocab *vocab, WindowRoom *room, Error *error);
/* Frees it and makes it {0}. */
void window_room_free(WindowRoom *room);

/* Whether windows of a text with this vocabulary have resets: it has a border. */
bool window_room_resets(const Vocab *vocab);

/* A window of `steps` × `batch` units that are in the room, with resets where its borders are. */
PassWindow window_room_window(const WindowRoom *room, size_t steps, size_t batch);

#endif
