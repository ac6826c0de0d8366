/* The right names: see nearest.h. */
#include "ui/nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    NAME_MAX_LENGTH = 63,
    UNFINISHED_LEAST = 3, /* letters that a beginning must have */
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many insertions, deletions, replacements and swaps of neighbours lead from one name to another (Damerau 1964,
 * each place touched once): the distances from `wrong` to the beginnings of `name`, of which the last is all of it:
 * of j bytes in row[j]. False when one of the names is too long. */
static bool find_distances(const char *wrong, const char *name, size_t row[NAME_MAX_LENGTH + 1]) {
    size_t wrong_length = strlen(wrong);
    size_t name_length = strlen(name);
    if (wrong_length > NAME_MAX_LENGTH || name_length > NAME_MAX_LENGTH) {
        return false;
    }
    /* rows[i % 3][j]: from the first i bytes of wrong to the first j of name. */
    size_t rows[3][NAME_MAX_LENGTH + 1] = {{0}};
    for (size_t j = 0; j <= name_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= wrong_length; i++) {
        size_t *now = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= name_length; j++) {
            now[j] = least(least(above[j], now[j - 1]) + 1, above[j - 1] + (wrong[i - 1] != name[j - 1]));
            if (i > 1 && j > 1 && wrong[i - 1] == name[j - 2] && wrong[i - 2] == name[j - 1]) {
                now[j] = least(now[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    memcpy(row, rows[wrong_length % 3], (name_length + 1) * sizeof *row);
    return true;
}

/* How far a name is. What was left unfinished is near too: then its beginning counts, and one more unless it is
 * right. */
static size_t name_distance(const char *wrong, const char *name) {
    size_t row[NAME_MAX_LENGTH + 1];
    size_t length = strlen(name);
    if (!find_distances(wrong, name, row)) {
        return SIZE_MAX;
    }
    size_t distance = row[length];
    for (size_t j = 0; strlen(wrong) >= UNFINISHED_LEAST && j < length; j++) {
        distance = least(distance, row[j] == 0 ? 0 : row[j] + 1);
    }
    return distance;
}

const char *nearest_name(const char *wrong, NameAt name_at, const void *context) {
    const char *nearest = NULL;
    /* A third of the letters may be wrong, one in the shortest names. */
    size_t limit = strlen(wrong) / 3 + 2;
    for (size_t k = 0; name_at(context, k) != NULL; k++) {
        const char *name = name_at(context, k);
        size_t distance = name_distance(wrong, name);
        if (distance < strlen(name) && distance < limit) {
            nearest = name;
            limit = distance;
        }
    }
    return nearest;
}

size_t names_beginning(const char *beginning, const char *mark, NameAt name_at, const void *context,
                       Bytes *list, Error *error) {
    size_t count = 0;
    bool done = true;
    for (size_t k = 0; name_at(context, k) != NULL; k++) {
        if (strncmp(name_at(context, k), beginning, strlen(beginning)) == 0) {
            done =
                done && bytes_printf(list, error, "%s%s%s", count > 0 ? ", " : "", mark, name_at(context, k));
            count++;
        }
    }
    return count;
}
