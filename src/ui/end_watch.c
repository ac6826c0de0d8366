/* How a text ended, in words: see end_watch.h. */
#include "ui/end_watch.h"

#include <string.h>

#include "base/utf8_byte.h"
#include "ui/escape.h"

enum {
    TAIL = 60,             /* bytes of the text's end that a message shows */
    CONTINUATION_BYTES = 3 /* of a character, at most */
};

bool end_watch_note(EndWatch *watch, const WriterPiece *piece, Error *error) {
    Bytes *tail = &watch->tail;
    if (watch->end != WRITER_NO_END) {
        tail->length = 0;
        watch->cut = false;
    }
    if (!bytes_append(tail, piece->text, piece->length, error)) {
        return false;
    }
    watch->end = piece->end;
    size_t drop = tail->length > TAIL ? tail->length - TAIL : 0;
    for (size_t k = 0; drop > 0 && k < CONTINUATION_BYTES; k++) { /* whole characters, if these are some */
        drop += utf8_byte_continues(tail->data[drop]);
    }
    if (drop > 0) {
        tail->length -= drop;
        memmove(tail->data, tail->data + drop, tail->length);
        watch->cut = true;
    }
    return true;
}

/* The message for an end that is none of the good ones; true of these. `tail` is the end of the text. */
static bool judge(const EndWatch *watch, const char *tail, Error *error) {
    switch (watch->end) {
    case WRITER_INCOMPLETE:
        return error_set(
            error,
            "the text is as long as was asked for, and may not end here: the pattern wants more, "
            "or what is forbidden stands at the end; it ends with '%s'; use a larger length",
            tail);
    case WRITER_STUCK:
        return tail[0] == '\0'
                   ? error_set(error, "no character that the model knows can begin such a text")
                   : error_set(error,
                               "no character that the model knows can go on so that the text fits "
                               "the pattern; it came as far as '%s'",
                               tail);
    case WRITER_UNFIT:
        return error_set(
            error,
            "a stop cut the text off where it may not end: what is forbidden stands at the end of "
            "'%s'",
            tail);
    default: return true;
    }
}

bool end_watch_check(const EndWatch *watch, Error *error) {
    Bytes shown = {0};
    if (watch->end != WRITER_INCOMPLETE && watch->end != WRITER_STUCK && watch->end != WRITER_UNFIT) {
        return true; /* as after every unit but a few last ones */
    }
    bool fits = bytes_printf(&shown, error, "%s", watch->cut ? "..." : "") &&
                escape_add(watch->tail.data, watch->tail.length, &shown, error) &&
                judge(watch, shown.data, error);
    bytes_free(&shown);
    return fits;
}

void end_watch_free(EndWatch *watch) {
    bytes_free(&watch->tail);
}
