/* Files without a name: see nameless_file.h. */
#define _GNU_SOURCE
#include "base/nameless_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* What a file system needs that knows no files without names (NFS, FAT): one that loses its name at once. -1 and errno
 * on failure. */
static int open_and_unlink(const char *folder) {
    static const char ending[] = ".tmp";
    Bytes path = {0};
    int file = -1;
    errno = ENOMEM;
    if (bytes_printf(&path, NULL, "%s/.letra-XXXXXX%s", folder, ending)) {
        file = mkostemps(path.data, sizeof ending - 1, O_CLOEXEC);
    }
    if (file >= 0 && unlink(path.data) != 0) {
        int number = errno;
        close(file);
        file = -1;
        errno = number;
    }
    int number = errno;
    bytes_free(&path);
    errno = number;
    return file;
}

int nameless_file_open(const char *folder, Error *error) {
    if (folder[0] == '\0') {
        error_set(error, "the name of the folder is empty");
        return -1;
    }
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        file = open_and_unlink(folder); /* whatever was wrong, it finds it out again */
    }
    if (file >= 0) {
        return file;
    }
    int number = errno;
    if (access(folder, F_OK) != 0) {
        error_set(error, "the folder %s does not exist; make it first", folder);
    } else if (number == ENOTDIR) {
        error_set(error, "%s is no folder", folder);
    } else {
        error_set(error, "no file can be made in the folder %s: %s", folder, strerror(number));
    }
    return -1;
}
