/* Files: see file.h.
 *
 * A replacement goes through these states, and whatever fails on the way leaves the old file as it was:
 *
 *     start    links are followed to the file they mean; in its folder, temporary files of dead processes are
 *              removed and one of our own is made and locked
 *     room     zeros are written, to be written over
 *     write    bytes gather in a buffer; the first failure is remembered and ends all writing
 *     finish   buffer out, room that is left cut off, fsync, close, rename over the target, fsync of the folder
 *     abandon  close, unlink
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    BUFFER_SIZE = 1 << 16,
    LINKS_FOLLOWED = 40, /* as many as Linux follows */
    NAMES_TRIED = 1000,  /* for the temporary file */
};

struct FileReplacement {
    Bytes name;      /* as it was given, for messages */
    Bytes target;    /* what is replaced: the name with its links followed */
    Bytes folder;    /* where the target is */
    Bytes temporary; /* empty when there is no temporary file to remove */
    int descriptor;  /* -1: not open */
    Error failure;   /* the first failure of a write; empty as long as there is none */
    size_t room;     /* bytes of zeros that were written beforehand */
    size_t written;  /* over them */
    size_t used;     /* bytes in the buffer */
    char buffer[BUFFER_SIZE];
};

/* --- where a replacement goes --- */

/* (realpath cannot do that for a link whose target is still to be made.) */
bool file_follow_links(const char *path, Bytes *target, Error *error) {
    if (!bytes_append(target, path, strlen(path), error)) {
        return false;
    }
    for (int depth = 0; depth < LINKS_FOLLOWED; depth++) {
        char link[PATH_MAX];
        ssize_t length = readlink(target->data, link, sizeof link);
        if (length < 0) {
            return true; /* no link, or nothing there: what it is will be found out next */
        }
        const char *slash = link[0] == '/' ? NULL : strrchr(target->data, '/');
        target->length = slash == NULL ? 0 : (size_t)(slash + 1 - target->data);
        if (!bytes_append(target, link, (size_t)length, error)) {
            return false;
        }
    }
    return error_set(error, "cannot write %s: %s", path, strerror(ELOOP));
}

/* What is no regular file, in words. */
static const char *kind_in_words(mode_t mode) {
    if (S_ISFIFO(mode)) {
        return "a pipe";
    }
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

/* Whether what stands at the target may be replaced; `*mode` becomes its mode, 0 if nothing is there. */
static bool check_target(const char *name, const char *target, mode_t *mode, Error *error) {
    struct stat status;
    *mode = 0;
    if (stat(target, &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return true; /* check_folder tells whether that is the folder's fault */
        }
        return error_set(error, "cannot write %s: %s", name, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return error_set(error, "cannot write %s: it is a folder; give a file", name);
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(error, "cannot write %s: it is %s and no regular file; give another name", name,
                         kind_in_words(status.st_mode));
    }
    /* A rename would not ask, but who makes a file read-only means it. */
    if (faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) != 0) {
        return error_set(error, "cannot write %s: %s", name, strerror(errno));
    }
    *mode = status.st_mode;
    return true;
}

/* Makes `folder` the folder in which `target` is. */
static bool find_folder(const char *target, Bytes *folder, Error *error) {
    const char *slash = strrchr(target, '/');
    if (slash == NULL) {
        return bytes_append(folder, ".", 1, error);
    }
    size_t length = slash == target ? 1 : (size_t)(slash - target);
    return bytes_append(folder, target, length, error);
}

static bool check_folder(const char *name, const char *folder, Error *error) {
    struct stat status;
    if (stat(folder, &status) != 0) {
        if (errno == ENOENT) {
            return error_set(error, "cannot write %s: the folder %s does not exist; make it first", name,
                             folder);
        }
        return error_set(error, "cannot write %s: the folder %s: %s", name, folder, strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return error_set(error, "cannot write %s: %s is no folder", name, folder);
    }
    return true;
}

/* --- temporary files --- */

/* Whose temporary file has this name; 0: it is none. */
static pid_t temporary_owner(const char *name) {
    static const char beginning[] = ".letra-";
    static const char digits[] = "0123456789";
    const char *number = name + sizeof beginning - 1;
    if (strncmp(name, beginning, sizeof beginning - 1) != 0 || strspn(number, digits) == 0) {
        return 0;
    }
    char *end = NULL;
    long owner = strtol(number, &end, 10);
    size_t attempt = *end == '-' ? strspn(end + 1, digits) : 0;
    bool whole = attempt > 0 && strcmp(end + 1 + attempt, ".tmp") == 0;
    return whole && owner < INT_MAX ? (pid_t)owner : 0;
}

/* Removes a temporary file if nobody writes it any more: its process is gone, and so is the lock, which a process
 * that only another container or machine knows would still hold. */
static void remove_abandoned(int folder, const char *name) {
    struct stat status;
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        (void)unlinkat(folder, name, 0);
    }
    close(descriptor);
}

/* Removes what processes that were killed while they wrote left in the folder. Nothing depends on it: what cannot
 * be removed stays. */
static void remove_left_over(const char *folder) {
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return;
    }
    /* cppcheck-suppress readdirCalled ; each thread that reads a folder opens its own */
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        pid_t owner = temporary_owner(entry->d_name);
        if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) {
            remove_abandoned(dirfd(entries), entry->d_name);
        }
    }
    closedir(entries);
}

/* Makes the temporary file under a name that nothing has yet, with the mode that any new file gets (0666 less
 * the umask, which only the kernel knows without changing it). */
static bool open_temporary(FileReplacement *replacement, Error *error) {
    for (int attempt = 0; attempt < NAMES_TRIED; attempt++) {
        replacement->temporary.length = 0;
        if (!bytes_printf(&replacement->temporary, error, "%s/.letra-%ld-%d.tmp", replacement->folder.data,
                          (long)getpid(), attempt)) {
            break;
        }
        replacement->descriptor =
            open(replacement->temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (replacement->descriptor >= 0) {
            (void)flock(replacement->descriptor, LOCK_EX | LOCK_NB); /* for remove_abandoned */
            return true;
        }
        if (errno != EEXIST) {
            error_set(error, "cannot write %s: no file can be made in the folder %s: %s",
                      replacement->name.data, replacement->folder.data, strerror(errno));
            break;
        }
        error_set(error, "cannot write %s: the folder %s is full of .letra-*.tmp files; remove them",
                  replacement->name.data, replacement->folder.data);
    }
    replacement->temporary.length = 0; /* not ours to remove */
    return false;
}

static bool prepare(FileReplacement *replacement, const char *path, Error *error) {
    mode_t mode = 0;
    if (path[0] == '\0') {
        return error_set(error, "the name of the file to write is empty");
    }
    if (!bytes_append(&replacement->name, path, strlen(path), error) ||
        !file_follow_links(path, &replacement->target, error) ||
        !check_target(path, replacement->target.data, &mode, error) ||
        !find_folder(replacement->target.data, &replacement->folder, error) ||
        !check_folder(path, replacement->folder.data, error)) {
        return false;
    }
    remove_left_over(replacement->folder.data);
    if (!open_temporary(replacement, error)) {
        return false;
    }
    if (mode != 0) {
        /* Best effort: file systems without modes refuse, and the contents matter more. */
        (void)fchmod(replacement->descriptor, mode & 07777);
    }
    return true;
}

/* --- replacing --- */

FileReplacement *file_replacement_start(const char *path, Error *error) {
    FileReplacement *replacement = memory_allocate(1, sizeof *replacement, "a file's buffer", error);
    if (replacement == NULL) {
        return NULL;
    }
    replacement->descriptor = -1;
    if (!prepare(replacement, path, error)) {
        file_replacement_abandon(replacement);
        return NULL;
    }
    return replacement;
}

/* Remembers that a step failed with `number` (an errno), and says so. */
static bool fail(FileReplacement *replacement, int number, Error *error) {
    error_set(&replacement->failure, "cannot write %s: %s", replacement->name.data, strerror(number));
    return error_set(error, "%s", replacement->failure.message);
}

static bool write_out(FileReplacement *replacement, const char *data, size_t length, Error *error) {
    while (length > 0) {
        ssize_t written = write(replacement->descriptor, data, length);
        if (written < 0 && errno != EINTR) {
            return fail(replacement, errno, error);
        }
        if (written > 0) {
            replacement->written += (size_t)written;
            data += written;
            length -= (size_t)written;
        }
    }
    return true;
}

bool file_replacement_make_room(FileReplacement *replacement, size_t length, Error *error) {
    memset(replacement->buffer, 0, sizeof replacement->buffer);
    for (size_t left = length; left > 0;) {
        size_t part = left < sizeof replacement->buffer ? left : sizeof replacement->buffer;
        if (!write_out(replacement, replacement->buffer, part, error)) {
            return false;
        }
        left -= part;
    }
    replacement->room = length;
    replacement->written = 0;
    return lseek(replacement->descriptor, 0, SEEK_SET) == 0 || fail(replacement, errno, error);
}

/* Writes what is in the buffer. */
static bool empty_buffer(FileReplacement *replacement, Error *error) {
    size_t used = replacement->used;
    replacement->used = 0;
    return write_out(replacement, replacement->buffer, used, error);
}

bool file_replacement_write(FileReplacement *replacement, const void *data, size_t length, Error *error) {
    if (replacement->failure.message[0] != '\0') {
        return error_set(error, "%s", replacement->failure.message);
    }
    if (length == 0) {
        return true;
    }
    if (length > BUFFER_SIZE - replacement->used && !empty_buffer(replacement, error)) {
        return false;
    }
    if (length >= BUFFER_SIZE) {
        return write_out(replacement, data, length, error);
    }
    memcpy(replacement->buffer + replacement->used, data, length);
    replacement->used += length;
    return true;
}

/* The file's bytes to the disk, and the file closed. */
static bool settle(FileReplacement *replacement, Error *error) {
    if (replacement->room > replacement->written &&
        ftruncate(replacement->descriptor, (off_t)replacement->written) != 0) {
        return fail(replacement, errno, error);
    }
    if (fsync(replacement->descriptor) != 0) {
        return fail(replacement, errno, error);
    }
    int descriptor = replacement->descriptor;
    replacement->descriptor = -1;
    return close(descriptor) == 0 || fail(replacement, errno, error);
}

/* The folder's entry to the disk. The new file stands already and cannot be taken back, and not every file
 * system can flush a folder: so this is done as well as it can be and never fails. */
static void settle_folder(const char *folder) {
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        close(descriptor);
    }
}

bool file_replacement_finish(FileReplacement *replacement, Error *error) {
    bool done = false;
    if (replacement->failure.message[0] != '\0') {
        error_set(error, "%s", replacement->failure.message);
    } else if (empty_buffer(replacement, error) && settle(replacement, error)) {
        if (rename(replacement->temporary.data, replacement->target.data) == 0) {
            replacement->temporary.length = 0;
            settle_folder(replacement->folder.data);
            done = true;
        } else {
            fail(replacement, errno, error);
        }
    }
    file_replacement_abandon(replacement);
    return done;
}

void file_replacement_abandon(FileReplacement *replacement) {
    if (replacement == NULL) {
        return;
    }
    if (replacement->descriptor >= 0) {
        close(replacement->descriptor);
    }
    if (replacement->temporary.length > 0) {
        unlink(replacement->temporary.data);
    }
    bytes_free(&replacement->name);
    bytes_free(&replacement->target);
    bytes_free(&replacement->folder);
    bytes_free(&replacement->temporary);
    free(replacement);
}

/* --- questions --- */

bool file_check_writable(const char *path, Error *error) {
    /* Asking by doing: permissions, read-only file systems and quotas all have their say. */
    FileReplacement *replacement = file_replacement_start(path, error);
    file_replacement_abandon(replacement);
    return replacement != NULL;
}

bool file_make_folder(const char *path, Error *error) {
    if (mkdir(path, 0777) == 0) {
        return true;
    }
    int number = errno;
    struct stat status;
    if (number == EEXIST && stat(path, &status) == 0) {
        return S_ISDIR(status.st_mode) ||
               error_set(error, "cannot make the folder %s: a file is there", path);
    }
    return error_set(error, "cannot make the folder %s: %s", path, strerror(number));
}

bool file_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0;
}
