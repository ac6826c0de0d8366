/* Units by name: see unit.h. */
#include "text/unit.h"

#include <string.h>

static const struct {
    const char *name;
    const char *noun;
} units[UNITS] = {
    [UNIT_CHAR] = {"char", "character"},
    [UNIT_BYTE] = {"byte", "byte"},
    [UNIT_GRAPHEME] = {"grapheme", "grapheme"},
};

const char *unit_name(Unit unit) {
    return units[unit].name;
}

const char *unit_noun(Unit unit) {
    return units[unit].noun;
}

bool unit_from_name(const char *name, Unit *unit) {
    for (int k = 0; k < UNITS; k++) {
        if (strcmp(name, units[k].name) == 0) {
            *unit = (Unit)k;
            return true;
        }
    }
    return false;
}
