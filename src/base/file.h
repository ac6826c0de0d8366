/* Files: replacing so that a crash leaves the old file or the new one.
 *
 * A replacement is written to a temporary file in the same folder (.letra-PID-N.tmp), flushed to the disk,
 * renamed over the old one, and the folder is flushed too. What a process that was killed in the middle left behind,
 * the next replacement in that folder removes. A new file gets the mode that the umask gives, a
 * replaced one keeps its mode; of a symbolic link the file behind it is replaced, and the link stays.
 */
#ifndef LETRA_BASE_FILE_H
#define LETRA_BASE_FILE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/file_input.h"

/* A file being replaced. */
typedef struct FileReplacement FileReplacement;

/* Starts replacing `path`: makes the temporary file beside it, and removes those of processes that are dead. NULL
 * and a message when the folder is missing or not writable, or when `path` exists and is read-only or no regular
 * file. */
FileReplacement *file_replacement_start(const char *path, Error *error);

/* Makes room for so many bytes before they are known: writes zeros, which the first write begins to write over. What
 * takes long is done then: the system has memory for the file, and (as most file systems are) place on the disk. False
 * and a message on failure. */
bool file_replacement_make_room(FileReplacement *replacement, size_t length, Error *error);

/* Appends bytes. The first failure is remembered; later writes do nothing and give the same message. */
bool file_replacement_write(FileReplacement *replacement, const void *data, size_t length, Error *error);

/* Flushes, renames over the old file, flushes the folder, and frees the replacement. On failure (a failed write
 * among them) the temporary file is removed and the old file is as it was. */
bool file_replacement_finish(FileReplacement *replacement, Error *error);

/* Removes the temporary file and frees the replacement; NULL does nothing. */
void file_replacement_abandon(FileReplacement *replacement);

/* Whether a model could be written to `path`: its folder exists and is writable, and `path` is a regular
 * file or does not exist. Asked before training, so that hours are not lost. */
bool file_check_writable(const char *path, Error *error);

/* Makes `target`, which is empty, the path that `path` means once every link at its end is followed, whether something
 * stands there or not. */
bool file_follow_links(const char *path, Bytes *target, Error *error);

/* Makes the folder `path` if it does not exist (parents are not made). */
bool file_make_folder(const char *path, Error *error);

/* Whether something stands at `path` (links are followed: one that leads nowhere is nothing). */
bool file_exists(const char *path);

#endif
