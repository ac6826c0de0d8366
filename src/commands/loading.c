/* A model made ready for work: see loading.h. */
#include "commands/loading.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "commands/destination.h"
#include "model/safetensors.h"

enum {
    START = 9
}; /* bytes that tell what a file is: the length of a model's header, and where that begins */

/* The first bytes of a file, and how many these are. Only a regular file can be looked at again. */
static size_t read_start(const char *path, char start[START]) {
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return 0;
    }
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(start, 1, START, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return length;
}

/* The last bytes of the length are 0; no text has a NUL there. */
bool loaded_is_text(const char *path) {
    char start[START];
    size_t length = read_start(path, start);
    return length > 0 && memchr(start, '\0', length) == NULL;
}

bool loaded_is_model(const char *path) {
    char start[START];
    return safetensors_is_start(start, read_start(path, start));
}

bool loaded_model_open(const char *path, Model *model, Error *error) {
    if (model_load(path, model, error)) {
        return true;
    }
    Bytes other = {0};
    if (!file_exists(path) && destination_guess(path, &other)) {
        error_set(error, "there is no file %s; did you mean %s?", path, other.data);
    }
    bytes_free(&other);
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
