/* What a machine can do at most: see machine.h. */
#include "bench/support/machine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/team.h"
#include "bench/support/measure.h"
#include "bench/support/peak.h"
#include "bench/support/product.h"

enum { PEAK_ROUNDS = 400000, BEYOND = 16 /* times a core's own cache */ };

static const MeasureLimits limits = {.seconds = 0.4, .rounds = 5};

/* One member's work in a round. */
typedef struct Probe {
    PeakLoop arithmetic;
    ReadLoop reading;
    const float *from; /* `bytes` for each member */
    size_t bytes;
    size_t times;
    double operations; /* of a member in a round */
} Probe;

static void compute(void *context, Member member) {
    Probe *probe = context;
    double operations = probe->arithmetic(PEAK_ROUNDS);
    if (member.index == 0) {
        probe->operations = operations;
    }
}

static void read_over(void *context, Member member) {
    const Probe *probe = context;
    for (size_t k = 0; k < probe->times; k++) {
        probe->reading(probe->from + member.index * probe->bytes / sizeof(float), probe->bytes);
    }
}

/* Operations a second of a peak loop on all members. */
static double measure_arithmetic(PeakLoop loop, size_t threads) {
    Probe probe = {.arithmetic = loop};
    double seconds = measure_team_best(threads, compute, &probe, limits);
    return probe.operations * (double)threads / seconds;
}

/* Bytes a second of all members, each of which reads `bytes` of its own over and over. */
static double measure_reading(const float *from, size_t bytes, size_t threads) {
    size_t some = 64UL << 20;
    Probe probe = {.reading = peak_loop_read(), .from = from, .bytes = bytes};
    probe.times = bytes > some ? 1 : some / bytes;
    double seconds = measure_team_best(threads, read_over, &probe, limits);
    return (double)(bytes * probe.times * threads) / seconds;
}

static size_t cache_size(int name, size_t usual) {
    long size = sysconf(name);
    return size > 0 ? (size_t)size : usual;
}

static bool measure_levels(Machine *machine, Error *error) {
    const size_t grain = 1024;
    size_t sizes[MACHINE_LEVELS] = {[MACHINE_L1] = machine->l1 / 2 / grain * grain,
                                    [MACHINE_L2] = machine->l2 / 2 / grain * grain,
                                    [MACHINE_BEYOND] = machine->l2 * BEYOND};
    float *from = memory_allocate(machine->threads[MACHINE_ALL], sizes[MACHINE_BEYOND], "a buffer", error);
    if (from == NULL) {
        return false;
    }
    memset(from, 0,
           machine->threads[MACHINE_ALL] * sizes[MACHINE_BEYOND]); /* has pages of its own from now on */
    for (int level = 0; level < MACHINE_LEVELS; level++) {
        for (int team = 0; team < MACHINE_TEAMS; team++) {
            machine->bytes[level][team] = measure_reading(from, sizes[level], machine->threads[team]);
        }
    }
    free(from);
    return true;
}

/* The peak loop's figure, or a large product's where that is higher. */
static bool measure_operations(Machine *machine, Precision precision, int team, Error *error) {
    const size_t size = 1024;
    size_t threads = machine->threads[team];
    PeakLoop loop = precision == PRECISION_BF16 ? peak_loop_bf16() : peak_loop_f32();
    if (loop == NULL) {
        return true;
    }
    double seconds = product_seconds(size, precision == PRECISION_BF16, threads, error);
    if (seconds <= 0) {
        return false;
    }
    double product = 2.0 * (double)(size * size * size * threads) / seconds;
    double peak = measure_arithmetic(loop, threads);
    machine->products[precision][team] = product;
    machine->operations[precision][team] = product > peak ? product : peak;
    return true;
}

bool machine_measure(Machine *machine, Error *error) {
    *machine = (Machine){.threads = {1, team_default_size()}};
    machine->l1 = cache_size(_SC_LEVEL1_DCACHE_SIZE, 32UL << 10);
    machine->l2 = cache_size(_SC_LEVEL2_CACHE_SIZE, 1UL << 20);
    for (int team = 0; team < MACHINE_TEAMS; team++) {
        for (size_t precision = 0; precision < MACHINE_PRECISIONS; precision++) {
            if (!measure_operations(machine, precision, team, error)) {
                return false;
            }
        }
    }
    return measure_levels(machine, error);
}

/* --- As text --- */

/* A row: "read_l2_all 376000000000". */
typedef void (*Visit)(void *context, const char *name, double *value);

static void visit_pair(double pair[MACHINE_TEAMS], const char *name, Visit visit, void *context) {
    static const char *const teams[MACHINE_TEAMS] = {"one", "all"};
    for (int team = 0; team < MACHINE_TEAMS; team++) {
        char whole[64];
        snprintf(whole, sizeof whole, "%s_%s", name, teams[team]);
        visit(context, whole, &pair[team]);
    }
}

static void visit_size(size_t *size, const char *name, Visit visit, void *context) {
    double value = (double)*size;
    visit(context, name, &value);
    *size = (size_t)value;
}

static void visit_all(Machine *machine, Visit visit, void *context) {
    visit_size(&machine->threads[MACHINE_ONE], "threads_one", visit, context);
    visit_size(&machine->threads[MACHINE_ALL], "threads_all", visit, context);
    visit_size(&machine->l1, "size_l1", visit, context);
    visit_size(&machine->l2, "size_l2", visit, context);
    visit_pair(machine->operations[PRECISION_F32], "peak_f32", visit, context);
    visit_pair(machine->operations[PRECISION_BF16], "peak_bf16", visit, context);
    visit_pair(machine->products[PRECISION_F32], "product_f32", visit, context);
    visit_pair(machine->products[PRECISION_BF16], "product_bf16", visit, context);
    visit_pair(machine->bytes[MACHINE_L1], "read_l1", visit, context);
    visit_pair(machine->bytes[MACHINE_L2], "read_l2", visit, context);
    visit_pair(machine->bytes[MACHINE_BEYOND], "read_beyond", visit, context);
}

static void write_row(void *context, const char *name, double *value) {
    fprintf(context, "%s %.0f\n", name, *value);
}

void machine_write(const Machine *machine, FILE *file) {
    Machine copy = *machine;
    visit_all(&copy, write_row, file);
}

/* Finds the row in the text. */
static void read_row(void *context, const char *name, double *value) {
    FILE *file = context;
    char line[128];
    size_t length = strlen(name);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, length) == 0 && line[length] == ' ') {
            *value = strtod(line + length, NULL);
        }
    }
}

bool machine_read(Machine *machine, const char *path, Error *error) {
    FILE *file = fopen(path, "r");
    *machine = (Machine){0};
    if (file == NULL) {
        return error_set(error, "%s: cannot be read", path);
    }
    visit_all(machine, read_row, file);
    fclose(file);
    return machine->threads[MACHINE_ALL] > 0 || error_set(error, "%s: does not tell of a machine", path);
}

/* --- Limits --- */

/* Multiplied weights of a character behind the first layer's input. */
static double inner_weights(const MachineWork *work) {
    double hidden = (double)work->hidden;
    return 4.0 * hidden * hidden * (double)(2 * work->layers - 1) + (double)work->vocab * hidden;
}

bool machine_work_read(const char *text, MachineWork *work) {
    size_t *const numbers[] = {&work->layers, &work->hidden, &work->steps, &work->batch};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        char *end = NULL;
        *numbers[k] = (size_t)strtoul(text, &end, 10);
        text = end + (*end == 'x' ? 1 : 0);
    }
    return *text == '\0' && work->layers > 0 && work->hidden > 0 && work->steps > 0 && work->batch > 0;
}

double machine_weights(const MachineWork *work) {
    double rows = (double)(work->steps * work->batch);
    double share = (double)work->vocab < rows ? (double)work->vocab / rows : 1.0;
    return inner_weights(work) + share * 4.0 * (double)(work->hidden * work->embed);
}

/* All of the parameters but the biases. */
static double parameters(const MachineWork *work) {
    return inner_weights(work) + (double)(work->embed * (4 * work->hidden + work->vocab));
}

/* Bytes a second at which `bytes`, divided among the team, can be read again and again. */
static double reading_speed(const Machine *machine, double bytes, int team) {
    double share = bytes / (double)machine->threads[team];
    MachineLevel level = share <= (double)machine->l2 ? MACHINE_L2 : MACHINE_BEYOND;
    return machine->bytes[level][team];
}

double machine_training_limit(const Machine *machine, const MachineWork *work, Precision precision,
                              int team) {
    double operations = machine->operations[precision][team];
    if (operations <= 0) {
        return 0;
    }
    double characters = (double)(work->steps * work->batch);
    double computing = characters * 6.0 * machine_weights(work) / operations;
    double weight_bytes = precision == PRECISION_BF16 ? 2.0 : 4.0;
    double layer = weight_bytes * 4.0 * (double)(work->hidden * work->hidden);
    double recurrent = 2.0 * (double)(work->steps * work->layers) * layer;
    /* Read: parameters, gradients, two moments; written: all but the gradients, which were before. */
    double update = 8.0 * sizeof(float) * parameters(work);
    double reading =
        recurrent / reading_speed(machine, layer, team) + update / reading_speed(machine, update, team);
    return characters / (computing > reading ? computing : reading);
}

double machine_sampling_limit(const Machine *machine, const MachineWork *work, double weight_bytes,
                              int team) {
    double bytes = inner_weights(work) * weight_bytes;
    return reading_speed(machine, bytes, team) / bytes;
}
