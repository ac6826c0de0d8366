/* Text made safe to look at: what a terminal would obey instead of showing is written out.
 *
 * Text comes in pieces that may be cut anywhere. Control characters other than newline and tab come out as
 * numbers (\e, \r, \x07, \u009B), and so do bytes that are no UTF-8 (\xFF): neither a model nor the name of a
 * file can move the cursor or change colours. A carriage return right before a newline is dropped, because
 * that is how the lines of some texts end.
 */
#ifndef LETRA_UI_VISIBLE_H
#define LETRA_UI_VISIBLE_H

#include "base/bytes.h"
#include "base/error.h"

typedef struct Visible {
    char pending[4]; /* the beginning of a character, or a carriage return */
    size_t count;
} Visible; /* {0} is the start of a text */

/* Appends to `out` what can be shown of a further piece of the text; what is incomplete waits. */
bool visible_add(Visible *visible, const char *text, size_t length, Bytes *out, Error *error);

/* The end of the text: appends what still waits. */
bool visible_finish(Visible *visible, Bytes *out, Error *error);

#endif
