/* Locks: who is going to write a file keeps others from writing it, too.
 *
 * The lock of NAME is a hidden file .NAME.lock beside it, which the system keeps locked (flock) for as long as the
 * process lives, however it ends; what a killed one leaves is taken over by the next and hinders nobody. Paths that
 * lead to the same file by links share its lock. Reading is not hindered.
 */
#ifndef LETRA_BASE_FILE_LOCK_H
#define LETRA_BASE_FILE_LOCK_H

#include "base/bytes.h"
#include "base/error.h"

typedef struct FileLock FileLock;

typedef enum FileLockOutcome {
    FILE_LOCK_TAKEN,
    FILE_LOCK_HELD,  /* by another; `holder` says by whom */
    FILE_LOCK_FAILED /* there is no memory: the message says so */
} FileLockOutcome;

/* Takes the lock of `path`, and leaves the text `owner` in it for those who come later. `*lock` is NULL unless it is
 * taken. Appends to `holder` what the one who has it left there, perhaps nothing. Where a lock cannot be made, because
 * the folder cannot be written or the file system knows none, it counts as taken. */
FileLockOutcome file_lock_take(const char *path, const char *owner, FileLock **lock, Bytes *holder,
                               Error *error);

/* Gives it back and removes its file; NULL does nothing. */
void file_lock_release(FileLock *lock);

#endif
