/* PyTorch's numbers and ours: see torch_reference.h. */
#include "support/torch_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/cells.h"
#include "model/pass.h"
#include "support/cmocka_all.h"
#include "support/tables.h"

enum { PROJECTIONS = 4, SUMS = 1 + PROJECTIONS, DIRECTION_SEED = 100, NAME_SIZE = 128 };

/* --- The script's numbers --------------------------------------------------------------------------------- */

ReferenceFile *torch_reference_read(const char *name) {
    char path[NAME_SIZE];
    snprintf(path, sizeof path, "tests/reference/%s", name);
    return reference_read(path);
}

/* The script's generator: Knuth's linear congruential one (MMIX), numbers in -1 .. 1. */
static double generator_number(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 40) * 0x1p-23 - 1.0;
}

void torch_first_parameters(const ReferenceFile *file, const Layout *layout, real *parameters) {
    uint64_t state = (uint64_t)reference_size(file, "seed");
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        double scale = strcmp(row->name, "encoder.weight") == 0 ? 1.0 : reference_number(file, "scale");
        double start = row->init == INIT_CONSTANT ? row->scale : 0;
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            parameters[row->offset + i] = (real)(start + scale * generator_number(&state));
        }
    }
}

uint32_t *torch_units(const ReferenceFile *file) {
    size_t rows = reference_size(file, "windows") * reference_size(file, "steps") + 1;
    size_t count = rows * reference_size(file, "batch");
    const double *numbers = reference_numbers(file, "units", count);
    uint32_t *units = calloc(count, sizeof *units);
    assert_non_null(units);
    for (size_t k = 0; k < count; k++) {
        units[k] = (uint32_t)numbers[k];
    }
    return units;
}

/* --- Comparing -------------------------------------------------------------------------------------------- */

void torch_check_number(const char *what, double value, double expected, double size, double tolerance) {
    if (!(fabs(value - expected) <= tolerance * (fabs(expected) + size))) {
        fail_msg("%s: %.17g here, %.17g in the reference", what, value, expected);
    }
}

/* Elements, norm and inner products of an array. */
static void check_array(const ReferenceFile *file, const char *name, const real *values, size_t count,
                        size_t stride, double tolerance) {
    char what[NAME_SIZE];
    snprintf(what, sizeof what, "%s.sums", name);
    const double *sums = reference_numbers(file, what, SUMS);
    const double *samples = reference_numbers(file, name, (count + stride - 1) / stride);
    double norm = sums[0];
    double size = norm / sqrt((double)count);
    assert_true(norm > 0);
    double squares = 0;
    for (size_t k = 0; k < count; k++) {
        squares += (double)values[k] * (double)values[k];
        if (k % stride == 0) {
            snprintf(what, sizeof what, "%s[%zu]", name, k);
            torch_check_number(what, values[k], samples[k / stride], size, tolerance);
        }
    }
    snprintf(what, sizeof what, "the norm of %s", name);
    torch_check_number(what, sqrt(squares), norm, 0, tolerance);
    snprintf(what, sizeof what, "an inner product of %s", name);
    for (uint64_t projection = 0; projection < PROJECTIONS; projection++) {
        uint64_t state = DIRECTION_SEED + projection;
        double product = 0;
        for (size_t k = 0; k < count; k++) {
            product += generator_number(&state) * (double)values[k];
        }
        torch_check_number(what, product, sums[1 + projection], norm, tolerance);
    }
}

void torch_check_block(const ReferenceFile *file, const char *prefix, const Layout *layout, const real *block,
                       size_t stride, double tolerance) {
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s.%s", prefix, row->name);
        check_array(file, name, block + row->offset, layout_row_elements(row), stride, tolerance);
    }
}

/* --- The network of a reference --------------------------------------------------------------------------- */

typedef struct TorchNetwork {
    ReferenceFile *file;
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters; /* the first ones */
    real *gradients;  /* zeros */
    size_t window;    /* T × B */
    uint32_t *units;
} TorchNetwork;

/* A file is named after its cell: "lstm_small.txt". */
static const Cell *cell_of(const char *name) {
    char cell[NAME_SIZE];
    snprintf(cell, sizeof cell, "%.*s", (int)(strrchr(name, '_') - name), name);
    assert_non_null(cell_find(cell));
    return cell_find(cell);
}

static void create_network(TorchNetwork *torch, const Cell *cell) {
    Error error = {0};
    const ReferenceFile *file = torch->file;
    NetworkConfig config = {.cells = cell_list_of(cell),
                            .heads = cell->has_heads ? reference_size(file, "heads") : 1,
                            .layers = reference_size(file, "layers"),
                            .hidden = reference_size(file, "hidden"),
                            .embed = reference_size(file, "embed"),
                            .vocab = reference_size(file, "vocab"),
                            .zoneout =
                                reference_has(file, "zoneout") ? reference_number(file, "zoneout") : 0};
    PassShape shape = {.steps = reference_size(file, "steps"),
                       .batch = reference_size(file, "batch"),
                       .training = true,
                       .dropout = reference_number(file, "dropout"),
                       .dropout_output = reference_number(file, "dropout")};
    torch->window = shape.steps * shape.batch;
    torch->network = network_create(&config, &error);
    assert_non_null(torch->network);
    torch->pass = pass_create(torch->network, &torch->compute, &shape, &error);
    assert_non_null(torch->pass);
}

/* The network with a team of `threads`. */
static void torch_create(TorchNetwork *torch, const char *name, size_t threads) {
    Error error = {0};
    *torch = (TorchNetwork){.file = torch_reference_read(name)};
    assert_true(compute_create(&torch->compute, threads, &error));
    create_network(torch, cell_of(name));
    torch->parameters = block_create(&torch->network->layout, &error);
    torch->gradients = block_create(&torch->network->layout, &error);
    assert_non_null(torch->parameters);
    assert_non_null(torch->gradients);
    torch_first_parameters(torch->file, &torch->network->layout, torch->parameters);
    torch->units = torch_units(torch->file);
}

static void torch_free(TorchNetwork *torch) {
    free(torch->units);
    free(torch->parameters);
    free(torch->gradients);
    pass_free(torch->pass);
    network_free(torch->network);
    compute_free(&torch->compute);
    reference_free(torch->file);
}

static PassWindow torch_window(const TorchNetwork *torch, size_t number) {
    size_t batch = reference_size(torch->file, "batch");
    const uint32_t *ids = torch->units + number * torch->window;
    return (PassWindow){.steps = torch->window / batch, .ids = ids, .targets = ids + batch};
}

/* Reads the first window, and gives the second one, with its dropout masks. */
static PassWindow second_window(TorchNetwork *torch) {
    PassWindow first = torch_window(torch, 0);
    PassWindow second = torch_window(torch, 1);
    if (reference_number(torch->file, "dropout") > 0) {
        second.dropout_key = (uint64_t)reference_number(torch->file, "dropout_key");
    }
    pass_pack_now(torch->pass, torch->parameters);
    pass_forward_now(torch->pass, &first);
    return second;
}

static size_t state_size(const TorchNetwork *torch) {
    return network_state_size(torch->network, reference_size(torch->file, "batch"));
}

/* --- One window ------------------------------------------------------------------------------------------- */

/* Of a pass that has just trained on the second window. */
static void check_trained(const TorchNetwork *torch, const PassWindow *window, double tolerance) {
    const ReferenceFile *file = torch->file;
    size_t stride = reference_size(file, "stride");
    double loss = pass_loss(torch->pass) / (double)pass_scored(torch->pass);
    assert_int_equal(pass_scored(torch->pass), torch->window);
    torch_check_number("the mean loss", loss, reference_number(file, "loss"), 0, tolerance);
    check_array(file, "nats", window->nats, torch->window, stride, tolerance);
    check_array(file, "state", pass_state(torch->pass), state_size(torch), stride, tolerance);
    check_array(file, "state_gradient", pass_state_gradient(torch->pass), state_size(torch), stride,
                tolerance);
    torch_check_block(file, "gradient", &torch->network->layout, torch->gradients, stride, tolerance);
}

void torch_check_window(const char *name, double tolerance) {
    TorchNetwork torch;
    torch_create(&torch, name, 2);
    size_t logits = reference_size(torch.file, "batch") * reference_size(torch.file, "vocab");
    PassWindow window = second_window(&torch);
    window.nats = calloc(torch.window, sizeof(real));
    pass_train_now(torch.pass, &window, torch.gradients);
    check_trained(&torch, &window, tolerance);
    free(window.nats);
    /* Once more, for the logits. */
    pass_clear_state(torch.pass);
    window = second_window(&torch);
    window.targets = NULL;
    pass_forward_now(torch.pass, &window);
    check_array(torch.file, "logits", pass_logits(torch.pass), logits, reference_size(torch.file, "stride"),
                tolerance);
    torch_free(&torch);
}

/* --- Streaming -------------------------------------------------------------------------------------------- */

void torch_check_streaming(const char *name, double tolerance) {
    enum { STEPS = 3 };
    Error error = {0};
    TorchNetwork torch;
    torch_create(&torch, name, 2);
    const ReferenceFile *file = torch.file;
    size_t batch = reference_size(file, "batch");
    size_t stride = reference_size(file, "stride");
    size_t left = 2 * reference_size(file, "steps");
    PassShape shape = {.steps = STEPS, .batch = batch, .streaming = true};
    PassWindow window = {.ids = torch.units};
    pass_free(torch.pass);
    torch.pass = pass_create(torch.network, &torch.compute, &shape, &error);
    assert_non_null(torch.pass);
    pass_pack_now(torch.pass, torch.parameters);
    for (; left > 0; left -= window.steps, window.ids += window.steps * batch) {
        window.steps = left < STEPS ? left : STEPS;
        pass_forward_now(torch.pass, &window);
    }
    check_array(file, "logits", pass_logits(torch.pass), batch * reference_size(file, "vocab"), stride,
                tolerance);
    check_array(file, "state", pass_state(torch.pass), state_size(&torch), stride, tolerance);
    torch_free(&torch);
}

/* --- Teams ------------------------------------------------------------------------------------------------ */

static void check_same_bits(const char *what, const real *one, const real *other, size_t count,
                            size_t threads) {
    if (memcmp(one, other, count * sizeof(real)) != 0) {
        fail_msg("%s: %zu threads make other bits than one", what, threads);
    }
}

static void check_team(const char *name, size_t threads) {
    TorchNetwork one, team;
    torch_create(&one, name, 1);
    torch_create(&team, name, threads);
    PassWindow window = second_window(&one);
    pass_train_now(one.pass, &window, one.gradients);
    window = second_window(&team);
    pass_train_now(team.pass, &window, team.gradients);
    size_t size = state_size(&one);
    double loss = pass_loss(one.pass), team_loss = pass_loss(team.pass);
    assert_memory_equal(&loss, &team_loss, sizeof loss);
    check_same_bits("gradients", one.gradients, team.gradients, one.network->layout.total, threads);
    check_same_bits("state", pass_state(one.pass), pass_state(team.pass), size, threads);
    check_same_bits("state gradient", pass_state_gradient(one.pass), pass_state_gradient(team.pass), size,
                    threads);
    torch_free(&one);
    torch_free(&team);
}

void torch_check_teams(const char *name) {
    check_team(name, 2);
    check_team(name, 5);
}

/* --- A training ------------------------------------------------------------------------------------------- */

/* What a curve was trained with. */
typedef struct Method {
    const Optimizer *optimizer;
    double numbers[OPTIMIZER_NUMBERS];
    double rate, weight_decay;
    double clip, clip_value; /* 0: none */
} Method;

/* The number `name` of the curve. */
static double curve_number(const ReferenceFile *file, const char *curve, const char *name) {
    char entry[NAME_SIZE];
    snprintf(entry, sizeof entry, "%s.%s", curve, name);
    return reference_number(file, entry);
}

static Method read_method(const ReferenceFile *file, const char *curve, const Optimizer *optimizer) {
    Method method = {.optimizer = optimizer,
                     .rate = curve_number(file, curve, "rate"),
                     .weight_decay = curve_number(file, curve, "weight_decay"),
                     .clip = curve_number(file, curve, "clip"),
                     .clip_value = curve_number(file, curve, "clip_value")};
    for (size_t k = 0; k < OPTIMIZER_NUMBERS; k++) {
        OptimizerNumber number = (OptimizerNumber)k;
        method.numbers[k] = optimizer_uses(optimizer, number)
                                ? curve_number(file, curve, optimizer_number_name(number))
                                : (double)NAN;
    }
    return method;
}

/* One step; returns the norm of the gradient before clipping. */
static double train_step(TorchNetwork *torch, const Method *method, size_t step, real *const *moments) {
    size_t total = torch->network->layout.total;
    PassWindow window = torch_window(torch, step - 1);
    memset(torch->gradients, 0, total * sizeof(real));
    pass_pack_now(torch->pass, torch->parameters);
    pass_train_now(torch->pass, &window, torch->gradients);
    double norm = sqrt(torch->compute.kernels->sum_of_squares(torch->gradients, total));
    /* clip_grad_norm_ divides by a little more than the norm. */
    OptimizerStep update = {.step = step,
                            .learning_rate = method->rate,
                            .weight_decay = method->weight_decay,
                            .scale = method->clip > 0 ? fmin(method->clip / (norm + 1e-6), 1.0) : 1.0,
                            .limit = method->clip_value,
                            .numbers = method->numbers};
    method->optimizer->update(torch->compute.kernels, &update, (Range){0, total}, torch->parameters,
                              torch->gradients, moments);
    return norm;
}

static size_t count_beyond(const real *x, size_t count, double limit) {
    size_t beyond = 0;
    for (size_t k = 0; k < count; k++) {
        beyond += fabs((double)x[k]) > limit ? 1 : 0;
    }
    return beyond;
}

void torch_check_curve(const char *name, const char *curve, const Optimizer *optimizer,
                       TorchTolerance tolerance) {
    TorchNetwork torch;
    Error error = {0};
    torch_create(&torch, name, 2);
    const Layout *layout = &torch.network->layout;
    const Method method = read_method(torch.file, curve, optimizer);
    real *moments[OPTIMIZER_BLOCKS_MAX] = {block_create(layout, &error), block_create(layout, &error)};
    size_t steps = reference_size(torch.file, "windows");
    char what[NAME_SIZE];
    snprintf(what, sizeof what, "%s.losses", curve);
    const double *losses = reference_numbers(torch.file, what, steps);
    snprintf(what, sizeof what, "%s.norms", curve);
    const double *norms = reference_numbers(torch.file, what, steps);
    size_t clipped = 0; /* steps */
    size_t cut = 0;     /* elements */
    for (size_t step = 1; step <= steps; step++) {
        double norm = train_step(&torch, &method, step, moments);
        double loss = pass_loss(torch.pass) / (double)pass_scored(torch.pass);
        snprintf(what, sizeof what, "%s: the loss of step %zu", curve, step);
        torch_check_number(what, loss, losses[step - 1], 0, tolerance.loss);
        snprintf(what, sizeof what, "%s: the gradient's norm at step %zu", curve, step);
        torch_check_number(what, norm, norms[step - 1], 0, tolerance.loss);
        clipped += norm > method.clip ? 1 : 0;
        cut += count_beyond(torch.gradients, layout->total, method.clip_value);
    }
    /* AdamW does not notice a gradient that is scaled always in the same way. */
    if (method.clip > 0) {
        assert_in_range(clipped, 1, steps - 1);
    }
    if (method.clip_value > 0) {
        assert_in_range(cut, steps, steps * layout->total / 2);
    }
    torch_check_block(torch.file, curve, layout, torch.parameters, reference_size(torch.file, "curve_stride"),
                      tolerance.parameters);
    free(moments[0]);
    free(moments[1]);
    torch_free(&torch);
}

void torch_check_methods(const char *name, TorchTolerance tolerance) {
    static const struct {
        const char *curve, *optimizer;
    } curves[] = {{"adamw", "adamw"},     {"adam", "adam"}, {"rmsprop", "rmsprop"},
                  {"adagrad", "adagrad"}, {"sgd", "sgd"},   {"momentum", "sgd"},
                  {"nesterov", "sgd"},    {"value", "sgd"}, {"both", "sgd"}};
    for (size_t k = 0; k < sizeof curves / sizeof *curves; k++) {
        torch_check_curve(name, curves[k].curve, optimizer_find(curves[k].optimizer), tolerance);
    }
}
