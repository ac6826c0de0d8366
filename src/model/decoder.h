/* The decoder: logits = h · Wᵀ + b, softmax and cross-entropy, forward and back in one go.
 *
 * The rows of a window (T·B of them) are taken in chunks whose logits (rows × V) stay in the cache, so that
 * a vocabulary of thousands of symbols takes neither memory nor bandwidth. Within a chunk the members divide
 * the rows, in items of ITEM_ROWS, up to the gradient of h, and then the rows of the weight gradient.
 */
#ifndef LETRA_MODEL_DECODER_H
#define LETRA_MODEL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/team.h"
#include "math/compute.h"
#include "math/precision.h"
#include "math/real.h"

typedef struct Decoder Decoder;

typedef struct DecoderShape {
    size_t rows;      /* T·B */
    size_t last_rows; /* B: rows for which decoder_logits is called */
    size_t hidden;
    size_t vocab;
    bool training;
    bool streaming; /* only decoder_logits will be called: it streams its weights */
    /* Of a streaming decoder's weights; otherwise of all operands, those of h among them. */
    Precision precision;
} DecoderShape;

/* A target that is not scored: no loss, no gradient. */
#define DECODER_NO_TARGET UINT32_MAX

/* What would have been likelier than a target, of all symbols. */
typedef struct DecoderGuess {
    uint32_t likeliest; /* the likeliest symbol */
    uint32_t rank;      /* of the target: 1 + the symbols that are likelier */
    real probability;   /* of `likeliest` */
} DecoderGuess;

/* Where the gradients go. */
typedef struct DecoderGradients {
    real *h;      /* rows × H, written (also beyond the window's rows: zeros) */
    real *weight; /* V × H, added to */
    real *bias;   /* V, added to */
} DecoderGradients;

/* NULL and a message on failure. */
Decoder *decoder_create(const DecoderShape *shape, Compute *compute, Arena *arena, Error *error);
void decoder_free(Decoder *decoder);

/* Takes new parameters, which must stay until the next call. Ends without a barrier. */
void decoder_pack(Decoder *decoder, const real *weight, const real *bias, Member member);

/* What is wanted of the rows one by one. */
typedef struct DecoderRows {
    real *nats;            /* the loss of each row, 0 where it has no target; NULL: not wanted */
    DecoderGuess *guesses; /* the same; left as they are where there is no target */
} DecoderRows;

/* The losses of `rows` rows of h against their targets; with `gradients` (may be NULL) also the gradients of
 * the mean over the scored rows. Begins where all have met and ends in a barrier. */
void decoder_loss(Decoder *decoder, const void *h, const uint32_t *targets, size_t rows,
                  const DecoderRows *wanted, const DecoderGradients *gradients, Member member);

/* The sum of the losses in nats, and the rows that were scored, of the last decoder_loss. */
double decoder_total(const Decoder *decoder);
size_t decoder_scored(const Decoder *decoder);

/* The logits of last_rows rows of h, kept until the next call. Ends in a barrier. */
const real *decoder_logits(Decoder *decoder, const void *h, Member member);

#endif
