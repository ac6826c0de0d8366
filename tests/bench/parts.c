/* Where the time of a training step goes. Each part of it runs alone, on all threads, with the library's own functions
 * on the shapes of the step; then the whole step, so that the sum can be compared with it. Prints a Markdown table.
 *
 *     parts PRECISION THREADS LxHxTxB...         f32 or bf16; for each network, of L >= 2 layers
 *
 * Alone a part finds the caches to itself, and no thread waits for a slower one at the barriers of a step: that is
 * in the row of the rest. What has no function of its own, the gates, is the difference between an upper layer's loops
 * and the products in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "bench/support/measure.h"
#include "bench/support/part_table.h"
#include "bench/support/step.h"
#include "model/cells.h"
#include "model/input.h"
#include "model/tiling.h"

enum { GATES = 4, EMBED = 64, VOCAB = 65, SIZES_MAX = 8, ARRAYS = 4, BARRIERS = 100 };

/* A network's step and its pieces apart. */
typedef struct Bench {
    Step step;
    Slices slices;
    Tiling tiling; /* of the time loop */
    const Cell *cell;
    Arena arena;
    Input *first;          /* the first layer's */
    Projection *recurrent; /* of a layer */
    Projection *input;     /* of an upper layer */
    CellLayer *layer;      /* an upper layer as a whole */
    Decoder *decoder;
    CellWindow window;
    real *weights;  /* 4H × H */
    real *gradient; /* room for gradients: the network's */
    real *x, *dx;   /* T × B × H; x also as operands */
    real *dy;       /* T × B × 4H, slice after slice; also as operands */
} Bench;

static size_t window_rows(const Bench *bench) {
    return bench->step.work.steps * bench->step.work.batch;
}

/* The slices that are the member's. */
static Range share_of(const Bench *bench, Member member) {
    return member_share(member, bench->slices.count);
}

/* --- Making the pieces --- */

static ProjectionShape recurrent_shape(const Bench *bench) {
    return (ProjectionShape){.slices = bench->slices,
                             .input = bench->step.work.hidden,
                             .rows = bench->step.work.batch,
                             .row_parts = bench->tiling.parts,
                             .add_to_y = true,
                             .gradient_rows = window_rows(bench),
                             .input_gradient = INPUT_GRADIENT_STEP,
                             .precision = bench->step.precision};
}

/* Whether an upper layer multiplies its input step by step, as it does where its gates are narrow
 * (model/recurrence_layer.h). */
static bool goes_by_steps(const Bench *bench) {
    return bench->step.precision == PRECISION_BF16;
}

static ProjectionShape input_shape(const Bench *bench) {
    return (ProjectionShape){.slices = bench->slices,
                             .input = bench->step.work.hidden,
                             .rows = goes_by_steps(bench) ? bench->step.work.batch : window_rows(bench),
                             .row_parts = goes_by_steps(bench) ? bench->tiling.parts : 0,
                             .gradient_rows = window_rows(bench),
                             .input_gradient = INPUT_GRADIENT_WINDOW,
                             .precision = bench->step.precision};
}

static void take_arrays(Bench *bench, Arena *arena) {
    const MachineWork *work = &bench->step.work;
    size_t state = network_state_size(bench->step.network, work->batch);
    bench->weights = arena_take(arena, GATES * work->hidden * work->hidden, sizeof(real));
    bench->gradient = arena_take(arena, bench->step.network->layout.total, sizeof(real));
    bench->x = arena_take(arena, window_rows(bench) * work->hidden, sizeof(real));
    bench->dx = arena_take(arena, window_rows(bench) * work->hidden, sizeof(real));
    bench->dy = arena_take(arena, window_rows(bench) * GATES * work->hidden, sizeof(real));
    bench->window = (CellWindow){.steps = work->steps,
                                 .ids = bench->step.ids,
                                 .input = bench->x,
                                 .state = arena_take(arena, state, sizeof(real)),
                                 .output_gradient = bench->x,
                                 .input_gradient = bench->dx,
                                 .embedding_gradient = bench->gradient};
    bench->window.state_gradient = arena_take(arena, state, sizeof(real));
}

/* With an arena that counts, or the real one. */
static bool make_pieces(Bench *bench, Arena *arena, Error *error) {
    const MachineWork *work = &bench->step.work;
    Compute *compute = &bench->step.compute;
    CellShape upper = {.steps = work->steps,
                       .batch = work->batch,
                       .input = work->hidden,
                       .hidden = work->hidden,
                       .training = true,
                       .precision = bench->step.precision};
    CellShape first = upper;
    first.input = work->embed;
    first.vocab = work->vocab;
    first.embedded = true;
    ProjectionShape recurrent = recurrent_shape(bench);
    ProjectionShape input = input_shape(bench);
    DecoderShape decoder = {.rows = window_rows(bench),
                            .last_rows = work->batch,
                            .hidden = work->hidden,
                            .vocab = work->vocab,
                            .training = true,
                            .precision = bench->step.precision};
    take_arrays(bench, arena);
    bench->first = input_create(&first, &bench->slices, 0, compute, arena, error);
    bench->recurrent = projection_create(&recurrent, compute, arena, error);
    bench->input = projection_create(&input, compute, arena, error);
    bench->layer = bench->cell->create(bench->cell, &upper, compute, arena, error);
    bench->decoder = decoder_create(&decoder, compute, arena, error);
    return bench->first != NULL && bench->recurrent != NULL && bench->input != NULL && bench->layer != NULL &&
           bench->decoder != NULL;
}

static void free_pieces(Bench *bench) {
    input_free(bench->first);
    projection_free(bench->recurrent);
    projection_free(bench->input);
    if (bench->cell != NULL) {
        bench->cell->destroy(bench->layer);
    }
    decoder_free(bench->decoder);
}

static void bench_free(Bench *bench) {
    free_pieces(bench);
    arena_free(&bench->arena);
    step_free(&bench->step);
}

/* Numbers of a size, read as floats or as twice as many bfloat16: the upper half of a float counts for most of it. */
static void fill(real *array, size_t count, Random *random) {
    for (size_t k = 0; k < count; k++) {
        bfloat16 half = bfloat16_from((real)(random_uniform(random) - 0.5));
        bfloat16 both[2] = {half, half};
        memcpy(&array[k], both, sizeof both);
    }
}

static real *parameter(const Bench *bench, real *block, const char *name) {
    const LayoutRow *row = layout_find(&bench->step.network->layout, name);
    return block + row->offset;
}

/* Gives the pieces weights: those of the network's second layer, its embedding and its decoder. */
static void pack_pieces(void *context, Member member) {
    Bench *bench = context;
    real *block = bench->step.parameters;
    const real *upper[ARRAYS] = {
        parameter(bench, block, "rnn.weight_ih_l1"), parameter(bench, block, "rnn.weight_hh_l1"),
        parameter(bench, block, "rnn.bias_ih_l1"), parameter(bench, block, "rnn.bias_hh_l1")};
    input_pack(bench->first, parameter(bench, block, "rnn.weight_ih_l0"),
               parameter(bench, block, "encoder.weight"), member);
    projection_pack(bench->recurrent, upper[1], member);
    projection_pack(bench->input, upper[0], member);
    bench->cell->pack(bench->layer, upper, NULL, member);
    decoder_pack(bench->decoder, parameter(bench, block, "decoder.weight"),
                 parameter(bench, block, "decoder.bias"), member);
    team_barrier(member);
}

static bool bench_create(Bench *bench, const MachineWork *work, Precision precision, size_t threads,
                         Error *error) {
    Random random = random_create(2, 0);
    *bench = (Bench){0};
    if (!step_create(&bench->step, work, precision, threads, error)) {
        return false;
    }
    bench->slices = slices_create(work->hidden, GATES, 1);
    bench->tiling = tiling_create(&bench->slices, work->batch, false);
    bench->cell = cell_compiled_for(cell_find("lstm"), bench->step.compute.instruction_set);
    Arena counted = {0};
    bool good = make_pieces(bench, &counted, error);
    free_pieces(bench);
    good = good && arena_create(&bench->arena, counted.used, "the pieces", error) &&
           make_pieces(bench, &bench->arena, error);
    if (good) {
        fill(bench->x, window_rows(bench) * work->hidden, &random);
        fill(bench->dy, window_rows(bench) * GATES * work->hidden, &random);
        team_run(threads, pack_pieces, bench);
    }
    return good;
}

/* --- The parts --- */

/* Where step t of a slice begins in an array of the window's rows, slice after slice. */
static real *rows_of(const Bench *bench, size_t slice, size_t t) {
    Range units = slices_units(&bench->slices, slice);
    return bench->dy + slices_offset(&bench->slices, slice, window_rows(bench)) +
           t * bench->step.work.batch * GATES * (units.end - units.begin);
}

/* Where the slice's gradients of the window are. */
static const void *gradients_of(const Bench *bench, size_t slice) {
    return slices_gradient(&bench->slices, slice, window_rows(bench), bench->step.precision, bench->dy);
}

/* Step t of x, from a stream on, as operands. */
static const void *operands_of(const Bench *bench, size_t t, size_t stream) {
    const MachineWork *work = &bench->step.work;
    return operand_at(bench->x, bench->step.precision, (t * work->batch + stream) * work->hidden);
}

static void run_gather(void *context, Member member) {
    Bench *bench = context;
    Range share = share_of(bench, member);
    for (size_t t = 0; t < bench->step.work.steps; t++) {
        for (size_t slice = share.begin; slice < share.end; slice++) {
            input_forward_step(bench->first, &bench->window, t, slice, (Range){0, bench->step.work.batch},
                               rows_of(bench, slice, t), member);
        }
    }
    team_barrier(member);
    input_backward(bench->first, &bench->window, bench->dy,
                   parameter(bench, bench->gradient, "rnn.weight_ih_l0"), member);
}

/* The products of one part of the streams on the way forward, step by step, by a member that has these slices. */
static void forward_part(const Bench *bench, const Projection *projection, Range slices, Range streams,
                         Member member) {
    for (size_t t = 0; t < bench->step.work.steps; t++) {
        for (size_t slice = slices.begin; slice < slices.end; slice++) {
            Range units = slices_units(&bench->slices, slice);
            projection_forward(projection, slice, operands_of(bench, t, streams.begin),
                               rows_of(bench, slice, t) + streams.begin * GATES * (units.end - units.begin),
                               streams.end - streams.begin, member);
        }
    }
}

/* The recurrent products of one part of the streams. */
static void run_part(const Bench *bench, Range slices, size_t part, Member member) {
    const MachineWork *work = &bench->step.work;
    Range streams = range_part(work->batch, 1, bench->tiling.parts, part);
    forward_part(bench, bench->recurrent, slices, streams, member);
    for (size_t t = work->steps; t-- > 0;) {
        for (size_t slice = slices.begin; slice < slices.end; slice++) {
            size_t column = slices_units(&bench->slices, slice).begin;
            projection_backward_step(bench->recurrent, slice, bench->dy, t * work->batch + streams.begin,
                                     bench->dx + column * work->batch, streams.end - streams.begin, member);
        }
    }
}

static void run_recurrent(void *context, Member member) {
    const Bench *bench = context;
    Turn turn = tiling_turn(&bench->tiling, member);
    for (size_t part = turn.parts.begin; part < turn.parts.end; part++) {
        run_part(bench, turn.slices, part, member);
    }
}

/* With the weights' gradient, which is measured apart and taken off. */
static void run_input(void *context, Member member) {
    const Bench *bench = context;
    Range share = share_of(bench, member);
    Turn turn = tiling_turn(&bench->tiling, member);
    for (size_t part = turn.parts.begin; goes_by_steps(bench) && part < turn.parts.end; part++) {
        Range streams = range_part(bench->step.work.batch, 1, bench->tiling.parts, part);
        forward_part(bench, bench->input, turn.slices, streams, member);
    }
    for (size_t slice = share.begin; !goes_by_steps(bench) && slice < share.end; slice++) {
        projection_forward(bench->input, slice, bench->x, rows_of(bench, slice, 0), window_rows(bench),
                           member);
    }
    team_barrier(member);
    projection_backward_window(bench->input, bench->dy, bench->x, bench->dx, bench->weights, member);
}

static void run_weights(const Bench *bench, const Projection *projection, Member member) {
    Range share = share_of(bench, member);
    projection_take_window(projection, bench->x, member);
    team_barrier(member);
    for (size_t slice = share.begin; slice < share.end; slice++) {
        projection_backward_weights(projection, slice, gradients_of(bench, slice), bench->x, bench->weights,
                                    member);
    }
}

static void run_recurrent_weights(void *context, Member member) {
    run_weights(context, ((const Bench *)context)->recurrent, member);
}

static void run_input_weights(void *context, Member member) {
    run_weights(context, ((const Bench *)context)->input, member);
}

/* All products of an upper layer. */
static void run_products(void *context, Member member) {
    run_recurrent(context, member);
    run_input(context, member);
    run_recurrent_weights(context, member);
}

static void run_whole_layer(void *context, Member member) {
    Bench *bench = context;
    real *gradients[ARRAYS] = {parameter(bench, bench->gradient, "rnn.weight_ih_l1"),
                               parameter(bench, bench->gradient, "rnn.weight_hh_l1"),
                               parameter(bench, bench->gradient, "rnn.bias_ih_l1"),
                               parameter(bench, bench->gradient, "rnn.bias_hh_l1")};
    bench->cell->forward(bench->layer, &bench->window, member);
    bench->cell->backward(bench->layer, &bench->window, gradients, member);
}

static void run_decoder(void *context, Member member) {
    Bench *bench = context;
    DecoderGradients gradients = {.h = bench->dx,
                                  .weight = parameter(bench, bench->gradient, "decoder.weight"),
                                  .bias = parameter(bench, bench->gradient, "decoder.bias")};
    decoder_loss(bench->decoder, bench->x, bench->step.targets, window_rows(bench), &(DecoderRows){0},
                 &gradients, member);
}

static void run_barriers(void *context, Member member) {
    (void)context;
    for (size_t k = 0; k < BARRIERS; k++) {
        team_barrier(member);
    }
}

/* --- Putting them together --- */

static const MeasureLimits usual_limits = {.seconds = 0.25, .rounds = 5};

static double seconds_of(const Bench *bench, void (*work)(void *context, Member member), void *context) {
    return measure_team(bench->step.compute.threads, work, context, usual_limits);
}

/* An upper layer's gates: what its loops do besides products and gradients. It is taken on one thread, which waits for
 * nobody, and divided by the threads. */
static double gates_seconds(Bench *bench) {
    const MeasureLimits limits = {.seconds = 0.5, .rounds = 9};
    double seconds = measure_team_difference(1, run_whole_layer, run_products, bench, limits);
    return seconds / (double)bench->step.compute.threads;
}

/* In floats of T × B × H. There: the pre-activations become gates, c' is read, c and h are written. Back: gates are
 * read and their gradients written twice; c', c, two gradients of h, and dc there and back. In bf16 gates are written,
 * and read, and their gradients written, in half a float each, and pre-activations stay in the cache. */
static double gates_floats(const Bench *bench) {
    return goes_by_steps(bench) ? (2.0 + 3.5) + (2.0 + 4.0 + 6.0) : (4.0 + 4.0 + 3.0) + (4.0 + 8.0 + 6.0);
}

static void measure_layers(Bench *bench, Timing timings[PARTS]) {
    const MachineWork *work = &bench->step.work;
    double layers = (double)work->layers;
    double outputs = (double)(window_rows(bench) * work->hidden);
    double product = 2.0 * outputs * GATES * (double)work->hidden; /* operations */
    double recurrent_seconds = seconds_of(bench, run_recurrent, bench);
    double input_seconds = measure_team_difference(bench->step.compute.threads, run_input, run_input_weights,
                                                   bench, usual_limits);
    double weights_recurrent = seconds_of(bench, run_recurrent_weights, bench);
    double weights_input = seconds_of(bench, run_input_weights, bench);
    double barrier = seconds_of(bench, run_barriers, bench) / BARRIERS;
    double gates = gates_seconds(bench);
    timings[PART_RECURRENT] = (Timing){layers * recurrent_seconds, layers * 2.0 * product};
    timings[PART_INPUT] = (Timing){(layers - 1) * input_seconds, (layers - 1) * 2.0 * product};
    timings[PART_WEIGHTS] =
        (Timing){layers * weights_recurrent + (layers - 1) * weights_input, (2 * layers - 1) * product};
    timings[PART_GATES] = (Timing){layers * gates, layers * outputs * gates_floats(bench) * sizeof(real)};
    timings[PART_BARRIERS] = (Timing){layers * (double)(2 * work->steps + 4) * barrier, 0};
}

static void measure_parts(Bench *bench, Timing timings[PARTS]) {
    const MachineWork *work = &bench->step.work;
    double window = (double)window_rows(bench);
    double parameters = (double)bench->step.network->layout.total * sizeof(real);
    measure_layers(bench, timings);
    /* There a row is copied; back it is read, and added to a row of sums. */
    timings[PART_GATHER] = (Timing){seconds_of(bench, run_gather, bench),
                                    window * 5.0 * (double)(GATES * work->hidden) * sizeof(real)};
    timings[PART_DECODER] =
        (Timing){seconds_of(bench, run_decoder, bench), 6.0 * window * (double)(work->hidden * work->vocab)};
    /* Read, put in order, and written in two forms. */
    timings[PART_PACKING] = (Timing){seconds_of(bench, step_pack, &bench->step), 6.0 * parameters};
    /* The norm reads; AdamW reads four blocks and writes three; one is zeroed. */
    timings[PART_UPDATE] = (Timing){seconds_of(bench, step_update, &bench->step), 9.0 * parameters};
    timings[PART_WHOLE] =
        (Timing){seconds_of(bench, step_whole, &bench->step), 6.0 * window * machine_weights(work)};
    timings[PART_REST] = timings[PART_WHOLE];
    for (Part part = 0; part < PART_REST; part++) {
        timings[PART_REST].seconds -= timings[part].seconds;
    }
}

static bool measure_size(const MachineWork *work, Precision precision, size_t threads, Timing timings[PARTS],
                         Error *error) {
    Bench bench;
    bool good = bench_create(&bench, work, precision, threads, error);
    if (good) {
        measure_parts(&bench, timings);
    }
    bench_free(&bench);
    return good;
}

int main(int count, char **arguments) {
    MachineWork sizes[SIZES_MAX];
    Timing timings[SIZES_MAX][PARTS] = {{{0}}};
    Error error = {0};
    Precision precision = count > 1 && strcmp(arguments[1], "bf16") == 0 ? PRECISION_BF16 : PRECISION_F32;
    size_t threads = count > 3 ? (size_t)strtoul(arguments[2], NULL, 10) : 0;
    size_t size_count = 0;
    bool good = threads > 0 && count - 3 <= SIZES_MAX;
    for (int k = 3; good && k < count; k++, size_count++) {
        sizes[size_count] = (MachineWork){.embed = EMBED, .vocab = VOCAB};
        good = machine_work_read(arguments[k], &sizes[size_count]) && sizes[size_count].layers >= 2;
    }
    if (!good) {
        fputs("usage: parts f32|bf16 THREADS LxHxTxB...\n", stderr);
        return 2;
    }
    for (size_t k = 0; k < size_count; k++) {
        if (!measure_size(&sizes[k], precision, threads, timings[k], &error)) {
            fprintf(stderr, "parts: %s\n", error.message);
            return EXIT_FAILURE;
        }
    }
    part_table_print(sizes, timings, size_count);
    return EXIT_SUCCESS;
}
