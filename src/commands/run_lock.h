/* Who writes a model keeps other processes from writing it, too, and tells them who it is. */
#ifndef LETRA_COMMANDS_RUN_LOCK_H
#define LETRA_COMMANDS_RUN_LOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/file_lock.h"

/* Takes the lock of a file that will be written (base/file_lock.h). False and a message if another process has it:
 * which one, since when, and on which machine if that is another. */
bool run_lock_take(const char *path, FileLock **lock, Error *error);

#endif
