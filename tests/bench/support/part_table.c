/* The table of parts: see part_table.h. */
#include "bench/support/part_table.h"

#include <stdio.h>

/* What a row is called, and what its rate counts. */
typedef struct PartRow {
    const char *title;
    const char *unit; /* "GFLOP/s", "GB/s"; NULL: no rate */
} PartRow;

static const PartRow rows[PARTS] = {
    [PART_PACKING] = {"packing the weights", "GB/s"},
    [PART_GATHER] = {"gather: first layer's input, there and back", "GB/s"},
    [PART_RECURRENT] = {"recurrent products", "GFLOP/s"},
    [PART_INPUT] = {"input products of the upper layers", "GFLOP/s"},
    [PART_GATES] = {"gates", "GB/s"},
    [PART_DECODER] = {"decoder, softmax, loss", "GFLOP/s"},
    [PART_WEIGHTS] = {"weight gradients of the layers", "GFLOP/s"},
    [PART_UPDATE] = {"optimiser: norm, AdamW, zeroing", "GB/s"},
    [PART_BARRIERS] = {"barriers", NULL},
    [PART_REST] = {"the rest: waiting, colder caches", NULL},
    [PART_WHOLE] = {"**whole step**", "GFLOP/s"},
};

static void print_head(const MachineWork *sizes, size_t count) {
    printf("| part |");
    for (size_t k = 0; k < count; k++) {
        printf(" %zu×%zu: ms | share | rate |", sizes[k].layers, sizes[k].hidden);
    }
    printf("\n| --- |");
    for (size_t k = 0; k < count; k++) {
        printf(" ---: | ---: | ---: |");
    }
    printf("\n");
}

static void print_row(Part part, const Timing timings[][PARTS], size_t count) {
    printf("| %s |", rows[part].title);
    for (size_t k = 0; k < count; k++) {
        const Timing *timing = &timings[k][part];
        printf(" %.2f | %.0f %% |", 1e3 * timing->seconds,
               100.0 * timing->seconds / timings[k][PART_WHOLE].seconds);
        if (rows[part].unit != NULL && timing->seconds > 0) {
            printf(" %.0f %s |", timing->amount / timing->seconds / 1e9, rows[part].unit);
        } else {
            printf(" |");
        }
    }
    printf("\n");
}

void part_table_print(const MachineWork *sizes, const Timing timings[][PARTS], size_t count) {
    print_head(sizes, count);
    for (Part part = 0; part < PARTS; part++) {
        print_row(part, timings, count);
    }
}
