/* The writer: see writer.h.
 *
 * One round draws a unit for each sample, lets the session read them, looks for stops, and hands out what is certain:
 * what may be the beginning of a stop is held back (held_text.h).
 */
#include "generate/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/random.h"
#include "generate/held_text.h"
#include "generate/session.h"

typedef struct Sample {
    Random coins;
    Recent recent;         /* what it read and wrote last */
    size_t drawn;          /* units, so far */
    size_t unstopped;      /* units that were read or written since the last stop */
    HeldText held;         /* written and not handed out yet */
    Bytes written;         /* the whole text, where a constraint holds it */
    ConstraintPlace place; /* ... and how far that is */
    WriterEnd end;
    bool bordered;      /* its last unit was the border, whatever the end is called */
    WrittenUnits units; /* if asked for ... */
    size_t cut;         /* ... and bytes at their end that a stop took */
} Sample;

struct Writer {
    const Model *model;
    Session *session;
    Sampler *sampler;
    size_t count;
    Sample *samples; /* count */
    uint32_t *units; /* count; the last one drawn for each */
    uint32_t border; /* between records; VOCAB_UNKNOWN: the model has none */
};

/* Where the pieces go, and how far that is. */
typedef struct Delivery {
    WriterCallback callback;
    void *context;
    size_t sample; /* the first one that has not handed out its last piece */
    bool interrupted;
} Delivery;

/* Reads the border before a record, if the model has records. */
static void begin_record(Writer *writer) {
    if (writer->border != VOCAB_UNKNOWN) {
        session_feed(writer->session, &writer->border, 1);
    }
}

Writer *writer_create(const Model *model, Compute *compute, size_t samples, uint64_t seed,
                      Precision precision, Clock clock, Error *error) {
    Writer *writer = memory_allocate(1, sizeof *writer, "a writer", error);
    if (writer == NULL) {
        return NULL;
    }
    writer->model = model;
    writer->samples = memory_allocate(samples, sizeof *writer->samples, "the samples", error);
    writer->count = writer->samples != NULL ? samples : 0;
    writer->units = memory_allocate(samples, sizeof *writer->units, "the samples", error);
    writer->sampler = sampler_create(vocab_size(model->vocab), error);
    if (writer->samples != NULL && writer->units != NULL && writer->sampler != NULL) {
        writer->session = session_create(model, compute, samples, precision, clock, error);
    }
    if (writer->session == NULL) {
        writer_free(writer);
        return NULL;
    }
    uint32_t rare = vocab_find(model->vocab, symbol_rare());
    sampler_exclude(writer->sampler, rare != VOCAB_UNKNOWN ? rare : SIZE_MAX);
    writer->border = vocab_border(model->vocab);
    begin_record(writer);
    writer_seed(writer, seed);
    return writer;
}

size_t writer_memory(const Model *model, Compute *compute, size_t samples, Precision precision,
                     Error *error) {
    size_t session = session_memory(model, compute, samples, precision, error);
    size_t each = sizeof(Sample) + sizeof(uint32_t);
    if (session == 0) {
        return 0;
    }
    return samples <= (SIZE_MAX - session) / each ? session + samples * each : SIZE_MAX;
}

void writer_free(Writer *writer) {
    if (writer == NULL) {
        return;
    }
    for (size_t k = 0; k < writer->count; k++) {
        held_text_free(&writer->samples[k].held);
        bytes_free(&writer->samples[k].written);
        written_units_free(&writer->samples[k].units);
    }
    session_free(writer->session);
    sampler_free(writer->sampler);
    free(writer->samples);
    free(writer->units);
    free(writer);
}

void writer_reset(Writer *writer) {
    session_reset(writer->session);
    for (size_t k = 0; k < writer->count; k++) {
        writer->samples[k].recent.count = 0;
        writer->samples[k].unstopped = 0;
    }
    begin_record(writer);
}

void writer_seed(Writer *writer, uint64_t seed) {
    for (size_t k = 0; k < writer->count; k++) {
        writer->samples[k].coins = random_create(seed, k);
    }
}

void writer_read(Writer *writer, const uint32_t *units, size_t count) {
    session_feed(writer->session, units, count);
    for (size_t k = 0; k < writer->count; k++) {
        recent_add(&writer->samples[k].recent, units, count);
        writer->samples[k].unstopped += count;
    }
}

/* --- ends --- */

/* Holds what ended as it should to the constraint once more. Only a stop can leave a text that does not fit. */
static bool verify(Sample *sample, const WriterConfig *config, Error *error) {
    const Bytes *written = &sample->written;
    bool holds = true;
    if (config->constraint != NULL &&
        !constraint_verify(config->constraint, written->data, written->length, &holds, error)) {
        return false;
    }
    if (!holds && sample->end != WRITER_STOP) {
        return error_set(
            error, "PCRE2's ordinary matcher does not agree that the text fits the patterns: a fault of "
                   "letra's, which whoever writes it would like to hear of");
    }
    sample->end = holds ? sample->end : WRITER_UNFIT;
    return true;
}

/* Ends a sample at a stop, which took so many bytes of what was written with it. */
static bool end_at_stop(Sample *sample, size_t cut, const WriterConfig *config, Error *error) {
    sample->written.length -= config->constraint != NULL ? cut : 0;
    sample->unstopped = 0;
    sample->end = WRITER_STOP;
    sample->cut = cut;
    return verify(sample, config, error);
}

static bool end_sample(Sample *sample, WriterEnd end, const WriterConfig *config, Error *error) {
    bool stopped = false;
    size_t cut = 0;
    if (!held_text_end(&sample->held, config, &stopped, &cut, error)) {
        return false;
    }
    if (stopped) {
        return end_at_stop(sample, cut, config, error);
    }
    sample->end = end;
    return end == WRITER_STUCK || end == WRITER_INCOMPLETE || verify(sample, config, error);
}

/* Ends a sample that is as long as was asked for. */
static bool end_at_length(Sample *sample, const WriterConfig *config, Error *error) {
    bool complete = config->constraint == NULL || constraint_may_end(config->constraint, &sample->place);
    return end_sample(sample, complete ? WRITER_LENGTH : WRITER_INCOMPLETE, config, error);
}

/* Keeps what the constraint remembers within bounds. */
static bool tidy_constraint(Writer *writer, Constraint *constraint, Error *error) {
    if (!constraint_is_large(constraint)) {
        return true;
    }
    ConstraintPlace **places =
        memory_allocate(writer->count, sizeof *places, "the places in a pattern", error);
    for (size_t k = 0; places != NULL && k < writer->count; k++) {
        places[k] = &writer->samples[k].place;
    }
    bool done = places != NULL && constraint_forget(constraint, places, writer->count, error);
    free(places);
    return done;
}

/* --- rounds --- */

static bool begin_samples(Writer *writer, const WriterConfig *config, Error *error) {
    bool done = true;
    size_t window = held_text_window(config);
    for (size_t k = 0; done && k < writer->count; k++) {
        Sample *sample = &writer->samples[k];
        RecentUnits before =
            recent_last(&sample->recent, window < sample->unstopped ? window : sample->unstopped);
        sample->end = WRITER_NO_END;
        sample->bordered = false;
        sample->place = (ConstraintPlace){{0}};
        sample->written.length = 0;
        sample->units.count = 0;
        sample->cut = 0;
        done = held_text_begin(&sample->held, before, writer->model->vocab, config, error) &&
               (config->length > 0 || end_at_length(sample, config, error));
    }
    return done;
}

/* Keeps the unit that was just drawn for a sample with its probability. */
static bool note_unit(Writer *writer, size_t index, Error *error) {
    uint32_t unit = writer->units[index];
    real log_probability = (real)session_log_probability(writer->session, index, unit);
    return written_units_add(&writer->samples[index].units, (WrittenUnit){unit, log_probability}, error);
}

/* Draws the next unit of a sample, or ends it where a constraint has none. */
static bool draw_unit(Writer *writer, size_t index, const WriterConfig *config, bool last, Error *error) {
    Sample *sample = &writer->samples[index];
    const real *logits = session_logits(writer->session, index);
    RecentUnits recent = recent_last(&sample->recent, config->sampler.repeat_window);
    uint32_t *unit = &writer->units[index];
    if (config->constraint == NULL) {
        *unit =
            sampler_next(writer->sampler, &config->sampler, logits, recent, random_uniform(&sample->coins));
    } else {
        ConstraintDraw draw = {writer->sampler, &config->sampler, logits, recent, &sample->coins, last};
        switch (constraint_draw(config->constraint, &draw, &sample->place, unit, error)) {
        case CONSTRAINT_UNIT: break;
        case CONSTRAINT_COMPLETE: return end_sample(sample, WRITER_COMPLETE, config, error);
        case CONSTRAINT_STUCK: return end_sample(sample, WRITER_STUCK, config, error);
        case CONSTRAINT_FAILED: return false;
        }
    }
    recent_add(&sample->recent, unit, 1);
    sample->unstopped++;
    sample->drawn++;
    return !config->log_probabilities || note_unit(writer, index, error);
}

/* Adds the unit that was drawn to the sample's text, the `number`th of this call. */
static bool add_unit(Writer *writer, size_t index, const WriterConfig *config, size_t number, Error *error) {
    Sample *sample = &writer->samples[index];
    sample->bordered = writer->units[index] == writer->border;
    if (sample->bordered) {
        return end_sample(sample, WRITER_RECORD, config, error);
    }
    Symbol symbol = vocab_symbol(writer->model->vocab, writer->units[index]);
    bool stopped = false;
    size_t cut = 0;
    if ((config->constraint != NULL && !bytes_append(&sample->written, symbol.text, symbol.length, error)) ||
        !held_text_add(&sample->held, symbol, config, &stopped, &cut, error)) {
        return false;
    }
    if (stopped) {
        return end_at_stop(sample, cut, config, error);
    }
    return number < config->length || end_at_length(sample, config, error);
}

/* One unit more for every sample that has not ended. The others, being rows of the same batch, read unit 0. */
static bool write_unit(Writer *writer, const WriterConfig *config, size_t number, Error *error) {
    bool drawn = false;
    for (size_t k = 0; k < writer->count; k++) {
        writer->units[k] = 0;
        if (writer->samples[k].end == WRITER_NO_END) {
            if (!draw_unit(writer, k, config, number == config->length, error)) {
                return false;
            }
            drawn = drawn || writer->samples[k].end == WRITER_NO_END;
        }
    }
    if (drawn) {
        session_step(writer->session, writer->units);
    }
    bool done = true;
    for (size_t k = 0; done && k < writer->count; k++) {
        done = writer->samples[k].end != WRITER_NO_END || add_unit(writer, k, config, number, error);
    }
    return done && (config->constraint == NULL || tidy_constraint(writer, config->constraint, error));
}

/* Hands out what is certain of the sample whose turn it is, or all of it. */
static bool hand_out(Delivery *delivery, Sample *sample, const WriterConfig *config, WriterEnd end) {
    bool all = end != WRITER_NO_END;
    Symbol ready = held_text_ready(&sample->held, all);
    WriterPiece piece = {
        .sample = delivery->sample,
        .text = ready.text,
        .length = ready.length,
        .end = end,
        .units = all ? sample->units.items : NULL,
        .unit_count = all ? sample->units.count : 0,
    };
    if (end == WRITER_STOP || end == WRITER_UNFIT) {
        Symbol stop = held_text_stop(&sample->held);
        piece.stop = (WriterStop){stop.text, stop.length};
    }
    bool go_on = delivery->callback(delivery->context, &piece);
    held_text_release(&sample->held, all, config);
    return go_on;
}

/* Hands out what is certain: all of the samples that have ended and whose turn it is, and of the next one what
 * is not held back. */
static void deliver(Writer *writer, const WriterConfig *config, Delivery *delivery) {
    while (delivery->sample < writer->count && !delivery->interrupted) {
        Sample *sample = &writer->samples[delivery->sample];
        if (sample->end == WRITER_NO_END) {
            if (!hand_out(delivery, sample, config, WRITER_NO_END)) {
                delivery->interrupted = true;
                hand_out(delivery, sample, config, WRITER_INTERRUPTED);
            }
            return;
        }
        written_units_cut(&sample->units, writer->model->vocab, sample->cut);
        delivery->interrupted = !hand_out(delivery, sample, config, sample->end);
        delivery->sample++;
    }
}

bool writer_write(Writer *writer, const WriterConfig *config, WriterCallback callback, void *context,
                  Error *error) {
    Delivery delivery = {.callback = callback, .context = context};
    if (!begin_samples(writer, config, error)) {
        return false;
    }
    deliver(writer, config, &delivery);
    for (size_t number = 1; delivery.sample < writer->count && !delivery.interrupted; number++) {
        if (!write_unit(writer, config, number, error)) {
            return false;
        }
        deliver(writer, config, &delivery);
    }
    if (writer->count == 1 && writer->samples[0].bordered) {
        writer_reset(writer);
    }
    return true;
}

/* --- where it stands --- */

size_t writer_state_size(const Writer *writer) {
    return session_state_size(writer->session);
}

bool writer_save(const Writer *writer, WriterState *state, Error *error) {
    const Sample *sample = &writer->samples[0];
    if (state->session == NULL) {
        state->size = writer_state_size(writer);
        state->session = memory_allocate(state->size, sizeof *state->session, "the state of a text", error);
    }
    if (state->session == NULL) {
        return false;
    }
    session_save(writer->session, state->session);
    state->coins = sample->coins;
    state->recent = sample->recent;
    state->unstopped = sample->unstopped;
    return true;
}

void writer_restore(Writer *writer, const WriterState *state) {
    Sample *sample = &writer->samples[0];
    session_restore(writer->session, state->session);
    sample->coins = state->coins;
    sample->recent = state->recent;
    sample->unstopped = state->unstopped;
}

void writer_state_free(WriterState *state) {
    free(state->session);
    *state = (WriterState){.size = 0};
}

const real *writer_logits(const Writer *writer) {
    return session_logits(writer->session, 0);
}

size_t writer_drawn(const Writer *writer) {
    return writer->samples[0].drawn;
}

uint32_t writer_last_unit(const Writer *writer) {
    RecentUnits last = recent_last(&writer->samples[0].recent, 1);
    return last.units[0];
}
