/* Buffers of windows: see window_buffers.h. */
#include "train/window_buffers.h"

#include <stdlib.h>

#include "base/memory.h"

bool window_buffers_resets(const Vocab *vocab) {
    return vocab_border(vocab) != VOCAB_UNKNOWN;
}

bool window_buffers_create(const PassShape *shape, const Vocab *vocab, WindowBuffers *buffers, Error *error) {
    size_t window = shape->steps * shape->batch;
    bool resets = window_buffers_resets(vocab);
    *buffers = (WindowBuffers){.border = vocab_border(vocab)};
    buffers->ids = memory_allocate(window, sizeof *buffers->ids, "a window", error);
    buffers->targets = memory_allocate(window, sizeof *buffers->targets, "a window", error);
    buffers->reset = resets ? memory_allocate(window, 1, "a window", error) : NULL;
    if (buffers->ids == NULL || buffers->targets == NULL || (resets && buffers->reset == NULL)) {
        window_buffers_free(buffers);
        return false;
    }
    return true;
}

void window_buffers_free(WindowBuffers *buffers) {
    free(buffers->ids);
    free(buffers->targets);
    free(buffers->reset);
    *buffers = (WindowBuffers){0};
}

PassWindow window_buffers_window(const WindowBuffers *buffers, size_t steps, size_t batch) {
    return (PassWindow){
        .steps = steps,
        .ids = buffers->ids,
        .targets = buffers->targets,
        .reset = pass_window_mark_resets(buffers->ids, steps * batch, buffers->border, buffers->reset)};
}
