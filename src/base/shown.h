/* Text from files that may come from anyone, as a message shows it: short, and on one line whatever is in it. (What
 * prints messages, ui/visible.h, leaves newlines as they are, for most of them are our own.)
 */
#ifndef LETRA_BASE_SHOWN_H
#define LETRA_BASE_SHOWN_H

#include <stddef.h>

enum { SHOWN_SIZE = 160 };

/* Takes over names and the like: control characters become \u001B, and what has no room in `out` is cut at a whole
 * character and ends in "...". Returns `out`. */
const char *shown_text(const char *text, char out[SHOWN_SIZE]);

/* The same in `size` bytes. */
const char *shown_within(const char *text, char *out, size_t size);

#endif
