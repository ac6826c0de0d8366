/* What the program is talking to: a terminal or not, how wide, with colours or not, in UTF-8 or not. */
#ifndef LETRA_UI_TERMINAL_H
#define LETRA_UI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a file descriptor is a terminal that can move its cursor (TERM is neither empty nor "dumb"). */
bool terminal_is_capable(int descriptor);

/* Its columns now; 80 where that is not known (a pipe). */
size_t terminal_width(int descriptor);

/* Whether colours may go to a file descriptor: a capable terminal, and NO_COLOR is unset or empty. */
bool terminal_has_colours(int descriptor);

/* Whether the locale that main has set speaks UTF-8. */
bool terminal_speaks_utf8(void);

#endif
