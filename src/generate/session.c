/* The session: see session.h.
 *
 * Two passes share the work. `step` is one unit wide and holds the state of all streams; it is what writing
 * uses. `prime` reads windows of many units, for one stream: as long as all streams have read the same, one
 * reads for all, and its state is then copied to the others:
 *
 *     step  (1 × B)   state of stream 0 ──────┐                 ┌──> state of streams 0 .. B - 1
 *     prime (64 × 1)                          └──> reads ... ───┘
 *
 * `prime` is made when the first long text is to be read, so that writing without one starts at once.
 */
#include "generate/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/pass.h"

enum {
    PRIME_STEPS = 64,    /* T of the priming pass */
    PRIME_LEAST = 16,    /* units from which on a window is worth it */
    TEAM_LEAST = 1 << 20 /* multiplications of a step from which on a team is worth it */
};

/* Where the logits of the next unit are. */
typedef enum Source { SOURCE_FREQUENCIES, SOURCE_PRIME, SOURCE_STEP } Source;

struct Session {
    const Model *model;
    Compute *compute;
    size_t streams;    /* B */
    Pass *step;        /* T 1, B streams; its state is the session's */
    Pass *prime;       /* T PRIME_STEPS, B 1; NULL until it is needed */
    real *frequencies; /* V logits of a text's first unit */
    uint32_t *units;   /* B; what all streams read at a step of session_feed */
    Source source;
    bool alike;       /* all streams have read the same */
    size_t step_team; /* threads that make a step */
};

/* How many threads make a step. In a small one they would wait for each other longer than they work, and far
 * longer on a busy machine. */
static size_t choose_step_team(const Session *session) {
    size_t parameters = layout_parameters(&session->model->network->layout);
    return parameters >= TEAM_LEAST / session->streams ? session->compute->threads : 1;
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

Session *session_create(const Model *model, Compute *compute, size_t streams, Error *error) {
    Session *session = memory_allocate(1, sizeof *session, "a session", error);
    if (session == NULL) {
        return NULL;
    }
    session->model = model;
    session->compute = compute;
    session->streams = streams;
    session->frequencies =
        memory_allocate(vocab_size(model->vocab), sizeof *session->frequencies, "a session", error);
    session->units = memory_allocate(streams, sizeof *session->units, "a session", error);
    bool ready = session->frequencies != NULL && session->units != NULL;
    session->step = ready ? create_pass(session, 1, streams, error) : NULL;
    if (!ready || session->step == NULL) {
        session_free(session);
        return NULL;
    }
    session->step_team = choose_step_team(session);
    fill_frequencies(session);
    session_reset(session);
    return session;
}

void session_free(Session *session) {
    if (session != NULL) {
        pass_free(session->step);
        pass_free(session->prime);
        free(session->frequencies);
        free(session->units);
        free(session);
    }
}

void session_reset(Session *session) {
    size_t size = network_state_size(session->model->network, session->streams);
    memset(pass_state(session->step), 0, size * sizeof(real));
    session->source = SOURCE_FREQUENCIES;
    session->alike = true;
}

/* Copies the state of the first stream to the priming pass. A state is a row of matrices, one for each state of
 * each layer, of B × H numbers. */
static void copy_state_to_prime(const Session *session) {
    const Network *network = session->model->network;
    size_t hidden = network->config.hidden;
    size_t matrices = network_state_size(network, 1) / hidden;
    const real *from = pass_state(session->step);
    real *to = pass_state(session->prime);
    for (size_t k = 0; k < matrices; k++) {
        memcpy(to + k * hidden, from + k * session->streams * hidden, hidden * sizeof *to);
    }
}

/* Copies the state of the priming pass to all streams. */
static void copy_state_to_streams(const Session *session) {
    const Network *network = session->model->network;
    size_t hidden = network->config.hidden;
    size_t rows = network_state_size(network, 1) / hidden * session->streams;
    const real *from = pass_state(session->prime);
    real *to = pass_state(session->step);
    for (size_t k = 0; k < rows; k++) {
        memcpy(to + k * hidden, from + k / session->streams * hidden, hidden * sizeof *to);
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
    copy_state_to_prime(session);
    size_t done = 0;
    while (count - done >= PRIME_LEAST) {
        size_t steps = count - done < PRIME_STEPS ? count - done : PRIME_STEPS;
        PassWindow window = {.steps = steps, .ids = units + done};
        pass_forward_now(session->prime, &window);
        done += steps;
    }
    copy_state_to_streams(session);
    session->source = SOURCE_PRIME;
    return done;
}

/* A step as each member of a team makes it. */
typedef struct Step {
    Pass *pass;
    PassWindow window;
} Step;

static void work_step(void *context, Member member) {
    const Step *work = context;
    pass_forward(work->pass, &work->window, member);
}

static void step(Session *session, const uint32_t *units) {
    Step work = {session->step, {.steps = 1, .ids = units}};
    team_run(session->step_team, work_step, &work);
    session->source = SOURCE_STEP;
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
    switch (session->source) {
    case SOURCE_PRIME: return pass_logits(session->prime);
    case SOURCE_STEP: return pass_logits(session->step) + stream * session->model->network->config.vocab;
    case SOURCE_FREQUENCIES: break;
    }
    return session->frequencies;
}
