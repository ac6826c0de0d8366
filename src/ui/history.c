/* The file of the history: see history.h. */
#include "ui/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWN_FOLDER = 0700, OWN_FILE = 0600 };

/* The folder for what programs remember. A path that is not absolute does not count. */
static bool find_state_folder(Bytes *path, Error *error) {
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state != NULL && state[0] == '/') {
        return bytes_printf(path, error, "%s", state);
    }
    if (home == NULL || home[0] != '/') {
        return error_set(error, "neither XDG_STATE_HOME nor HOME is the path of a folder");
    }
    return bytes_printf(path, error, "%s/.local/state", home);
}

/* Makes the folder and those above it. */
static bool make_folders(char *path, Error *error) {
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) {
            *slash = '\0';
        }
        if (mkdir(path, OWN_FOLDER) != 0 && errno != EEXIST) {
            return error_set(error, "cannot make the folder %s: %s", path, strerror(errno));
        }
        if (slash == NULL) {
            return true;
        }
        *slash = '/';
    }
}

/* Opens it as Readline will, which makes no file. */
static bool make_file(const char *path, Error *error) {
    struct stat status;
    int descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, OWN_FILE);
    if (descriptor < 0) {
        return error_set(error, "cannot write %s: %s", path, strerror(errno));
    }
    bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    (void)close(descriptor);
    return regular || error_set(error, "%s is no regular file", path);
}

bool history_make(Bytes *path, Error *error) {
    return find_state_folder(path, error) && bytes_printf(path, error, "/letra") &&
           make_folders(path->data, error) && bytes_printf(path, error, "/history") &&
           make_file(path->data, error);
}
