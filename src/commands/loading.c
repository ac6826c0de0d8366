/* A model made ready for work: see loading.h. */
#include "commands/loading.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A model begins with a length of 8 bytes of which the last are 0; no text has a NUL there. Only a regular file
 * can be looked at again. */
bool loaded_is_text(const char *path) {
    struct stat status;
    char start[8];
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(start, 1, sizeof start, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return length > 0 && memchr(start, '\0', length) == NULL;
}

bool loaded_model_open(const char *path, Model *model, Error *error) {
    if (model_load(path, model, error)) {
        return true;
    }
    if (loaded_is_text(path)) {
        error_set(error, "%s is no letra model; letra train makes one of a text", path);
    }
    return false;
}

bool loaded_open(const char *path, uint64_t threads, Loaded *loaded, Error *error) {
    *loaded = (Loaded){0};
    if (!loaded_model_open(path, &loaded->model, error)) {
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
