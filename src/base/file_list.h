/* Lists of files, folders among them opened up. */
#ifndef LETRA_BASE_FILE_LIST_H
#define LETRA_BASE_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct FileList {
    char **paths; /* owned, and what they point to */
    size_t count;
    size_t folders; /* that were named and opened up */
} FileList;         /* {0} is empty */

/* Adds `path`; of a folder the regular files in it and in the folders below it, in the order of their paths byte by
 * byte, but for hidden ones (.name). With a `pattern` (NULL: none) only those whose names it matches (fnmatch: *.txt),
 * or whose paths below the folder, if it has a slash in it. Links to files are followed, links to folders are not.
 * False and a message if a folder cannot be read, or nothing in it is a file that matches. */
bool file_list_add(FileList *list, const char *path, const char *pattern, Error *error);

/* Frees what it owns and makes it {0}. */
void file_list_free(FileList *list);

#endif
