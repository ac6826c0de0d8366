/* The table of where a training step's time goes. */
#ifndef LETRA_TESTS_BENCH_SUPPORT_PART_TABLE_H
#define LETRA_TESTS_BENCH_SUPPORT_PART_TABLE_H

#include <stddef.h>

#include "bench/support/machine.h"

typedef enum Part {
    PART_PACKING,
    PART_GATHER,
    PART_RECURRENT,
    PART_INPUT,
    PART_GATES,
    PART_DECODER,
    PART_WEIGHTS,
    PART_UPDATE,
    PART_BARRIERS,
    PART_REST,
    PART_WHOLE,
    PARTS
} Part;

/* Seconds of a part, and its operations or bytes. */
typedef struct Timing {
    double seconds, amount;
} Timing;

/* Prints it in Markdown: a row for each part, three columns for each of `count` networks. */
void part_table_print(const MachineWork *sizes, const Timing timings[][PARTS], size_t count);

#endif
