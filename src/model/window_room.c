/* Room for windows: see window_room.h. */
#include "model/window_room.h"

#include <stdlib.h>

#include "base/memory.h"

bool window_room_resets(const Vocab *vocab) {
    return vocab_find(vocab, symbol_border()) != VOCAB_UNKNOWN;
}

bool window_room_create(const PassShape *shape, const Vocab *vocab, WindowRoom *room, Error *error) {
    size_t window = shape->steps * shape->batch;
    *room = (WindowRoom){.border = vocab_find(vocab, symbol_border())};
    room->ids = memory_allocate(window, sizeof *room->ids, "a window", error);
    room->targets = memory_allocate(window, sizeof *room->targets, "a window", error);
    bool resets = window_room_resets(vocab);
    room->reset = resets ? memory_allocate(window, 1, "a window", error) : NULL;
    if (room->ids == NULL || room->targets == NULL || (resets && room->reset == NULL)) {
        window_room_free(room);
        return false;
    }
    return true;
}

void window_room_free(WindowRoom *room) {
    free(room->ids);
    free(room->targets);
    free(room->reset);
    *room = (WindowRoom){0};
}

PassWindow window_room_window(const WindowRoom *room, size_t steps, size_t batch) {
    for (size_t k = 0; room->reset != NULL && k < steps * batch; k++) {
        room->reset[k] = room->ids[k] == room->border;
    }
    return (PassWindow){.steps = steps, .ids = room->ids, .targets = room->targets, .reset = room->reset};
}
