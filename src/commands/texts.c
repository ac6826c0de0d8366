/* Texts of a command line: see texts.h. */
#include "commands/texts.h"

#include <string.h>

#include "base/file_input.h"
#include "commands/loading.h"

size_t texts_standard_input_count(const char *const *paths, size_t count) {
    size_t found = 0;
    for (size_t k = 0; k < count; k++) {
        found += paths[k] != NULL && strcmp(paths[k], "-") == 0;
    }
    return found;
}

const char *texts_fault(const char *const *paths, size_t count) {
    return texts_standard_input_count(paths, count) > 1
               ? "'-' can be given once: standard input is read to its end"
               : NULL;
}

bool texts_add(char *const *texts, size_t count, const char *include, FileList *list, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < count; k++) {
        done = file_list_add(list, texts[k], include, error);
    }
    return done;
}

bool texts_check_include(const char *include, size_t folders, Error *error) {
    return include == NULL || folders > 0 ||
           error_set(error, "--include '%s' is for folders, and none of the texts is one", include);
}

bool texts_list(char *const *texts, size_t count, const char *include, FileList *list, Error *error) {
    bool done =
        texts_add(texts, count, include, list, error) && texts_check_include(include, list->folders, error);
    if (!done) {
        file_list_free(list);
    }
    return done;
}

bool texts_explain(char *const *paths, size_t count, Unit unit, Error *error) {
    for (size_t k = 0; k < count && unit != UNIT_BYTE && !error->memory; k++) {
        if (loaded_is_model(paths[k])) {
            return error_set(
                error, "%s is a model and no text; leave it out (of a folder, --include '*.txt' does that)",
                paths[k]);
        }
    }
    return false;
}

bool texts_describe(char *const *texts, size_t count, const FileList *list, Bytes *out, Error *error) {
    bool done = bytes_printf(out, error, "%s", file_input_name(texts[0]));
    if (done && count > 1) {
        done = bytes_printf(out, error, " and %zu more", count - 1);
    }
    if (done && list->folders > 0) {
        done = bytes_printf(out, error, " (%zu %s)", list->count, list->count == 1 ? "file" : "files");
    }
    return done;
}
