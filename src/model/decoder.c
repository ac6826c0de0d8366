/* Decoder, softmax and cross-entropy: see decoder.h. */
#include "model/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/matvec.h"

enum {
    ITEM_ROWS = 64,                /* rows of one product */
    CHUNK_BYTES = 2 * 1024 * 1024, /* logits that stay near the cores */
    CHUNK_ITEMS_MIN = 4,           /* a chunk has at least so many items, to be divided */
    ROWS_A_PART = 32,              /* of dW, at least */
    PARTS_MAX = 16,
    STREAMED_GRAIN = 64 /* rows of W: parts of streamed weights begin at multiples of it, in whole panels */
};

/* The two sizes that the rows of a product come in: whole items, and what is left at the end. */
typedef struct RowProducts {
    const Gemm *whole;
    const Gemm *rest;
} RowProducts;

struct Decoder {
    DecoderShape shape;
    const Kernels *kernels;
    size_t chunk_rows;          /* rows in a chunk, a multiple of ITEM_ROWS unless there is only one chunk */
    size_t parts;               /* that the V rows of the weight gradient, or of W, are cut into */
    Matvec **streamed;          /* [part]: streaming, instead of all the other products */
    RowProducts forward;        /* logits = h · Wᵀ */
    RowProducts back;           /* dh = dlogits · W */
    const Gemm *last;           /* the logits of last_rows rows */
    const Gemm **weights_whole; /* [part]: rows of dW, over a whole chunk */
    const Gemm **weights_rest;  /* ... over the last one */
    PackedMatrix *forward_weights;
    PackedMatrix *back_weights;
    const real *bias;
    real *logits;          /* chunk_rows × V */
    void *logit_gradients; /* the same as operands: `logits`, or bfloat16 */
    double *losses;        /* one for each item of the window */
    size_t *scored;        /* the same */
    double total;
    size_t total_scored;
};

static size_t items_of(size_t rows) {
    return (rows + ITEM_ROWS - 1) / ITEM_ROWS;
}

/* Rows of a chunk: as many whole items as the cache takes, or all rows. */
static size_t choose_chunk(const DecoderShape *shape) {
    size_t items = CHUNK_BYTES / (shape->vocab * sizeof(real)) / ITEM_ROWS;
    items = items < CHUNK_ITEMS_MIN ? CHUNK_ITEMS_MIN : items;
    return items * ITEM_ROWS < shape->rows ? items * ITEM_ROWS : shape->rows;
}

/* A product with the same B for items of ITEM_ROWS rows and for the rest. */
static bool create_rows(RowProducts *products, GemmShape shape, size_t rows, Compute *compute, Error *error) {
    size_t rest = rows % ITEM_ROWS;
    if (rows >= ITEM_ROWS) {
        shape.m = ITEM_ROWS;
        products->whole = gemm_get(compute->gemms, &shape, error);
    }
    if (rest > 0) {
        shape.m = rest;
        products->rest = gemm_get(compute->gemms, &shape, error);
    }
    return (rows < ITEM_ROWS || products->whole != NULL) && (rest == 0 || products->rest != NULL);
}

static const Gemm *product_for(const RowProducts *products, size_t rows) {
    return rows == ITEM_ROWS ? products->whole : products->rest;
}

static bool create_forward(Decoder *decoder, Compute *compute, Arena *arena, Error *error) {
    const DecoderShape *shape = &decoder->shape;
    GemmShape forward = {.n = shape->vocab,
                         .k = shape->hidden,
                         .a_row_stride = shape->hidden,
                         .a_column_stride = 1,
                         .b_row_stride = 1,
                         .b_column_stride = shape->hidden,
                         .c_row_stride = shape->vocab,
                         .pack_b = true,
                         .accumulate = true,
                         .precision = shape->precision};
    if (!create_rows(&decoder->forward, forward, shape->rows, compute, error)) {
        return false;
    }
    forward.m = shape->last_rows;
    decoder->last = gemm_get(compute->gemms, &forward, error);
    if (decoder->last == NULL) {
        return false;
    }
    decoder->forward_weights = gemm_packed_create(decoder->last, arena, error);
    return decoder->forward_weights != NULL;
}

/* The symbols of a part: those whose rows of dW it has. */
static Range part_symbols(const Decoder *decoder, size_t part) {
    return range_part(decoder->shape.vocab, 1, decoder->parts, part);
}

/* The symbols of a part of a streaming decoder: those whose logits it makes. */
static Range streamed_symbols(const Decoder *decoder, size_t part) {
    return range_part(decoder->shape.vocab, STREAMED_GRAIN, decoder->parts, part);
}

static bool create_streamed(Decoder *decoder, Compute *compute, Arena *arena, Error *error) {
    const DecoderShape *shape = &decoder->shape;
    size_t parts = shape->vocab / (2 * STREAMED_GRAIN);
    parts = parts < 1 ? 1 : parts;
    decoder->parts = parts > PARTS_MAX ? PARTS_MAX : parts;
    decoder->streamed = memory_allocate(decoder->parts, sizeof(Matvec *), "the decoder", error);
    for (size_t part = 0; decoder->streamed != NULL && part < decoder->parts; part++) {
        Range symbols = streamed_symbols(decoder, part);
        MatvecShape streamed = {.rows = symbols.end - symbols.begin,
                                .columns = shape->hidden,
                                .precision = shape->precision,
                                .add_to_y = true};
        decoder->streamed[part] = matvec_create(&streamed, compute->instruction_set, arena, error);
        if (decoder->streamed[part] == NULL) {
            return false;
        }
    }
    return decoder->streamed != NULL;
}

/* The weight gradient's product for one part over `rows` rows. */
static const Gemm *create_weights(const Decoder *decoder, size_t part, size_t rows, Compute *compute,
                                  Error *error) {
    const DecoderShape *shape = &decoder->shape;
    Range symbols = part_symbols(decoder, part);
    GemmShape weights = {.m = symbols.end - symbols.begin,
                         .n = shape->hidden,
                         .k = rows,
                         .a_row_stride = 1, /* dlogitsᵀ */
                         .a_column_stride = shape->vocab,
                         .b_row_stride = shape->hidden,
                         .b_column_stride = 1,
                         .c_row_stride = shape->hidden,
                         .accumulate = true,
                         .precision = shape->precision};
    return gemm_get(compute->gemms, &weights, error);
}

static bool create_backward(Decoder *decoder, Compute *compute, Arena *arena, Error *error) {
    const DecoderShape *shape = &decoder->shape;
    GemmShape back = {.n = shape->hidden,
                      .k = shape->vocab,
                      .a_row_stride = shape->vocab,
                      .a_column_stride = 1,
                      .b_row_stride = shape->hidden,
                      .b_column_stride = 1,
                      .c_row_stride = shape->hidden,
                      .pack_b = true,
                      .precision = shape->precision};
    if (!create_rows(&decoder->back, back, shape->rows, compute, error)) {
        return false;
    }
    const Gemm *any = decoder->back.whole != NULL ? decoder->back.whole : decoder->back.rest;
    decoder->back_weights = gemm_packed_create(any, arena, error);
    decoder->weights_whole = memory_allocate(decoder->parts, sizeof(Gemm *), "the decoder", error);
    decoder->weights_rest = memory_allocate(decoder->parts, sizeof(Gemm *), "the decoder", error);
    if (decoder->back_weights == NULL || decoder->weights_whole == NULL || decoder->weights_rest == NULL) {
        return false;
    }
    size_t rest = shape->rows % decoder->chunk_rows;
    for (size_t part = 0; part < decoder->parts; part++) {
        decoder->weights_whole[part] = create_weights(decoder, part, decoder->chunk_rows, compute, error);
        if (rest > 0) {
            decoder->weights_rest[part] = create_weights(decoder, part, rest, compute, error);
        }
        if (decoder->weights_whole[part] == NULL || (rest > 0 && decoder->weights_rest[part] == NULL)) {
            return false;
        }
    }
    return true;
}

/* Everything but what streams. */
static bool create_products(Decoder *decoder, Compute *compute, Arena *arena, Error *error) {
    const DecoderShape *shape = &decoder->shape;
    decoder->parts = (shape->vocab + ROWS_A_PART - 1) / ROWS_A_PART;
    decoder->parts = decoder->parts > PARTS_MAX ? PARTS_MAX : decoder->parts;
    decoder->losses = arena_take(arena, items_of(shape->rows), sizeof *decoder->losses);
    decoder->scored = arena_take(arena, items_of(shape->rows), sizeof *decoder->scored);
    return create_forward(decoder, compute, arena, error) &&
           (!shape->training || create_backward(decoder, compute, arena, error));
}

Decoder *decoder_create(const DecoderShape *shape, Compute *compute, Arena *arena, Error *error) {
    Decoder *decoder = memory_allocate(1, sizeof *decoder, "the decoder", error);
    if (decoder == NULL) {
        return NULL;
    }
    decoder->shape = *shape;
    decoder->kernels = compute->kernels;
    decoder->chunk_rows = choose_chunk(shape);
    size_t logit_rows =
        shape->streaming || decoder->chunk_rows < shape->last_rows ? shape->last_rows : decoder->chunk_rows;
    decoder->logits = arena_take(arena, logit_rows * shape->vocab, sizeof(real));
    decoder->logit_gradients = decoder->logits;
    if (shape->training && shape->precision == PRECISION_BF16) {
        decoder->logit_gradients = arena_take(arena, decoder->chunk_rows * shape->vocab, sizeof(bfloat16));
    }
    if (!(shape->streaming ? create_streamed : create_products)(decoder, compute, arena, error)) {
        decoder_free(decoder);
        return NULL;
    }
    return decoder;
}

void decoder_free(Decoder *decoder) {
    if (decoder != NULL) {
        gemm_packed_free(decoder->forward_weights);
        gemm_packed_free(decoder->back_weights);
        for (size_t part = 0; decoder->streamed != NULL && part < decoder->parts; part++) {
            matvec_free(decoder->streamed[part]);
        }
        free(decoder->streamed);
        free(decoder->weights_whole);
        free(decoder->weights_rest);
        free(decoder);
    }
}

static void pack_streamed(const Decoder *decoder, const real *weight, Member member) {
    Range parts = member_share(member, decoder->parts);
    for (size_t part = parts.begin; part < parts.end; part++) {
        Range symbols = streamed_symbols(decoder, part);
        size_t rows = symbols.end - symbols.begin;
        matvec_pack(decoder->streamed[part], weight + symbols.begin * decoder->shape.hidden, rows, rows);
    }
}

void decoder_pack(Decoder *decoder, const real *weight, const real *bias, Member member) {
    if (member.index == 0) {
        decoder->bias = bias;
    }
    if (decoder->streamed != NULL) {
        pack_streamed(decoder, weight, member);
        return;
    }
    if (member.index == 0) {
        gemm_pack(decoder->last, decoder->forward_weights, weight, member);
    }
    if (member.index == member.count - 1 && decoder->shape.training) {
        const Gemm *any = decoder->back.whole != NULL ? decoder->back.whole : decoder->back.rest;
        gemm_pack(any, decoder->back_weights, weight, member);
    }
}

/* What the loss of a window is made of. */
typedef struct LossWork {
    const void *h;
    const uint32_t *targets;
    size_t rows; /* of the window */
    real scale;  /* 1 / targets that are scored */
    const DecoderRows *wanted;
    const DecoderGradients *gradients; /* NULL: not wanted */
} LossWork;

/* What would have been likelier than the target, from the gradient that cross_entropy leaves in place of the logits:
 * `scale` times the probabilities, and `scale` less at the target, whose own probability is that of its loss. */
static DecoderGuess guess_of(const real *gradient, size_t vocab, uint32_t target, real scale, double nats) {
    real own = scale * (real)exp(-nats);
    uint32_t likeliest = target;
    real most = own;
    uint32_t rank = 1;
    for (size_t k = 0; k < vocab; k++) {
        bool likelier = k != target && gradient[k] > own;
        rank += likelier ? 1 : 0;
        if (likelier && gradient[k] > most) {
            most = gradient[k];
            likeliest = (uint32_t)k;
        }
    }
    return (DecoderGuess){.likeliest = likeliest, .rank = rank, .probability = most / scale};
}

/* Loss and gradient of the rows of one item, whose logits are there; rows beyond the window count as not
 * scored. */
static void score_item(Decoder *decoder, const LossWork *work, size_t item, size_t rows, real *logits) {
    size_t vocab = decoder->shape.vocab;
    const DecoderRows *wanted = work->wanted;
    double loss = 0;
    size_t scored = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t row = item * ITEM_ROWS + i;
        double row_loss = 0;
        if (row < work->rows && work->targets[row] != DECODER_NO_TARGET) {
            row_loss =
                decoder->kernels->cross_entropy(logits + i * vocab, vocab, work->targets[row], work->scale);
            scored++;
            if (wanted->guesses != NULL) {
                wanted->guesses[row] =
                    guess_of(logits + i * vocab, vocab, work->targets[row], work->scale, row_loss);
            }
        } else {
            memset(logits + i * vocab, 0, vocab * sizeof(real));
        }
        loss += row_loss;
        if (wanted->nats != NULL && row < work->rows) {
            wanted->nats[row] = (real)row_loss;
        }
    }
    decoder->losses[item] = loss;
    decoder->scored[item] = scored;
}

/* The weight and bias gradients of one chunk, which begins at row `first`. */
static void chunk_weights(const Decoder *decoder, const void *h, size_t first, size_t rows,
                          const DecoderGradients *gradients, Member member) {
    const DecoderShape *shape = &decoder->shape;
    Range parts = member_share(member, decoder->parts);
    for (size_t part = parts.begin; part < parts.end; part++) {
        size_t symbol = part_symbols(decoder, part).begin;
        const Gemm *product =
            rows == decoder->chunk_rows ? decoder->weights_whole[part] : decoder->weights_rest[part];
        gemm_run(product, operand_at(decoder->logit_gradients, shape->precision, symbol),
                 operand_at(h, shape->precision, first * shape->hidden),
                 gradients->weight + symbol * shape->hidden, member);
    }
    if (member.index == member.count - 1) {
        decoder->kernels->add_columns(gradients->bias, decoder->logits, rows, shape->vocab, shape->vocab);
    }
}

/* The gradient of an item's rows of h, from those of its logits, which begin at row `first` of the chunk. */
static void item_back(const Decoder *decoder, size_t first, size_t rows, real *h_gradient, Member member) {
    const DecoderShape *shape = &decoder->shape;
    size_t at = first * shape->vocab;
    if (shape->precision == PRECISION_BF16) {
        decoder->kernels->round_to_bfloat16((bfloat16 *)decoder->logit_gradients + at, decoder->logits + at,
                                            rows * shape->vocab);
    }
    gemm_run_packed(product_for(&decoder->back, rows),
                    operand_at(decoder->logit_gradients, shape->precision, at), decoder->back_weights,
                    h_gradient, member);
}

/* How many rows have a target. */
static size_t count_scored(const uint32_t *targets, size_t rows) {
    size_t scored = 0;
    for (size_t row = 0; row < rows; row++) {
        scored += targets[row] != DECODER_NO_TARGET ? 1 : 0;
    }
    return scored;
}

/* Item k of a chunk that begins at row `first`: its logits, their loss and, if it is wanted, the way back to h. */
static void run_item(Decoder *decoder, const LossWork *work, size_t first, size_t chunk, size_t k,
                     Member member) {
    const DecoderShape *shape = &decoder->shape;
    size_t item = first / ITEM_ROWS + k;
    size_t rows = chunk - k * ITEM_ROWS < ITEM_ROWS ? chunk - k * ITEM_ROWS : ITEM_ROWS;
    size_t at = item * ITEM_ROWS * shape->hidden; /* in h */
    real *logits = decoder->logits + k * ITEM_ROWS * shape->vocab;
    decoder->kernels->fill_rows(logits, decoder->bias, rows, shape->vocab);
    gemm_run_packed(product_for(&decoder->forward, rows), operand_at(work->h, shape->precision, at),
                    decoder->forward_weights, logits, member);
    score_item(decoder, work, item, rows, logits);
    if (work->gradients != NULL) {
        item_back(decoder, k * ITEM_ROWS, rows, work->gradients->h + at, member);
    }
}

/* The chunk of `chunk` rows from `first` on. Ends where all members have met. */
static void run_chunk(Decoder *decoder, const LossWork *work, size_t first, size_t chunk, Member member) {
    Range items = member_share(member, items_of(chunk));
    for (size_t k = items.begin; k < items.end; k++) {
        run_item(decoder, work, first, chunk, k, member);
    }
    team_barrier(member);
    if (work->gradients != NULL) {
        chunk_weights(decoder, work->h, first, chunk, work->gradients, member);
        team_barrier(member);
    }
}

/* Adds the items up, in order: the same sum every time. */
static void sum_items(Decoder *decoder) {
    decoder->total = 0;
    decoder->total_scored = 0;
    for (size_t item = 0; item < items_of(decoder->shape.rows); item++) {
        decoder->total += decoder->losses[item];
        decoder->total_scored += decoder->scored[item];
    }
}

void decoder_loss(Decoder *decoder, const void *h, const uint32_t *targets, size_t rows,
                  const DecoderRows *wanted, const DecoderGradients *gradients, Member member) {
    size_t all = decoder->shape.rows;
    size_t scored = count_scored(targets, rows);
    const LossWork work = {.h = h,
                           .targets = targets,
                           .rows = rows,
                           .scale = scored > 0 ? (real)(1.0 / (double)scored) : (real)0,
                           .wanted = wanted,
                           .gradients = gradients};
    for (size_t first = 0; first < all; first += decoder->chunk_rows) {
        size_t left = all - first;
        run_chunk(decoder, &work, first, left < decoder->chunk_rows ? left : decoder->chunk_rows, member);
    }
    if (member.index == 0) {
        sum_items(decoder);
    }
    team_barrier(member);
}

double decoder_total(const Decoder *decoder) {
    return decoder->total;
}

size_t decoder_scored(const Decoder *decoder) {
    return decoder->total_scored;
}

/* The logits of one part of the symbols, for all streams. */
static void streamed_logits(const Decoder *decoder, const real *h, size_t part) {
    const DecoderShape *shape = &decoder->shape;
    Range symbols = streamed_symbols(decoder, part);
    real *logits = decoder->logits + symbols.begin;
    for (size_t row = 0; row < shape->last_rows; row++) {
        memcpy(logits + row * shape->vocab, decoder->bias + symbols.begin,
               (symbols.end - symbols.begin) * sizeof(real));
    }
    matvec_run(decoder->streamed[part], h, logits, shape->vocab, shape->last_rows);
}

const real *decoder_logits(Decoder *decoder, const void *h, Member member) {
    const DecoderShape *shape = &decoder->shape;
    if (decoder->streamed != NULL) {
        Range parts = member_share(member, decoder->parts);
        for (size_t part = parts.begin; part < parts.end; part++) {
            streamed_logits(decoder, h, part);
        }
    } else if (member.index == 0) {
        decoder->kernels->fill_rows(decoder->logits, decoder->bias, shape->last_rows, shape->vocab);
        gemm_run_packed(decoder->last, h, decoder->forward_weights, decoder->logits, member);
    }
    team_barrier(member);
    return decoder->logits;
}
