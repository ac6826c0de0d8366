/* A text written to be looked at: see novelty_writing.h. */
#include "commands/novelty_writing.h"

#include "text/copies.h"
#include "text/symbol.h"
#include "ui/interrupt.h"
#include "ui/meter.h"

/* A text that is being written. */
typedef struct Writing {
    PlacedText *text;
    Unit unit;
    size_t units, wanted; /* with borders, as the writer counts them */
    bool failed;
    Error *error;
    Meter meter;
} Writing;

static bool append(Writing *writing, const char *text, size_t length) {
    for (size_t at = 0; at < length; writing->units++) {
        at += symbol_first(writing->unit, text + at, length - at).length;
    }
    writing->failed = !bytes_append(&writing->text->bytes, text, length, writing->error);
    return !writing->failed;
}

static bool append_border(Writing *writing) {
    static const char border = COPIES_BORDER;
    writing->failed = !bytes_append(&writing->text->bytes, &border, 1, writing->error);
    return !writing->failed;
}

static bool take_piece(void *context, const WriterPiece *piece) {
    Writing *writing = context;
    if (!append(writing, piece->text, piece->length)) {
        return false;
    }
    if (piece->end == WRITER_RECORD) {
        writing->units++;
        append_border(writing);
    }
    meter_show(&writing->meter, (double)writing->units / (double)writing->wanted);
    return !writing->failed && !interrupt_came();
}

/* Writes record after record, or the one text that there is. */
static bool write_all(Writing *writing, Writer *writer, const Sampling *sampling, Error *error) {
    bool done = !writing->text->records || append_border(writing);
    while (done && !interrupt_came() && writing->units < writing->wanted) {
        WriterConfig config = {.sampler = sampling_sampler(sampling),
                               .length = writing->wanted - writing->units};
        done = writer_write(writer, &config, take_piece, writing, error) && !writing->failed;
    }
    return done;
}

bool novelty_write(Loaded *loaded, const Sampling *sampling, uint64_t seed, PlacedText *text, Error *error) {
    const Model *model = &loaded->model;
    *text = (PlacedText){.records = model->pipeline.separator != NULL};
    Writer *writer = NULL;
    if (sampling_check_memory(sampling, loaded, 1, error)) {
        writer = writer_create(model, &loaded->compute, 1, seed, sampling_precision(sampling, model),
                               clock_system(), error);
    }
    if (writer == NULL) {
        return false;
    }
    Writing writing = {.text = text,
                       .unit = model->pipeline.unit,
                       .wanted = (size_t)sampling->length,
                       .error = error,
                       .meter = meter_start("writing")};
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    bool done = write_all(&writing, writer, sampling, error);
    interrupt_release();
    meter_end(&writing.meter);
    writer_free(writer);
    return done;
}
