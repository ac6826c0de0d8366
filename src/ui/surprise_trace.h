/* How surprising the characters are that a writer writes: coloured, where the terminal has colours, and their mean.
 *
 * A writer hands text out later than it draws it, because it may be the beginning of a stop text; so what was drawn
 * waits here with its surprise until its text comes.
 */
#ifndef LETRA_UI_SURPRISE_TRACE_H
#define LETRA_UI_SURPRISE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "generate/writer.h"
#include "text/vocab.h"
#include "ui/heat.h"
#include "ui/output.h"

typedef struct DrawnUnit {
    size_t length; /* bytes of it that were not handed out yet */
    double nats;
} DrawnUnit;

typedef struct SurpriseTrace {
    const Vocab *vocab;
    bool colours;
    double *expected;   /* owned: V, the surprise in nats of each unit that may come next */
    size_t drawn;       /* units that the writer had drawn then */
    DrawnUnit *waiting; /* owned */
    size_t waiting_count;
    double nats; /* of all that was handed out */
    size_t units;
    Heat heat; /* of colours */
} SurpriseTrace;

/* Before a writer with this vocabulary writes. False and a message without memory. */
bool surprise_trace_open(SurpriseTrace *trace, const Writer *writer, const Vocab *vocab, bool colours,
                         Error *error);
/* Prints what waits for more of the text, and ends the colour that is in force. */
void surprise_trace_end(SurpriseTrace *trace, Output *output);
void surprise_trace_close(SurpriseTrace *trace);

/* Takes note of each piece, with the writer as it is then, and prints it. False without memory. */
bool surprise_trace_print(SurpriseTrace *trace, const Writer *writer, const WriterPiece *piece,
                          Output *output);

#endif
