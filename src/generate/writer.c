/* The writer: see writer.h.
 *
 * One round draws a unit for each sample, lets the session read them, looks for stop texts, and hands out what
 * is certain. Of the text that a sample has not handed out yet, the longest end that is also the beginning of a
 * stop text stays back:
 *
 *     stop text "\nROMEO:"          handed out        text, not handed out yet
 *                              ... gentle night,   "\nROM"         <- all of it is held back
 *
 * What was handed out can never become part of a stop text later: had it been the beginning of one, it would
 * have been held back. So all looking is done in the text that is not handed out. Before it stands the end of what
 * was there before, a prompt or an earlier turn, if that may be the beginning of a stop text; this is never handed out.
 */
#include "generate/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/random.h"
#include "generate/session.h"

typedef struct Sample {
    Random coins;
    Recent recent;    /* what it read and wrote last */
    size_t unstopped; /* units that were read or written since the last stop text */
    Bytes text;       /* written and not handed out yet */
    size_t before;    /* so many bytes at its beginning were there before the writing */
    size_t held;      /* so many bytes at its end may be the beginning of a stop text */
    WriterEnd end;
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

void writer_free(Writer *writer) {
    if (writer == NULL) {
        return;
    }
    for (size_t k = 0; k < writer->count; k++) {
        bytes_free(&writer->samples[k].text);
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

/* --- stop texts --- */

/* The length of the longest stop text that the text ends with; 0: none. */
static size_t find_stop(const Bytes *text, const WriterConfig *config) {
    size_t longest = 0;
    for (size_t k = 0; k < config->stop_count; k++) {
        const WriterStop *stop = &config->stops[k];
        if (stop->length > longest && stop->length <= text->length &&
            memcmp(text->data + text->length - stop->length, stop->text, stop->length) == 0) {
            longest = stop->length;
        }
    }
    return longest;
}

static size_t longest_stop(const WriterConfig *config) {
    size_t longest = 0;
    for (size_t k = 0; k < config->stop_count; k++) {
        longest = config->stops[k].length > longest ? config->stops[k].length : longest;
    }
    return longest;
}

/* How many bytes at the end of the text are the beginning of a stop text, and not all of it. */
static size_t find_beginning(const Bytes *text, const WriterConfig *config) {
    size_t longest = 0;
    for (size_t k = 0; k < config->stop_count; k++) {
        const WriterStop *stop = &config->stops[k];
        size_t length = stop->length > 0 ? stop->length - 1 : 0;
        length = length < text->length ? length : text->length;
        while (length > longest && memcmp(text->data + text->length - length, stop->text, length) != 0) {
            length--;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Adds a unit to the sample's text, byte by byte, and cuts a stop text off. */
static bool append_unit(Sample *sample, const Vocab *vocab, uint32_t unit, const WriterConfig *config,
                        Error *error) {
    Symbol symbol = vocab_symbol(vocab, unit);
    for (size_t k = 0; k < symbol.length; k++) {
        if (!bytes_append(&sample->text, &symbol.text[k], 1, error)) {
            return false;
        }
        size_t stop = find_stop(&sample->text, config);
        if (stop > 0) {
            sample->text.length -= stop;
            sample->before = sample->before < sample->text.length ? sample->before : sample->text.length;
            sample->unstopped = 0;
            sample->end = WRITER_STOP;
            return true;
        }
    }
    sample->held = find_beginning(&sample->text, config);
    return true;
}

/* --- rounds --- */

/* Begins the text with the end of what was there before that may be the beginning of a stop text. */
static bool begin_text(Sample *sample, const Vocab *vocab, const WriterConfig *config, Error *error) {
    Bytes *text = &sample->text;
    size_t window = longest_stop(config); /* no unit is shorter than a byte */
    RecentUnits last = recent_last(&sample->recent, window < sample->unstopped ? window : sample->unstopped);
    text->length = 0;
    for (size_t k = 0; k < last.count; k++) {
        Symbol symbol = vocab_symbol(vocab, last.units[k]);
        if (!bytes_append(text, symbol.text, symbol.length, error)) {
            return false;
        }
    }
    sample->held = find_beginning(text, config);
    sample->before = sample->held;
    if (sample->held > 0) {
        memmove(text->data, text->data + text->length - sample->held, sample->held);
    }
    text->length = sample->held;
    return true;
}

static bool begin_samples(Writer *writer, const WriterConfig *config, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < writer->count; k++) {
        Sample *sample = &writer->samples[k];
        sample->end = config->length == 0 ? WRITER_LENGTH : WRITER_NO_END;
        done = begin_text(sample, writer->model->vocab, config, error);
    }
    return done;
}

/* One unit more for every sample that has not ended, the `number`th of this call. The others, being rows of the
 * same batch, read unit 0. */
static bool write_unit(Writer *writer, const WriterConfig *config, size_t number, Error *error) {
    for (size_t k = 0; k < writer->count; k++) {
        Sample *sample = &writer->samples[k];
        writer->units[k] = 0;
        if (sample->end == WRITER_NO_END) {
            const real *logits = session_logits(writer->session, k);
            double coin = random_uniform(&sample->coins);
            RecentUnits recent = recent_last(&sample->recent, config->sampler.repeat_window);
            writer->units[k] = sampler_next(writer->sampler, &config->sampler, logits, recent, coin);
            recent_add(&sample->recent, &writer->units[k], 1);
            sample->unstopped++;
        }
    }
    session_step(writer->session, writer->units);
    for (size_t k = 0; k < writer->count; k++) {
        Sample *sample = &writer->samples[k];
        if (sample->end != WRITER_NO_END) {
            continue;
        }
        if (writer->units[k] == writer->border) {
            sample->end = WRITER_RECORD;
            continue;
        }
        if (!append_unit(sample, writer->model->vocab, writer->units[k], config, error)) {
            return false;
        }
        if (sample->end == WRITER_NO_END && number == config->length) {
            sample->end = WRITER_LENGTH;
        }
    }
    return true;
}

/* Hands out the first `length` bytes of the text of the sample whose turn it is, but for what was there before. */
static bool hand_out(Delivery *delivery, Sample *sample, size_t length, WriterEnd end) {
    size_t known = sample->before < length ? sample->before : length;
    WriterPiece piece = {
        .sample = delivery->sample,
        .text = length > known ? sample->text.data + known : "",
        .length = length - known,
        .end = end,
    };
    sample->before -= known;
    bool go_on = delivery->callback(delivery->context, &piece);
    size_t left = sample->text.length - length;
    if (length > 0) {
        memmove(sample->text.data, sample->text.data + length, left);
        sample->text.length = left;
    }
    return go_on;
}

/* Hands out what is certain: all of the samples that have ended and whose turn it is, and of the next one what
 * is not held back. */
static void deliver(Writer *writer, Delivery *delivery) {
    while (delivery->sample < writer->count && !delivery->interrupted) {
        Sample *sample = &writer->samples[delivery->sample];
        if (sample->end == WRITER_NO_END) {
            if (!hand_out(delivery, sample, sample->text.length - sample->held, WRITER_NO_END)) {
                delivery->interrupted = true;
                hand_out(delivery, sample, sample->text.length, WRITER_INTERRUPTED);
            }
            return;
        }
        delivery->interrupted = !hand_out(delivery, sample, sample->text.length, sample->end);
        delivery->sample++;
    }
}

bool writer_write(Writer *writer, const WriterConfig *config, WriterCallback callback, void *context,
                  Error *error) {
    Delivery delivery = {.callback = callback, .context = context};
    if (!begin_samples(writer, config, error)) {
        return false;
    }
    deliver(writer, &delivery);
    for (size_t number = 1; delivery.sample < writer->count && !delivery.interrupted; number++) {
        if (!write_unit(writer, config, number, error)) {
            return false;
        }
        deliver(writer, &delivery);
    }
    if (writer->count == 1 && writer->samples[0].end == WRITER_RECORD) {
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

uint32_t writer_last_unit(const Writer *writer) {
    return writer->units[0];
}
