/* Beam search: see beam.h.
 *
 * The text in slot k is what stream k of the session has read. Of the extensions that are chosen, the first of each
 * parent stays in its parent's slot; further ones go to slots that fell free, and take a copy of the parent's state
 * there. So no state is overwritten that is still needed, and most are never copied.
 *
 *     slots         0: "the c"    1: "the d"    2: "a hou"
 *     extensions    0+"a"  0+"o"  2+"s"
 *     slots         0: "the ca"   1: "the co"   2: "a hous"       (stream 0 copied to 1)
 */
#include "generate/beam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "generate/extension.h"
#include "generate/session.h"
#include "generate/trail.h"

/* A text of the beam, or one that is finished. */
typedef struct BeamText {
    uint32_t node; /* its last unit */
    double score;
    size_t units;
    size_t cut;    /* bytes of the stop text at its end */
    WriterEnd end; /* WRITER_NO_END in the beam */
} BeamText;

struct Beam {
    const Model *model;
    Session *session;
    size_t width;
    uint32_t border; /* between records; VOCAB_UNKNOWN: the model has none */
    bool *excluded;  /* V; the rare symbol */
    Recent recent;   /* what was read last */
    Trail trail;     /* of what is written */
    ExtensionList extensions;
    BeamText *slots; /* width */
    bool *used;      /* width; whether a text is in the slot */
    BeamText *next;  /* width; the texts that the chosen extensions make */
    bool *placed;    /* width; which of them need no slot any more */
    bool *kept;      /* width; whether one of them has taken the slot */
    uint32_t *units; /* width; what the streams read next */
    BeamText *done;  /* width; the best of the finished, the likeliest first */
    size_t done_count;
    size_t finished; /* how many were, those that were not good enough included */
};

static bool create_slots(Beam *beam, Error *error) {
    size_t width = beam->width;
    size_t vocab = vocab_size(beam->model->vocab);
    beam->slots = memory_allocate(width, sizeof *beam->slots, "the beam", error);
    beam->used = memory_allocate(width, sizeof *beam->used, "the beam", error);
    beam->next = memory_allocate(width, sizeof *beam->next, "the beam", error);
    beam->placed = memory_allocate(width, sizeof *beam->placed, "the beam", error);
    beam->kept = memory_allocate(width, sizeof *beam->kept, "the beam", error);
    beam->units = memory_allocate(width, sizeof *beam->units, "the beam", error);
    beam->done = memory_allocate(width, sizeof *beam->done, "the beam", error);
    beam->excluded = memory_allocate(vocab, sizeof *beam->excluded, "the beam", error);
    return beam->slots != NULL && beam->used != NULL && beam->next != NULL && beam->placed != NULL &&
           beam->kept != NULL && beam->units != NULL && beam->done != NULL && beam->excluded != NULL &&
           extension_list_create(&beam->extensions, width, error);
}

Beam *beam_create(const Model *model, Compute *compute, size_t width, Precision precision, Clock clock,
                  Error *error) {
    Beam *beam = memory_allocate(1, sizeof *beam, "the beam", error);
    if (beam == NULL) {
        return NULL;
    }
    beam->model = model;
    beam->width = width;
    beam->border = vocab_border(model->vocab);
    if (create_slots(beam, error)) {
        beam->session = session_create(model, compute, width, precision, clock, error);
    }
    if (beam->session == NULL) {
        beam_free(beam);
        return NULL;
    }
    uint32_t rare = vocab_find(model->vocab, symbol_rare());
    if (rare != VOCAB_UNKNOWN) {
        beam->excluded[rare] = true;
    }
    if (beam->border != VOCAB_UNKNOWN) {
        session_feed(beam->session, &beam->border, 1);
    }
    beam->slots[0] = (BeamText){.node = TRAIL_START};
    beam->used[0] = true;
    return beam;
}

void beam_free(Beam *beam) {
    if (beam == NULL) {
        return;
    }
    session_free(beam->session);
    trail_free(&beam->trail);
    extension_list_free(&beam->extensions);
    free(beam->slots);
    free(beam->used);
    free(beam->next);
    free(beam->placed);
    free(beam->kept);
    free(beam->units);
    free(beam->done);
    free(beam->excluded);
    free(beam);
}

void beam_read(Beam *beam, const uint32_t *units, size_t count) {
    session_feed(beam->session, units, count);
    recent_add(&beam->recent, units, count);
}

/* --- texts --- */

static bool append_units(const Vocab *vocab, const uint32_t *units, size_t count, Bytes *text, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < count; k++) {
        Symbol symbol = vocab_symbol(vocab, units[k]);
        done = bytes_append(text, symbol.text, symbol.length, error);
    }
    return done;
}

/* The last `count` units that the text has written. */
static bool append_written(const Beam *beam, const BeamText *text, size_t count, Bytes *out, Error *error) {
    uint32_t *units = memory_allocate(count, sizeof *units, "the units of a text", error);
    bool done = units != NULL && append_units(beam->model->vocab, units,
                                              trail_last(&beam->trail, text->node, count, units), out, error);
    free(units);
    return done;
}

/* The end of the text, and of what was read before it, as far back as `window` units before the last one. */
static bool append_end(const Beam *beam, const BeamText *text, size_t window, Bytes *out, Error *error) {
    size_t written = text->units < window + 1 ? text->units : window + 1;
    RecentUnits before = recent_last(&beam->recent, window + 1 - written);
    return append_units(beam->model->vocab, before.units, before.count, out, error) &&
           append_written(beam, text, written, out, error);
}

/* Whether the text's last unit ends it, and how. */
static bool find_end(const Beam *beam, const BeamConfig *config, uint32_t unit, BeamText *text,
                     Error *error) {
    Symbol symbol = vocab_symbol(beam->model->vocab, unit);
    size_t window = stop_texts_longest(
        config->stops, config->stop_count); /* no unit is shorter than a byte, but for the border */
    Bytes end = {0};
    if (unit == beam->border) {
        text->end = WRITER_RECORD;
        return true;
    }
    if (window > 0 && !append_end(beam, text, window, &end, error)) {
        bytes_free(&end);
        return false;
    }
    for (size_t k = 1; window > 0 && text->cut == 0 && k <= symbol.length; k++) {
        size_t length = end.length - symbol.length + k;
        text->cut = stop_texts_find(config->stops, config->stop_count, end.data, length);
        text->cut += text->cut > 0 ? symbol.length - k : 0; /* what follows it within the unit goes, too */
    }
    bytes_free(&end);
    if (text->cut > 0) {
        text->end = WRITER_STOP;
    } else if (text->units == config->length) {
        text->end = WRITER_LENGTH;
    }
    return true;
}

/* --- finished texts --- */

static double score_per_unit(const BeamText *text) {
    return text->units > 0 ? text->score / (double)text->units : 0;
}

/* Puts a text among the finished ones, if it is one of the K best; of texts alike the earlier stays before. */
static void finish(Beam *beam, const BeamConfig *config, const BeamText *text) {
    size_t at = beam->done_count;
    beam->finished++;
    while (at > 0 && score_per_unit(text) > score_per_unit(&beam->done[at - 1])) {
        at--;
    }
    if (at == config->count) {
        return;
    }
    size_t last = beam->done_count < config->count ? beam->done_count++ : config->count - 1;
    memmove(&beam->done[at + 1], &beam->done[at], (last - at) * sizeof *beam->done);
    beam->done[at] = *text;
}

/* Whether fewer than N texts are finished, and there are others. */
static bool is_worth_going_on(const Beam *beam) {
    bool left = false;
    for (size_t slot = 0; slot < beam->width; slot++) {
        left = left || beam->used[slot];
    }
    return left && beam->finished < beam->width;
}

/* --- steps --- */

/* The best extensions of all texts in the beam, the best first. */
static bool choose_extensions(Beam *beam, Error *error) {
    size_t vocab = vocab_size(beam->model->vocab);
    beam->extensions.count = 0;
    for (uint32_t slot = 0; slot < beam->width; slot++) {
        if (beam->used[slot]) {
            extension_list_offer_units(&beam->extensions, slot, beam->slots[slot].score,
                                       session_logits(beam->session, slot), vocab, beam->excluded);
        }
    }
    extension_list_sort(&beam->extensions);
    return beam->extensions.count > 0 ||
           error_set(error, "the model's predictions are not finite numbers: its parameters are too large");
}

/* Makes the text that an extension says. */
static bool extend(Beam *beam, const BeamConfig *config, const Extension *extension, BeamText *text,
                   Error *error) {
    const BeamText *parent = &beam->slots[extension->parent];
    *text = (BeamText){.score = extension->score, .units = parent->units + 1};
    return trail_add(&beam->trail, parent->node, extension->unit, &text->node, error) &&
           find_end(beam, config, extension->unit, text, error);
}

/* A text takes a slot, where the next step reads its unit. */
static void take_slot(Beam *beam, size_t slot, size_t number) {
    beam->kept[slot] = true;
    beam->slots[slot] = beam->next[number];
    beam->units[slot] = beam->extensions.items[number].unit;
}

/* Gives each of the next texts that is not finished a slot whose stream has read what the text's parent had. */
static void place_texts(Beam *beam) {
    const Extension *extensions = beam->extensions.items;
    memset(beam->kept, 0, beam->width * sizeof *beam->kept);
    memset(beam->units, 0, beam->width * sizeof *beam->units);
    for (size_t k = 0; k < beam->extensions.count; k++) {
        beam->placed[k] = beam->next[k].end != WRITER_NO_END || !beam->kept[extensions[k].parent];
        if (beam->placed[k] && beam->next[k].end == WRITER_NO_END) {
            take_slot(beam, extensions[k].parent, k);
        }
    }
    size_t slot = 0;
    for (size_t k = 0; k < beam->extensions.count; k++) {
        if (!beam->placed[k]) {
            while (beam->kept[slot]) {
                slot++;
            }
            session_copy_stream(beam->session, slot, beam->session, extensions[k].parent);
            take_slot(beam, slot, k);
        }
    }
    memcpy(beam->used, beam->kept, beam->width * sizeof *beam->used);
}

/* One unit more for every text of the beam. */
static bool step(Beam *beam, const BeamConfig *config, Error *error) {
    if (!choose_extensions(beam, error)) {
        return false;
    }
    for (size_t k = 0; k < beam->extensions.count; k++) {
        if (!extend(beam, config, &beam->extensions.items[k], &beam->next[k], error)) {
            return false;
        }
        if (beam->next[k].end != WRITER_NO_END) {
            finish(beam, config, &beam->next[k]);
        }
    }
    place_texts(beam);
    session_step(beam->session, beam->units);
    return true;
}

/* Whatever is in the beam is finished for this reason. */
static void finish_all(Beam *beam, const BeamConfig *config, WriterEnd end) {
    for (size_t slot = 0; slot < beam->width; slot++) {
        if (beam->used[slot]) {
            beam->slots[slot].end = end;
            finish(beam, config, &beam->slots[slot]);
            beam->used[slot] = false;
        }
    }
}

/* Hands out the finished texts, as long as the callback wants more; all of them after an interruption. */
static bool hand_out(const Beam *beam, bool interrupted, WriterCallback callback, void *context,
                     Error *error) {
    bool go_on = true;
    bool done = true;
    for (size_t k = 0; done && go_on && k < beam->done_count; k++) {
        const BeamText *text = &beam->done[k];
        Bytes written = {0};
        done = append_written(beam, text, text->units, &written, error);
        if (done) {
            size_t cut = text->cut < written.length ? text->cut : written.length;
            WriterPiece piece = {
                .sample = k,
                .text = written.length > 0 ? written.data : "",
                .length = written.length - cut,
                .end = text->end,
            };
            go_on = callback(context, &piece) || interrupted;
        }
        bytes_free(&written);
    }
    return done;
}

bool beam_write(Beam *beam, const BeamConfig *config, WriterCallback callback, void *context, Error *error) {
    bool interrupted = false;
    if (config->length == 0) {
        finish_all(beam, config, WRITER_LENGTH);
    }
    while (!interrupted && is_worth_going_on(beam)) {
        if (!step(beam, config, error)) {
            return false;
        }
        interrupted = !callback(context, &(WriterPiece){.text = ""});
    }
    if (interrupted) {
        finish_all(beam, config, WRITER_INTERRUPTED);
    }
    return hand_out(beam, interrupted, callback, context, error);
}
