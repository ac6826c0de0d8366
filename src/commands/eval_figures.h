/* The figures that letra eval ends with. */
#ifndef LETRA_COMMANDS_EVAL_FIGURES_H
#define LETRA_COMMANDS_EVAL_FIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "generate/score.h"
#include "text/unit.h"
#include "ui/output.h"

/* Mean losses as a table: nats, bits and perplexity of a unit, and under them how many units were predicted. */
typedef struct EvalTable {
    Unit unit;
    double nats[2]; /* the first column, and the second one, ... */
    const char
        *heads[3]; /* ... and what stands above both and above their difference; NULL: there is one column */
    bool gain;     /* the difference is what the second one is less, otherwise what it is more */
    size_t predicted;
} EvalTable;

void eval_table_print(const EvalTable *table, Output *output);

typedef struct EvalFigures {
    Unit unit;
    Score score;
    const Score *dynamic; /* of dynamic evaluation; NULL: there was none */
    double rate;          /* of it */
} EvalFigures;

void eval_figures_print(const EvalFigures *figures, Output *output);

/* Mean nats, bits and perplexity under the keys nats_per_char, bits_per_char, perplexity, each after the prefix. NULL
 * without memory. */
json_t *eval_means_to_json(const char *prefix, double nats);

/* All of them as one object; NULL without memory. */
json_t *eval_figures_to_json(const EvalFigures *figures);

#endif
