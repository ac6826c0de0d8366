/* Files without a name: room on a disk that is given back when the file is closed, however the process ends. */
#ifndef LETRA_BASE_NAMELESS_FILE_H
#define LETRA_BASE_NAMELESS_FILE_H

#include "base/error.h"

/* Makes an empty file in the folder, to be written and read, and returns its descriptor, which the caller closes. -1
 * and a message that names the folder if none can be made there. */
int nameless_file_open(const char *folder, Error *error);

#endif
