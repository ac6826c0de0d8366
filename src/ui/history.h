/* The file in which the lines of conversations are kept: $XDG_STATE_HOME/letra/history, or, as the XDG Base Directory
 * Specification has it, ~/.local/state/letra/history. It is its owner's alone. */
#ifndef LETRA_UI_HISTORY_H
#define LETRA_UI_HISTORY_H

#include "base/bytes.h"
#include "base/error.h"

/* Makes `*path` its name, and the file, with the folders it lies in, if it is not there yet. False and a message if it
 * cannot be made, or cannot be written. */
bool history_make(Bytes *path, Error *error);

#endif
