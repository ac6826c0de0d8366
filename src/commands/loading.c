/* A model made ready for work: see loading.h. */
#include "commands/loading.h"

#include "commands/command.h"

bool loaded_open(const char *path, uint64_t threads, Loaded *loaded, Error *error) {
    *loaded = (Loaded){0};
    if (!model_load(path, &loaded->model, error)) {
        return false;
    }
    if (!compute_create(&loaded->compute, (size_t)threads, error)) {
        model_free(&loaded->model);
        return false;
    }
    return true;
}

void loaded_close(Loaded *loaded) {
    compute_free(&loaded->compute);
    model_free(&loaded->model);
}

const char *unknown_choice(size_t index) {
    static const char *const names[] = {[UNKNOWN_ERROR] = "error", [UNKNOWN_SKIP] = "skip"};
    return index < ROWS(names) ? names[index] : NULL;
}
