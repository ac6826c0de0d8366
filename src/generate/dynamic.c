/* Dynamic evaluation: see dynamic.h. A step is made by a team, which divides the block into chunks. */
#include "generate/dynamic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    CHUNK = 16384,       /* elements of the block that are worked on at a time */
    TEAM_LEAST = 1 << 21 /* parameters from which on a team is worth it: with one stream, it meets often */
};

static const double epsilon = 1e-8;

/* Tried with the shipped models: nats a character that are gained with a decay of 0.001 and these rates.
 *
 *                                                                    0.0003   0.001   0.002
 *     English, 15,000 characters that the model was validated on      0.050   0.049   0.011
 *     Spanish, 13,000                                                 0.090   0.107   0.076
 *     Shakespeare, the first 5,000, to the English model              0.231   0.382   0.437
 *     the first 30,000                                                0.471   0.613   0.638
 *     War and Peace, 30,000                                           0.247   0.343   0.350
 *     Don Quijote, 30,000, to the Spanish one                         0.286   0.380   0.396
 *
 * A decay of 0.01 gains up to 0.01 more on the first two and 0.1 less on the others, one of 0.0005 0.004 less and 0.01
 * more; over 300,000 characters of
 * Shakespeare 0.0003 comes to 1.498 nats, 0.001 to 1.558, no learning to 2.348. Segments of 16 and 64 do as well at
 * their own best rates. On a few thousand characters of what it knows already a model has nothing to gain, and loses
 * up to 0.005. */
const DynamicConfig dynamic_default = {.rate = 1e-3, .decay = 1e-3, .segment = 32};

struct Dynamic {
    const Network *network;
    Compute *compute;
    const real *trained;
    DynamicConfig config;
    real *parameters; /* owned blocks */
    real *gradients;
    real *squares; /* sums of the gradients' squares */
    double *roots; /* owned: of each chunk the sum of their roots */
    size_t chunks;
    size_t segments; /* read so far */
};

Dynamic *dynamic_create(const Network *network, Compute *compute, const real *trained,
                        const DynamicConfig *config, Error *error) {
    Dynamic *dynamic = memory_allocate(1, sizeof *dynamic, "dynamic evaluation", error);
    if (dynamic == NULL) {
        return NULL;
    }
    const Layout *layout = &network->layout;
    size_t chunks = (layout->total + CHUNK - 1) / CHUNK;
    *dynamic = (Dynamic){.network = network,
                         .compute = compute,
                         .trained = trained,
                         .config = *config,
                         .chunks = chunks,
                         .parameters = block_create(layout, error),
                         .gradients = block_create(layout, error),
                         .squares = block_create(layout, error),
                         .roots = memory_allocate(chunks, sizeof(double), "dynamic evaluation", error)};
    if (dynamic->parameters == NULL || dynamic->gradients == NULL || dynamic->squares == NULL ||
        dynamic->roots == NULL) {
        dynamic_free(dynamic);
        return NULL;
    }
    memcpy(dynamic->parameters, trained, layout->total * sizeof(real));
    return dynamic;
}

void dynamic_free(Dynamic *dynamic) {
    if (dynamic != NULL) {
        free(dynamic->parameters);
        free(dynamic->gradients);
        free(dynamic->squares);
        free(dynamic->roots);
        free(dynamic);
    }
}

/* What a team needs to know. */
typedef struct Reading {
    Dynamic *dynamic;
    Pass *pass;
    const PassWindow *window;
    double mean_root;
} Reading;

/* The mean of the roots over all parameters; the gaps of the block have gradients of 0, and count for nothing. Each
 * member adds up the same sums in the same order. */
static double mean_root(const Dynamic *dynamic) {
    double sum = 0;
    for (size_t k = 0; k < dynamic->chunks; k++) {
        sum += dynamic->roots[k];
    }
    double count = (double)layout_parameters(&dynamic->network->layout);
    return sum / sqrt((double)dynamic->segments) / count;
}

/* The elements of a chunk. */
static Range chunk_elements(const Dynamic *dynamic, size_t chunk) {
    size_t total = dynamic->network->layout.total;
    size_t begin = chunk * CHUNK;
    return (Range){begin, total - begin < CHUNK ? total : begin + CHUNK};
}

static void read_work(void *context, Member member) {
    Reading *reading = context;
    Dynamic *dynamic = reading->dynamic;
    const Kernels *kernels = dynamic->compute->kernels;
    Range share = member_share(member, dynamic->chunks);
    for (size_t k = share.begin; k < share.end; k++) {
        Range part = chunk_elements(dynamic, k);
        memset(dynamic->gradients + part.begin, 0, (part.end - part.begin) * sizeof(real));
    }
    pass_pack_update(reading->pass, dynamic->parameters, 0, member);
    pass_train(reading->pass, reading->window, dynamic->gradients, member);
    for (size_t k = share.begin; k < share.end; k++) {
        Range part = chunk_elements(dynamic, k);
        dynamic->roots[k] = kernels->add_squares(dynamic->squares + part.begin,
                                                 dynamic->gradients + part.begin, part.end - part.begin);
    }
    team_barrier(member);
    const DynamicTerms terms = {.rate = dynamic->config.rate,
                                .decay = dynamic->config.decay,
                                .count = (double)dynamic->segments,
                                .mean_root = mean_root(dynamic),
                                .epsilon = epsilon};
    if (member.index == 0) {
        reading->mean_root = terms.mean_root;
    }
    if (!isfinite(terms.mean_root)) {
        return; /* every member sees the same */
    }
    for (size_t k = share.begin; k < share.end; k++) {
        Range part = chunk_elements(dynamic, k);
        kernels->dynamic(&terms, dynamic->parameters + part.begin, dynamic->trained + part.begin,
                         dynamic->gradients + part.begin, dynamic->squares + part.begin,
                         part.end - part.begin);
    }
}

bool dynamic_read(Dynamic *dynamic, Pass *pass, const PassWindow *window, Error *error) {
    Reading reading = {.dynamic = dynamic, .pass = pass, .window = window};
    dynamic->segments++;
    bool large = dynamic->network->layout.total >= TEAM_LEAST;
    team_run(large ? dynamic->compute->threads : 1, read_work, &reading);
    return isfinite(reading.mean_root) ||
           error_set(error, "dynamic evaluation diverged: the gradient is not a finite number any more");
}
