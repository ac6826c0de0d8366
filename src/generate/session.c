/* The session: see session.h.
 *
 * It keeps the states and the next logits of all streams, stream after stream, and two passes that work on
 * them. `step` is one unit long; it is what writing uses. `prime` reads windows of many units, for one stream:
 * as long as all streams have read the same, one reads for all, and its state is then copied to the others.
 * It is made when the first long text is to be read, so that writing without one starts at once.
 *
 * What a stream computes must not depend on how many there are, to the last bit: else a sample would be
 * another text when more samples are asked for. So the streams share a step only where the products of a row
 * are known to come out the same whatever the number of rows; elsewhere they step one by one.
 */
#include "generate/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/team.h"
#include "model/pass.h"

enum {
    PRIME_STEPS = 64,    /* T of the priming pass */
    PRIME_LEAST = 16,    /* units from which on a window is worth it */
    TEAM_LEAST = 1 << 25 /* multiplications from which on a team is worth it */
};

struct Session {
    const Model *model;
    Compute *compute;
    size_t streams;
    size_t state_size; /* elements of one stream's state */
    real *states;      /* streams × state_size */
    real *logits;      /* streams × V: of the next unit */
    real *frequencies; /* V: the logits of a text's first unit */
    uint32_t *units;   /* streams: what all of them read at a step of session_feed */
    Pass *step;        /* T 1, B step_streams */
    size_t step_streams;
    Pass *prime; /* T PRIME_STEPS, B 1; NULL until it is needed */
    bool alike;  /* all streams have read the same */
};

/* How many streams make a step together. The products with AVX-512 sum every row in the same order whatever
 * the number of rows (a test holds them to it); oneDNN's others do not. */
static size_t choose_step_streams(const Session *session) {
    return session->compute->instruction_set == INSTRUCTION_SET_AVX512 ? session->streams : 1;
}

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
    PassShape shape = {.steps = steps, .batch = batch};
    Pass *pass = pass_create(session->model->network, session->compute, &shape, error);
    if (pass != NULL) {
        pass_pack_now(pass, session->model->parameters);
    }
    return pass;
}

static bool allocate_arrays(Session *session, Error *error) {
    size_t vocab = vocab_size(session->model->vocab);
    size_t streams = session->streams;
    session->states = memory_allocate(streams, session->state_size * sizeof(real), "the states", error);
    session->logits = memory_allocate(streams, vocab * sizeof(real), "the logits", error);
    session->frequencies = memory_allocate(vocab, sizeof(real), "the frequencies", error);
    session->units = memory_allocate(streams, sizeof *session->units, "a session", error);
    return session->states != NULL && session->logits != NULL && session->frequencies != NULL &&
           session->units != NULL;
}

Session *session_create(const Model *model, Compute *compute, size_t streams, Error *error) {
    Session *session = memory_allocate(1, sizeof *session, "a session", error);
    if (session == NULL) {
        return NULL;
    }
    session->model = model;
    session->compute = compute;
    session->streams = streams;
    session->state_size = network_state_size(model->network, 1);
    session->step_streams = choose_step_streams(session);
    if (!allocate_arrays(session, error)) {
        session_free(session);
        return NULL;
    }
    session->step = create_pass(session, 1, session->step_streams, error);
    if (session->step == NULL) {
        session_free(session);
        return NULL;
    }
    fill_frequencies(session);
    session_reset(session);
    return session;
}

void session_free(Session *session) {
    if (session != NULL) {
        pass_free(session->step);
        pass_free(session->prime);
        free(session->states);
        free(session->logits);
        free(session->frequencies);
        free(session->units);
        free(session);
    }
}

static real *logits_of(const Session *session, size_t stream) {
    return session->logits + stream * vocab_size(session->model->vocab);
}

void session_reset(Session *session) {
    size_t vocab = vocab_size(session->model->vocab);
    memset(session->states, 0, session->streams * session->state_size * sizeof(real));
    for (size_t stream = 0; stream < session->streams; stream++) {
        memcpy(logits_of(session, stream), session->frequencies, vocab * sizeof(real));
    }
    session->alike = true;
}

/* A window as each member of a team reads it. */
typedef struct Reading {
    Pass *pass;
    const PassWindow *window;
} Reading;

static void work_forward(void *context, Member member) {
    const Reading *reading = context;
    pass_forward(reading->pass, reading->window, member);
}

/* Lets a pass read a window of `rows` units. In a small one, threads would wait for each other longer than they
 * work, and far longer on a busy machine: it is read by one. */
static void read_window(const Session *session, Pass *pass, const PassWindow *window, size_t rows) {
    size_t parameters = layout_parameters(&session->model->network->layout);
    Reading reading = {pass, window};
    team_run(parameters >= TEAM_LEAST / rows ? session->compute->threads : 1, work_forward, &reading);
}

/* Copies the states of `count` streams from number `first` on to a pass of that many, or back. A pass has a row
 * of matrices, one for each state of each layer, of count × H numbers. */
static void load_states(const Session *session, Pass *pass, size_t first, size_t count) {
    size_t hidden = session->model->network->config.hidden;
    size_t matrices = session->state_size / hidden;
    for (size_t k = 0; k < matrices * count; k++) {
        const real *state = session->states + (first + k % count) * session->state_size;
        memcpy(pass_state(pass) + k * hidden, state + k / count * hidden, hidden * sizeof(real));
    }
}

static void store_states(Session *session, Pass *pass, size_t first, size_t count) {
    size_t hidden = session->model->network->config.hidden;
    size_t matrices = session->state_size / hidden;
    for (size_t k = 0; k < matrices * count; k++) {
        real *state = session->states + (first + k % count) * session->state_size;
        memcpy(state + k / count * hidden, pass_state(pass) + k * hidden, hidden * sizeof(real));
    }
    size_t vocab = vocab_size(session->model->vocab);
    memcpy(logits_of(session, first), pass_logits(pass), count * vocab * sizeof(real));
}

/* Gives all streams the state and the logits of the first. */
static void spread_first(Session *session) {
    size_t vocab = vocab_size(session->model->vocab);
    size_t size = session->state_size;
    for (size_t stream = 1; stream < session->streams; stream++) {
        memcpy(session->states + stream * size, session->states, size * sizeof(real));
        memcpy(logits_of(session, stream), session->logits, vocab * sizeof(real));
    }
}

static void step(Session *session, const uint32_t *units) {
    size_t count = session->step_streams;
    for (size_t first = 0; first < session->streams; first += count) {
        PassWindow window = {.steps = 1, .ids = units + first};
        load_states(session, session->step, first, count);
        read_window(session, session->step, &window, count);
        store_states(session, session->step, first, count);
    }
}

/* Whether the priming pass can read for all streams. Without memory for one, the text is read step by step. */
static bool prepare_prime(Session *session) {
    if (session->alike && session->prime == NULL) {
        session->prime = create_pass(session, PRIME_STEPS, 1, NULL);
    }
    return session->alike && session->prime != NULL;
}

/* Reads what is worth reading in windows; returns how many units that was. */
static size_t feed_windows(Session *session, const uint32_t *units, size_t count) {
    load_states(session, session->prime, 0, 1);
    size_t done = 0;
    while (count - done >= PRIME_LEAST) {
        size_t steps = count - done < PRIME_STEPS ? count - done : PRIME_STEPS;
        PassWindow window = {.steps = steps, .ids = units + done};
        read_window(session, session->prime, &window, steps);
        done += steps;
    }
    store_states(session, session->prime, 0, 1);
    spread_first(session);
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

const real *session_logits(const Session *session, size_t stream) {
    return logits_of(session, stream);
}
