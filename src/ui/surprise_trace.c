/* Surprise as it is shown: see surprise_trace.h. */
#include "ui/surprise_trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "generate/surprise.h"
#include "ui/figures.h"

/* Takes note of what may come next. */
static void expect(SurpriseTrace *trace, const Writer *writer) {
    surprise_all(writer_logits(writer), vocab_size(trace->vocab), trace->expected);
    trace->drawn = writer_drawn(writer);
}

bool surprise_trace_open(SurpriseTrace *trace, const Writer *writer, const Vocab *vocab, bool with_colours,
                         Error *error) {
    *trace = (SurpriseTrace){.vocab = vocab, .colours = with_colours};
    trace->expected = memory_allocate(vocab_size(vocab), sizeof *trace->expected, "the surprise", error);
    if (trace->expected != NULL) {
        expect(trace, writer);
    }
    return trace->expected != NULL;
}

void surprise_trace_end(SurpriseTrace *trace, Output *output) {
    Bytes shown = {0};
    if (heat_finish(&trace->heat, &shown, NULL) && shown.length > 0) {
        output_write(output, shown.data, shown.length);
    }
    bytes_free(&shown);
}

void surprise_trace_close(SurpriseTrace *trace) {
    free(trace->expected);
    free(trace->waiting);
    *trace = (SurpriseTrace){.drawn = 0};
}

/* Takes note of the unit that was drawn last. Of the border between records nothing will be handed out. */
static bool note_drawn(SurpriseTrace *trace, uint32_t unit) {
    DrawnUnit drawn = {vocab_symbol(trace->vocab, unit).length, trace->expected[unit]};
    DrawnUnit *more = realloc(trace->waiting, (trace->waiting_count + 1) * sizeof *more);
    if (more == NULL) {
        return false;
    }
    trace->waiting = more;
    if (drawn.length > 0) {
        more[trace->waiting_count++] = drawn;
    }
    return true;
}

static bool print_unit(SurpriseTrace *trace, double nats, const char *text, size_t length, Output *output) {
    if (!trace->colours) {
        return output_text(output, text, length);
    }
    Bytes shown = {0};
    bool done = heat_add(&trace->heat, text, length, bits_from_nats(nats), &shown, NULL) &&
                output_write(output, shown.length > 0 ? shown.data : "", shown.length) &&
                output_flush(output);
    bytes_free(&shown);
    return done;
}

/* Prints what is handed out, unit by unit. */
static void print_text(SurpriseTrace *trace, const char *text, size_t length, Output *output) {
    size_t done = 0; /* units */
    while (length > 0 && done < trace->waiting_count) {
        DrawnUnit *unit = &trace->waiting[done];
        size_t part = unit->length < length ? unit->length : length;
        print_unit(trace, unit->nats, text, part, output);
        text += part;
        length -= part;
        unit->length -= part;
        if (unit->length == 0) {
            trace->nats += unit->nats;
            trace->units++;
            done++;
        }
    }
    trace->waiting_count -= done;
    if (done > 0) {
        memmove(trace->waiting, trace->waiting + done, trace->waiting_count * sizeof *trace->waiting);
    }
}

bool surprise_trace_print(SurpriseTrace *trace, const Writer *writer, const WriterPiece *piece,
                          Output *output) {
    if (writer_drawn(writer) > trace->drawn && !note_drawn(trace, writer_last_unit(writer))) {
        return false;
    }
    expect(trace, writer);
    print_text(trace, piece->text, piece->length, output);
    return true;
}
