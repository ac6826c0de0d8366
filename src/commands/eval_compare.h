/* letra eval --compare: two models on one text. */
#ifndef LETRA_COMMANDS_EVAL_COMPARE_H
#define LETRA_COMMANDS_EVAL_COMPARE_H

#include <stdbool.h>

#include "commands/eval_text.h"
#include "commands/loading.h"
#include "text/corpus.h"
#include "ui/output.h"

/* What is asked for. */
typedef struct CompareRequest {
    const char *paths[2]; /* of the models */
    Loaded *loaded;       /* the first one */
    const CorpusFiles *files;
    Part part;
    Unknown unknown;
    bool json;
} CompareRequest;

/* Compares, and prints. False and a message on failure, or when interrupted. */
bool eval_compare(const CompareRequest *request, Output *output, Error *error);

#endif
