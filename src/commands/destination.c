/* Where a model is going to be: see destination.h. */
#include "commands/destination.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define FOLDER    "models"
#define EXTENSION ".safetensors"

const char *destination_fault(const char *output, char *const *texts, size_t text_count) {
    size_t standard_inputs = 0;
    for (size_t k = 0; k < text_count; k++) {
        standard_inputs += strcmp(texts[k], "-") == 0;
    }
    if (standard_inputs > 1) {
        return "'-' can be given once: standard input is read to its end";
    }
    if (output == NULL && standard_inputs > 0) {
        return "a text from standard input has no name: say with -o where the model shall be";
    }
    if (output != NULL && strcmp(output, "-") == 0) {
        return "-o -: a model is written to a file, not to standard output";
    }
    return NULL;
}

/* models/NAME.safetensors: NAME is the text's without its folder and what comes after the last point. */
static bool default_path(const char *text, Bytes *path, Error *error) {
    const char *slash = strrchr(text, '/');
    const char *name = slash != NULL ? slash + 1 : text;
    const char *point = strrchr(name, '.');
    size_t length = point != NULL && point != name ? (size_t)(point - name) : strlen(name);
    return bytes_printf(path, error, "%s/%.*s%s", FOLDER, (int)length, name, EXTENSION);
}

bool destination_prepare(const char *output, const char *text, Bytes *path, Error *error) {
    if (output != NULL) {
        return bytes_append(path, output, strlen(output), error) && file_check_writable(output, error);
    }
    return default_path(text, path, error) && file_make_folder(FOLDER, error) &&
           file_check_writable(path->data, error);
}

bool destination_is_not_input(const char *option, const char *path, char *const *texts, size_t text_count,
                              Error *error) {
    struct stat output;
    struct stat input;
    if (stat(path, &output) != 0 || !S_ISREG(output.st_mode)) {
        return true;
    }
    for (size_t k = 0; k < text_count; k++) {
        if (stat(texts[k], &input) == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino) {
            return error_set(error, "%s %s: that is the file %s, which would be lost; give another name",
                             option, path, texts[k]);
        }
    }
    return true;
}

bool shell_quote(const char *word, Bytes *out, Error *error) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,+@%-";
    if (word[0] != '\0' && strspn(word, safe) == strlen(word)) {
        return bytes_append(out, word, strlen(word), error);
    }
    bool done = bytes_append(out, "'", 1, error);
    for (const char *letter = word; done && *letter != '\0'; letter++) {
        done = *letter == '\'' ? bytes_append(out, "'\\''", 4, error) : bytes_append(out, letter, 1, error);
    }
    return done && bytes_append(out, "'", 1, error);
}
