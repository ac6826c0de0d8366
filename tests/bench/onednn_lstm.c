/* A peer of the benchmark: oneDNN's own LSTM primitive, forward and backward over a window, without embedding, softmax
 * and update. Prints characters a second.
 *
 *     onednn_lstm f32|bf16 LAYERS HIDDEN T B SECONDS
 *
 * OMP_NUM_THREADS says on how many threads. The quickest round counts.
 */
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { GATES = 4, ARGUMENTS_MAX = 32 };

/* Ends the program: a peer that does not work here is missing. */
static void check(dnnl_status_t status, const char *what) {
    if (status != dnnl_success) {
        fprintf(stderr, "onednn_lstm: oneDNN refused %s (status %d)\n", what, (int)status);
        exit(EXIT_FAILURE);
    }
}

/* The layouts of one direction; weights are as the primitive likes them. */
typedef struct Layouts {
    dnnl_memory_desc_t layer; /* T × B × H: what is read and what comes out */
    dnnl_memory_desc_t h, c;  /* the states */
    dnnl_memory_desc_t weights;
    dnnl_memory_desc_t bias;
} Layouts;

/* What a primitive is run with. */
typedef struct Arguments {
    dnnl_exec_arg_t list[ARGUMENTS_MAX];
    int count;
} Arguments;

typedef struct Peer {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_dim_t layers, hidden, steps, batch;
    dnnl_primitive_desc_t forward_description, backward_description;
    dnnl_primitive_t forward, backward;
    Arguments forward_arguments, backward_arguments;
} Peer;

static dnnl_memory_desc_t layout(int rank, const dnnl_dims_t sizes, dnnl_data_type_t type,
                                 dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made;
    check(dnnl_memory_desc_init_by_tag(&made, rank, sizes, type, tag), "a layout");
    return made;
}

/* `type` is that of the operands of products; c and the bias stay in fp32. */
static Layouts make_layouts(const Peer *peer, dnnl_data_type_t type) {
    dnnl_dims_t window = {peer->steps, peer->batch, peer->hidden};
    dnnl_dims_t state = {peer->layers, 1, peer->batch, peer->hidden};
    dnnl_dims_t weights = {peer->layers, 1, peer->hidden, GATES, peer->hidden};
    dnnl_dims_t bias = {peer->layers, 1, GATES, peer->hidden};
    return (Layouts){.layer = layout(3, window, type, dnnl_tnc),
                     .h = layout(4, state, type, dnnl_ldnc),
                     .c = layout(4, state, dnnl_f32, dnnl_ldnc),
                     .weights = layout(5, weights, type, dnnl_format_tag_any),
                     .bias = layout(4, bias, dnnl_f32, dnnl_ldgo)};
}

static void describe(Peer *peer, dnnl_data_type_t type) {
    Layouts x = make_layouts(peer, type);
    Layouts d = make_layouts(peer, dnnl_f32); /* gradients */
    dnnl_rnn_desc_t forward, backward;
    check(dnnl_lstm_forward_desc_init(&forward, dnnl_forward_training, dnnl_unidirectional_left2right,
                                      &x.layer, &x.h, &x.c, &x.weights, &x.weights, &x.bias, &x.layer, &x.h,
                                      &x.c, 0),
          "an LSTM");
    check(dnnl_primitive_desc_create(&peer->forward_description, &forward, NULL, peer->engine, NULL),
          "an LSTM");
    check(dnnl_lstm_backward_desc_init(&backward, dnnl_backward, dnnl_unidirectional_left2right, &x.layer,
                                       &x.h, &x.c, &x.weights, &x.weights, &x.bias, &x.layer, &x.h, &x.c,
                                       &d.layer, &d.h, &d.c, &d.weights, &d.weights, &d.bias, &d.layer, &d.h,
                                       &d.c, 0),
          "an LSTM's gradient");
    check(dnnl_primitive_desc_create(&peer->backward_description, &backward, NULL, peer->engine,
                                     peer->forward_description),
          "an LSTM's gradient");
    check(dnnl_primitive_create(&peer->forward, peer->forward_description), "an LSTM");
    check(dnnl_primitive_create(&peer->backward, peer->backward_description), "an LSTM's gradient");
}

/* Zeroed memory for an argument, as the primitive wants it. */
static dnnl_memory_t make_memory(const Peer *peer, dnnl_primitive_desc_t description, int argument) {
    const dnnl_memory_desc_t *wanted =
        dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, argument);
    dnnl_memory_t memory = NULL;
    void *data = NULL;
    check(dnnl_memory_create(&memory, wanted, peer->engine, DNNL_MEMORY_ALLOCATE), "memory");
    check(dnnl_memory_get_data_handle(memory, &data), "memory");
    if (data != NULL) {
        memset(data, 0, dnnl_memory_desc_get_size(wanted));
    }
    return memory;
}

static void add_argument(Arguments *arguments, int argument, dnnl_memory_t memory) {
    arguments->list[arguments->count] = (dnnl_exec_arg_t){argument, memory};
    arguments->count++;
}

/* The way back reads what the way there read and made; but its weights lie in another order. */
static void make_arguments(Peer *peer) {
    static const int there[] = {DNNL_ARG_SRC_LAYER,     DNNL_ARG_SRC_ITER,     DNNL_ARG_SRC_ITER_C,
                                DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER, DNNL_ARG_BIAS,
                                DNNL_ARG_DST_LAYER,     DNNL_ARG_DST_ITER,     DNNL_ARG_DST_ITER_C,
                                DNNL_ARG_WORKSPACE};
    static const int back[] = {
        DNNL_ARG_DIFF_SRC_LAYER,     DNNL_ARG_DIFF_SRC_ITER,     DNNL_ARG_DIFF_SRC_ITER_C,
        DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS,
        DNNL_ARG_DIFF_DST_LAYER,     DNNL_ARG_DIFF_DST_ITER,     DNNL_ARG_DIFF_DST_ITER_C};
    for (size_t k = 0; k < sizeof there / sizeof *there; k++) {
        bool weights = there[k] == DNNL_ARG_WEIGHTS_LAYER || there[k] == DNNL_ARG_WEIGHTS_ITER;
        dnnl_memory_t memory = make_memory(peer, peer->forward_description, there[k]);
        add_argument(&peer->forward_arguments, there[k], memory);
        add_argument(&peer->backward_arguments, there[k],
                     weights ? make_memory(peer, peer->backward_description, there[k]) : memory);
    }
    for (size_t k = 0; k < sizeof back / sizeof *back; k++) {
        add_argument(&peer->backward_arguments, back[k],
                     make_memory(peer, peer->backward_description, back[k]));
    }
}

static void run(const Peer *peer, dnnl_primitive_t primitive, const Arguments *arguments) {
    check(dnnl_primitive_execute(primitive, peer->stream, arguments->count, arguments->list), "to run");
    check(dnnl_stream_wait(peer->stream), "to run");
}

/* Seconds of the quickest round. */
static double measure(const Peer *peer, double seconds) {
    Clock clock = clock_system();
    double started = clock_now(clock);
    double best = 0;
    double begin = started;
    for (int round = 0; round == 0 || begin - started < seconds; round++) {
        run(peer, peer->forward, &peer->forward_arguments);
        run(peer, peer->backward, &peer->backward_arguments);
        double end = clock_now(clock);
        best = round == 0 || end - begin < best ? end - begin : best;
        begin = end;
    }
    return best;
}

int main(int count, char **arguments) {
    if (count != 7) {
        fputs("usage: onednn_lstm f32|bf16 LAYERS HIDDEN T B SECONDS\n", stderr);
        return 2;
    }
    Peer peer = {.layers = strtol(arguments[2], NULL, 10),
                 .hidden = strtol(arguments[3], NULL, 10),
                 .steps = strtol(arguments[4], NULL, 10),
                 .batch = strtol(arguments[5], NULL, 10)};
    check(dnnl_engine_create(&peer.engine, dnnl_cpu, 0), "an engine");
    check(dnnl_stream_create(&peer.stream, peer.engine, dnnl_stream_default_flags), "a stream");
    describe(&peer, strcmp(arguments[1], "bf16") == 0 ? dnnl_bf16 : dnnl_f32);
    make_arguments(&peer);
    double seconds = measure(&peer, strtod(arguments[6], NULL));
    printf("%.0f\n", (double)(peer.steps * peer.batch) / seconds);
    return EXIT_SUCCESS; /* the process ends here, and all its memory with it */
}
