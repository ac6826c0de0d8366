/* Text made safe to look at: what a terminal would obey instead of showing is written out.
 *
 * Text comes in pieces that may be cut anywhere. Control characters other than newline and tab come out as
 * numbers (\e, \r, \x07, \u009B), and so do bytes that are no UTF-8 (\xFF) and what turns the direction of
 * text (\u202E): neither a model nor the name of a file can move the cursor, change colours or hide what it
 * says. A carriage return right before a newline is dropped, because that is how the lines of some texts end.
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

/* What stands for a newline and for a tab where they are not to be obeyed: ↵ and →. */
#define VISIBLE_NEWLINE "\xE2\x86\xB5"
#define VISIBLE_TAB     "\xE2\x86\x92"

/* Appends a text on one line, with these signs. Whatever else a terminal would obey is still in it. */
bool visible_line(const char *text, size_t length, Bytes *out, Error *error);

#endif
