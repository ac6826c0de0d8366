/* What cuts a text into records: see separator.h. */
#include "text/separator.h"

#include <string.h>

#include "base/utf8_byte.h"

bool separator_blame(const char *text, Error *error) {
    Bytes name = {0};
    if (pattern_describe("separator", text, &name, NULL)) {
        error_prefix(error, "%s: ", name.data);
    }
    bytes_free(&name);
    return false;
}

bool separator_create(Pattern *separator, const char *text, Unit unit, Normalization normalization,
                      Error *error) {
    if (pattern_create(separator, text, strlen(text), unit, normalization, PCRE2_MULTILINE, error)) {
        return true;
    }
    return separator_blame(text, error);
}

/* The place behind the character at `place`, where a search can begin. */
static size_t behind(const Pattern *separator, const RecordCursor *cursor, size_t place) {
    place++;
    while (separator->unit != UNIT_BYTE && place < cursor->length &&
           utf8_byte_continues(cursor->text[place])) {
        place++;
    }
    return place;
}

/* The next record, perhaps an empty one. A match of nothing, as of (?=^Chapter), cuts too, but not where a record
 * begins. */
static int next_part(const Pattern *separator, const Matching *matching, RecordCursor *cursor, Found *record,
                     Error *error) {
    size_t start = cursor->next;
    Found found = {0};
    int outcome = pattern_find(separator, matching, cursor->text, cursor->length, start, &found, error);
    if (outcome > 0 && found.end == start) {
        size_t from = behind(separator, cursor, start);
        outcome = from > cursor->length
                      ? 0
                      : pattern_find(separator, matching, cursor->text, cursor->length, from, &found, error);
    }
    if (outcome < 0) {
        return -1;
    }
    if (outcome == 0) {
        found = (Found){cursor->length, cursor->length};
    }
    *record = (Found){start, found.start};
    cursor->next = found.end;
    cursor->ended = outcome == 0 || found.end >= cursor->length;
    return 1;
}

int separator_next(const Pattern *separator, const Matching *matching, RecordCursor *cursor, Found *record,
                   Error *error) {
    while (!cursor->ended && cursor->next < cursor->length) {
        int outcome = next_part(separator, matching, cursor, record, error);
        if (outcome < 0 || record->end > record->start) {
            return outcome;
        }
    }
    return 0;
}
