/* How the speed of training follows the size of the work: one size at a time is varied around a network of 2 × 256
 * units, T 64, B 32, 65 symbols. Prints a Markdown table for each, with the share of the roofline, in f32 and, where
 * that is faster, in bf16; a share of less than half of a neighbour's is marked. The quickest of some rounds counts: a
 * few dozen sizes are compared, and what else the machine does must not look like a cliff.
 *
 *     scaling FILE [THREADS [SIZES]]       FILE: what `machine measure` printed; SIZES: only so many of each, the
 *                                          smallest ones
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/support/measure.h"
#include "bench/support/step.h"
#include "math/gemm.h"

enum { VALUES_MAX = 12 };

/* Which size is varied, and its values in order; 0 ends them. */
typedef struct Series {
    const char *name;
    size_t offset; /* of the size in MachineWork */
    size_t values[VALUES_MAX + 1];
} Series;

static const Series series[] = {
    {"hidden units", offsetof(MachineWork, hidden), {64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048}},
    {"layers", offsetof(MachineWork, layers), {1, 2, 3, 4}},
    {"streams (B)", offsetof(MachineWork, batch), {1, 2, 4, 8, 16, 32, 64, 128, 256}},
    {"steps (T)", offsetof(MachineWork, steps), {16, 32, 64, 128, 256}},
    {"symbols (V)", offsetof(MachineWork, vocab), {64, 128, 256, 500, 1000, 1500, 2000, 3000, 4000, 6000}},
};

static const MachineWork middle = {
    .layers = 2, .hidden = 256, .embed = 64, .vocab = 65, .steps = 64, .batch = 32};

/* How many of these are measured. */
static size_t precision_count(void) {
    return gemm_bf16_is_faster() ? 2 : 1;
}

/* One size: for each precision characters a second, and as many as there could be. */
typedef struct Point {
    size_t value;
    double speed[2];
    double limit[2];
} Point;

static bool measure_point(const Machine *machine, const MachineWork *work, size_t threads,
                          Precision precision, Point *point, Error *error) {
    const MeasureLimits limits = {.seconds = 1.5, .rounds = 3};
    int team = threads == 1 ? MACHINE_ONE : MACHINE_ALL;
    Step step;
    bool good = step_create(&step, work, precision, threads, error);
    if (good) {
        double seconds = measure_team_best(threads, step_whole, &step, limits);
        point->speed[precision] = (double)(work->steps * work->batch) / seconds;
        point->limit[precision] = machine_training_limit(machine, work, precision, team);
    }
    step_free(&step);
    return good;
}

static double share(const Point *point, size_t precision) {
    return point->speed[precision] / point->limit[precision];
}

/* Whether the share is less than half of a neighbour's. */
static bool is_cliff(const Point *points, size_t count, size_t k, size_t precision) {
    double own = share(&points[k], precision);
    return (k > 0 && own < 0.5 * share(&points[k - 1], precision)) ||
           (k + 1 < count && own < 0.5 * share(&points[k + 1], precision));
}

static void print_table(const Series *varied, const Point *points, size_t count) {
    printf("\n| %s |", varied->name);
    for (size_t p = 0; p < precision_count(); p++) {
        printf(" %s: characters/s | limit | share of the limit | |", precision_name(p));
    }
    printf("\n| ---: |");
    for (size_t p = 0; p < precision_count(); p++) {
        printf(" ---: | ---: | ---: | --- |");
    }
    for (size_t k = 0; k < count; k++) {
        printf("\n| %zu |", points[k].value);
        for (size_t p = 0; p < precision_count(); p++) {
            printf(" %.0f | %.0f | %.0f %% | %s |", points[k].speed[p], points[k].limit[p],
                   100.0 * share(&points[k], p),
                   is_cliff(points, count, k, p) ? "**under half of a neighbour's**" : "");
        }
    }
    printf("\n");
    fflush(stdout);
}

static bool measure_series(const Machine *machine, const Series *varied, size_t threads, size_t most,
                           Error *error) {
    Point points[VALUES_MAX] = {{0}};
    size_t count = 0;
    for (; count < VALUES_MAX && count < most && varied->values[count] > 0; count++) {
        MachineWork work = middle;
        *(size_t *)(void *)((char *)&work + varied->offset) = varied->values[count];
        points[count].value = varied->values[count];
        for (size_t p = 0; p < precision_count(); p++) {
            if (!measure_point(machine, &work, threads, (Precision)p, &points[count], error)) {
                return false;
            }
        }
    }
    print_table(varied, points, count);
    return true;
}

int main(int count, char **arguments) {
    Machine machine;
    Error error = {0};
    size_t threads = count > 2 ? (size_t)strtoul(arguments[2], NULL, 10) : SIZE_MAX;
    size_t most = count > 3 ? (size_t)strtoul(arguments[3], NULL, 10) : VALUES_MAX;
    if (count < 2 || count > 4 || threads == 0 || most == 0) { /* what is no number is 0 */
        fputs("usage: scaling FILE [THREADS [SIZES]]\n", stderr);
        return 2;
    }
    bool good = machine_read(&machine, arguments[1], &error);
    threads = threads == SIZE_MAX ? machine.threads[MACHINE_ALL] : threads;
    for (size_t k = 0; good && k < sizeof series / sizeof *series; k++) {
        good = measure_series(&machine, &series[k], threads, most, &error);
    }
    if (!good) {
        fprintf(stderr, "scaling: %s\n", error.message);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
