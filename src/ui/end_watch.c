/* How a text ended, in words: see end_watch.h. */
#include "ui/end_watch.h"

#include <string.h>

#include "text/utf8.h"

enum { TAIL = 60 }; /* bytes of the text's end that a message shows */

bool end_watch_note(EndWatch *watch, const WriterPiece *piece, Error *error) {
    Bytes *tail = &watch->tail;
    if (watch->end != WRITER_NO_END) {
        tail->length = 0;
        watch->characters = 0;
    }
    if (!bytes_append(tail, piece->text, piece->length, error)) {
        return false;
    }
    watch->characters += utf8_count(piece->text, piece->length);
    watch->end = piece->end;
    size_t drop = tail->length > TAIL ? tail->length - TAIL : 0;
    while (drop > 0 && drop < tail->length && ((unsigned char)tail->data[drop] & 0xC0u) == 0x80u) {
        drop++;
    }
    if (drop > 0) {
        tail->length -= drop;
        memmove(tail->data, tail->data + drop, tail->length);
    }
    return true;
}

bool end_watch_check(const EndWatch *watch, Error *error) {
    int shown = (int)watch->tail.length;
    const char *tail = watch->tail.length > 0 ? watch->tail.data : "";
    if (watch->end == WRITER_INCOMPLETE) {
        return error_set(error,
                         "the pattern is not complete after %zu characters, which is the length asked for; "
                         "the text ends with '%.*s'; use a larger length",
                         watch->characters, shown, tail);
    }
    if (watch->end == WRITER_STUCK && watch->characters == 0) {
        return error_set(error, "no character that the model knows can begin such a text");
    }
    if (watch->end == WRITER_STUCK) {
        return error_set(error,
                         "no character that the model knows can go on so that the text fits the pattern; it "
                         "came as far as %zu characters and '%.*s'",
                         watch->characters, shown, tail);
    }
    return true;
}

void end_watch_free(EndWatch *watch) {
    bytes_free(&watch->tail);
}
