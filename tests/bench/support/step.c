/* A whole training step: see step.h. */
#include "bench/support/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "model/cells.h"
#include "train/optimizer.h"

enum { CHUNK = 16384 /* elements of a block that are summed at a time, as in the trainer */ };

static size_t chunk_count(const Step *step) {
    return (step->network->layout.total + CHUNK - 1) / CHUNK;
}

/* A text in which every symbol is as likely as any other. */
static void make_text(Step *step, Random *random) {
    for (size_t k = 0; k < step->work.steps * step->work.batch; k++) {
        step->ids[k] = (uint32_t)(random_uniform(random) * (double)step->work.vocab);
        step->targets[k] = (uint32_t)(random_uniform(random) * (double)step->work.vocab);
    }
}

static bool make_network(Step *step, Error *error) {
    NetworkConfig config = {.cells = cell_list_of(cell_find("lstm")),
                            .layers = step->work.layers,
                            .hidden = step->work.hidden,
                            .embed = step->work.embed,
                            .vocab = step->work.vocab};
    PassShape shape = {
        .steps = step->work.steps, .batch = step->work.batch, .training = true, .precision = step->precision};
    step->network = network_create(&config, error);
    if (step->network == NULL) {
        return false;
    }
    step->pass = pass_create(step->network, &step->compute, &shape, error);
    return step->pass != NULL;
}

static bool make_arrays(Step *step, Error *error) {
    size_t window = step->work.steps * step->work.batch;
    const Layout *layout = &step->network->layout;
    step->parameters = block_create(layout, error);
    step->gradients = block_create(layout, error);
    step->ids = memory_allocate(window, sizeof *step->ids, "a window", error);
    step->targets = memory_allocate(window, sizeof *step->targets, "a window", error);
    step->norm_parts = memory_allocate(chunk_count(step), sizeof *step->norm_parts, "sums", error);
    bool good = step->parameters != NULL && step->gradients != NULL && step->ids != NULL &&
                step->targets != NULL && step->norm_parts != NULL;
    for (size_t k = 0; good && k < STEP_MOMENTS; k++) {
        step->moments[k] = block_create(layout, error);
        good = step->moments[k] != NULL;
    }
    return good;
}

bool step_create(Step *step, const MachineWork *work, Precision precision, size_t threads, Error *error) {
    Random random = random_create(1, 0);
    *step = (Step){.work = *work, .precision = precision};
    if (!compute_create(&step->compute, threads, error) || !make_network(step, error) ||
        !make_arrays(step, error)) {
        return false;
    }
    network_initialize(step->network, step->parameters, &random);
    make_text(step, &random);
    return true;
}

void step_free(Step *step) {
    pass_free(step->pass);
    network_free(step->network);
    compute_free(&step->compute);
    free(step->parameters);
    free(step->gradients);
    free(step->moments[0]);
    free(step->moments[1]);
    free(step->norm_parts);
    free(step->ids);
    free(step->targets);
    *step = (Step){0};
}

void step_pack(void *context, Member member) {
    Step *step = context;
    pass_pack_update(step->pass, step->parameters, 0, member);
}

void step_train(void *context, Member member) {
    Step *step = context;
    PassWindow window = {.steps = step->work.steps, .ids = step->ids, .targets = step->targets};
    pass_train(step->pass, &window, step->gradients, member);
}

static double gradient_norm(Step *step, Range chunks, Member member) {
    size_t total = step->network->layout.total;
    for (size_t k = chunks.begin; k < chunks.end; k++) {
        size_t begin = k * CHUNK;
        size_t count = total - begin < CHUNK ? total - begin : CHUNK;
        step->norm_parts[k] = step->compute.kernels->sum_of_squares(step->gradients + begin, count);
    }
    team_barrier(member);
    double sum = 0;
    for (size_t k = 0; k < chunk_count(step); k++) {
        sum += step->norm_parts[k];
    }
    return sqrt(sum);
}

void step_update(void *context, Member member) {
    Step *step = context;
    size_t total = step->network->layout.total;
    Range chunks = member_share(member, chunk_count(step));
    Range elements = {chunks.begin * CHUNK, chunks.end * CHUNK < total ? chunks.end * CHUNK : total};
    double norm = gradient_norm(step, chunks, member);
    /* Always the first step, so that the parameters neither grow nor stand still however often it is measured. */
    const Optimizer *adamw = optimizer_at(0);
    OptimizerStep update = {
        .step = 1, .learning_rate = 1e-4, .scale = norm > 1.0 ? 1.0 / norm : 1.0, .numbers = adamw->numbers};
    adamw->update(step->compute.kernels, &update, elements, step->parameters, step->gradients, step->moments);
    memset(step->gradients + elements.begin, 0, (elements.end - elements.begin) * sizeof(real));
    team_barrier(member);
}

void step_whole(void *context, Member member) {
    step_pack(context, member);
    step_train(context, member);
    step_update(context, member);
}
