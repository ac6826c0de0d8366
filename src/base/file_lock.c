/* Locks: see file_lock.h. */
#include "base/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

enum {
    TRIES = 100,     /* each time another has just given the lock back */
    NAME_MOST = 240, /* bytes of the file's name that are in its lock's: a name has at most 255 */
    OWNER_MOST = 1024,
};

struct FileLock {
    Bytes path;     /* of the lock */
    int descriptor; /* -1: there could be none */
};

/* Makes `lock_path` the path of the lock of what `path` means. */
static bool name_lock(const char *path, Bytes *lock_path, Error *error) {
    Bytes target = {0};
    bool done = file_follow_links(path, &target, error);
    if (done) {
        const char *slash = strrchr(target.data, '/');
        const char *name = slash == NULL ? target.data : slash + 1;
        done = bytes_printf(lock_path, error, "%.*s.%.*s.lock", (int)(name - target.data), target.data,
                            (int)NAME_MOST, name);
    }
    bytes_free(&target);
    return done;
}

enum { FLAGS = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK };

/* Whether the open file still stands at the path: who gives a lock back removes it. */
static bool still_there(int descriptor, const char *path) {
    struct stat open_one;
    struct stat there;
    return fstat(descriptor, &open_one) == 0 && lstat(path, &there) == 0 && open_one.st_dev == there.st_dev &&
           open_one.st_ino == there.st_ino;
}

/* Who has it; what cannot be read is not known. */
static void read_holder(int descriptor, Bytes *holder) {
    char text[OWNER_MOST];
    ssize_t length = pread(descriptor, text, sizeof text, 0);
    if (length > 0) {
        (void)bytes_append(holder, text, (size_t)length, NULL);
    }
}

/* Nothing depends on it: a full disk keeps nobody from having the lock. */
static void write_owner(const char *path, const char *owner) {
    int descriptor = open(path, O_WRONLY | O_TRUNC | FLAGS);
    if (descriptor >= 0) {
        ssize_t written = write(descriptor, owner, strlen(owner));
        (void)written;
        close(descriptor);
    }
}

/* Locks the open file; errno says why not. NFS gives an exclusive lock only to who may write. */
static bool lock_now(int *descriptor, const char *path) {
    bool locked = flock(*descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno == EBADF) {
        int writing = open(path, O_RDWR | FLAGS);
        if (writing >= 0) {
            close(*descriptor);
            *descriptor = writing;
            locked = flock(writing, LOCK_EX | LOCK_NB) == 0;
        }
    }
    return locked;
}

static FileLockOutcome take(FileLock *lock, const char *owner, Bytes *holder) {
    const char *path = lock->path.data;
    for (int k = 0; k < TRIES; k++) {
        /* Only for reading: another's can be asked, and a file system in need can still become read-only. */
        int descriptor = open(path, O_RDONLY | O_CREAT | FLAGS, 0666);
        if (descriptor < 0) {
            return FILE_LOCK_TAKEN; /* there can be no lock */
        }
        bool locked = lock_now(&descriptor, path);
        if (locked && still_there(descriptor, path)) {
            write_owner(path, owner);
            lock->descriptor = descriptor;
            return FILE_LOCK_TAKEN;
        }
        bool held = !locked && errno == EWOULDBLOCK;
        if (held) {
            read_holder(descriptor, holder);
        } else if (!locked && (errno == ENOSYS || errno == EOPNOTSUPP)) {
            (void)unlink(path); /* a file system that knows no locks */
        }
        close(descriptor);
        if (!locked) {
            return held ? FILE_LOCK_HELD : FILE_LOCK_TAKEN;
        }
    }
    return FILE_LOCK_HELD;
}

FileLockOutcome file_lock_take(const char *path, const char *owner, FileLock **lock, Bytes *holder,
                               Error *error) {
    *lock = NULL;
    FileLock *made = memory_allocate(1, sizeof *made, "a lock", error);
    if (made == NULL) {
        return FILE_LOCK_FAILED;
    }
    made->descriptor = -1;
    FileLockOutcome outcome = FILE_LOCK_FAILED;
    if (name_lock(path, &made->path, error)) {
        outcome = take(made, owner, holder);
    }
    if (outcome == FILE_LOCK_TAKEN) {
        *lock = made;
    } else {
        file_lock_release(made);
    }
    return outcome;
}

void file_lock_release(FileLock *lock) {
    if (lock == NULL) {
        return;
    }
    if (lock->descriptor >= 0) {
        if (still_there(lock->descriptor,
                        lock->path.data)) { /* and not another's, after somebody removed it */
            (void)unlink(lock->path.data);
        }
        close(lock->descriptor);
    }
    bytes_free(&lock->path);
    free(lock);
}
