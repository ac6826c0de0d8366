/* The nearest right name: see nearest.h. */
#include "ui/nearest.h"

#include <stdint.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t edit_distance(const char *a, const char *b) {
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    if (a_length > NAME_MAX_LENGTH || b_length > NAME_MAX_LENGTH) {
        return SIZE_MAX;
    }
    /* rows[i % 3][j]: from the first i bytes of a to the first j of b. */
    size_t rows[3][NAME_MAX_LENGTH + 1] = {{0}};
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *nearest_name(const char *wrong, NameAt name_at, const void *context) {
    const char *nearest = NULL;
    /* A third of the letters may be wrong, one in the shortest names. */
    size_t allowed = strlen(wrong) / 3 + 1;
    for (size_t k = 0; name_at(context, k) != NULL; k++) {
        const char *name = name_at(context, k);
        size_t distance = edit_distance(wrong, name);
        /* What was left unfinished is near too. */
        if (strlen(wrong) >= 3 && strncmp(name, wrong, strlen(wrong)) == 0) {
            distance = 0;
        }
        if (distance < strlen(name) && distance <= allowed) {
            nearest = name;
            allowed = distance == 0 ? 0 : distance - 1;
            if (distance == 0) {
                break;
            }
        }
    }
    return nearest;
}
