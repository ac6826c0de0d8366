/* How letra eval --compare shows a comparison. */
#ifndef LETRA_COMMANDS_EVAL_COMPARISON_H
#define LETRA_COMMANDS_EVAL_COMPARISON_H

#include <stdbool.h>

#include "base/error.h"
#include "generate/comparison.h"
#include "ui/output.h"

/* Prints the figures of both, and the passages where each is more surprised than the other, with some text around. */
bool eval_comparison_print(const ComparedText texts[2], const Comparison *comparison, Output *output,
                           Error *error);

/* The same as one JSON object. */
bool eval_comparison_print_json(const ComparedText texts[2], const Comparison *comparison, Output *output,
                                Error *error);

#endif
