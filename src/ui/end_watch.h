/* How a text ended, in words: for what did not end as the patterns of --match and --forbid ask. */
#ifndef LETRA_UI_END_WATCH_H
#define LETRA_UI_END_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"

/* Takes note of a piece: keeps the end of the text, which messages show. */
typedef struct EndWatch {
    Bytes tail;    /* the last bytes of the text that is being written */
    bool cut;      /* which had more before */
    WriterEnd end; /* of the last piece */
} EndWatch;        /* {0} is the start */

/* Adds a piece; the first one after a text's last piece begins another. False and a message without memory. */
bool end_watch_note(EndWatch *watch, const WriterPiece *piece, Error *error);

/* Whether the text ended as it should: else false and a message that shows how far it came. */
bool end_watch_check(const EndWatch *watch, Error *error);

void end_watch_free(EndWatch *watch);

#endif
