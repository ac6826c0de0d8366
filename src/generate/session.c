/* The session: see session.h.
 *
 * `step` is a pass with a row for each stream; it is what writing uses, and it holds the states. `prime` reads
 * windows of many units, for one stream: as long as all streams have read the same, one reads for all, and its
 * state is then copied to the others. Where there is only one stream, both are the same pass, whose windows may be
 * of any length; otherwise `prime` is made when the first long text is to be read.
 */
#include "generate/session.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "generate/pace.h"
#include "generate/surprise.h"
#include "model/pass.h"

enum {
    PRIME_STEPS = 64, /* T of the priming pass */
    PRIME_LEAST = 16  /* units from which on a window is worth it */
};

struct Session {
    const Model *model;
    Compute *compute;
    size_t streams;
    real *frequencies; /* V: the logits of a text's first unit */
    real *restored;    /* V: the logits that session_restore brought */
    uint32_t *units;   /* streams: what all of them read at a step of session_feed */
    Precision precision;
    Pass *step;          /* T 1, B streams; T PRIME_STEPS for one stream */
    Clock clock;         /* asked where there are several threads */
    Pace pace;           /* one thread or a team for `step` */
    Pass *prime;         /* T PRIME_STEPS, B 1: NULL until it is needed, or `step` */
    const real *logits;  /* of the next unit: V for each stream ... */
    size_t logit_stride; /* ... so far apart; 0: the same for all */
    bool alike;          /* all streams have read the same */
};

/* Fills in the logarithms of the training counts; nothing counted at all makes all units alike. */
static void fill_frequencies(Session *session) {
    const Vocab *vocab = session->model->vocab;
    bool counted = false;
    for (uint32_t unit = 0; unit < vocab_size(vocab); unit++) {
        counted = counted || vocab_count(vocab, unit) > 0;
    }
    for (uint32_t unit = 0; unit < vocab_size(vocab); unit++) {
        session->frequencies[unit] = (real)(counted ? log((double)vocab_count(vocab, unit)) : 0);
    }
}

/* A pass of that shape with the model's parameters in it. */
static Pass *create_pass(const Session *session, size_t steps, size_t batch, Error *error) {
    PassShape shape = {.steps = steps, .batch = batch, .streaming = true, .precision = session->precision};
    Pass *pass = pass_create(session->model->network, session->compute, &shape, error);
    if (pass != NULL) {
        pass_pack_now(pass, session->model->parameters);
    }
    return pass;
}

Session *session_create(const Model *model, Compute *compute, size_t streams, Precision precision,
                        Clock clock, Error *error) {
    Session *session = memory_allocate(1, sizeof *session, "a session", error);
    if (session == NULL) {
        return NULL;
    }
    size_t vocab = vocab_size(model->vocab);
    session->model = model;
    session->compute = compute;
    session->streams = streams;
    session->precision = precision;
    session->clock = clock;
    session->frequencies = memory_allocate(vocab, sizeof(real), "the frequencies", error);
    session->restored = memory_allocate(vocab, sizeof(real), "a session", error);
    session->units = memory_allocate(streams, sizeof *session->units, "a session", error);
    if (session->frequencies == NULL || session->restored == NULL || session->units == NULL) {
        session_free(session);
        return NULL;
    }
    session->step = create_pass(session, streams == 1 ? PRIME_STEPS : 1, streams, error);
    if (session->step == NULL) {
        session_free(session);
        return NULL;
    }
    session->prime = streams == 1 ? session->step : NULL;
    fill_frequencies(session);
    session_reset(session);
    return session;
}

void session_free(Session *session) {
    if (session != NULL) {
        if (session->prime != session->step) {
            pass_free(session->prime);
        }
        pass_free(session->step);
        free(session->frequencies);
        free(session->restored);
        free(session->units);
        free(session);
    }
}

void session_reset(Session *session) {
    pass_clear_state(session->step);
    session->logits = session->frequencies;
    session->logit_stride = 0;
    session->alike = true;
}

static void step(Session *session, const uint32_t *units) {
    PassWindow window = {.steps = 1, .ids = units};
    size_t threads = session->compute->threads;
    double begin = threads > 1 ? clock_now(session->clock) : 0;
    pass_forward_by(session->step, &window, session->pace.team ? threads : 1);
    if (threads > 1) {
        pace_note(&session->pace, clock_now(session->clock) - begin);
    }
    session->logits = pass_logits(session->step);
    session->logit_stride = vocab_size(session->model->vocab);
}

/* Whether the priming pass can read for all streams. Without memory for one, the text is read step by step. */
static bool prepare_prime(Session *session) {
    if (session->alike && session->prime == NULL) {
        session->prime = create_pass(session, PRIME_STEPS, 1, NULL);
    }
    return session->alike && session->prime != NULL;
}

/* Gives the priming pass the state of the first stream. */
static void lend_state(Session *session) {
    network_copy_state(session->model->network, (StateOf){pass_state(session->step), session->streams, 0},
                       (StateOf){pass_state(session->prime), 1, 0});
}

/* Gives all streams the state of the priming pass. */
static void spread_state(Session *session) {
    for (size_t stream = 0; stream < session->streams; stream++) {
        network_copy_state(session->model->network, (StateOf){pass_state(session->prime), 1, 0},
                           (StateOf){pass_state(session->step), session->streams, stream});
    }
}

/* Reads what is worth reading in windows; returns how many units that was. */
static size_t feed_windows(Session *session, const uint32_t *units, size_t count) {
    size_t done = 0;
    if (session->prime != session->step) {
        lend_state(session);
    }
    while (count - done >= PRIME_LEAST) {
        size_t steps = count - done < PRIME_STEPS ? count - done : PRIME_STEPS;
        PassWindow window = {.steps = steps, .ids = units + done};
        pass_forward_now(session->prime, &window);
        done += steps;
    }
    if (session->prime != session->step) {
        spread_state(session);
    }
    session->logits = pass_logits(session->prime);
    session->logit_stride = 0;
    return done;
}

void session_feed(Session *session, const uint32_t *units, size_t count) {
    size_t done = 0;
    if (count >= PRIME_LEAST && prepare_prime(session)) {
        done = feed_windows(session, units, count);
    }
    for (; done < count; done++) {
        for (size_t stream = 0; stream < session->streams; stream++) {
            session->units[stream] = units[done];
        }
        step(session, session->units);
    }
}

void session_step(Session *session, const uint32_t *units) {
    session->alike = session->alike && session->streams == 1;
    step(session, units);
}

void session_copy_stream(Session *session, size_t to, const Session *source, size_t from) {
    if (source == session && (session->alike || to == from)) {
        return;
    }
    session->alike = session->streams == 1;
    network_copy_state(session->model->network, (StateOf){pass_state(source->step), source->streams, from},
                       (StateOf){pass_state(session->step), session->streams, to});
}

const real *session_logits(const Session *session, size_t stream) {
    return session->logits + stream * session->logit_stride;
}

double session_log_probability(const Session *session, size_t stream, uint32_t unit) {
    const real *logits = session_logits(session, stream);
    return (double)logits[unit] - surprise_log_sum(logits, vocab_size(session->model->vocab));
}

/* How many of the saved numbers are the carried state; the logits come after them. */
static size_t carried_size(const Session *session) {
    assert(session->streams == 1);
    return network_state_size(session->model->network, 1);
}

size_t session_state_size(const Session *session) {
    return carried_size(session) + vocab_size(session->model->vocab);
}

void session_save(const Session *session, real *state) {
    size_t carried = carried_size(session);
    memcpy(state, pass_state(session->step), carried * sizeof *state);
    memcpy(state + carried, session->logits, vocab_size(session->model->vocab) * sizeof *state);
}

void session_restore(Session *session, const real *state) {
    size_t carried = carried_size(session);
    memcpy(pass_state(session->step), state, carried * sizeof *state);
    memcpy(session->restored, state + carried, vocab_size(session->model->vocab) * sizeof *state);
    session->logits = session->restored;
}

size_t session_memory(const Model *model, Compute *compute, size_t streams, Precision precision,
                      Error *error) {
    PassShape shape = {
        .steps = streams == 1 ? PRIME_STEPS : 1, .batch = streams, .streaming = true, .precision = precision};
    size_t stepping = pass_memory(model->network, compute, &shape, error);
    if (stepping == 0 || streams == 1) {
        return stepping;
    }
    shape.steps = PRIME_STEPS;
    shape.batch = 1;
    size_t prime = pass_memory(model->network, compute, &shape, error);
    size_t both = stepping <= SIZE_MAX - prime ? stepping + prime : SIZE_MAX;
    return prime > 0 ? both : 0;
}
