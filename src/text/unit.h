/* What one step of the network is. */
#ifndef LETRA_TEXT_UNIT_H
#define LETRA_TEXT_UNIT_H

#include <stdbool.h>

typedef enum Unit {
    UNIT_CHAR, /* a code point */
    UNIT_BYTE, /* a byte, whatever it means */
    UNIT_GRAPHEME, /* what a reader takes for one character (UAX #29): a letter with its marks, a flag, a family */
    UNITS
} Unit;

/* Its name in options and files: "char", "byte", "grapheme". */
const char *unit_name(Unit unit);
/* What sentences call one of it: "character", "byte", "grapheme". */
const char *unit_noun(Unit unit);
/* The unit of that name; false if there is none. */
bool unit_from_name(const char *name, Unit *unit);

#endif
