/* The last units of a text: see recent.h. */
#include "generate/recent.h"

#include <string.h>

void recent_add(Recent *recent, const uint32_t *units, size_t count) {
    if (count > RECENT_MAX) {
        units += count - RECENT_MAX;
        count = RECENT_MAX;
    }
    if (recent->count + count > 2 * (size_t)RECENT_MAX) {
        memmove(recent->units, recent->units + recent->count - RECENT_MAX,
                RECENT_MAX * sizeof *recent->units);
        recent->count = RECENT_MAX;
    }
    if (count > 0) {
        memcpy(recent->units + recent->count, units, count * sizeof *units);
        recent->count += count;
    }
}

RecentUnits recent_last(const Recent *recent, size_t window) {
    size_t count = window < recent->count ? window : recent->count;
    return (RecentUnits){recent->units + recent->count - count, count};
}
