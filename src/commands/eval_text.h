/* The text that letra eval reads, and the part of it that is measured. */
#ifndef LETRA_COMMANDS_EVAL_TEXT_H
#define LETRA_COMMANDS_EVAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/range.h"
#include "model/model_file.h"
#include "text/corpus.h"

/* --split. */
typedef enum Part { PART_ALL, PART_TRAIN, PART_VAL, PART_TEST } Part;

/* "all", "train" ...; NULL after the last. */
const char *part_name(size_t index);

/* Whether the model at `path` can tell where the part begins and ends: one that was not trained here knows of no
 * split. */
bool eval_text_check_part(const Model *model, const char *path, Part part, Error *error);

/* The units of the part that was asked for, cut as the model's text was for training. Warns if this is another text.
 * False and a message if there are less than two. */
bool eval_text_choose_part(const Model *model, const Corpus *corpus, Part part, Range *range, Error *error);

#endif
