/* The last units of a text that is being read and written: what the repeat penalty looks at. */
#ifndef LETRA_GENERATE_RECENT_H
#define LETRA_GENERATE_RECENT_H

#include <stddef.h>
#include <stdint.h>

enum { RECENT_MAX = 512 }; /* units that are kept at least */

typedef struct Recent {
    uint32_t units[2 * RECENT_MAX]; /* the latest last; the older half goes when it is full */
    size_t count;
} Recent; /* {0} is the start of a text */

/* Some units in a row, the latest last. */
typedef struct RecentUnits {
    const uint32_t *units;
    size_t count;
} RecentUnits;

/* Adds units that follow. */
void recent_add(Recent *recent, const uint32_t *units, size_t count);

/* The last ones: `window` of them (at most RECENT_MAX), or as many as there are. Valid until the next recent_add. */
RecentUnits recent_last(const Recent *recent, size_t window);

#endif
