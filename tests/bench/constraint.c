/* What it costs to keep to a pattern: texts under the patterns that the README shows, beside free ones of the same
 * lengths, written in turn.
 *
 *     constraint MODEL SECONDS       for each pattern
 *
 * Prints a table: for each pattern the characters written a second, free and under it, and how many times longer that
 * takes; what the patterns' automata have to learn is in it. The last row is the mean of the rows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "generate/writer.h"
#include "model/model_file.h"

typedef struct Shown {
    const char *name;
    const char *match, *forbid;
} Shown;

static const Shown patterns[] = {
    {"dates", "\\d{4}-\\d\\d-\\d\\d", NULL},
    {"dialogue", "(?:\"[^\"\\n]{10,60}[.!?]\" (?:said|asked) [A-Z][a-z]{2,8}\\.\\n){3}", NULL},
    {"records", "(?:(?:name|place|wish): [^\\n:]{5,30}\\n){3}", NULL},
    {"three lines", "[^\\n]{10,17}\\n[^\\n]{14,21}\\n[^\\n]{10,17}", NULL},
    {"balanced quotes", "(?:[^\"\\n]|\"[^\"\\n]+\")*[.!?]", NULL},
    {"no e", NULL, "[eE]"},
};

enum { PATTERNS = sizeof patterns / sizeof *patterns, LONGEST = 300 };

/* A model, and what was counted of the units that it wrote. */
typedef struct Bench {
    Model model;
    Compute compute;
    Writer *writer;
    size_t units; /* of the text that was just written */
} Bench;

static bool count_unit(void *context, const WriterPiece *piece) {
    Bench *bench = context;
    bench->units +=
        piece->end == WRITER_NO_END; /* a call after each unit; the last piece is without one ... */
    bench->units +=
        piece->end == WRITER_LENGTH || piece->end == WRITER_INCOMPLETE; /* ... but at the length */
    return true;
}

/* Writes a text; returns the seconds that it took, below 0 if it failed. */
static double write_text(Bench *bench, Constraint *constraint, size_t length, Error *error) {
    WriterConfig config = {.sampler = sampler_default(), .length = length, .constraint = constraint};
    config.sampler.temperature = 0.8;
    writer_reset(bench->writer);
    bench->units = 0;
    double begin = clock_now(clock_system());
    bool done = writer_write(bench->writer, &config, count_unit, bench, error);
    return done ? clock_now(clock_system()) - begin : -1;
}

/* Prints a row; returns how many times longer a text takes under the pattern, below 0 if it failed. */
static double measure(Bench *bench, const Shown *pattern, double seconds, Error *error) {
    double under = 0;
    double free_time = 0;
    size_t units = 0;
    Constraint *constraint = constraint_create(
        pattern->match, pattern->forbid, bench->model.pipeline.normalization, bench->model.vocab, error);
    bool done = constraint != NULL;
    while (done && under + free_time < seconds) {
        double taken = write_text(bench, constraint, LONGEST, error);
        size_t length = bench->units > 0 ? bench->units : 1;
        double beside = taken >= 0 ? write_text(bench, NULL, length, error) : -1;
        done = taken >= 0 && beside >= 0;
        under += taken;
        free_time += beside;
        units += length;
    }
    constraint_free(constraint);
    if (!done) {
        return -1;
    }
    printf("| %s | %.0f | **%.0f** | %.2f |\n", pattern->name, (double)units / free_time,
           (double)units / under, under / free_time);
    return under / free_time;
}

static bool print_table(Bench *bench, double seconds, Error *error) {
    double sum = 0;
    printf(
        "| %zu symbols | free, characters/s | under the pattern | times longer |\n| --- | ---: | ---: | ---: |\n",
        vocab_size(bench->model.vocab));
    for (size_t k = 0; k < PATTERNS; k++) {
        double longer = measure(bench, &patterns[k], seconds, error);
        if (longer < 0) {
            return false;
        }
        sum += longer;
    }
    printf("| mean | | | **%.2f** |\n", sum / PATTERNS);
    return true;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: constraint MODEL SECONDS\n", stderr);
        return 2;
    }
    Error error = {0};
    Bench bench = {0};
    bool done = model_load(arguments[1], &bench.model, &error) && compute_create(&bench.compute, 1, &error);
    if (done) {
        bench.writer = writer_create(&bench.model, &bench.compute, 1, 1,
                                     bench.model.history.sampling_precision, clock_system(), &error);
        done = bench.writer != NULL && print_table(&bench, strtod(arguments[2], NULL), &error);
        writer_free(bench.writer);
        compute_free(&bench.compute);
    }
    model_free(&bench.model);
    if (!done) {
        fprintf(stderr, "constraint: %s\n", error.message);
    }
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
