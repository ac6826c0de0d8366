/* Reading files: see file_input.h. */
#include "base/file_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_READ = 1 << 30 /* one call; Linux itself stops at 2 GiB */ };

const char *file_input_name(const char *path) {
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

bool file_input_open(const char *path, FileInput *input, Error *error) {
    *input = (FileInput){.path = path, .descriptor = STDIN_FILENO};
    if (path[0] == '\0') {
        return error_set(error, "the name of the file to read is empty");
    }
    if (strcmp(path, "-") != 0) {
        input->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    struct stat status;
    if (input->descriptor < 0 || fstat(input->descriptor, &status) != 0) {
        error_set(error, "cannot open %s: %s", file_input_name(path), strerror(errno));
        file_input_close(input);
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        file_input_close(input);
        return error_set(error, "%s is a folder; give a file", file_input_name(path));
    }
    off_t at = S_ISREG(status.st_mode) ? lseek(input->descriptor, 0, SEEK_CUR) : 0; /* standard input's */
    input->size = S_ISREG(status.st_mode) && status.st_size > at ? (size_t)(status.st_size - at) : 0;
    return true;
}

bool file_input_read(FileInput *input, char *bytes, size_t size, size_t *count, Error *error) {
    *count = 0;
    while (*count < size) {
        size_t left = size - *count;
        ssize_t got = read(input->descriptor, bytes + *count, left < LARGEST_READ ? left : LARGEST_READ);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return error_set(error, "%s: cannot be read: %s", file_input_name(input->path), strerror(errno));
        }
        *count += got > 0 ? (size_t)got : 0;
    }
    input->offset += *count;
    return true;
}

void file_input_close(FileInput *input) {
    if (input->descriptor > STDIN_FILENO ||
        (input->descriptor == STDIN_FILENO && strcmp(input->path, "-") != 0)) {
        close(input->descriptor);
    }
    input->descriptor = -1;
}

/* --- into growing arrays --- */

/* Bytes that the file still has, as far as that is known, but no more than `most`. */
static size_t known_rest(const FileInput *input, size_t most) {
    size_t rest = input->size > input->offset ? input->size - input->offset : 0;
    return rest < most ? rest : most;
}

/* The room that is there is filled first, and only when more than the file's size comes does the array grow, so that a
 * file whose size is known takes one allocation and not a byte too many. */
static bool append(FileInput *input, size_t most, Bytes *bytes, Error *error) {
    if (!bytes_reserve(bytes, known_rest(input, most), error)) {
        return error_prefix(error, "%s: ", file_input_name(input->path));
    }
    for (size_t left = most; left > 0;) {
        char probe[4096];
        size_t room = bytes->capacity - bytes->length - 1;
        size_t wanted = room > 0 ? room : sizeof probe;
        size_t got = 0;
        wanted = wanted < left ? wanted : left;
        if (!file_input_read(input, room > 0 ? bytes->data + bytes->length : probe, wanted, &got, error)) {
            return false;
        }
        if (room > 0) {
            bytes->length += got;
        } else if (!bytes_append(bytes, probe, got, error)) {
            return error_prefix(error, "%s: ", file_input_name(input->path));
        }
        left = got < wanted ? 0 : left - got;
    }
    bytes->data[bytes->length] = '\0';
    return true;
}

bool file_input_append(FileInput *input, size_t most, Bytes *bytes, Error *error) {
    size_t before = bytes->length;
    bool done = append(input, most, bytes, error);
    if (!done && bytes->data != NULL) {
        bytes->length = before;
        bytes->data[before] = '\0';
    }
    return done;
}

bool file_read(const char *path, Bytes *bytes, Error *error) {
    FileInput input;
    if (!file_input_open(path, &input, error)) {
        return false;
    }
    bool done = file_input_append(&input, SIZE_MAX, bytes, error);
    file_input_close(&input);
    return done;
}
