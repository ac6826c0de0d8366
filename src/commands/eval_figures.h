/* The figures that letra eval ends with. */
#ifndef LETRA_COMMANDS_EVAL_FIGURES_H
#define LETRA_COMMANDS_EVAL_FIGURES_H

#include <jansson.h>
#include <stdbool.h>

#include "generate/score.h"
#include "text/unit.h"
#include "ui/output.h"

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
