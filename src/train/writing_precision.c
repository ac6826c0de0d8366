/* The precision to write in: see writing_precision.h. */
#include "train/writing_precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/pass.h"

enum {
    STREAMS_MAX = 16,       /* side by side; each reads a stretch of its own, from zero state on */
    STREAM_UNITS_MIN = 256, /* of a stretch, if there are several */
    UNITS_MAX = 20000       /* of all stretches: so many tell losses apart to about 0.0002 nats */
};

/* Multiplications that are worth it: with UNITS_MAX, about half a second for all precisions. */
static const double multiplications_max = 0x1p34;

/* How the part is read: stream s reads `length` units from `begin + s × stride` on. */
typedef struct Stretches {
    size_t streams, begin, stride, length;
} Stretches;

static Stretches choose_stretches(const Model *model, Range part) {
    size_t parameters = layout_parameters(&model->network->layout);
    size_t length = part.end - part.begin;
    double affordable = fmin(UNITS_MAX, multiplications_max / (double)parameters);
    size_t units = affordable > STREAM_UNITS_MIN ? (size_t)affordable : STREAM_UNITS_MIN;
    units = units < length ? units : length;
    size_t streams = units / STREAM_UNITS_MIN;
    streams = streams < 1 ? 1 : streams;
    streams = streams > STREAMS_MAX ? STREAMS_MAX : streams;
    return (Stretches){streams, part.begin, length / streams, units / streams};
}

/* Reads all stretches unit by unit; `units` are those of the streams, one stream after the other, and `row` has room
 * for V logits. `border`: VOCAB_UNKNOWN if there is none. */
static double read_stretches(Pass *pass, const Kernels *kernels, size_t vocab, uint32_t border,
                             const uint32_t *units, const Stretches *stretches, real *row) {
    uint32_t ids[STREAMS_MAX];
    uint8_t reset[STREAMS_MAX];
    double nats = 0;
    for (size_t k = 0; k + 1 < stretches->length; k++) {
        for (size_t s = 0; s < stretches->streams; s++) {
            ids[s] = units[s * stretches->length + k];
        }
        PassWindow window = {
            .steps = 1, .ids = ids, .reset = pass_window_mark_resets(ids, stretches->streams, border, reset)};
        pass_forward_now(pass, &window);
        for (size_t s = 0; s < stretches->streams; s++) {
            uint32_t next = units[s * stretches->length + k + 1];
            memcpy(row, pass_logits(pass) + s * vocab, vocab * sizeof(real));
            nats += kernels->cross_entropy(row, vocab, next, 1);
        }
    }
    return nats / (double)(stretches->streams * (stretches->length - 1));
}

/* The units of all stretches, owned by the caller; NULL and a message on failure. */
static uint32_t *load_stretches(const UnitStore *units, const Stretches *stretches, Error *error) {
    size_t length = stretches->length;
    uint32_t *loaded = memory_allocate(stretches->streams * length, sizeof *loaded, "a text's units", error);
    for (size_t s = 0; loaded != NULL && s < stretches->streams; s++) {
        if (!unit_store_read(units, stretches->begin + s * stretches->stride, length, loaded + s * length,
                             error)) {
            free(loaded);
            loaded = NULL;
        }
    }
    return loaded;
}

bool writing_precision_loss(const Model *model, Compute *compute, const UnitStore *units, Range part,
                            Precision precision, double *loss, Error *error) {
    Stretches stretches = choose_stretches(model, part);
    size_t vocab = model->network->config.vocab;
    uint32_t border = vocab_border(model->vocab);
    PassShape shape = {.steps = 1,
                       .batch = stretches.streams,
                       .streaming = true,
                       .resets = border != VOCAB_UNKNOWN,
                       .precision = precision};
    real *row = memory_allocate(vocab, sizeof(real), "the logits", error);
    uint32_t *loaded = row != NULL ? load_stretches(units, &stretches, error) : NULL;
    Pass *pass = loaded != NULL ? pass_create(model->network, compute, &shape, error) : NULL;
    if (pass != NULL) {
        pass_pack_now(pass, model->parameters);
        *loss = read_stretches(pass, compute->kernels, vocab, border, loaded, &stretches, row);
    }
    bool done = pass != NULL;
    pass_free(pass);
    free(loaded);
    free(row);
    return done;
}

bool writing_precision_choose(const Model *model, Compute *compute, const UnitStore *units, Range part,
                              Precision *chosen, Error *error) {
    double exact = 0;
    *chosen = PRECISION_F32;
    if (!writing_precision_loss(model, compute, units, part, PRECISION_F32, &exact, error)) {
        return false;
    }
    for (size_t k = PRECISIONS; k-- > PRECISION_F32 + 1;) {
        double loss = 0;
        if (!writing_precision_loss(model, compute, units, part, (Precision)k, &loss, error)) {
            return false;
        }
        if (fabs(loss - exact) <= WRITING_PRECISION_AGREES) { /* never true of NaN */
            *chosen = (Precision)k;
            return true;
        }
    }
    return true;
}
