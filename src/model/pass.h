/* A pass: what runs a network over windows of T × B symbols, forward and back.
 *
 * It holds the buffers, the products and the packed weights for one shape, and the carried state of its B
 * streams. Functions that take a `Member` are called by every member of a team at once (base/team.h); they
 * divide the work and end in a barrier. The others are called by one thread.
 */
#ifndef LETRA_MODEL_PASS_H
#define LETRA_MODEL_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/team.h"
#include "math/compute.h"
#include "model/decoder.h"
#include "model/network.h"

typedef struct PassShape {
    size_t steps;  /* T: the longest window */
    size_t batch;  /* B: streams side by side */
    bool training; /* pass_train will be called */
    bool resets;   /* windows may carry a mask of resets */
    /* Probabilities of a zero while training: in what the first layer reads, between layers, before the decoder. */
    double dropout_input, dropout, dropout_output;
    bool variational;   /* a stream has the same masks at all steps of a window */
    double weight_drop; /* probability of a zero among the recurrent weights while training */
    /* For writing: no training and no targets. Products stream their weights (math/matvec.h), so that a short window
     * costs little; and what a stream computes is the same to the last bit whatever T, B and the number of threads. */
    bool streaming;
    Precision precision; /* how a streaming pass stores weights */
} PassShape;

/* A target that is not scored: no loss, no gradient. */
#define PASS_NO_TARGET DECODER_NO_TARGET

typedef struct PassWindow {
    size_t steps;        /* T of this window: 1 .. shape.steps */
    const uint32_t *ids; /* T × B symbols that are read, [t][b] */
    /* T × B symbols to predict, or PASS_NO_TARGET; NULL: only the last logits are made. */
    const uint32_t *targets;
    /* T × B, not 0 where a new text begins: before that symbol the stream's state is zero, and no gradient goes back
     * beyond it. For a text of records (--records), each of which is learnt from a fresh state: their borders may
     * fall anywhere in a window. NULL: nowhere. */
    const uint8_t *reset;
    /* Names the masks of this window, in a pass for training; 0: nothing is left out, and of zoneout there is what is
     * expected. */
    uint64_t dropout_key;
    real *nats;            /* T × B losses (0 where there is no target); NULL: not wanted */
    DecoderGuess *guesses; /* T × B: what would have been likelier than the target; NULL: not wanted */
} PassWindow;

/* Marks where new texts begin among `count` symbols: reset[k] is 1 where ids[k] is the border of the vocabulary
 * (text/vocab.h), and 0 elsewhere. Returns `reset`, for PassWindow; NULL if there is no border (VOCAB_UNKNOWN), then
 * `reset` may be NULL. */
const uint8_t *pass_window_mark_resets(const uint32_t *ids, size_t count, uint32_t border, uint8_t *reset);

typedef struct Pass Pass;

/* Bytes that a pass of this shape takes (0 and a message on failure). */
size_t pass_memory(const Network *network, Compute *compute, const PassShape *shape, Error *error);

/* The network and the compute context must outlive it. NULL and a message on failure. */
Pass *pass_create(const Network *network, Compute *compute, const PassShape *shape, Error *error);
void pass_free(Pass *pass);

/* Takes new parameters (a block of the network's layout, which must stay until the next pack). With a key, which names
 * the masks of weight drop, what pass_train reads are masked copies, and the gradients that it adds are those of the
 * parameters themselves; 0: nothing is left out. */
void pass_pack_update(Pass *pass, const real *parameters, uint64_t key, Member member);

/* Reads a window: goes on from the carried state and leaves the new one. With targets: the losses. */
void pass_forward(Pass *pass, const PassWindow *window, Member member);

/* The same with targets and back: adds d(mean loss of the scored symbols)/d(parameter) to `gradients`, a block
 * of the network's layout, and leaves d/d(state before the window) in pass_state_gradient. */
void pass_train(Pass *pass, const PassWindow *window, real *gradients, Member member);

/* The sum of the losses in nats, and the number of scored symbols, of the last window. */
double pass_loss(const Pass *pass);
size_t pass_scored(const Pass *pass);

/* B × V logits after the window's last symbol (of a pass_forward without targets). */
const real *pass_logits(const Pass *pass);

/* The carried state: network_state_size(network, B) elements, to read or to set. */
real *pass_state(Pass *pass);
/* Sets it to zero: the start of a text in every stream. */
void pass_clear_state(Pass *pass);
const real *pass_state_gradient(const Pass *pass);

/* The same with a team of its own, for callers that are not in a parallel region (pass_forward_now: if the work is
 * worth one; pass_forward_by: of so many threads, at most those of the pass's Compute). */
void pass_pack_now(Pass *pass, const real *parameters);
void pass_pack_update_now(Pass *pass, const real *parameters, uint64_t key);
void pass_forward_now(Pass *pass, const PassWindow *window);
void pass_forward_by(Pass *pass, const PassWindow *window, size_t threads);
void pass_train_now(Pass *pass, const PassWindow *window, real *gradients);

#endif
