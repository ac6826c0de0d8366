/* The text that letra novelty has a model write. */
#ifndef LETRA_COMMANDS_NOVELTY_WRITING_H
#define LETRA_COMMANDS_NOVELTY_WRITING_H

#include <stdint.h>

#include "base/error.h"
#include "commands/loading.h"
#include "commands/sampling.h"
#include "text/placed_text.h"

/* Writes as long a text as was asked for, or records that come to it together, into `*text`, which is overwritten: what
 * `letra sample` prints with the same seed (of records, the first of them). An interruption leaves it unfinished. False
 * and a message on failure. */
bool novelty_write(Loaded *loaded, const Sampling *sampling, uint64_t seed, PlacedText *text, Error *error);

#endif
