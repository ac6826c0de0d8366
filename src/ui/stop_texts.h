/* The texts at which writing stops, as a person gives them, in the form that a model's text has. */
#ifndef LETRA_UI_STOP_TEXTS_H
#define LETRA_UI_STOP_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"
#include "model/model_file.h"

typedef struct StopTexts {
    WriterStop *stops;
    Bytes *texts;
    size_t count;
} StopTexts; /* {0} has none */

/* Makes them; `name` stands in messages ("--stop"). Warns of those that the model cannot write. False and a message on
 * failure: then `*made` is {0}. */
bool stop_texts_make(const char *const *texts, size_t count, const char *name, const Model *model,
                     StopTexts *made, Error *error);
void stop_texts_free(StopTexts *texts);

#endif
