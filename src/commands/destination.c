/* Where a model is going to be: see destination.h. */
#define _GNU_SOURCE
#include "commands/destination.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "commands/texts.h"

#define FOLDER    "models"
#define EXTENSION ".safetensors"

/* The text's name without its folder, slashes at its end, and what comes after the last point. */
static const char *stem_of(const char *text, size_t *length) {
    size_t end = strlen(text);
    while (end > 1 && text[end - 1] == '/') {
        end--;
    }
    const char *slash = memrchr(text, '/', end);
    const char *name = slash != NULL && end > 1 ? slash + 1 : text;
    size_t size = (size_t)(text + end - name);
    const char *point = memrchr(name, '.', size);
    *length = point != NULL && point != name ? (size_t)(point - name) : size;
    return name;
}

/* Whether a text is a folder that has no name of its own: ".", "..", "/". */
static bool is_nameless(const char *text) {
    size_t length = 0;
    const char *stem = stem_of(text, &length);
    return length > 0 && strspn(stem, "./") >= length;
}

static bool stem_ends_with(const char *text, const char *end) {
    size_t length = 0;
    const char *stem = stem_of(text, &length);
    size_t size = strlen(end);
    return length >= size && strncmp(stem + length - size, end, size) == 0;
}

const char *destination_fault(const char *output, char *const *texts, size_t text_count) {
    const char *const *paths = (const char *const *)texts;
    const char *fault = texts_fault(paths, text_count);
    if (fault != NULL) {
        return fault;
    }
    if (output == NULL && texts_standard_input_count(paths, text_count) > 0) {
        return "a text from standard input has no name: say with -o where the model shall be";
    }
    if (output == NULL && text_count > 0 && is_nameless(texts[0])) {
        return "this folder has no name that a model could be named after: say with -o where the model shall be";
    }
    if (output == NULL && text_count > 0 && stem_ends_with(texts[0], ".checkpoint")) {
        return "a model named after this text would stand where the checkpoint of another belongs: say with -o "
               "where the model shall be";
    }
    if (output != NULL && strcmp(output, "-") == 0) {
        return "-o -: a model is written to a file, not to standard output";
    }
    return NULL;
}

bool destination_path(const char *output, const char *text, Bytes *path, Error *error) {
    size_t length = 0;
    const char *stem = stem_of(text, &length);
    return output != NULL ? bytes_append(path, output, strlen(output), error)
                          : bytes_printf(path, error, "%s/%.*s%s", FOLDER, (int)length, stem, EXTENSION);
}

bool destination_has_folder(const char *output) {
    return output != NULL || file_exists(FOLDER);
}

bool destination_prepare(const char *output, const char *path, Error *error) {
    return (output != NULL || file_make_folder(FOLDER, error)) && file_check_writable(path, error);
}

bool destination_guess(const char *path, Bytes *other) {
    static const char *const forms[][2] = {{"", EXTENSION}, {FOLDER "/", ""}, {FOLDER "/", EXTENSION}};
    bool found = false;
    for (size_t k = 0; !found && path[0] != '\0' && k < sizeof forms / sizeof *forms; k++) {
        other->length = 0;
        found =
            bytes_printf(other, NULL, "%s%s%s", forms[k][0], path, forms[k][1]) && file_exists(other->data);
    }
    return found;
}

/* Whether two paths lead to one regular file; where nothing is yet, whether they are the same words. */
static bool is_same_file(const char *path, const char *other) {
    struct stat one;
    struct stat two;
    if (stat(path, &one) != 0) {
        return strcmp(path, other) == 0;
    }
    return S_ISREG(one.st_mode) && stat(other, &two) == 0 && one.st_dev == two.st_dev &&
           one.st_ino == two.st_ino;
}

bool destination_is_not_input(const char *option, const char *path, char *const *texts, size_t text_count,
                              Error *error) {
    for (size_t k = 0; k < text_count; k++) {
        if (is_same_file(path, texts[k])) {
            return error_set(error, "%s %s: that is the file %s, which would be lost; give another name",
                             option, path, texts[k]);
        }
    }
    return true;
}
