/* A command line of `train` that suits a text, and how long it would take here. */
#ifndef LETRA_COMMANDS_SUGGESTION_H
#define LETRA_COMMANDS_SUGGESTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "commands/command.h"
#include "text/corpus.h"
#include "train/trainer.h"

typedef struct Suggestion {
    bool possible;
    Error fault;   /* why nothing can be learned of this text, if it is not possible */
    Bytes command; /* owned: for a shell */
    size_t layers, hidden, threads;
    TrainerPlan plan;
    TrainerEstimate estimate;
} Suggestion;

/* The --hidden that suits a training part of so many units. */
size_t suggestion_hidden(size_t train_units);

/* Makes a command line for the text that the invocation names, with those of its options (in `values`) that `train` has
 * too; asks the trainer what it would do, and lets it take steps for part of a second. False and a message if there is
 * no memory for the words; that training is not possible is no failure. */
bool suggestion_make(const Invocation *invocation, const void *values, const Corpus *corpus,
                     const Pipeline *pipeline, size_t train_units, Suggestion *suggestion, Error *error);
/* Frees what it owns and makes it {0}. */
void suggestion_free(Suggestion *suggestion);

#endif
