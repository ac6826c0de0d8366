/* Text coloured by how much it surprised, for terminals with colours.
 *
 * The background says how many bits each character cost, on a scale from plain over yellow and orange to red. Symbols
 * come one by one and may be less than a character (bytes) or more; what belongs together on the screen, a letter with
 * its marks, is held until it is whole and has the colour of its sum. What would steer a terminal is written out
 * (ui/visible.h), and so is what has no width of its own. A newline or tab that surprised is shown as a coloured sign
 * before it.
 */
#ifndef LETRA_UI_HEAT_H
#define LETRA_UI_HEAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"

enum {
    HEAT_CHARACTER = 4, /* bytes of a character */
    HEAT_CLUSTER = 256  /* bytes that are held at most of what belongs together */
};

typedef struct Heat {
    char piece[HEAT_CHARACTER]; /* the beginning of a character ... */
    double piece_bits[HEAT_CHARACTER];
    size_t piece_length;
    char cluster[HEAT_CLUSTER]; /* ... and whole ones that a mark may follow */
    double cluster_bits;        /* NAN: not predicted */
    size_t cluster_length;
    size_t level; /* the colour in force; 0: none */
} Heat;           /* {0} is the start of a text */

/* Appends to `out` what can be shown of a text with a further symbol, which cost so many bits (NAN: it was not
 * predicted). False and a message without memory. */
bool heat_add(Heat *heat, const char *text, size_t length, double bits, Bytes *out, Error *error);

/* Ends the colour that is in force; what is held stays. To be called before anything else may be written. */
bool heat_pause(Heat *heat, Bytes *out, Error *error);

/* The end of the text: appends what still waits, and ends the colour. */
bool heat_finish(Heat *heat, Bytes *out, Error *error);

/* Appends a line that says what the colours mean. */
bool heat_legend(Bytes *out, Error *error);

#endif
